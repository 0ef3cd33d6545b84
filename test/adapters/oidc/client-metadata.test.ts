import { generateKeyPairSync } from 'node:crypto';
import { Provider } from 'oidc-provider';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { clientMetadata } from '../../../adapters/oidc/client-metadata.ts';
import { holdClients } from '../../../adapters/oidc/client-rules.ts';
import { createSecrets } from '../../../adapters/secrets/secrets.ts';
import { clientSecretHash, type OidcClient, oidcClientDefaults } from '../../../core/index.ts';
import { acrValues } from '../../../core/policy/assurance.ts';
import corpus from '../../vectors/registered-uris.json' with { type: 'json' };

const publicKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
const jwks = { keys: [{ ...publicKey, kid: 'k1', use: 'sig', alg: 'ES256' }] };

const client = (more: Partial<OidcClient> = {}): OidcClient => ({
  ...oidcClientDefaults,
  clientId: 'portal',
  id: '019a0000-0000-7000-8000-000000000001',
  name: 'Portal',
  authMethod: 'client_secret_basic',
  secrets: [{ id: 's1', hash: 'h4sh-one', createdAt: 0 }],
  redirectUris: ['https://portal.example/callback'],
  upstream: 'corporate',
  version: 1,
  createdAt: 0,
  ...more,
});
const publicClient: Partial<OidcClient> = { authMethod: 'none', secrets: [] };

const secrets = createSecrets({ keys: [{ id: 'k1', key: new Uint8Array(32).fill(7) }] });
const signing = [generateKeyPairSync('ec', { namedCurve: 'P-256' }), generateKeyPairSync('rsa', { modulusLength: 2048 })].map(
  ({ privateKey }) => privateKey.export({ format: 'jwk' }),
);
/** Clients are given at construction: nothing is stored here. */
const nothing = Object.fromEntries(
  ['find', 'findByUid', 'findByUserCode', 'upsert', 'consume', 'destroy', 'revokeByGrantId'].map((name) => [name, async () => undefined]),
);

/** A provider as Stepward sets it up, as far as the metadata of clients depends on it. */
const providerOf = (...clients: readonly OidcClient[]): Provider => {
  const provider = new Provider('https://stepward.example/oidc', {
    adapter: (() => nothing) as never,
    clients: clients.map(clientMetadata) as never,
    responseTypes: ['code', 'id_token'],
    subjectTypes: ['pairwise'],
    pairwiseIdentifier: (_, accountId) => accountId,
    sectorIdentifierUriValidate: () => false,
    acrValues: [...acrValues],
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    jwks: { keys: signing as never },
    features: {
      devInteractions: { enabled: false },
      pushedAuthorizationRequests: { enabled: true },
      dPoP: { enabled: true, nonceSecret: Buffer.alloc(32) },
      requestObjects: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      backchannelLogout: { enabled: true },
    },
  });
  holdClients(provider, secrets);
  return provider;
};

type Found = NonNullable<Awaited<ReturnType<InstanceType<typeof Provider>['Client']['find']>>>;
const found = async (record: OidcClient): Promise<Found> => {
  const read = await providerOf(record).Client.find(record.clientId);
  if (!read) throw new Error('not found');
  return read;
};

afterEach(() => vi.restoreAllMocks());

describe('every kind of client is one that the library takes', () => {
  const kinds: readonly (readonly [string, Partial<OidcClient>, Partial<Record<keyof Found, unknown>>])[] = [
    [
      'a web application',
      {},
      { applicationType: 'web', tokenEndpointAuthMethod: 'client_secret_basic', requirePushedAuthorizationRequests: false },
    ],
    ['with its secret in the body', { authMethod: 'client_secret_post' }, { tokenEndpointAuthMethod: 'client_secret_post' }],
    [
      'with two secrets',
      { secrets: ['a', 'b'].map((id) => ({ id, hash: `hash-${id}`, createdAt: 0 })) },
      { clientSecret: 'hash-a.hash-b' },
    ],
    ['a page in a browser', publicClient, { tokenEndpointAuthMethod: 'none', applicationType: 'web' }],
    [
      'one in development',
      { redirectUris: ['http://localhost:3000/cb', 'http://127.0.0.1:3000/cb', 'http://[::1]:3000/cb', 'https://localhost:5001/cb'] },
      { applicationType: 'web' },
    ],
    [
      'of many hosts',
      { redirectUris: ['https://a.example/cb', 'https://b.example/cb'] },
      { subjectType: 'pairwise', sectorIdentifierUri: 'https://sector.invalid/portal' },
    ],
    [
      'an app on a phone',
      { ...publicClient, redirectUris: ['com.example.app:/cb', 'https://app.example/cb', 'http://127.0.0.1/cb'] },
      { applicationType: 'native' },
    ],
    [
      'with a scheme for its logout alone',
      { ...publicClient, postLogoutRedirectUris: ['com.example.app:/out'] },
      { applicationType: 'native' },
    ],
    [
      'implicit',
      { implicit: true },
      { responseTypes: ['code', 'id_token'], grantTypes: ['authorization_code', 'refresh_token', 'implicit'], applicationType: 'web' },
    ],
    [
      'implicit on loopback',
      { implicit: true, redirectUris: ['http://localhost:3000/cb', 'https://portal.example/cb'] },
      { applicationType: 'native' },
    ],
    [
      'implicit, its logout on loopback',
      { implicit: true, postLogoutRedirectUris: ['http://localhost:3000/'] },
      { applicationType: 'native' },
    ],
    ['with keys', { authMethod: 'private_key_jwt', secrets: [], jwks }, { jwks }],
    [
      'with the address of its keys',
      { authMethod: 'private_key_jwt', secrets: [], jwksUri: 'https://portal.example/jwks' },
      { jwksUri: 'https://portal.example/jwks' },
    ],
    ['with a secret, and keys for its request objects', { jwks }, { jwks }],
    [
      'of FAPI 2.0',
      { authMethod: 'private_key_jwt', secrets: [], jwks, fapi: true },
      { requirePushedAuthorizationRequests: true, dpopBoundAccessTokens: true, idTokenSignedResponseAlg: 'ES256', responseTypes: ['code'] },
    ],
    ['with acr values', { defaultAcr: ['phr', 'urn:stepward:aal2'] }, { defaultAcrValues: ['phr', 'urn:stepward:aal2'] }],
    [
      'that is told of logouts',
      { backchannelLogoutUri: 'https://portal.example/logout', postLogoutRedirectUris: ['https://portal.example/'] },
      {
        backchannelLogoutUri: 'https://portal.example/logout',
        backchannelLogoutSessionRequired: true,
        postLogoutRedirectUris: ['https://portal.example/'],
      },
    ],
  ];

  it.each(kinds)('%s', async (_, more, expected) => {
    vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('the sector identifier is never fetched'));
    expect(await found(client(more))).toMatchObject(expected);
  });
});

