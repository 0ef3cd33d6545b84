import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Suspended } from './provider.ts';

type One = Suspended & { readonly uid: string; readonly cookie: string };

/** Transactions whose browser is elsewhere; each is gone on with once, by the browser that began it. */
export type Waiting = {
  /** @returns where the browser goes. */
  keep(response: ServerResponse, uid: string, suspended: Suspended): string;
  at(key: string): Suspended | undefined;
  take(request: IncomingMessage, key: string | undefined): One | undefined;
};

export const createWaiting = (): Waiting => {
  const kept = new Map<string, One>();
  return {
    keep: (response, uid, suspended) => {
      const cookie = randomBytes(16).toString('hex');
      const { state, redirectedTo } = suspended.effects;
      kept.set(state ?? uid, { ...suspended, uid, cookie });
      // the challenge page posts from another site
      response.appendHeader('set-cookie', `lab_transaction_${uid}=${cookie}; Path=/; HttpOnly; Secure; SameSite=None`);
      return redirectedTo ?? `/factor/${uid}`;
    },
    at: (key) => kept.get(key),
    take: (request, key = '') => {
      const found = kept.get(key);
      const cookies = (request.headers.cookie ?? '').split('; ');
      if (!found || !cookies.includes(`lab_transaction_${found.uid}=${found.cookie}`)) return undefined;
      kept.delete(key);
      return found;
    },
  };
};
