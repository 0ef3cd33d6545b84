import { createHmac, createPrivateKey, generateKeyPairSync, type JsonWebKey, sign } from 'node:crypto';
import { compactVerify, createLocalJWKSet, decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import { generateSigningKey } from '../../../adapters/tokens/signing-key.ts';
import { createTokenSigner } from '../../../adapters/tokens/token-signer.ts';
import type { SessionClaims, TokenClaims, TokenKind } from '../../../core/ports/token-signer.ts';

const issuer = 'https://auth.example.org';
const audience = 'tenant-1';
const [own, next, stranger] = [generateSigningKey(), generateSigningKey(), generateSigningKey()];
const signer = createTokenSigner({ keys: [own], issuer, audience });
const kinds = ['track', 'proof', 'return'] as const satisfies readonly TokenKind[];

const claims: TokenClaims = {
  iss: issuer,
  sub: 'ada',
  aud: audience,
  jti: '01a20cb0-3626-74b4-a0ca-0d8da4d02afb',
  iat: 1_800_000_000,
  exp: 1_800_000_600,
  epoch: 1_700_000_000,
  scope: 'read:authenticators',
  other: { tenantId: audience, userId: 'ada', actionCode: 'signIn', idempotencyKey: 'k-1' },
};

const part = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const header = { alg: 'EdDSA', kid: own.kid, typ: 'stepward-track+jwt' };

/** Signs whatever it is given: with the right key unless said. */
const forged = (head: unknown, payload: unknown, jwk: JsonWebKey = own.jwk): string => {
  const input = `${part(head)}.${part(payload)}`;
  return `${input}.${sign(null, Buffer.from(input), createPrivateKey({ key: jwk, format: 'jwk' })).toString('base64url')}`;
};

const parts = (token: string): [string, string, string] => {
  const [head = '', payload = '', signature = ''] = token.split('.');
  return [head, payload, signature];
};

describe('a token', () => {
  it.each(kinds)('of kind %s is signed, typed and read back', (kind) => {
    const token = signer.sign(kind, claims);
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'EdDSA', kid: own.kid, typ: `stepward-${kind}+jwt` });
    expect(signer.verify(token, [kind])).toEqual({ kind, claims });
    expect(signer.verify(token, kinds)).toEqual({ kind, claims });
  });

  it('is read by an independent library with the published keys', async () => {
    const token = signer.sign('track', claims);
    const published = createLocalJWKSet(JSON.parse(JSON.stringify(signer.jwks())));
    const { payload } = await compactVerify(token, published, { algorithms: ['EdDSA'] });
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(claims);
  });

  it('keeps the claims of a proof, and characters of every script', () => {
    const proof: TokenClaims = {
      ...claims,
      sub: 'ада🔑',
      acr: 'urn:stepward:aal2',
      amr: ['otp'],
      auth_time: 1_800_000_001,
      method: 'EMAIL_OTP',
    };
    expect(signer.verify(signer.sign('proof', proof), ['proof'])?.claims).toEqual(proof);
  });

  it('is signed again however often, byte for byte', () => {
    expect(forged(header, claims)).toBe(signer.sign('track', claims));
  });

  it('is checked for time elsewhere', () => {
    const stale = { ...claims, exp: 1 };
    expect(signer.verify(signer.sign('track', stale), ['track'])?.claims.exp).toBe(1);
  });

  it.each([{ iss: 'https://evil.example' }, { aud: 'tenant-2' }])('with foreign %j is not signed', (changes) => {
    expect(() => signer.sign('track', { ...claims, ...changes })).toThrow(TypeError);
  });
});

describe('kinds', () => {
  const pairs = kinds.flatMap((made) => kinds.filter((wanted) => wanted !== made).map((wanted) => [made, wanted] as const));

  it.each(pairs)('a %s token is no %s token', (made, wanted) => {
    expect(signer.verify(signer.sign(made, claims), [wanted])).toBeUndefined();
  });

  it('none expected: none taken', () => {
    expect(signer.verify(signer.sign('track', claims), [])).toBeUndefined();
  });
});

