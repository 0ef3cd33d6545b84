import { createHmac } from 'node:crypto';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWTHeaderParameters, type JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createResourceServer } from '../../../adapters/express/index.ts';
import { audience, keysPath, startTokenIssuer, type TokenIssuer } from '../../support/token-issuer.ts';
import { type Api, bearer, startApi } from './api.ts';

const seconds = Math.floor(Date.now() / 1000);
const base64url = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

describe('JWT confusion: a JWT access token (RFC 9068)', () => {
  let issuer: TokenIssuer;
  let api: Api;
  let good: JWTPayload;
  const asked: string[] = [];
  beforeAll(async () => {
    issuer = await startTokenIssuer();
    const watched: typeof fetch = (url, init) => {
      asked.push(String(url));
      return fetch(url, init);
    };
    api = await startApi(createResourceServer({ issuer: issuer.url, audience, fetch: watched }).requireToken());
    good = { iss: issuer.url, aud: audience, sub: 'ada', client_id: 'app', iat: seconds, exp: seconds + 600 };
  });
  afterAll(async () => {
    await api?.close();
    await issuer?.close();
  });
  const signed = (claims: JWTPayload = {}, header: Partial<JWTHeaderParameters> = {}) => issuer.sign({ ...good, ...claims }, header);
  const status = async (token: string) => (await api.call([bearer(token)])).status;

  it('of a real provider is accepted, and its claims are there', async () => {
    const token = await issuer.issue({ format: 'jwt', acr: 'urn:stepward:aal2', auth_time: seconds });
    const { status, body } = await api.call([bearer(token)]);
    const passed = {
      iss: issuer.url,
      aud: audience,
      sub: 'ada',
      client_id: 'app',
      scope: 'pay',
      acr: 'urn:stepward:aal2',
      auth_time: seconds,
    };
    expect({ status, body }).toMatchObject({ status: 200, body: { passed } });
  });

  const accepted: Record<string, readonly [JWTPayload, Partial<JWTHeaderParameters>]> = {
    'as it is': [{}, {}],
    'typ in full': [{}, { typ: 'application/at+jwt' }],
    'typ in capitals': [{}, { typ: 'AT+JWT' }],
    'for several audiences': [{ aud: ['https://other.example', audience] }, {}],
    'just expired, within the tolerance': [{ exp: seconds - 3 }, {}],
    'begins in a moment, within the tolerance': [{ nbf: seconds + 3 }, {}],
    'issued a moment ahead, within the tolerance': [{ iat: seconds + 3 }, {}],
    'with an address of keys that nobody looks at': [{}, { jku: 'http://127.0.0.1:9/keys', x5u: 'http://127.0.0.1:9/x5u' }],
  };
  it.each(Object.entries(accepted))('%s: accepted', async (_, [claims, header]) => {
    const { status, body } = await api.call([bearer(await signed(claims, header))]);
    expect({ status, body }).toMatchObject({ status: 200, body: { passed: { sub: 'ada' } } });
  });

  const wrongClaims: Record<string, JWTPayload> = {
    'of another issuer': { iss: 'https://evil.example' },
    'of an issuer with a slash more': { iss: 'SLASH' },
    'without iss': { iss: undefined },
    'for another audience': { aud: 'https://other.example' },
    'for several others': { aud: ['https://other.example', 'https://more.example'] },
    'for an audience that begins alike': { aud: `${audience}.evil.example` },
    'for an audience with a slash more': { aud: `${audience}/` },
    'for no audience': { aud: undefined },
    'for an empty list': { aud: [] },
    'for a list in a list': { aud: [[audience]] as never },
    'for an object': { aud: { includes: audience } as never },
    expired: { exp: seconds - 60 },
    'without exp': { exp: undefined },
    'with exp as text': { exp: String(seconds + 600) as never },
    'not valid yet': { nbf: seconds + 60 },
    'with nbf as text': { nbf: '0' as never },
    'issued in the future': { iat: seconds + 60 },
    'without iat': { iat: undefined },
    'without sub': { sub: undefined },
    'with an empty sub': { sub: '' },
    'with a number as sub': { sub: 1 as never },
    'without client_id': { client_id: undefined },
    'with a list as client_id': { client_id: ['app'] },
    'with acr as a list': { acr: ['urn:stepward:aal3'] },
    'with auth_time as text': { auth_time: String(seconds) },
    'with auth_time in the future': { auth_time: seconds + 600 },
    'with amr as text': { amr: 'mfa' },
    'bound to a certificate': { cnf: { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' } },
    'bound to a certificate and a key': { cnf: { jkt: 'a', 'x5t#S256': 'b' } },
    'bound to nothing': { cnf: {} },
    'bound to null': { cnf: null },
  };
  it.each(Object.entries(wrongClaims))('%s: refused', async (_, claims) => {
    const token = await signed(claims.iss === 'SLASH' ? { iss: `${issuer.url}/` } : claims);
    expect(await api.call([bearer(token)])).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
  });

  const wrongHeaders: Record<string, Partial<JWTHeaderParameters>> = {
    'an ID token': { typ: 'JWT' },
    'without typ': { typ: undefined },
    'a logout token': { typ: 'logout+jwt' },
    'a DPoP proof': { typ: 'dpop+jwt' },
    'typ that ends alike': { typ: 'application/x.at+jwt' },
    'of a key that is not known': { kid: 'other' },
    'of a hostile kid': { kid: '../../../../dev/null' },
    'with an extension that is critical': { crit: ['stepward'], stepward: 1 },
  };
  it.each(Object.entries(wrongHeaders))('%s: refused', async (_, header) => {
    expect(await status(await signed({}, header))).toBe(401);
  });

  /** Any header over any payload, signed by any key, or as the caller says. */
  const forged = async (header: object, sign: (input: Buffer) => Buffer | Promise<Buffer>, payload = base64url(good)) => {
    const input = `${base64url({ alg: 'ES256', typ: 'at+jwt', kid: 'now', ...header })}.${payload}`;
    return `${input}.${(await sign(Buffer.from(input))).toString('base64url')}`;
  };
  const es256 = async (key: CryptoKey, input: Buffer) =>
    Buffer.from(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, new Uint8Array(input)));
  const own = (input: Buffer) => es256(issuer.keys.privateKey, input);
  const hmac = (secret: string | Buffer) => (input: Buffer) => createHmac('sha256', secret).update(input).digest();

  it('signed by hand like the issuer: accepted, so that what follows differs in one thing', async () => {
    expect(await status(await forged({}, own))).toBe(200);
  });
  const forgeries: Record<string, () => Promise<string>> = {
    'by another key under its kid': async () => {
      const { privateKey } = await generateKeyPair('ES256');
      return forged({}, (input) => es256(privateKey, input));
    },
    'by another key that it brings along': async () => {
      const { privateKey, publicKey } = await generateKeyPair('ES256');
      return forged({ jwk: await exportJWK(publicKey) }, (input) => es256(privateKey, input));
    },
    'alg none, no signature': () => forged({ alg: 'none' }, () => Buffer.alloc(0)),
    'alg None, with the signature': () => forged({ alg: 'None' }, own),
    'no alg': () => forged({ alg: undefined }, own),
    'alg as a list': () => forged({ alg: ['ES256'] }, own),
    'HS256 with the public key as PEM': async () => forged({ alg: 'HS256' }, hmac(await exportSPKI(issuer.keys.publicKey))),
    'HS256 with the public key as JWK': async () => forged({ alg: 'HS256' }, hmac(JSON.stringify(await exportJWK(issuer.keys.publicKey)))),
    'HS256 with an empty secret': () => forged({ alg: 'HS256' }, hmac('')),
    'another algorithm than the key is for': () => forged({ alg: 'ES384' }, own),
    'an RSA algorithm for an EC key': () => forged({ alg: 'RS256' }, own),
    'payload that is not encoded': () => forged({ b64: false, crit: ['b64'] }, own, 'text'),
    'kid as an object': () => forged({ kid: { toString: 'now' } }, own),
    'kid as __proto__': () => forged({ kid: '__proto__' }, own),
    'a payload that is no object': () => forged({}, own, base64url([good])),
    'a payload that is no JSON': () => forged({}, own, base64url('{')),
    'a payload that is no UTF-8': () => forged({}, own, Buffer.from([0xff, 0xfe]).toString('base64url')),
    'a header that is no JSON': async () => `${base64url('{')}.${base64url(good)}.AAAA`,
    'an encrypted token': async () => `${base64url({ alg: 'dir', enc: 'A256GCM' })}..AAAA.AAAA.AAAA`,
    'no signature': async () => (await signed()).replace(/[^.]*$/, ''),
    'the signature of another token': async () =>
      `${(await signed({ sub: 'eve' })).replace(/\.[^.]*$/, '')}.${(await signed()).split('.')[2]}`,
  };
  it.each(Object.entries(forgeries))('%s: refused', async (_, make) => {
    expect(await api.call([bearer(await make())])).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
  });
  it('any flipped bit: refused', async () => {
    const token = await signed();
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    // the last letter of a signature has bits that stand for nothing, and a decoder that is strict refuses them
    for (let at = 0; at < token.length; at += 7) {
      const letter = token[at] ?? '';
      if (letter === '.') continue;
      const flipped = alphabet[alphabet.indexOf(letter) ^ 0b100000];
      expect([400, 401], `letter ${at}`).toContain(await status(`${token.slice(0, at)}${flipped}${token.slice(at + 1)}`));
    }
  });
  it('signed otherwise than the API takes it: refused', async () => {
    const narrow = await startApi(createResourceServer({ issuer: issuer.url, audience, algorithms: ['PS256'] }).requireToken());
    expect((await narrow.call([bearer(await signed())])).status).toBe(401);
    await narrow.close();
  });
  it('opaque, and nobody to ask: refused', async () => {
    expect(await status(await issuer.issue({ format: 'opaque' }))).toBe(401);
  });
  it('nothing was fetched but what the issuer publishes', () => {
    expect(new Set(asked)).toEqual(new Set([`${issuer.url}/.well-known/openid-configuration`, `${issuer.url}${keysPath}`]));
  });
});