describe('what may be registered is what the library takes', () => {
  const { cases } = corpus;
  const secure = /^https:\/\/(localhost|127\.0\.0\.1)/;
  const kinds = {
    'a web application': [cases.filter((one) => one.for === 'all').map(({ url }) => url), {}],
    'an app on a phone': [cases.filter((one) => one.for !== 'none' && !secure.test(one.url)).map(({ url }) => url), publicClient],
  } as const;

  it.each(Object.entries(kinds))('every URI that %s may have, and it is found by its own text alone', async (_, [uris, more]) => {
    const records = uris.map((uri, index) =>
      client({ ...more, clientId: `c${index}`, redirectUris: [uri], postLogoutRedirectUris: [uri] }),
    );
    const provider = providerOf(...records);
    for (const { clientId, redirectUris } of records) {
      const read = await provider.Client.find(clientId);
      const allowed = cases.map(({ url }) => url).filter((url) => read?.redirectUriAllowed(url) || read?.postLogoutRedirectUriAllowed(url));
      expect(allowed).toEqual(redirectUris);
    }
  });

  it('a native application is held to its port as well', async () => {
    const read = await found(client({ ...publicClient, redirectUris: ['com.example.app:/cb', 'http://127.0.0.1:3000/cb'] }));
    expect(read.applicationType).toBe('native');
    expect(
      ['http://127.0.0.1:3000/cb', 'http://127.0.0.1:3001/cb', 'http://127.0.0.1/cb'].map((uri) => read.redirectUriAllowed(uri)),
    ).toEqual([true, false, false]);
  });
});

describe('secrets', () => {
  const hash = (secret: string, clientId = 'portal') => clientSecretHash(secrets, clientId, secret);
  const live = (...texts: readonly string[]) =>
    client({ secrets: texts.map((text, n) => ({ id: `s${n}`, hash: hash(text), createdAt: 0 })) });

  it('each live one opens, and nothing else', async () => {
    const read = await found(live('the first of two', 'the second of two'));
    const opens = (text: string) => read.compareClientSecret(text);
    expect(['the first of two', 'the second of two'].map(opens)).toEqual([true, true]);
    const kept = String(read.clientSecret);
    for (const text of ['', '.', 'the first', 'the first of two.', hash('the first of two'), kept, 'undefined'])
      expect([text, opens(text)]).toEqual([text, false]);
  });

  it('one of another client opens nothing', async () => {
    const read = await found({ ...live(), secrets: [{ id: 's', hash: hash('a secret', 'other'), createdAt: 0 }] });
    expect(read.compareClientSecret('a secret')).toBe(false);
  });

  it('a client without any is opened by none', async () => {
    const read = await found(client(publicClient));
    for (const text of ['', 'undefined', 'null']) expect(read.compareClientSecret(text)).toBe(false);
  });
});

describe('what holds of all of them', () => {
  it('a redirect URI is the registered one, to the letter', async () => {
    const read = await found(client({ redirectUris: ['https://portal.example/callback', 'http://127.0.0.1:3000/cb'] }));
    expect(read.redirectUriAllowed('https://portal.example/callback')).toBe(true);
    for (const uri of [
      'https://portal.example/callback/',
      'https://PORTAL.example/callback',
      'https://portal.example/callback?x',
      'http://127.0.0.1:3001/cb',
    ])
      expect([uri, read.redirectUriAllowed(uri)]).toEqual([uri, false]);
  });

  it('an ID token comes from the front channel by form post alone', async () => {
    const read = await found(client({ implicit: true }));
    const allowed = (mode: string) => read.responseModeAllowed(mode, 'id_token', undefined);
    expect(['form_post', 'query', 'fragment', 'web_message'].map(allowed)).toEqual([true, true, false, false]);
  });

  it('what stands for the secrets changes with them and is no secret itself', () => {
    const both = client({ secrets: ['a', 'b'].map((id) => ({ id, hash: `hash-${id}`, createdAt: 0 })) });
    expect(clientMetadata(both).client_secret).not.toBe(clientMetadata(client()).client_secret);
    expect(clientMetadata(client({ authMethod: 'private_key_jwt', jwks })).client_secret).toBeUndefined();
  });
});