describe('JWT confusion', () => {
  const [head, payload, signature] = parts(signer.sign('track', claims));
  const publicKey = generateKeyPairSync('ed25519').publicKey;
  const { x = '' } = own.jwk;
  const macWith = (secret: string | Buffer, top: unknown): string => {
    const input = `${part(top)}.${payload}`;
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  };

  it('takes the genuine token, so that what follows differs in one thing', () => {
    expect(signer.verify(`${head}.${payload}.${signature}`, ['track'])).toBeDefined();
    expect(signer.verify(forged(header, claims), ['track'])).toBeDefined();
  });

  it.each<[string, string]>([
    ['alg none, unsigned', `${part({ ...header, alg: 'none' })}.${payload}.`],
    ['alg None', `${part({ ...header, alg: 'None' })}.${payload}.${signature}`],
    ['alg none with the signature kept', `${part({ ...header, alg: 'none' })}.${payload}.${signature}`],
    ['no alg', forged({ kid: own.kid, typ: header.typ }, claims)],
    ['HS256 over the published x', macWith(x, { ...header, alg: 'HS256' })],
    ['HS256 over the raw public key', macWith(Buffer.from(x, 'base64url'), { ...header, alg: 'HS256' })],
    ['HS256 over the PEM', macWith(publicKey.export({ type: 'spki', format: 'pem' }).toString(), { ...header, alg: 'HS256' })],
    ['an HMAC under the genuine header', macWith(Buffer.from(x, 'base64url'), header)],
    ['another algorithm’s name over a right signature', forged({ ...header, alg: 'ES256' }, claims)],
    ['Ed25519, the other name', forged({ ...header, alg: 'Ed25519' }, claims)],
    ["a stranger's key under our kid", forged(header, claims, stranger.jwk)],
    ["a stranger's key under his kid", forged({ ...header, kid: stranger.kid }, claims, stranger.jwk)],
    ['an embedded jwk', forged({ ...header, jwk: { kty: 'OKP', crv: 'Ed25519', x: stranger.jwk.x } }, claims, stranger.jwk)],
    [
      'an embedded jwk without kid',
      forged({ alg: 'EdDSA', typ: header.typ, jwk: { kty: 'OKP', crv: 'Ed25519', x: stranger.jwk.x } }, claims, stranger.jwk),
    ],
    ['jku', forged({ ...header, jku: 'https://evil.example/jwks' }, claims, stranger.jwk)],
    ['x5u', forged({ ...header, x5u: 'https://evil.example/x' }, claims, stranger.jwk)],
    ['an embedded jwk though rightly signed', forged({ ...header, jwk: own.jwk }, claims)],
    ['crit', forged({ ...header, crit: ['b64'], b64: false }, claims)],
    ['a kid with a path', forged({ ...header, kid: '../../dev/null' }, claims)],
    ['a kid with SQL', forged({ ...header, kid: "' OR 1=1 --" }, claims)],
    ['kid __proto__', forged({ ...header, kid: '__proto__' }, claims)],
    ['kid constructor', forged({ ...header, kid: 'constructor' }, claims)],
    ['no kid', forged({ alg: 'EdDSA', typ: header.typ }, claims)],
    ['a kid that is no text', forged({ ...header, kid: [own.kid] }, claims)],
    ['no typ', forged({ alg: 'EdDSA', kid: own.kid }, claims)],
    ['typ JWT', forged({ ...header, typ: 'JWT' }, claims)],
    ['typ of a session', forged({ ...header, typ: 'at+jwt' }, claims)],
    ['a foreign issuer', forged(header, { ...claims, iss: 'https://evil.example' })],
    ['our issuer with a slash', forged(header, { ...claims, iss: `${issuer}/` })],
    ['a foreign audience', forged(header, { ...claims, aud: 'tenant-2' })],
    ['a list of audiences', forged(header, { ...claims, aud: [audience, 'tenant-2'] })],
    ['no sub', forged(header, { ...claims, sub: undefined })],
    ['a sub that is no text', forged(header, { ...claims, sub: 7 })],
    ['an exp that is text', forged(header, { ...claims, exp: '1800000600' })],
    ['an exp beyond numbers', forged(header, JSON.stringify(claims).replace('"exp":1800000600', '"exp":1e999'))],
    ['no exp', forged(header, { ...claims, exp: undefined })],
    ['no epoch', forged(header, { ...claims, epoch: undefined })],
    ['no other', forged(header, { ...claims, other: undefined })],
    ['other without a user', forged(header, { ...claims, other: { ...claims.other, userId: undefined } })],
    ['other that is a list', forged(header, { ...claims, other: [] })],
    ['an amr that is text', forged(header, { ...claims, amr: 'mfa' })],
    ['a payload that is a list', forged(header, [claims])],
    ['a payload that is null', forged(header, 'null')],
    ['a payload that is not JSON', forged(header, '{"iss":')],
    ['an empty payload', forged(header, '')],
    ["another token's payload", `${head}.${parts(signer.sign('track', { ...claims, sub: 'eve' }))[1]}.${signature}`],
    ["another kind's header", `${parts(signer.sign('proof', claims))[0]}.${payload}.${signature}`],
    ['no signature', `${head}.${payload}.`],
    ['two parts', `${head}.${payload}`],
    ['four parts', `${head}.${payload}.${signature}.`],
    ['padding', `${head}.${payload}.${signature}==`],
    ['a space before', ` ${head}.${payload}.${signature}`],
    ['a line break after', `${head}.${payload}.${signature}\n`],
    ['a signature of zeros', `${head}.${payload}.${'A'.repeat(86)}`],
    ['base64 in place of base64url', `${head}.${payload}.${signature.replaceAll('_', '/').replaceAll('-', '+')}/`],
    ['a JSON serialisation', JSON.stringify({ protected: head, payload, signature })],
    ['1 MB', `${head}.${'A'.repeat(1_000_000)}.${signature}`],
    ['1 MB, rightly signed', forged(header, { ...claims, scope: 'x'.repeat(1_000_000) })],
    ['a million dots', '.'.repeat(1_000_000)],
    ['nothing', ''],
  ])('refuses %s', (_, token) => {
    expect(signer.verify(token, kinds)).toBeUndefined();
  });

  it.each([undefined, null, 7, {}, ['x']].map((token) => ({ token })))('refuses $token without failing', ({ token }) => {
    expect(signer.verify(token as unknown as string, kinds)).toBeUndefined();
  });

  it('refuses every flipped bit, in each of the three parts', () => {
    const token = `${head}.${payload}.${signature}`;
    for (let at = 0; at < token.length; at += 1) {
      for (const bit of [1, 2, 4, 32]) {
        const flipped = token.slice(0, at) + String.fromCharCode(token.charCodeAt(at) ^ bit) + token.slice(at + 1);
        expect(signer.verify(flipped, kinds)).toBeUndefined();
      }
    }
  });

  it('refuses the token of another tenant, issuer or deployment', () => {
    for (const settings of [
      { keys: [own], issuer, audience: 'tenant-2' },
      { keys: [own], issuer: 'https://other.example.org', audience },
      { keys: [stranger], issuer, audience },
    ]) {
      const other = createTokenSigner(settings);
      const token = other.sign('track', { ...claims, iss: settings.issuer, aud: settings.audience });
      expect(other.verify(token, ['track'])).toBeDefined();
      expect(signer.verify(token, ['track'])).toBeUndefined();
    }
  });
});

