import { createHmac, createPrivateKey, createPublicKey, type JsonWebKey, sign } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { routes } from '../../adapters/http/index.ts';
import { signingKeys } from '../../adapters/server/signing-keys.ts';
import { generateSigningKey } from '../../adapters/tokens/signing-key.ts';
import { routeCalls } from '../adapters/http/route-calls.ts';
import { type Served, startServed } from '../support/served.ts';

const clientRoutes = routes.filter(({ scope }) => scope.startsWith('client'));
const takingTokens = clientRoutes.filter(({ scope }) => scope !== 'client-anonymous');
/** Bodies that each route reads, so that its token is what is refused. */
const bodies = new Map(routeCalls.map(({ route, body }) => [route, body]));
const filled = (path: string) => path.replace(/\{\w+\}/g, 'x');

describe('tokens of the client API', () => {
  let served: Served;
  let own: { readonly kid: string; readonly jwk: JsonWebKey };
  let good: string;
  beforeAll(async () => {
    served = await startServed();
    await served.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
    const [first] = await signingKeys(served.composed.policies, served.composed.ports.secrets);
    own = { kid: first?.kid ?? '', jwk: first?.jwk ?? {} };
  });
  afterAll(() => served.end());
  beforeEach(async () => {
    served.pass(61_000);
    good = (await served.api.track({ userId: 'ada', action: 'signIn' })).answer.token;
  });

  const send = async (method: string, path: string, authorization: string) => {
    const response = await fetch(`${served.url}${filled(path)}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(method === 'GET' || method === 'DELETE' ? {} : { body: JSON.stringify(bodies.get(`${method} ${path}`) ?? {}) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  };
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
  const signed = (head: object, payload: object, jwk: JsonWebKey): string => {
    const input = `${part(head)}.${part(payload)}`;
    return `${input}.${sign(null, Buffer.from(input), createPrivateKey({ key: jwk, format: 'jwk' })).toString('base64url')}`;
  };
  const header = () => ({ alg: 'EdDSA', kid: own.kid, typ: 'stepward-track+jwt' });
  /** The good token with other claims, signed by our own key. */
  const withClaims = (more: object) => signed(header(), { ...claimsOf(good), ...more }, own.jwk);
  const other = (more: object) => ({ other: { ...(claimsOf(good).other as object), ...more } });
  const stranger = generateSigningKey();

  const forgeries: Readonly<Record<string, () => string>> = {
    'alg none': () => `${part({ alg: 'none', typ: 'stepward-track+jwt' })}.${good.split('.')[1]}.`,
    'HS256 over the public key': () => {
      const input = `${part({ alg: 'HS256', kid: own.kid, typ: 'stepward-track+jwt' })}.${good.split('.')[1]}`;
      const pem = createPublicKey({ key: own.jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
      return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
    },
    'a foreign key under our kid': () => signed(header(), claimsOf(good), stranger.jwk),
    'a foreign kid': () => signed({ ...header(), kid: stranger.kid }, claimsOf(good), stranger.jwk),
    'an embedded jwk': () => {
      const { d: _, ...publicJwk } = stranger.jwk;
      return signed({ ...header(), jwk: publicJwk }, claimsOf(good), stranger.jwk);
    },
    'another typ': () => signed({ ...header(), typ: 'stepward-return+jwt' }, claimsOf(good), own.jwk),
    'no typ': () => signed({ alg: 'EdDSA', kid: own.kid }, claimsOf(good), own.jwk),
    'another audience': () => withClaims({ aud: 'another-tenant' }),
    'another issuer': () => withClaims({ iss: 'https://elsewhere.example' }),
    'another tenant': () => withClaims(other({ tenantId: 'another-tenant' })),
    'another user': () => withClaims({ sub: 'eve' }),
    "another user's instance": () => withClaims({ sub: 'eve', ...other({ userId: 'eve' }) }),
    'another action': () => withClaims(other({ actionCode: 'pay' })),
    'no such instance': () => withClaims(other({ idempotencyKey: 'never' })),
    'an epoch before a restore': () => withClaims({ epoch: -1 }),
    'a flipped bit': () => `${good.slice(0, -8)}${good.at(-8) === 'A' ? 'B' : 'A'}${good.slice(-7)}`,
    'a part missing': () => good.split('.').slice(0, 2).join('.'),
    'a megabyte less a header': () => `${good}${'A'.repeat(7_000)}`,
    nothing: () => 'undefined',
  };

  it.each(Object.keys(forgeries))('%s opens no route', async (name) => {
    const token = forgeries[name]?.() ?? '';
    for (const { method, path } of takingTokens) {
      const { status, body, headers } = await send(method, path, `Bearer ${token}`);
      expect([`${method} ${path}`, status, body.error]).toEqual([`${method} ${path}`, 401, 'invalid_token']);
      expect([body.errorCode, headers.get('www-authenticate')]).toEqual(['invalid_token', null]);
    }
  });
  it('one that travels in a URL opens none', async () => {
    await served.api.updateUser('ada', { email: 'ada@example.org', emailVerified: true });
    const { answer } = await served.api.track({ userId: 'ada', action: 'signIn', redirectUrl: `${served.app.origin}/back` });
    const c = new URL(answer.url).searchParams.get('c') ?? '';
    const browser = { c, mode: 'redirect', forceEnrollment: false } as const;
    const { setBrowser } = await served.composed.stepward.visits.open(browser, true);
    await served.composed.stepward.visits.act({ ...browser, browser: setBrowser }, { do: 'cancel' });
    const leaving = await served.composed.stepward.visits.leave({ ...browser, browser: setBrowser });
    const token = leaving?.target?.token ?? '';
    expect(token.split('.')).toHaveLength(3);
    for (const { method, path } of takingTokens)
      expect((await send(method, path, `Bearer ${token}`)).body.error, path).toBe('invalid_token');
  });
  it('one that has expired says so', async () => {
    const expired = withClaims({ exp: Math.floor(served.now() / 1000) });
    for (const { method, path } of takingTokens)
      expect((await send(method, path, `Bearer ${expired}`)).body.errorCode, path).toBe('expired_token');
  });
  it('a good one is taken by each route that takes tokens, and by no other of this server', async () => {
    for (const { method, path, scope } of routes.filter((route) => route.scope !== 'public')) {
      const { status, body } = await send(method, path, `Bearer ${good}`);
      if (takingTokens.some((route) => route.method === method && route.path === path)) expect(body?.error, path).not.toBe('unauthorized');
      else expect([scope, path, status, body.error]).toEqual([scope, path, 401, 'unauthorized']);
    }
  });
  it('the tenant’s id opens the anonymous routes and no other; with a colon, or of another tenant, none', async () => {
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    for (const { method, path, scope } of routes.filter((route) => route.scope !== 'public')) {
      const isAnonymous = scope === 'client-anonymous' || scope === 'client-or-anonymous';
      const { body } = await send(method, path, basic('stepward'));
      expect([path, body?.error === 'unauthorized']).toEqual([path, !isAnonymous]);
      served.pass(1_000);
    }
    served.pass(61_000);
    for (const text of ['stepward:', 'Stepward', 'another', '', 'stepward '])
      for (const { method, path } of clientRoutes) expect((await send(method, path, basic(text))).status, `${text} ${path}`).toBe(401);
  });
  it('no key of a server or an operator is one', async () => {
    for (const key of ['sk_test_0000000000000000', 'mk_test_0000000000000000'])
      for (const { method, path } of clientRoutes)
        for (const text of [key, `${key}:`])
          expect((await send(method, path, `Basic ${Buffer.from(text).toString('base64')}`)).body.error, path).toBe('unauthorized');
  });
});
