import { type Called, callCore } from '../../client/short-call.ts';
import type { CoreSettings } from './core-settings.ts';
import { createServerKey } from './server-key.ts';
import type { Note } from './trigger.ts';

/** Left for what Lambda and Cognito still have to do. */
const reserve = 300;

/** Calls the core: within the deadline, and before Cognito gives up and calls again. */
export type Core = (path: string, given: { readonly remaining: number | undefined; readonly note: Note }, sent?: object) => Promise<Called>;

export const createCore = (settings: CoreSettings): Core => {
  const serverKey = createServerKey(settings);
  return async (path, { remaining = Number.POSITIVE_INFINITY, note }, sent) => {
    const began = Date.now();
    const key = await serverKey.current();
    const deadline = Math.floor(Math.min(settings.deadline, remaining - reserve)) - (Date.now() - began);
    const called = await callCore({ url: settings.url, serverKey: key, deadline, tryFor: settings.tryFor }, path, sent);
    note.attempt = called.again ? 2 : 1;
    if (called.status === 401) serverKey.forget();
    return called;
  };
};
