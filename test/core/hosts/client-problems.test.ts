import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { clientProblems } from '../../../core/hosts/client-problems.ts';
import { publicKey } from '../../../core/hosts/key-problems.ts';
import { type OidcClient, oidcClientDefaults } from '../../../core/hosts/oidc-client.ts';

const secret = (id: string) => ({ id, hash: `hash-${id}`, createdAt: 0 });
const base: OidcClient = {
  ...oidcClientDefaults,
  clientId: 'portal',
  id: 'id',
  name: 'Portal',
  authMethod: 'client_secret_basic',
  secrets: [secret('a')],
  redirectUris: ['https://portal.example/cb'],
  upstream: 'corporate',
  version: 1,
  createdAt: 0,
};
const pairOf = (curve: string) => generateKeyPairSync('ec', { namedCurve: curve });
const ec = pairOf('P-256');
const key = ec.publicKey.export({ format: 'jwk' });
const rsa = (bits: number) => generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ format: 'jwk' });
const ed25519 = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
const rsaKey = rsa(2048);
const keyed = { authMethod: 'private_key_jwt', secrets: [], jwks: { keys: [key] } } as const;
const open = { authMethod: 'none', secrets: [] } as const;
const fapi = { ...keyed, fapi: true } as const;

const pointers = (more: Partial<OidcClient>) => clientProblems({ ...base, ...more }).map(({ pointer }) => pointer);

describe('a client that is taken', () => {
  it.each<[string, Partial<OidcClient>]>([
    ['as it is by default', {}],
    ['with two secrets', { secrets: [secret('a'), secret('b')] }],
    ['a page in a browser', { ...open, origins: ['https://portal.example'] }],
    ['an app on a phone', { ...open, redirectUris: ['com.example.app:/cb', 'http://127.0.0.1:7000/cb'] }],
    ['with an EC key', keyed],
    [
      'with keys of each kind',
      {
        ...keyed,
        jwks: { keys: [rsaKey, ed25519, ...['P-384', 'P-521'].map((curve) => pairOf(curve).publicKey.export({ format: 'jwk' }))] },
      },
    ],
    ['with the address of its keys', { ...keyed, jwks: undefined, jwksUri: 'https://portal.example/jwks' } as never],
    ['a secret, and keys for its request objects', { jwks: { keys: [key] } }],
    [
      'of FAPI 2.0',
      { ...fapi, jwks: { keys: [{ ...key, alg: 'ES256', use: 'sig', kid: 'k' }, { ...rsaKey, alg: 'PS256' }, rsaKey, ed25519] } },
    ],
    ['confidential without PKCE', { pkce: 'optional' }],
    ['implicit', { implicit: true, redirectUris: ['https://portal.example/cb', 'http://localhost:3000/cb'] }],
    ['without upstream, its subjects its own', { upstream: undefined, subject: 'pairwise' } as never],
    ['with claims of its own', { claims: ['email', 'https://portal.example/roles', 'urn:x:y', 'department'] }],
    [
      'with everything else',
      {
        audience: 'https://api.example',
        challengeExpiresIn: 240,
        defaultAcr: ['phr', 'urn:stepward:aal2'],
        backchannelLogoutUri: 'https://portal.example/out',
        postLogoutRedirectUris: ['https://portal.example'],
      },
    ],
  ])('%s', (_, more) => {
    expect(pointers(more)).toEqual([]);
  });
});

