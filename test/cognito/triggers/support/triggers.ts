import { vi } from 'vitest';
import {
  type CoreSettings,
  readCreateSettings,
  readPreTokenSettings,
  readVerifySettings,
} from '../../../../adapters/cognito/triggers/core-settings.ts';
import { createCreate } from '../../../../adapters/cognito/triggers/create-challenge.ts';
import { createDefine } from '../../../../adapters/cognito/triggers/define-challenge.ts';
import type {
  CreateResponse,
  DefineResponse,
  Handler,
  LambdaContext,
  VerifyResponse,
} from '../../../../adapters/cognito/triggers/event.ts';
import { createPreToken } from '../../../../adapters/cognito/triggers/pre-token-generation.ts';
import { readDefineSettings } from '../../../../adapters/cognito/triggers/settings.ts';
import { createVerify } from '../../../../adapters/cognito/triggers/verify-answer.ts';
import type { Json } from './events.ts';

/** What the triggers wrote to their log, a line each. */
export const logged: string[] = [];
vi.spyOn(console, 'log').mockImplementation((line) => void logged.push(String(line)));

export const serverKey = 'sk_test_0000000000000000';
export type Env = Readonly<Record<string, string>>;

/** The environment of every function of the pool. */
export const environmentFor = (origin: string, more: Env = {}): Env => ({
  STEPWARD_URL: origin,
  STEPWARD_SERVER_KEY: serverKey,
  STEPWARD_RETURN_URLS: JSON.stringify({ 'client-1': 'https://app.example/back?x=1', 'client-popup': 'popup' }),
  STEPWARD_GATE: 'admit',
  ...more,
});

export type Triggers = {
  readonly define: Handler;
  readonly create: Handler;
  readonly verify: Handler;
  readonly preToken: Handler;
};

/**
 * The triggers in this process.
 *
 * @param waits in place of the deadline that Cognito dictates: a server that other tests keep busy answers later
 */
export const triggersOf = (
  env: Env,
  waits: Partial<Pick<CoreSettings, 'deadline' | 'tryFor'>> = { deadline: 30_000, tryFor: 30_000 },
): Triggers => ({
  define: createDefine(readDefineSettings(env)),
  create: createCreate({ ...readCreateSettings(env), ...waits }),
  verify: createVerify({ ...readVerifySettings(env), ...waits }),
  preToken: createPreToken({ ...readPreTokenSettings(env), ...waits }),
});

const responseOf = async <T>(handler: Handler, event: Json, context?: LambdaContext): Promise<T> => {
  const answered = (await handler(structuredClone(event), context)) as Json;
  const { response, ...rest } = answered;
  const { response: _, ...given } = event;
  // Cognito wants the whole event back
  if (JSON.stringify(rest) !== JSON.stringify(given)) throw new Error('the event came back changed');
  return JSON.parse(JSON.stringify(response)) as T;
};

export const defineResponse = (handler: Handler, event: Json) => responseOf<DefineResponse>(handler, event);
export const createResponse = (handler: Handler, event: Json, context?: LambdaContext) =>
  responseOf<CreateResponse>(handler, event, context);
export const verifyResponse = (handler: Handler, event: Json, context?: LambdaContext) =>
  responseOf<VerifyResponse>(handler, event, context);
export const tokenResponse = (handler: Handler, event: Json) => responseOf<Json>(handler, event);

const ref = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/;

/** The text of what was thrown, with `<ref>` for an instance. Fails where nothing was. */
export const refusalOf = async (running: Promise<unknown>): Promise<string> => {
  try {
    const answer = await running;
    throw new TypeError(`not refused: ${JSON.stringify(answer)}`);
  } catch (error) {
    if (error instanceof TypeError || !(error instanceof Error)) throw error;
    if (error.message.endsWith('.')) throw new TypeError('Cognito adds the full stop');
    return error.message.replace(ref, '<ref>');
  }
};
