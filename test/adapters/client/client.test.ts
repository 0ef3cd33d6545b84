import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClient, StepwardError } from '../../../adapters/client/index.ts';
import { type Stub, startStub } from './stub.ts';

let stub: Stub;
beforeAll(async () => {
  stub = await startStub();
});
beforeEach(() => stub.forget());
afterAll(() => stub.stop());

const client = (more: { timeout?: number } = {}) => createClient({ url: stub.url, key: 'sk_test', ...more });
const ref = { userId: 'auth0|a/b c', action: 'signIn', idempotencyKey: 'k-1' };

describe('every call is one request', () => {
  const at = '/v1/users/auth0%7Ca%2Fb%20c';
  const cases: [string, () => Promise<unknown>, string, unknown][] = [
    ['track', () => client().track({ ...ref, binding: 'b' }), `POST ${at}/actions/signIn`, { idempotencyKey: 'k-1', binding: 'b' }],
    ['validate', () => client().validate({ token: 't', action: 'signIn' }), 'POST /v1/validate', { token: 't', action: 'signIn' }],
    ['consume', () => client().consume(ref, { ticket: 't' }), `POST ${at}/actions/signIn/k-1/consume`, { ticket: 't' }],
    ['getAction', () => client().getAction(ref), `GET ${at}/actions/signIn/k-1`, undefined],
    ['updateAction', () => client().updateAction(ref, { state: 'BLOCK' }), `PATCH ${at}/actions/signIn/k-1`, { state: 'BLOCK' }],
    ['explain', () => client().explain(ref), `GET ${at}/actions/signIn/k-1/explain`, undefined],
    [
      'queryUserActions',
      () => client().queryUserActions(ref.userId, { from: 0, codes: ['a', 'b'], state: 'ALLOW', limit: 5 }),
      `GET ${at}/actions?fromDate=1970-01-01T00%3A00%3A00.000Z&codes=a%2Cb&state=ALLOW&limit=5`,
      undefined,
    ],
    ['getUser', () => client().getUser(ref.userId), `GET ${at}`, undefined],
    ['queryUsers', () => client().queryUsers({ email: 'a+b@c.d', limit: 20 }), 'GET /v1/users?email=a%2Bb%40c.d&limit=20', undefined],
    ['updateUser', () => client().updateUser(ref.userId, { email: null }), `PATCH ${at}`, { email: null }],
    ['deleteUser', () => client().deleteUser(ref.userId), `DELETE ${at}`, undefined],
    ['getAuthenticators', () => client().getAuthenticators(ref.userId), `GET ${at}/authenticators`, undefined],
    [
      'enrollVerified',
      () => client().enrollVerified(ref.userId, { verificationMethod: 'EMAIL_OTP', email: 'a@b.c' }),
      `POST ${at}/authenticators`,
      { verificationMethod: 'EMAIL_OTP', email: 'a@b.c' },
    ],
    ['deleteAuthenticator', () => client().deleteAuthenticator(ref.userId, 'x'), `DELETE ${at}/authenticators/x`, undefined],
    ['importPasskeys', () => client().importPasskeys([]), 'POST /v1/users/authenticators', { authenticators: [] }],
    ['getDevices', () => client().getDevices(ref.userId), `GET ${at}/devices`, undefined],
    [
      'updateDevice',
      () => client().updateDevice(ref.userId, 'd', { rememberedUntil: null }),
      `PATCH ${at}/devices/d`,
      { rememberedUntil: null },
    ],
    ['invalidateDevice', () => client().invalidateDevice(ref.userId, 'd'), `POST ${at}/devices/d/invalidate`, {}],
    ['challenge', () => client().challenge({ userId: 'u' }), 'POST /v1/challenge', { userId: 'u' }],
    [
      'verify',
      () => client().verify({ challengeId: 'c', verificationCode: '1' }),
      'POST /v1/verify',
      { challengeId: 'c', verificationCode: '1' },
    ],
    ['getChallenge', () => client().getChallenge({ challengeId: 'c' }), 'GET /v1/challenges?challengeId=c', undefined],
    ['claim', () => client().claim({ challengeId: 'c', userId: 'u' }), 'POST /v1/claim', { challengeId: 'c', userId: 'u' }],
    [
      'createSession',
      () => client().createSession({ clientId: 'web', token: 't', action: 'signIn' }),
      'POST /v1/sessions',
      { clientId: 'web', token: 't', action: 'signIn' },
    ],
    ['refreshSession', () => client().refreshSession({ refreshToken: 'r' }), 'POST /v1/sessions/refresh', { refreshToken: 'r' }],
    [
      'validateSession',
      () => client().validateSession({ accessToken: 'a', clientIds: ['web'] }),
      'POST /v1/sessions/validate',
      { accessToken: 'a', clientIds: ['web'] },
    ],
    ['revokeSession', () => client().revokeSession({ accessToken: 'a' }), 'POST /v1/sessions/revoke', { accessToken: 'a' }],
    ['revokeUserSessions', () => client().revokeUserSessions({ userId: 'u' }), 'POST /v1/sessions/user/revoke', { userId: 'u' }],
  ];
  it.each(cases)('%s', async (_, act, line, body) => {
    await act();
    expect(stub.received).toHaveLength(1);
    const [{ method, path, body: text, authorization }] = stub.received as [(typeof stub.received)[number]];
    expect(`${method} ${path}`).toBe(line);
    expect(text === '' ? undefined : JSON.parse(text)).toEqual(body);
    expect(authorization).toBe(`Basic ${Buffer.from('sk_test:').toString('base64')}`);
  });

  it('each method of the client is in the list', () => {
    expect(Object.keys(client()).sort()).toEqual(cases.map(([name]) => name).sort());
  });

  it('the address may end with a slash and have a path of its own', async () => {
    await createClient({ url: `${stub.url}/behind/`, key: 'k' }).getUser('u');
    expect(stub.received[0]?.path).toBe('/behind/v1/users/u');
  });
});

