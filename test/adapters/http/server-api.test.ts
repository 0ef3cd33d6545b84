import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { trackBody } from '../../../adapters/http/track-body.ts';
import type { ValidateAnswer } from '../../../core/index.ts';
import { type Running, running } from './running.ts';
import { trackAnswer } from './scripted-stepward.ts';

let replayed = false;
let validated: ValidateAnswer = { isValid: false, error: 'invalid_token' };
const server: Running = await running({ script: { track: () => ({ answer: trackAnswer, replayed }), validate: () => validated } });
afterAll(() => server.stop());
beforeEach(() => {
  server.calls.length = 0;
  replayed = false;
});

const at = '/v1/users/u/actions/signIn';
const instance = `${at}/k-1`;
const ref = { userId: 'u', action: 'signIn', idempotencyKey: 'k-1' };

describe('each call reaches its use case', () => {
  const rows: readonly (readonly [string, string, unknown, string, readonly unknown[]])[] = [
    ['GET', '/v1/users/u', undefined, 'getUser', ['u']],
    ['GET', '/v1/users?email=a%2Bb%40example.org', undefined, 'queryUsers', [{ email: 'a+b@example.org', limit: 20 }]],
    ['PATCH', '/v1/users/u', { email: null, custom: { a: null, b: 1 } }, 'updateUser', ['u', { email: null, custom: { a: null, b: 1 } }]],
    ['POST', '/v1/users/u', { displayName: 'U' }, 'updateUser', ['u', { displayName: 'U' }]],
    ['DELETE', '/v1/users/u', undefined, 'deleteUser', ['u']],
    ['GET', '/v1/users/u/authenticators', undefined, 'getAuthenticators', ['u']],
    [
      'POST',
      '/v1/users/u/authenticators',
      { verificationMethod: 'EMAIL_OTP', email: 'u@example.org' },
      'enrollVerified',
      ['u', { verificationMethod: 'EMAIL_OTP', email: 'u@example.org' }],
    ],
    ['DELETE', '/v1/users/u/authenticators/a-1', undefined, 'deleteAuthenticator', ['u', 'a-1']],
    ['POST', at, { deviceId: 'd' }, 'track', [{ userId: 'u', action: 'signIn', deviceId: 'd' }]],
    ['GET', instance, undefined, 'getAction', [ref]],
    ['PATCH', instance, { state: 'REVIEW_FAILED', reason: 'r' }, 'updateAction', [ref, { state: 'REVIEW_FAILED', reason: 'r' }]],
    [
      'GET',
      '/v1/users/u/actions?fromDate=2026-01-01T00:00:00.000Z&codes=a,b&state=ALLOW',
      undefined,
      'queryUserActions',
      ['u', { from: Date.UTC(2026, 0, 1), codes: ['a', 'b'], state: 'ALLOW', limit: 100 }],
    ],
    ['POST', '/v1/validate', { token: 't', userId: null }, 'validate', [{ token: 't' }]],
    ['POST', `${instance}/consume`, { binding: 'b', requiredAcr: ['phr'] }, 'consume', [ref, { binding: 'b', requiredAcr: ['phr'] }]],
    ['GET', `${instance}/explain`, undefined, 'explain', [ref]],
    ['POST', '/v1/challenge', { email: 'u@example.org', extra: 1 }, 'challenge', [{ email: 'u@example.org' }]],
    ['POST', '/v1/verify', { challengeId: 'c', verificationCode: '123456' }, 'verify', [{ challengeId: 'c', verificationCode: '123456' }]],
    ['POST', '/v1/claim', { challengeId: 'c', userId: 'u' }, 'claim', [{ challengeId: 'c', userId: 'u' }]],
    ['GET', '/v1/challenges?userId=u', undefined, 'getChallenge', [{ userId: 'u' }]],
    ['POST', '/v1/users/authenticators', { authenticators: [{ a: 1 }] }, 'importPasskeys', [[{ a: 1 }]]],
    ['GET', '/v1/users/u/devices', undefined, 'getDevices', ['u']],
    ['PATCH', '/v1/users/u/devices/d-1', { rememberedUntil: null }, 'updateDevice', ['u', 'd-1', { rememberedUntil: null }]],
    ['POST', '/v1/users/u/devices/d-1/invalidate', undefined, 'invalidateDevice', ['u', 'd-1']],
  ];
  it.each(rows)('%s %s', async (method, path, body, name, args) => {
    const { status } = await server.call(method, path, body);
    expect(status).toBe(method === 'DELETE' ? 204 : 200);
    expect(server.calls.map((call) => [call.name, call.args.map((arg) => JSON.parse(JSON.stringify(arg)))])).toEqual([[name, args]]);
  });

  it('deleting a user twice is 204 twice', async () => {
    for (const _ of [1, 2]) expect((await server.call('DELETE', '/v1/users/nobody')).status).toBe(204);
  });

  it('a user update without any attribute says how the SDK is called', async () => {
    const { status, body } = await server.call('PATCH', '/v1/users/u', { userId: 'u' });
    expect([status, body.error]).toEqual([400, 'invalid_request']);
    expect(body.errorDescription).toContain('{userId, attributes}');
    expect(server.calls).toEqual([]);
  });

  it('addresses alone can be enrolled as verified', async () => {
    expect((await server.call('POST', '/v1/users/u/authenticators', { verificationMethod: 'PASSKEY' })).status).toBe(400);
  });

  it('501 passkeys are too many', async () => {
    expect((await server.call('POST', '/v1/users/authenticators', { authenticators: Array(501).fill({}) })).status).toBe(400);
  });
});