describe('rotation', () => {
  it('publishes a key before its first use, then signs with it and still reads the old one', () => {
    const announced = createTokenSigner({ keys: [own, next], issuer, audience });
    const switched = createTokenSigner({ keys: [next, own], issuer, audience });
    const before = announced.sign('track', claims);
    const after = switched.sign('track', claims);
    expect(decodeProtectedHeader(before).kid).toBe(own.kid);
    expect(decodeProtectedHeader(after).kid).toBe(next.kid);
    for (const one of [announced, switched]) {
      expect(one.verify(before, ['track'])).toBeDefined();
      expect(one.verify(after, ['track'])).toBeDefined();
    }
  });

  it('kills the tokens of a removed key', () => {
    const removed = createTokenSigner({ keys: [next], issuer, audience });
    expect(removed.verify(signer.sign('track', claims), ['track'])).toBeUndefined();
  });
});

describe('keys', () => {
  it('are published without their private part', () => {
    const { keys } = createTokenSigner({ keys: [own, next], issuer, audience }).jwks();
    expect(keys).toEqual([own, next].map(({ kid, jwk }) => ({ kty: 'OKP', crv: 'Ed25519', x: jwk.x, kid, alg: 'EdDSA', use: 'sig' })));
    expect(JSON.stringify(keys)).not.toContain(own.jwk.d);
  });

  it('come as PEM too', () => {
    const privateKeyPem = createPrivateKey({ key: own.jwk, format: 'jwk' }).export({ type: 'pkcs8', format: 'pem' }).toString();
    const fromPem = createTokenSigner({ keys: [{ kid: own.kid, privateKeyPem }], issuer, audience });
    expect(signer.verify(fromPem.sign('track', claims), ['track'])).toBeDefined();
  });

  it('made here differ, and are named by their thumbprint', () => {
    expect(own.kid).not.toBe(next.kid);
    expect(own.kid).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  it.each<[string, Parameters<typeof createTokenSigner>[0]['keys']]>([
    ['none', []],
    ['one of P-256', [{ kid: 'a', jwk: ec }]],
    ['a public one', [{ kid: 'a', jwk: { kty: 'OKP', crv: 'Ed25519', x: own.jwk.x } }]],
    ['nonsense', [{ kid: 'a', privateKeyPem: 'nonsense' }]],
    ['two of one kid', [own, { ...next, kid: own.kid }]],
    ['a kid with a quote', [{ ...own, kid: '"' }]],
  ])('%s: refused', (_, keys) => {
    expect(() => createTokenSigner({ keys, issuer, audience })).toThrow(TypeError);
  });
});

describe('an access token of a session', () => {
  const session: SessionClaims = {
    iss: issuer,
    sub: 'ada',
    aud: 'web',
    client_id: 'web',
    sid: '01a20cb0-3626-74b4-a0ca-0d8da4d02afc',
    jti: '01a20cb0-3626-74b4-a0ca-0d8da4d02afd',
    iat: 1_800_000_000,
    exp: 1_800_000_600,
    epoch: 0,
    acr: 'urn:stepward:aal1',
    amr: ['otp'],
    auth_time: 1_800_000_000,
  };
  const sessionHeader = { alg: 'EdDSA', kid: own.kid, typ: 'at+jwt' };

  it('is typed as RFC 9068 says, read back, and by an independent library', async () => {
    const token = signer.signSession(session);
    expect(decodeProtectedHeader(token)).toEqual(sessionHeader);
    expect(signer.verifySession(token)).toEqual(session);
    expect(forged(sessionHeader, session)).toBe(token);
    const published = createLocalJWKSet(JSON.parse(JSON.stringify(signer.jwks())));
    const { payload } = await compactVerify(token, published, { algorithms: ['EdDSA'] });
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(session);
  });

  it('is no token of an action instance, nor the reverse, even with the claims of both', () => {
    const both = { ...claims, ...session, aud: audience, client_id: audience };
    expect(signer.verify(forged(sessionHeader, both), kinds)).toBeUndefined();
    for (const kind of kinds) expect(signer.verifySession(forged({ ...sessionHeader, typ: `stepward-${kind}+jwt` }, both))).toBeUndefined();
    expect(signer.verifySession(forged(sessionHeader, both))).toBeDefined();
  });

  it.each<[string, string]>([
    ['alg none', `${part({ ...sessionHeader, alg: 'none' })}.${part(session)}.`],
    ['HS256 over the public key', forged({ ...sessionHeader, alg: 'HS256' }, session)],
    ['typ JWT', forged({ ...sessionHeader, typ: 'JWT' }, session)],
    ['the long form of typ', forged({ ...sessionHeader, typ: 'application/at+jwt' }, session)],
    ['a foreign kid', forged({ ...sessionHeader, kid: stranger.kid }, session)],
    ['a foreign key under our kid', forged(sessionHeader, session, stranger.jwk)],
    ['a key of its own in the header', forged({ ...sessionHeader, jwk: stranger.jwk }, session, stranger.jwk)],
    ['a foreign iss', forged(sessionHeader, { ...session, iss: 'https://evil.example' })],
    ['another aud than client_id', forged(sessionHeader, { ...session, aud: 'other' })],
    ['several audiences', forged(sessionHeader, { ...session, aud: ['web'], client_id: ['web'] })],
    ['no sid', forged(sessionHeader, { ...session, sid: undefined })],
    ['exp as text', forged(sessionHeader, { ...session, exp: '9999999999' })],
    ['no claims', forged(sessionHeader, null)],
    ['one MB', `${part(sessionHeader)}.${'A'.repeat(1024 * 1024)}.${'A'.repeat(86)}`],
  ])('with %s is refused', (_, token) => {
    expect(signer.verifySession(token)).toBeUndefined();
  });

  it.each([{ iss: 'https://evil.example' }, { aud: 'other' }])('with foreign %j is not signed', (changes) => {
    expect(() => signer.signSession({ ...session, ...changes })).toThrow(TypeError);
  });
});
