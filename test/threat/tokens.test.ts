import { createHmac, createPrivateKey, type JsonWebKey, sign } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Route, routes } from '../../adapters/http/index.ts';
import { generateSigningKey } from '../../adapters/tokens/signing-key.ts';
import { challengeSecret, mintToken } from '../../core/tokens.ts';
import { filled } from '../adapters/http/route-calls.ts';
import { type Served, startServed } from '../support/served.ts';
import { claimsIn } from '../support/sessions.ts';
import { createBrowser, usual } from '../support/stepward.ts';
import { basic } from './support/server.ts';

let served: Served;
beforeAll(async () => {
  served = await startServed({ STEPWARD_TENANT_ID: 'acme', STEPWARD_REDIRECT_ORIGINS: 'http://localhost:3000' });
  await served.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
  await served.configure('withdraw', { defaultUserActionResult: 'CHALLENGE' });
  await served.composed.management.createAppClient('test', { clientId: 'web' });
});
afterAll(() => served.end());
// the limits of requests are not what is tried here
beforeEach(() => served.pass(60_000));

let people = 0;
const person = async (): Promise<string> => {
  people += 1;
  const userId = `t-${people}`;
  await served.api.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email: `${userId}@example.org` });
  return userId;
};

/** A challenge passed on the page, with everything that anybody is given of it. */
const passed = async (userId: string, about: { readonly action?: string; readonly binding?: string } = {}) => {
  served.pass(60_000);
  const { stepward, store, ports } = served.composed;
  const { answer } = await stepward.track({ ...usual, userId, ...about });
  const browser = createBrowser({ stepward });
  await browser.open(answer.url);
  const seen = served.mails.length;
  const { view } = await browser.act(answer.url, { do: 'choose', method: 'EMAIL_OTP' });
  if (view.page !== 'ceremony') throw new Error(view.page);
  const { challengeId } = view.ceremony;
  await browser.act(answer.url, { do: 'answer', challengeId, response: await served.codeTo(`${userId}@example.org`, seen) });
  const ref = { userId, action: about.action ?? usual.action, idempotencyKey: answer.idempotencyKey };
  const instance = await store.instance(ref);
  if (!instance) throw new Error('no instance');
  const target = (await browser.leave(answer.url))?.target;
  return {
    ref,
    challengeId,
    url: answer.url,
    track: answer.token,
    return: target?.token ?? mintToken(ports, 'return', instance, 10, served.now()),
    proof: mintToken(ports, 'proof', instance, 10, served.now()),
    ticket: target?.ticket ?? 'none',
    c: challengeSecret(ports, instance.instanceId),
  };
};

/** Everything of a user that opens something somewhere, by kind. */
const everything = async () => {
  const userId = await person();
  const { accessToken, refreshToken } = await served.api.createSession({ clientId: 'web', token: (await passed(userId)).proof });
  const { ticket } = await passed(userId, { binding: 'b' });
  const { track, return: back, proof, c, challengeId, ref } = await passed(userId);
  const { key: apiKey } = await served.composed.management.createApiKey('test', { name: 'k', kind: 'server' });
  const tokens = { track, return: back, proof, access: accessToken, refresh: refreshToken, ticket, c, challengeId, apiKey };
  return { userId, ref, tokens, kinds: Object.keys(tokens) as (keyof typeof tokens)[] };
};