describe('validate', () => {
  it('needs a token', async () => {
    const { status, body } = await server.call('POST', '/v1/validate', {});
    expect([status, body.error]).toEqual([400, 'invalid_request']);
    expect(body.details).toEqual([expect.objectContaining({ pointer: '/token' })]);
  });
  it('never says that a token is invalid and its challenge succeeded', async () => {
    validated = { isValid: false, state: 'CHALLENGE_SUCCEEDED', action: 'signIn' };
    const { status, text } = await server.call('POST', '/v1/validate', { token: 't' });
    expect(status).toBe(500);
    expect(text).not.toContain('CHALLENGE_SUCCEEDED');
  });
});

describe('track', () => {
  const whole = {
    idempotencyKey: 'k~1',
    redirectUrl: 'https://app.example.org/back?x=1',
    redirectToSettings: true,
    ipAddress: '203.0.113.1',
    userAgent: 'Mozilla/5.0',
    deviceId: 'device-1',
    scope: 'read:authenticators',
    email: 'u@example.org',
    emailVerified: true,
    phoneNumber: '+4912345',
    phoneNumberVerified: false,
    username: 'u',
    custom: { amount: 1, tier: 'vip', vip: true, tags: ['a'], gone: null },
    challengeId: 'c-1',
    locale: 'de-DE',
    customDomain: 'login.example.org',
    binding: 'b',
    display: [
      { label: 'To', value: 'ACME' },
      { label: 'Sum', type: 'money', value: { minor: 1250, currency: 'EUR' } },
    ],
    context: {
      adapter: 'keycloak',
      adapterVersion: '1',
      clientId: 'app',
      protocol: 'oidc',
      flow: 'interactive',
      canRedirect: true,
      requestedAcr: ['phr'],
      maxAge: 60,
      authenticationMethods: [
        { method: 'pwd', at: '2026-01-01T00:00:00Z' },
        { method: 'otp', channel: 'email' },
      ],
      challengedBy: 'host',
      hostRisk: { source: 'auth0', level: 'high', score: 0.5, signals: { a: [1] } },
      geo: { countryCode: 'DE', region: 'BE', city: 'Berlin', latitude: 52.5, longitude: 13.4, asn: 64512 },
      tls: { ja3: 'a', ja4: 'b' },
      acceptLanguage: 'de',
      roles: ['admin'],
      groups: ['g'],
      deviceVouched: true,
    },
  };

  it('takes every attribute and leaves unknown ones out', async () => {
    const { status } = await server.call('POST', at, { ...whole, state: 'ALLOW', tenantId: 'x', context: { ...whole.context, other: 1 } });
    expect(status).toBe(200);
    expect(server.calls[0]?.args).toEqual([{ userId: 'u', action: 'signIn', ...whole }]);
  });

  it('its reader and its documented schema agree', () => {
    expect(trackBody.schema.safeParse(whole).success).toBe(true);
    expect(Object.keys(trackBody.parse(whole).request).sort()).toEqual(Object.keys(whole).sort());
  });

  it('null counts as absent', async () => {
    await server.call('POST', at, { email: null, context: { clientId: null }, custom: null });
    expect(server.calls[0]?.args).toEqual([{ userId: 'u', action: 'signIn', context: {} }]);
  });

  it('returnUrl is another name of redirectUrl; both and different are refused', async () => {
    await server.call('POST', at, { returnUrl: 'https://a.example/' });
    await server.call('POST', at, { returnUrl: 'https://a.example/', redirectUrl: 'https://a.example/' });
    for (const { args } of server.calls) expect(args).toEqual([{ userId: 'u', action: 'signIn', redirectUrl: 'https://a.example/' }]);
    expect((await server.call('POST', at, { returnUrl: 'https://a.example/', redirectUrl: 'https://b.example/' })).status).toBe(400);
  });

  it('deferSignals is handed on', async () => {
    await server.call('POST', at, { binding: 'b', context: { deferSignals: true } });
    expect(server.calls[0]?.args).toEqual([{ userId: 'u', action: 'signIn', binding: 'b', context: { deferSignals: true } }]);
    expect((await server.call('POST', at, { context: { deferSignals: 'yes' } })).status).toBe(400);
  });

  it('data points of a type that none has are kept out and named', async () => {
    const { status, body } = await server.call('POST', at, { custom: { a: { b: 1 }, list: [1], ok: 'x' } });
    expect(status).toBe(200);
    expect(server.calls[0]?.args).toEqual([{ userId: 'u', action: 'signIn', custom: { ok: 'x' } }]);
    expect(body.ignored).toEqual([
      { attribute: 'custom.a', reason: 'ill-typed' },
      { attribute: 'custom.list', reason: 'ill-typed' },
    ]);
  });

  it('a replay says so', async () => {
    expect((await server.call('POST', at, {})).headers['idempotency-replayed']).toBeUndefined();
    replayed = true;
    expect((await server.call('POST', at, {})).headers['idempotency-replayed']).toBe('true');
  });

  const wrong: readonly (readonly [string, unknown])[] = [
    ['/deviceId', { deviceId: 5 }],
    ['/idempotencyKey', { idempotencyKey: 'k'.repeat(129) }],
    ['/idempotencyKey', { idempotencyKey: '..' }],
    ['/idempotencyKey', { idempotencyKey: 'a b' }],
    ['/binding', { binding: '' }],
    ['/binding', { binding: 'b'.repeat(257) }],
    ['/emailVerified', { emailVerified: 'true' }],
    ['/custom', { custom: [] }],
    ['/custom', { custom: Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`k${n}`, n])) }],
    ['/display', { display: Array(11).fill({ label: 'l', value: 'v' }) }],
    ['/display', { display: [{ label: 'l', type: 'money', value: '12' }] }],
    ['/display', { display: [{ label: 'l', type: 'html', value: 'v' }] }],
    ['/context', { context: 'x' }],
    ['/context/flow', { context: { flow: 'other' } }],
    ['/context/maxAge', { context: { maxAge: -1 } }],
    ['/context/roles', { context: { roles: 'admin' } }],
    ['/context/challengedBy', { context: { challengedBy: 'us' } }],
    ['/context/hostRisk/level', { context: { hostRisk: { source: 's', level: 'extreme' } } }],
    ['/context/hostRisk', { context: { hostRisk: { level: 'low' } } }],
    ['/context/geo/latitude', { context: { geo: { latitude: 91 } } }],
  ];
  it.each(wrong)('%s is named when it is wrong: %j', async (pointer, body) => {
    const answer = await server.call('POST', at, body);
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request']);
    expect(answer.body.details).toEqual([expect.objectContaining({ pointer })]);
    expect(server.calls).toEqual([]);
  });

  it.each(wrong.filter(([pointer]) => pointer !== '/custom'))('the documented schema refuses it too: %s', (_, body) => {
    const parsed = trackBody.schema.safeParse(body);
    // dots only, and what an object must have, is more than the schema says
    if (JSON.stringify(body).includes('".."') || JSON.stringify(body) === '{"context":{"hostRisk":{"level":"low"}}}') return;
    expect(parsed.success).toBe(false);
  });
});