describe('a part of a path stays one part', () => {
  it.each(['é', '😀', 'a%2Fb', '%', '../../management/tenant', 'a?b#c', 'a b'])('`%s` arrives as sent', async (userId) => {
    await client().getUser(userId);
    expect(decodeURIComponent(stub.received[0]?.path.split('/')[3] ?? '')).toBe(userId);
    expect(stub.received[0]?.path.split('/')).toHaveLength(4);
  });

  it.each(['', '.', '..', 'undefined', 'null', 'NaN', '[object Object]', '\ud800', undefined, null, 7])(
    '`%s` is not sent',
    async (userId) => {
      await expect(client().getUser(userId as string)).rejects.toThrow(TypeError);
      await expect(client().track({ userId: 'u', action: userId as string })).rejects.toThrow(TypeError);
      await expect(client().consume({ ...ref, idempotencyKey: userId as string }, {})).rejects.toThrow(TypeError);
      expect(stub.received).toEqual([]);
    },
  );

  it.each(['ftp://a', 'not a url', 'https://user:pw@host', 'https://host/?a=b'])('`%s` is no address', (url) => {
    expect(() => createClient({ url, key: 'k' })).toThrow(TypeError);
  });

  it('an empty key is refused', () => expect(() => createClient({ url: stub.url, key: '' })).toThrow(TypeError));
});

describe('what comes back', () => {
  it('a replay is told from a first answer', async () => {
    stub.answers({ body: '{"state":"ALLOW"}', headers: { 'idempotency-replayed': 'true' } });
    expect(await client().track(ref)).toEqual({ answer: { state: 'ALLOW' }, replayed: true });
    stub.answers({ body: '{"state":"ALLOW"}' });
    expect(await client().track(ref)).toEqual({ answer: { state: 'ALLOW' }, replayed: false });
  });

  it('a 204 is nothing', async () => {
    stub.answers({ status: 204 });
    expect(await client().deleteUser('u')).toBeUndefined();
  });

  it('a refusal keeps its code, sentence, state and wait', async () => {
    stub.answers({
      status: 409,
      headers: { 'retry-after': '7' },
      body: '{"error":"already_consumed","errorCode":"already_consumed","errorDescription":"it was used","state":"CHALLENGE_SUCCEEDED","details":[1]}',
    });
    const error = await client()
      .consume(ref, {})
      .catch((caught) => caught);
    expect(error).toBeInstanceOf(StepwardError);
    expect(error).toMatchObject({
      code: 'already_consumed',
      message: 'it was used',
      extras: { state: 'CHALLENGE_SUCCEEDED', retryAfter: 7, details: [1] },
    });
  });

  it.each([
    [400, '{"error":"from_the_future"}', 'invalid_request'],
    [500, '{"error":"from_the_future"}', 'internal_error'],
    [500, '', 'internal_error'],
    [403, '[]', 'invalid_request'],
    [502, '<html>', 'unavailable'],
    [200, '<html>', 'unavailable'],
  ])('%d with `%s` is %s', async (status, body, code) => {
    stub.answers({ status, body });
    await expect(client().getUser('u')).rejects.toMatchObject({ name: 'StepwardError', code });
  });

  it.each(['{"state"', '{'])('a body cut off by the deadline is unavailable', async (body) => {
    stub.answers({ body, stalls: true });
    await expect(client({ timeout: 100 }).track(ref)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('an address where nobody listens is unavailable', async () => {
    await expect(createClient({ url: 'http://127.0.0.1:1', key: 'k' }).track(ref)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('a redirect is not followed: the key goes nowhere else', async () => {
    stub.answers({ status: 307, headers: { location: `${stub.url}/elsewhere` } });
    await expect(client().track(ref)).rejects.toMatchObject({ code: 'unavailable' });
    expect(stub.received).toHaveLength(1);
  });
});