const call = async (method: string, path: string, authorization: string, body?: unknown) => {
  const response = await fetch(`${served.url}${path}`, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    ...(body !== undefined && method !== 'GET' && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
};
const nameOf = ({ method, path }: Route): string => `${method} ${path}`;
const keyed = routes.filter(({ scope }) => scope !== 'public' && !scope.startsWith('client'));
const withToken = routes.filter(({ scope }) => scope === 'client' || scope === 'client-or-anonymous');

describe('what is of one kind opens nothing of another', () => {
  it('as a bearer of the client API: track and proof tokens alone, on every route', async () => {
    for (const route of withToken) {
      const { tokens, kinds } = await everything();
      for (const kind of kinds) {
        const { status } = await call(route.method, filled(route.path), `Bearer ${tokens[kind]}`, {});
        expect([nameOf(route), kind, status === 401]).toEqual([nameOf(route), kind, kind !== 'track' && kind !== 'proof']);
      }
      served.pass(60_000);
    }
  });

  it('as a key: no token, whatever the route; and a key is no bearer', async () => {
    const { tokens, kinds } = await everything();
    for (const route of keyed)
      for (const kind of kinds.filter((one) => one !== 'apiKey'))
        for (const authorization of [basic(tokens[kind]), `Bearer ${tokens[kind]}`])
          expect([nameOf(route), kind, (await call(route.method, filled(route.path), authorization, {})).status]).toEqual([
            nameOf(route),
            kind,
            401,
          ]);
  });

  const attempts: Record<string, (token: string, userId: string) => Promise<unknown>> = {
    validate: async (token) => {
      const answer = await served.api.validate({ token });
      if (!answer.isValid) throw new Error(answer.error ?? answer.state);
    },
    createSession: (token) => served.api.createSession({ clientId: 'web', token }),
    validateSession: (accessToken) => served.api.validateSession({ accessToken }),
    refreshSession: (refreshToken) => served.api.refreshSession({ refreshToken }),
    revokeSession: (accessToken) => served.api.revokeSession({ accessToken }),
  };
  it.each<[keyof typeof attempts, readonly string[]]>([
    ['validate', ['return', 'proof']],
    ['createSession', ['return', 'proof']],
    ['validateSession', ['access']],
    ['refreshSession', ['refresh']],
    ['revokeSession', ['access']],
  ])('as what `%s` takes: %j', async (name, taken) => {
    const { kinds } = await everything();
    for (const kind of kinds) {
      // each its own, since what is taken is spent
      const { tokens, userId } = await everything();
      const outcome = await attempts[name]?.(tokens[kind], userId).then(
        () => 'taken',
        () => 'refused',
      );
      expect([kind, outcome]).toEqual([kind, taken.includes(kind) ? 'taken' : 'refused']);
    }
  });

  it('as what `consume` takes: a return or proof token as token, a ticket as ticket, of this very instance', async () => {
    const { kinds } = await everything();
    const consumed = async (how: 'token' | 'ticket', kind: (typeof kinds)[number], binding?: 'b') => {
      const { ref, tokens, userId } = await everything();
      const own = binding ? await passed(userId, { binding }) : undefined;
      const given = own ? { ...tokens, ...own }[kind] : tokens[kind];
      return served.api.consume(own?.ref ?? ref, { [how]: given, ...(binding && { binding }) }).then(
        () => true,
        () => false,
      );
    };
    for (const kind of kinds) {
      expect(['token', kind, await consumed('token', kind)]).toEqual(['token', kind, kind === 'return' || kind === 'proof']);
      expect(['ticket', kind, await consumed('ticket', kind, 'b')]).toEqual(['ticket', kind, kind === 'ticket']);
    }
  });
});

describe("A's never serves for B", () => {
  it('nor one action for another, nor one instance for the next', async () => {
    const [ann, bob] = [await person(), await person()];
    const [ofAnn, ofBob, otherAction, next] = [
      await passed(ann),
      await passed(bob),
      await passed(ann, { action: 'withdraw' }),
      await passed(ann),
    ];
    for (const other of [ofBob, otherAction, next]) {
      for (const token of [ofAnn.proof, ofAnn.return])
        await expect(served.api.consume(other.ref, { token })).rejects.toMatchObject({ code: 'ticket_mismatch' });
      const { userId, action, idempotencyKey } = other.ref;
      expect(await served.api.validate({ token: ofAnn.proof, userId, action, idempotencyKey })).toEqual({
        isValid: false,
        error: 'mismatch',
      });
    }
    await expect(served.api.createSession({ clientId: 'web', token: ofAnn.proof, action: otherAction.ref.action })).rejects.toMatchObject({
      code: 'invalid_token',
    });
    // nothing of that spent any of them
    for (const { ref, proof } of [ofAnn, ofBob, otherAction, next])
      expect(await served.api.consume(ref, { token: proof })).toMatchObject({ consumed: true, ...ref });
  });

  it('a session is of its user and client, whatever is put into its tokens', async () => {
    const [ann, bob] = [await person(), await person()];
    const ofAnn = await served.api.createSession({ clientId: 'web', token: (await passed(ann)).proof });
    const ofBob = await served.api.createSession({ clientId: 'web', token: (await passed(bob)).proof });
    expect((await served.api.validateSession(ofAnn)).user.userId).toBe(ann);
    const parts = (token: string) => token.split('.') as [string, string, string];
    const [[head, , signature], [, payload]] = [parts(ofAnn.accessToken), parts(ofBob.accessToken)];
    const [handle, [, secret]] = [ofAnn.refreshToken.split('.')[0], ofBob.refreshToken.split('.') as [string, string]];
    await expect(served.api.validateSession({ accessToken: `${head}.${payload}.${signature}` })).rejects.toMatchObject({
      code: 'invalid_token',
    });
    await expect(served.api.refreshSession({ refreshToken: `${handle}.${secret}` })).rejects.toMatchObject({ code: 'invalid_token' });
  });
});

describe('JWT confusion', () => {
  const part = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  const stranger = generateSigningKey();
  const signed = (head: unknown, payload: unknown, jwk: JsonWebKey = stranger.jwk): string => {
    const input = `${part(head)}.${part(payload)}`;
    return `${input}.${sign(null, Buffer.from(input), createPrivateKey({ key: jwk, format: 'jwk' })).toString('base64url')}`;
  };
  const forgeries = (token: string): Record<string, string> => {
    const [head = '', payload = '', signature = ''] = token.split('.');
    const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as Record<string, unknown>;
    const [own] = served.composed.stepward.jwks().keys as readonly { readonly x: string }[];
    const claims = claimsIn(token);
    const hmac = (input: string) =>
      `${input}.${createHmac('sha256', Buffer.from(own?.x ?? '', 'base64url'))
        .update(input)
        .digest('base64url')}`;
    return {
      'alg none': `${part({ ...header, alg: 'none' })}.${payload}.`,
      'alg None, the signature kept': `${part({ ...header, alg: 'None' })}.${payload}.${signature}`,
      'HS256 over the public key': hmac(`${part({ ...header, alg: 'HS256' })}.${payload}`),
      'a stranger’s key under our kid': signed(header, claims),
      'a foreign kid': signed({ ...header, kid: stranger.kid }, claims),
      'a hostile kid': signed({ ...header, kid: '../../dev/null' }, claims),
      'an embedded jwk': signed({ ...header, jwk: { kty: 'OKP', crv: 'Ed25519', x: 'x' } }, claims),
      'a jku and an x5u': signed({ ...header, jku: 'https://evil.example/jwks', x5u: 'https://evil.example/x' }, claims),
      'another typ': `${part({ ...header, typ: 'JWT' })}.${payload}.${signature}`,
      'a changed sub': `${head}.${part({ ...claims, sub: 'mallory' })}.${signature}`,
      'a longer life': `${head}.${part({ ...claims, exp: 9_999_999_999 })}.${signature}`,
      'a flipped bit of the signature': `${head}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
      'no signature': `${head}.${payload}.`,
      'a fourth part': `${token}.x`,
      '8 kB more': `${head}.${'A'.repeat(8_192)}.${signature}`,
    };
  };

  it('on every route of the client API: 401 `invalid_token` or `unauthorized`, and nothing done', async () => {
    const { ref, tokens } = await everything();
    const before = JSON.stringify(await served.composed.store.user(ref.userId));
    for (const route of withToken) {
      for (const token of [tokens.track, tokens.proof])
        for (const [name, forged] of Object.entries(forgeries(token))) {
          const { status, body } = await call(route.method, filled(route.path), `Bearer ${forged}`, {});
          expect([nameOf(route), name, status]).toEqual([nameOf(route), name, 401]);
          expect(['invalid_token', 'unauthorized']).toContain(body.error);
        }
      served.pass(60_000);
    }
    expect(JSON.stringify(await served.composed.store.user(ref.userId))).toBe(before);
  });

  it('in validate, consume and the calls of sessions', async () => {
    const { ref, tokens } = await everything();
    for (const [name, token] of Object.entries(forgeries(tokens.proof))) {
      expect([name, await served.api.validate({ token })]).toEqual([name, { isValid: false, error: 'invalid_token' }]);
      await expect(served.api.consume(ref, { token }), name).rejects.toMatchObject({ code: 'ticket_mismatch' });
      await expect(served.api.createSession({ clientId: 'web', token }), name).rejects.toMatchObject({ code: 'invalid_token' });
    }
    for (const [name, accessToken] of Object.entries(forgeries(tokens.access))) {
      await expect(served.api.validateSession({ accessToken }), name).rejects.toMatchObject({ code: 'invalid_token' });
      await expect(served.api.revokeSession({ accessToken }), name).rejects.toMatchObject({ code: 'invalid_token' });
    }
    expect(await served.api.validateSession({ accessToken: tokens.access })).toMatchObject({ user: { userId: ref.userId } });
    expect(await served.api.consume(ref, { token: tokens.proof })).toMatchObject({ consumed: true });
  });
});