describe('each error names its field', () => {
  it.each<[Partial<OidcClient>, readonly string[]]>([
    [{ redirectUris: [] }, ['/redirectUris']],
    [{ redirectUris: ['https://portal.example/cb', 'http://portal.example/cb'] }, ['/redirectUris/1']],
    [{ redirectUris: ['https://portal.example/cb', 'https://portal.example/cb'] }, ['/redirectUris/1']],
    [{ redirectUris: ['com.example.app:/cb'] }, ['/redirectUris/0']],
    [{ ...open, redirectUris: ['com.example.app:/cb', 'https://localhost:3000/cb'] }, ['/redirectUris/1']],
    [{ implicit: true, redirectUris: ['https://localhost:3000/cb'] }, ['/redirectUris/0']],
    [{ implicit: true, postLogoutRedirectUris: ['https://127.0.0.1/'] }, ['/postLogoutRedirectUris/0']],
    [{ postLogoutRedirectUris: ['//portal.example'] }, ['/postLogoutRedirectUris/0']],
    [{ origins: ['https://portal.example/'] }, ['/origins/0']],
    [{ backchannelLogoutUri: 'http://portal.example/out' }, ['/backchannelLogoutUri']],
    [{ ...keyed, jwks: undefined, jwksUri: 'http://portal.example/jwks' } as never, ['/jwksUri']],
    [{ ...keyed, jwksUri: 'https://portal.example/jwks' }, ['/jwksUri']],
    [{ ...keyed, jwks: undefined } as never, ['/jwks']],
    [{ ...keyed, jwks: { keys: [] } }, ['/jwks/keys']],
    [{ ...keyed, secrets: [secret('a')] }, ['/clientSecret']],
    [{ ...open, secrets: [secret('a')] }, ['/clientSecret']],
    [{ ...open, pkce: 'optional' }, ['/pkce']],
    [{ secrets: [secret('a'), secret('b'), secret('c')] }, ['/clientSecret']],
    [{ fapi: true }, ['/authMethod']],
    [{ ...fapi, pkce: 'optional' }, ['/pkce']],
    [{ ...fapi, implicit: true }, ['/implicit']],
    [{ ...fapi, jwks: { keys: [{ ...rsaKey, alg: 'RS256' }] } }, ['/jwks/keys/0/alg']],
    [{ ...fapi, jwks: { keys: [pairOf('P-384').publicKey.export({ format: 'jwk' })] } }, ['/jwks/keys/0/crv']],
    [{ ...fapi, redirectUris: ['com.example.app:/cb'] }, ['/redirectUris/0']],
    [{ upstream: undefined } as never, ['/subject']],
    [{ action: 'a b' }, ['/action']],
    [{ refreshAction: '' }, ['/refreshAction']],
    [{ action: 'tokenRefresh' }, ['/refreshAction']],
    [{ defaultAcr: ['urn:stepward:aal2', 'urn:other'] }, ['/defaultAcr/1']],
    [{ challengeExpiresIn: 59 }, ['/challengeExpiresIn']],
    [{ challengeExpiresIn: 3601 }, ['/challengeExpiresIn']],
    [{ challengeExpiresIn: 60.5 }, ['/challengeExpiresIn']],
    [{ audience: 'api' }, ['/audience']],
    [{ audience: 'https://api.example/#x' }, ['/audience']],
  ])('%j: %j', (more, expected) => {
    expect(pointers(more)).toEqual(expected);
  });

  it.each([
    ...['sub', 'iss', 'aud', 'exp', 'nonce', 'acr', 'amr', 'auth_time', 'sid', 'cnf', 'client_id', 'scope', 'stepward_user_id'],
    ...['__proto__', 'constructor', 'prototype', '', ' email', 'é', 'a"b', '_claim_names', 'a'.repeat(129)],
  ])('the claim `%s` is none that an upstream may say', (name) => {
    expect(pointers({ claims: ['email', name] })).toEqual(['/claims/1']);
  });

  it('all of them at once', () => {
    expect(pointers({ redirectUris: ['x'], action: '', pkce: 'optional', claims: ['sub'] })).toEqual([
      '/redirectUris/0',
      '/action',
      '/claims/0',
    ]);
  });
});

describe('keys', () => {
  const keyPointers = (bad: object) => pointers({ ...keyed, jwks: { keys: [key, bad] } } as never);

  it.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])('a private member `%s` is refused', (member) => {
    expect(keyPointers({ ...key, [member]: 'AQAB' })).toEqual([`/jwks/keys/1/${member}`]);
  });

  it.each<[string, object, string]>([
    ['a private key as it is exported', ec.privateKey.export({ format: 'jwk' }), 'd'],
    ['a symmetric key', { kty: 'oct', k: 'c2VjcmV0' }, 'k'],
    ['a symmetric key without its value', { kty: 'oct' }, 'kty'],
    ['no kind', {}, 'kty'],
    ['a kind that objects have', { kty: 'constructor' }, 'kty'],
    ['another curve', { ...key, crv: 'secp256k1' }, 'kty'],
    ['a key for agreement', { kty: 'OKP', crv: 'X25519', x: 'AQAB' }, 'kty'],
    ['no coordinate', { kty: 'EC', crv: 'P-256', x: key.x }, 'y'],
    ['a coordinate that is no text', { ...key, x: 5 }, 'x'],
    ['a short modulus', rsa(1024), 'n'],
    ['an encryption key', { ...key, use: 'enc' }, 'use'],
    ['HMAC over a public key', { ...rsaKey, alg: 'HS256' }, 'alg'],
    ['no algorithm', { ...key, alg: 'none' }, 'alg'],
    ['the algorithm of another kind', { ...key, alg: 'RS256' }, 'alg'],
    ['a key id that is no text', { ...key, kid: {} }, 'kid'],
  ])('%s is refused', (_, bad, member) => {
    expect(keyPointers(bad)).toEqual([`/jwks/keys/1/${member}`]);
  });

  it('of what came with a key only what verifies is kept', () => {
    const kept = publicKey({ ...key, x5u: 'https://evil.example', x5c: ['…'], jku: 'x', key_ops: ['verify'], alg: 'ES256' });
    expect(kept).toEqual({ kty: 'EC', crv: 'P-256', x: key.x, y: key.y, alg: 'ES256' });
  });
});
