import type { AuthsignalApi, AuthsignalOptions } from './authsignal-types.ts';
import { errorBody } from './errors.ts';
import { type Answer, baseUrl, type Call, createSend, type Send, segment } from './transport.ts';
import { constructEvent } from './webhook.ts';

/** The error of `@authsignal/node`: its fields are what code written against that SDK reads. */
export class AuthsignalError extends Error {
  readonly statusCode: number;
  readonly errorCode: string;
  readonly errorDescription: string | undefined;

  constructor(statusCode: number, errorCode: string, errorDescription?: string, cause?: unknown) {
    super(`AuthsignalError: ${statusCode} - ${errorDescription || errorCode}`, { cause });
    this.name = 'AuthsignalError';
    this.statusCode = statusCode;
    this.errorCode = errorCode;
    this.errorDescription = errorDescription;
  }
}

const succeeded = (answer: Answer): unknown => {
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  const { error, errorDescription } = errorBody(answer);
  const description = typeof errorDescription === 'string' ? errorDescription : undefined;
  throw new AuthsignalError(answer.status, typeof error === 'string' ? error : 'unexpected_error', description);
};

const caller =
  (send: Send) =>
  async <T>(call: Call): Promise<T> => {
    const answer = await send(call).catch((cause: Error) => {
      throw new AuthsignalError(500, 'unexpected_error', cause.message, cause);
    });
    return succeeded(answer) as T;
  };

/** Attributes as the SDK nests them, or beside `userId` as the guides write them. */
const attributesOf = ({ attributes, ...beside }: Readonly<Record<string, unknown>>): unknown => attributes ?? beside;

const userPath = (userId: string): string => `/users/${segment('userId', userId)}`;
const instancePath = (at: { readonly userId: string; readonly action: string; readonly idempotencyKey: string }): string =>
  `${userPath(at.userId)}/actions/${segment('action', at.action)}/${segment('idempotencyKey', at.idempotencyKey)}`;

const connect = (options: AuthsignalOptions): AuthsignalApi => {
  const key = options.apiSecretKey ?? options.secret;
  const url = options.apiUrl ?? options.baseUrl;
  if (!key) throw new TypeError('`apiSecretKey` (or `secret`) must be a server key of Stepward');
  if (!url) throw new TypeError('`apiUrl` (or `baseUrl`) must be the URL of Stepward with `/v1`');
  const base = baseUrl(url);
  const call = caller(createSend({ base, key, timeout: options.timeout ?? 10_000, fetch: options.fetch ?? globalThis.fetch }));
  const get = <T>(path: string, query?: Call['query']) => call<T>({ method: 'GET', path, query });
  const post = <T>(path: string, body: unknown) => call<T>({ method: 'POST', path, body });
  const patch = <T>(path: string, body: unknown) => call<T>({ method: 'PATCH', path, body });
  const remove = async (path: string): Promise<void> => void (await call({ method: 'DELETE', path }));

  return {
    track: async ({ userId, action, ...rest }) => post(`${userPath(userId)}/actions/${segment('action', action)}`, attributesOf(rest)),
    validateChallenge: async (request) => {
      const { actionCode, ...answer } = await post<Record<string, unknown>>('/validate', request);
      return { action: actionCode, ...answer } as Awaited<ReturnType<AuthsignalApi['validateChallenge']>>;
    },
    consume: async ({ userId, action, idempotencyKey, ...request }) =>
      post(`${instancePath({ userId, action, idempotencyKey })}/consume`, request),
    getAction: async (request) => get(instancePath(request)),
    updateAction: async ({ attributes, ...at }) => patch(instancePath(at), attributes),
    queryUserActions: async ({ userId, fromDate, actionCodes, state }) =>
      get(`${userPath(userId)}/actions`, { fromDate, codes: actionCodes?.join(','), state }),
    getUser: async ({ userId }) => get(userPath(userId)),
    queryUsers: async (query) => get('/users', query),
    updateUser: async ({ userId, ...rest }) => patch(userPath(userId), attributesOf(rest)),
    deleteUser: async ({ userId }) => remove(userPath(userId)),
    getAuthenticators: async ({ userId }) => get(`${userPath(userId)}/authenticators`),
    enrollVerifiedAuthenticator: async ({ userId, attributes }) => post(`${userPath(userId)}/authenticators`, attributes),
    deleteAuthenticator: async ({ userId, userAuthenticatorId }) =>
      remove(`${userPath(userId)}/authenticators/${segment('userAuthenticatorId', userAuthenticatorId)}`),
    challenge: async (request) => post('/challenge', request),
    verify: async (request) => post('/verify', request),
    getChallenge: async (query) => get('/challenges', query),
    claimChallenge: async (request) => post('/claim', request),
    createSession: async (request) => post('/sessions', request),
    validateSession: async (request) => post('/sessions/validate', request),
    refreshSession: async (request) => post('/sessions/refresh', request),
    revokeSession: async (request) => void (await post('/sessions/revoke', request)),
    revokeUserSessions: async (request) => void (await post('/sessions/user/revoke', request)),
    webhook: { constructEvent: (payload, signature, tolerance = 5) => constructEvent(payload, signature, { key, tolerance }) },
  };
};

function construct(options: AuthsignalOptions): AuthsignalApi {
  return connect(options);
}

/**
 * Stands in for the class of `@authsignal/node`, with or without `new`: the same methods, every part of a path encoded,
 * a deadline on every call, and both spellings of its options.
 *
 * @example
 * const authsignal = new Authsignal({ apiSecretKey: 'sk_…', apiUrl: 'https://stepward.example/v1' });
 * const same = Authsignal({ secret: 'sk_…', baseUrl: 'https://stepward.example/v1' });
 */
export const Authsignal = construct as unknown as {
  new (options: AuthsignalOptions): AuthsignalApi;
  (options: AuthsignalOptions): AuthsignalApi;
};
