import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { oidcClientDefaults } from '../../core/index.ts';
import { ask, clientSecret, type OidcWorld, outcomeOf, redirectUri, signIn, startOidcWorld } from '../support/oidc.ts';
import { upstreamUsers } from '../support/upstream-provider.ts';

let world: OidcWorld;
let keys: CryptoKeyPair;
beforeAll(async () => {
  world = await startOidcWorld({
    users: { alice: { claims: { ...upstreamUsers.alice.claims, groups: ['staff', 'harbour'] } } },
  });
  await world.served.configure('signIn', { defaultUserActionResult: 'ALLOW' });
  keys = await openid.randomDPoPKeyPair('ES256');
  // what is published is read, the key itself is not
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  signing = pair.privateKey;
  jwk = { ...(await crypto.subtle.exportKey('jwk', pair.publicKey)), alg: 'ES256', use: 'sig', kid: 'k1' };
  const published = { keys: [{ kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y, alg: 'ES256', use: 'sig', kid: 'k1' }] };
  await world.register();
  await world.register({ clientId: 'by-post', authMethod: 'client_secret_post' });
  await world.register({ clientId: 'by-key', authMethod: 'private_key_jwt', secrets: [], jwks: published });
  await world.register({ clientId: 'strictest', authMethod: 'private_key_jwt', secrets: [], jwks: published, fapi: true });
  await world.register({ clientId: 'public', authMethod: 'none', secrets: [] });
});
afterAll(() => world?.end());

let signing: CryptoKey;
let jwk: JsonWebKey & { readonly kid?: string };
const byKey = (): openid.ClientAuth => openid.PrivateKeyJwt({ key: signing, kid: 'k1' });

/** Exchanges what came back, and reads userinfo. */
const signedIn = async (
  app: openid.Configuration,
  about: { readonly pushed?: boolean; readonly proves?: boolean; readonly params?: Readonly<Record<string, string>> } = {},
) => {
  const DPoP = about.proves ? openid.getDPoPHandle(app, keys) : undefined;
  const bound: Record<string, string> = DPoP ? { dpop_jkt: await DPoP.calculateThumbprint() } : {};
  const { url, checks } = await ask(app, { ...bound, ...about.params });
  const address = about.pushed ? await openid.buildAuthorizationUrlWithPAR(app, url.searchParams, DPoP && { DPoP }) : url;
  const stop = await signIn(world.browser(), address);
  expect(outcomeOf(stop), stop.url.href).toBe('code');
  const tokens = await openid.authorizationCodeGrant(app, stop.url, checks, undefined, DPoP && { DPoP });
  const user = await openid.fetchUserInfo(app, tokens.access_token, 'alice', DPoP && { DPoP });
  return { tokens, user, address };
};

describe('an application with openid-client signs in', () => {
  it.each([
    ['plainly, with its secret in the header', 'app', () => openid.ClientSecretBasic(clientSecret), {}],
    ['with its secret in the body', 'by-post', () => openid.ClientSecretPost(clientSecret), {}],
    ['without a secret, by PKCE', 'public', () => openid.None(), {}],
    ['with a signed assertion', 'by-key', byKey, {}],
    ['by a pushed request', 'app', () => openid.ClientSecretBasic(clientSecret), { pushed: true }],
    ['by a pushed request, with a signed assertion', 'by-key', byKey, { pushed: true }],
  ] as const)('%s', async (_, clientId, auth, about) => {
    const { tokens, user, address } = await signedIn(await world.app(clientId, auth()), about);
    expect(tokens.token_type).toBe('bearer');
    expect([tokens.claims()?.sub, user.email]).toEqual(['alice', 'alice@example.org']);
    if ('pushed' in about) expect([...address.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri']);
  });

  it.each([
    ['a secret', 'app', () => openid.ClientSecretBasic(clientSecret), {}],
    ['a pushed request', 'by-key', byKey, { pushed: true }],
    ['the FAPI 2.0 profile', 'strictest', byKey, { pushed: true }],
  ] as const)('with DPoP and %s: its token is bound to its key', async (_, clientId, auth, about) => {
    const app = await world.app(clientId, auth());
    const { tokens, user } = await signedIn(app, { ...about, proves: true });
    expect([tokens.token_type, user.sub]).toEqual(['dpop', 'alice']);
    const other = openid.getDPoPHandle(app, await openid.randomDPoPKeyPair('ES256'));
    await expect(openid.fetchUserInfo(app, tokens.access_token, 'alice', { DPoP: other })).rejects.toThrow();
    const bearer = await fetch(`${world.issuer}/me`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
    expect(bearer.status).toBe(401);
  });

  it('and has a claim of the upstream’s own naming where it may have it, with the scope `profile`', async () => {
    await world.register({ clientId: 'grouped', claims: [...oidcClientDefaults.claims, 'groups'] });
    const groupsOf = async (clientId: string, scope: string) => {
      const { tokens, user } = await signedIn(await world.app(clientId), { params: { scope } });
      return [user.groups, tokens.claims()?.groups];
    };
    expect(await groupsOf('grouped', 'openid profile')).toEqual([['staff', 'harbour'], undefined]);
    expect(await groupsOf('grouped', 'openid email')).toEqual([undefined, undefined]);
    expect(await groupsOf('app', 'openid profile')).toEqual([undefined, undefined]);
  });

  it('a client of the FAPI 2.0 profile is refused without a pushed request', async () => {
    const app = await world.app('strictest', byKey());
    const stop = await world.browser().open((await ask(app)).url);
    expect(outcomeOf(stop)).not.toBe('code');
    expect(stop.url.searchParams.get('error') ?? stop.status).toSatisfy((said: unknown) => said === 'invalid_request' || said === 400);
  });

  it.each([
    ['a wrong secret', 'app', () => openid.ClientSecretBasic('another-secret-of-at-least-32-characters'), { status: 401 }],
    ['no secret', 'app', () => openid.None(), { error: 'invalid_client' }],
    [
      'an assertion with another key',
      'by-key',
      () => openid.PrivateKeyJwt({ key: keys.privateKey, kid: 'k1' }),
      { error: 'invalid_client' },
    ],
  ] as const)('and is refused by %s', async (_, clientId, auth, refusal) => {
    const app = await world.app(clientId, auth());
    const right = await world.app(clientId, clientId === 'app' ? openid.ClientSecretBasic(clientSecret) : byKey());
    const { url, checks } = await ask(right, { redirect_uri: redirectUri });
    const stop = await signIn(world.browser(), url);
    await expect(openid.authorizationCodeGrant(app, stop.url, checks)).rejects.toMatchObject(refusal);
  });
});
