import * as sdk from '@authsignal/node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Authsignal, AuthsignalError } from '../../../adapters/client/index.ts';
import { type Stub, startStub } from './stub.ts';

let stub: Stub;
beforeAll(async () => {
  stub = await startStub();
});
beforeEach(() => stub.forget());
afterAll(() => stub.stop());

type Methods = Record<string, (request: object) => Promise<unknown>>;
const pair = () => {
  const options = { apiSecretKey: 'sk_test', apiUrl: `${stub.url}/v1`, retries: 0 };
  return { theirs: new sdk.Authsignal(options) as unknown as Methods, ours: new Authsignal(options) as unknown as Methods };
};

const at = { userId: 'u-1', action: 'signIn', idempotencyKey: 'k-1' };
const calls: [string, object][] = [
  ['track', { ...at, attributes: { redirectUrl: 'http://localhost:3000/back', custom: { amount: 1 } } }],
  ['validateChallenge', { token: 't', action: 'signIn', userId: 'u-1' }],
  ['getAction', at],
  ['updateAction', { ...at, attributes: { state: 'REVIEW_FAILED' } }],
  ['queryUserActions', { userId: 'u-1', fromDate: '2026-01-01', actionCodes: ['a', 'b'], state: 'ALLOW' }],
  ['getUser', { userId: 'u-1' }],
  ['queryUsers', { email: 'a@b.c', limit: 5 }],
  ['updateUser', { userId: 'u-1', attributes: { email: 'a@b.c', emailVerified: true } }],
  ['deleteUser', { userId: 'u-1' }],
  ['getAuthenticators', { userId: 'u-1' }],
  ['enrollVerifiedAuthenticator', { userId: 'u-1', attributes: { verificationMethod: 'EMAIL_OTP', email: 'a@b.c' } }],
  ['deleteAuthenticator', { userId: 'u-1', userAuthenticatorId: 'x' }],
  ['challenge', { userId: 'u-1', verificationMethod: 'EMAIL_OTP' }],
  ['verify', { challengeId: 'c', verificationCode: '123456' }],
  ['getChallenge', { challengeId: 'c', userId: 'u-1' }],
  ['claimChallenge', { challengeId: 'c', userId: 'u-1' }],
  ['createSession', { clientId: 'web', token: 't' }],
  ['validateSession', { accessToken: 't', clientIds: ['web'] }],
  ['refreshSession', { refreshToken: 'r' }],
  ['revokeSession', { accessToken: 't' }],
  ['revokeUserSessions', { userId: 'u-1' }],
];

describe('in the place of the SDK', () => {
  it.each(calls)('%s sends what the SDK sends and answers what it answers', async (name, request) => {
    stub.answers({ body: '{"state":"ALLOW","actionCode":"signIn"}' });
    const { theirs, ours } = pair();
    const [want, got] = [await theirs[name]?.(request), await ours[name]?.(request)];
    const [sent, expected] = [stub.received[1], stub.received[0]].map((each) => ({
      ...each,
      path: decodeURIComponent(each?.path ?? ''),
      body: each?.body ? JSON.parse(each.body) : undefined,
    }));
    expect(sent).toEqual(expected);
    expect(got).toEqual(want);
  });

  it('has every method that the SDK has', () => {
    const names = Object.getOwnPropertyNames(sdk.Authsignal.prototype).filter((name) => !/^(?:constructor|getRequestConfig)$/.test(name));
    expect(calls.map(([name]) => name).sort()).toEqual(names.sort());
  });

  it('its errors have the fields of the SDK’s', async () => {
    stub.answers({ status: 401, body: '{"error":"unauthorized","errorDescription":"no such key"}' });
    const { theirs, ours } = pair();
    const errors = await Promise.all([theirs, ours].map((each) => each.getUser?.({ userId: 'u' }).catch((error: unknown) => error)));
    const [want, got] = errors as [Record<string, unknown>, Record<string, unknown>];
    expect(got).toBeInstanceOf(AuthsignalError);
    for (const field of ['message', 'name', 'statusCode', 'errorCode', 'errorDescription']) expect(got[field]).toBe(want[field]);
  });
});

describe('both spellings', () => {
  it('of the options, with and without new', async () => {
    const options = { secret: 'sk_test', baseUrl: `${stub.url}/v1` };
    await Authsignal(options).getUser({ userId: 'a' });
    await new Authsignal(options).getUser({ userId: 'a' });
    await new Authsignal({ apiSecretKey: 'sk_test', apiUrl: `${stub.url}/v1` }).getUser({ userId: 'a' });
    expect(new Set(stub.received.map((each) => JSON.stringify(each))).size).toBe(1);
  });

  it('of attributes: nested, and beside the user', async () => {
    const ours = Authsignal({ secret: 'sk_test', baseUrl: `${stub.url}/v1` });
    await ours.updateUser({ userId: 'a', custom: { plan: 'gold' } });
    await ours.updateUser({ userId: 'a', attributes: { custom: { plan: 'gold' } } });
    await ours.track({ userId: 'a', action: 'x', deviceId: 'd' });
    await ours.track({ userId: 'a', action: 'x', attributes: { deviceId: 'd' } });
    expect(stub.received.map(({ body }) => body)).toEqual([
      '{"custom":{"plan":"gold"}}',
      '{"custom":{"plan":"gold"}}',
      '{"deviceId":"d"}',
      '{"deviceId":"d"}',
    ]);
  });

  it.each([{}, { secret: 's' }, { apiUrl: 'http://localhost/v1' }])('%j is not enough', (options) => {
    expect(() => Authsignal(options)).toThrow(TypeError);
  });
});

describe('where the SDK is careless', () => {
  it('a path in a user id stays in it', async () => {
    await Authsignal({ secret: 's', baseUrl: `${stub.url}/v1` }).getUser({ userId: '../management/tenant' });
    expect(stub.received[0]?.path).toBe('/v1/users/..%2Fmanagement%2Ftenant');
  });
  it('an empty user id is not sent', async () => {
    await expect(Authsignal({ secret: 's', baseUrl: `${stub.url}/v1` }).getUser({ userId: '' })).rejects.toThrow(TypeError);
    expect(stub.received).toEqual([]);
  });
});
