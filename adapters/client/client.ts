import type { InstanceRef, Stepward, TrackAnswer } from '../../core/index.ts';
import { bodyOf } from './errors.ts';
import { baseUrl, type Call, createSend, segment } from './transport.ts';

/** The decision point over HTTP: what a server key may call. */
export type StepwardClient = Pick<
  Stepward,
  | 'track'
  | 'validate'
  | 'consume'
  | 'getAction'
  | 'updateAction'
  | 'explain'
  | 'queryUserActions'
  | 'getUser'
  | 'queryUsers'
  | 'updateUser'
  | 'deleteUser'
  | 'getAuthenticators'
  | 'enrollVerified'
  | 'deleteAuthenticator'
  | 'importPasskeys'
  | 'getDevices'
  | 'updateDevice'
  | 'invalidateDevice'
  | 'challenge'
  | 'verify'
  | 'getChallenge'
  | 'claim'
  | 'createSession'
  | 'refreshSession'
  | 'validateSession'
  | 'revokeSession'
  | 'revokeUserSessions'
>;

export type ClientOptions = {
  /** Public URL of Stepward, without `/v1`. */
  readonly url: string;
  /** A server key. */
  readonly key: string;
  /** Milliseconds for a whole call, 10,000 unless given. */
  readonly timeout?: number;
  /** The global `fetch` unless given. */
  readonly fetch?: typeof fetch;
};

const userPath = (userId: string): string => `/users/${segment('userId', userId)}`;
const actionPath = (userId: string, action: string): string => `${userPath(userId)}/actions/${segment('action', action)}`;
const instancePath = ({ userId, action, idempotencyKey }: InstanceRef): string =>
  `${actionPath(userId, action)}/${segment('idempotencyKey', idempotencyKey)}`;
const devicePath = (userId: string, device: string): string => `${userPath(userId)}/devices/${segment('deviceId', device)}`;
const authenticatorsPath = (userId: string): string => `${userPath(userId)}/authenticators`;

/**
 * The same interface as the core in process, over HTTP. Refusals are `StepwardError`s with the code of the answer;
 * `unavailable` and `internal_error` say that there is no decision. Arguments that cannot be sent are a `TypeError`.
 *
 * @example
 * const stepward = createClient({ url: 'https://stepward.example', key: process.env.STEPWARD_KEY ?? '' });
 * const { answer } = await stepward.track({ userId: 'u1', action: 'signIn' });
 */
export const createClient = ({ url, key, timeout = 10_000, fetch = globalThis.fetch }: ClientOptions): StepwardClient => {
  if (typeof key !== 'string' || key === '') throw new TypeError('`key` must be a server key of Stepward');
  const send = createSend({ base: `${baseUrl(url)}/v1`, key, timeout, fetch });
  const call = async <T>(request: Call): Promise<T> => bodyOf(await send(request)) as T;
  const get = <T>(path: string, query?: Call['query']) => call<T>({ method: 'GET', path, query });
  const post = <T>(path: string, body: unknown = {}) => call<T>({ method: 'POST', path, body });
  const patch = <T>(path: string, body: unknown) => call<T>({ method: 'PATCH', path, body });
  const remove = async (path: string): Promise<void> => void (await call({ method: 'DELETE', path }));

  return {
    track: async ({ userId, action, ...attributes }) => {
      const answer = await send({ method: 'POST', path: actionPath(userId, action), body: attributes });
      return { answer: bodyOf(answer) as TrackAnswer, replayed: answer.headers.get('idempotency-replayed') === 'true' };
    },
    validate: async (request) => post('/validate', request),
    consume: async (ref, request) => post(`${instancePath(ref)}/consume`, request),

    getAction: async (ref) => get(instancePath(ref)),
    updateAction: async (ref, change) => patch(instancePath(ref), change),
    explain: async (ref) => get(`${instancePath(ref)}/explain`),
    queryUserActions: async (userId, { from, codes, state, limit }) =>
      get(`${userPath(userId)}/actions`, {
        fromDate: from === undefined ? undefined : new Date(from).toISOString(),
        codes: codes?.join(','),
        state,
        limit,
      }),

    getUser: async (userId) => get(userPath(userId)),
    queryUsers: async (query) => get('/users', query),
    updateUser: async (userId, attributes) => patch(userPath(userId), attributes),
    deleteUser: async (userId) => remove(userPath(userId)),
    getAuthenticators: async (userId) => get(authenticatorsPath(userId)),
    enrollVerified: async (userId, request) => post(authenticatorsPath(userId), request),
    deleteAuthenticator: async (userId, id) => remove(`${authenticatorsPath(userId)}/${segment('userAuthenticatorId', id)}`),
    importPasskeys: async (authenticators) => post('/users/authenticators', { authenticators }),
    getDevices: async (userId) => get(`${userPath(userId)}/devices`),
    updateDevice: async (userId, device, change) => patch(devicePath(userId, device), change),
    invalidateDevice: async (userId, device) => post(`${devicePath(userId, device)}/invalidate`),

    challenge: async (request) => post('/challenge', request),
    verify: async (request) => post('/verify', request),
    getChallenge: async (query) => get('/challenges', query),
    claim: async (request) => post('/claim', request),

    createSession: async (request) => post('/sessions', request),
    refreshSession: async (request) => post('/sessions/refresh', request),
    validateSession: async (request) => post('/sessions/validate', request),
    revokeSession: async (request) => void (await post('/sessions/revoke', request)),
    revokeUserSessions: async (request) => void (await post('/sessions/user/revoke', request)),
  };
};
