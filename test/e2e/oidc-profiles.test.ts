import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, followLeaving, type OidcWorld, outcomeOf, redirectUri, signIn, startOidcWorld } from '../support/oidc.ts';

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;

let world: OidcWorld;
let keys: Keys;
let weak: Keys;

const publicJwk = async ({ publicKey }: Keys, alg: string) => ({ ...(await exportJWK(publicKey)), kid: alg, alg, use: 'sig' });

beforeAll(async () => {
  world = await startOidcWorld();
  await world.served.configure('signIn', { defaultUserActionResult: 'ALLOW' });
  [keys, weak] = await Promise.all([generateKeyPair('ES256', { extractable: true }), generateKeyPair('RS256', { extractable: true })]);
  const jwks = { keys: [await publicJwk(keys, 'ES256'), await publicJwk(weak, 'RS256')] };
  const byKey = { authMethod: 'private_key_jwt', secrets: [], jwks } as const;
  await world.register({ ...byKey, clientId: 'fapi', fapi: true });
  await world.register({ ...byKey, clientId: 'keyed' });
  await world.register({ clientId: 'signed', jwks });
  await world.register({ clientId: 'third', firstParty: false, name: 'Somebody <b>else</b>' });
});
afterAll(() => world?.end());

const appOf = async (clientId: string, key: CryptoKey, kid: string, idTokenAlg = 'RS256'): Promise<openid.Configuration> =>
  openid.discovery(
    new URL(world.issuer),
    clientId,
    { id_token_signed_response_alg: idTokenAlg },
    openid.PrivateKeyJwt({ key, kid }, { [openid.modifyAssertion]: (_, payload) => void Object.assign(payload, { aud: world.issuer }) }),
    { execute: [openid.allowInsecureRequests] },
  );

const parameters = async (verifier: string): Promise<Record<string, string>> => ({
  redirect_uri: redirectUri,
  scope: 'openid email',
  code_challenge: await openid.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state: 's1',
});

describe('a FAPI client', () => {
  it('pushes its request, proves its key, and has tokens that are bound to another', async () => {
    const app = await appOf('fapi', keys.privateKey, 'ES256', 'ES256');
    const verifier = openid.randomPKCECodeVerifier();
    const DPoP = openid.getDPoPHandle(app, await openid.randomDPoPKeyPair('ES256'));
    const url = await openid.buildAuthorizationUrlWithPAR(app, await parameters(verifier), { DPoP });
    const stop = await signIn(world.browser(), url);
    expect(outcomeOf(stop), stop.text + stop.url).toBe('code');
    const checks = { pkceCodeVerifier: verifier, expectedState: 's1' };
    const tokens = await openid.authorizationCodeGrant(app, stop.url, checks, {}, { DPoP });
    expect(tokens.token_type).toBe('dpop');
    await expect(openid.fetchUserInfo(app, tokens.access_token, 'alice', { DPoP })).resolves.toMatchObject({ sub: 'alice' });
    // without the proof, or by another key, the token is worth nothing
    const plain = await fetch(`${world.issuer}/me`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
    expect(plain.status).toBeGreaterThanOrEqual(400);
    const other = openid.getDPoPHandle(app, await openid.randomDPoPKeyPair('ES256'));
    await expect(openid.fetchUserInfo(app, tokens.access_token, 'alice', { DPoP: other })).rejects.toThrow();
  });

  it('is refused on the front channel, without PKCE, without a bound token, and by a weaker signature', async () => {
    const app = await appOf('fapi', keys.privateKey, 'ES256', 'ES256');
    const verifier = openid.randomPKCECodeVerifier();
    const front = await world.browser().open(openid.buildAuthorizationUrl(app, await parameters(verifier)));
    expect(outcomeOf(front)).toBe('invalid_request');
    const { code_challenge: _, code_challenge_method: __, ...unproven } = await parameters(verifier);
    await expect(openid.buildAuthorizationUrlWithPAR(app, unproven)).rejects.toMatchObject({ error: 'invalid_request' });
    const unbound = await openid.buildAuthorizationUrlWithPAR(app, await parameters(verifier));
    const stop = await signIn(world.browser(), unbound);
    await expect(openid.authorizationCodeGrant(app, stop.url, { pkceCodeVerifier: verifier, expectedState: 's1' })).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    const byRsa = await appOf('fapi', weak.privateKey, 'RS256', 'ES256');
    await expect(openid.buildAuthorizationUrlWithPAR(byRsa, await parameters(verifier))).rejects.toMatchObject({ error: 'invalid_client' });
  });
});

describe('a client that proves a key', () => {
  const assertion = (jti: string, validFor: string): Promise<string> =>
    new SignJWT({ jti })
      .setProtectedHeader({ alg: 'ES256', kid: 'ES256' })
      .setIssuer('keyed')
      .setSubject('keyed')
      .setAudience(world.issuer)
      .setIssuedAt()
      .setExpirationTime(validFor)
      .sign(keys.privateKey);
  const push = async (proof: string): Promise<number> => {
    const body = new URLSearchParams({
      ...(await parameters(openid.randomPKCECodeVerifier())),
      response_type: 'code',
      client_id: 'keyed',
      client_assertion: proof,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
    return (await fetch(`${world.issuer}/request`, { method: 'POST', body })).status;
  };

  it('is taken by its assertion, once', async () => {
    const proof = await assertion('a1', '1m');
    expect(await push(proof)).toBe(201);
    expect(await push(proof)).toBeGreaterThanOrEqual(400);
  });

  it('is not taken by an assertion that is valid for ages: each is remembered for as long', async () => {
    expect(await push(await assertion('a2', '59m'))).toBe(201);
    expect(await push(await assertion('a3', '2h'))).toBe(401);
  });
});

describe('a signed request object', () => {
  it('counts in place of the parameters', async () => {
    const app = await world.app('signed');
    const verifier = openid.randomPKCECodeVerifier();
    const url = await openid.buildAuthorizationUrlWithJAR(app, await parameters(verifier), { key: keys.privateKey, kid: 'ES256' });
    const stop = await signIn(world.browser(), url);
    expect(outcomeOf(stop), stop.text + stop.url).toBe('code');
    await expect(openid.authorizationCodeGrant(app, stop.url, { pkceCodeVerifier: verifier, expectedState: 's1' })).resolves.toHaveProperty(
      'id_token',
    );
  });

  it.each(['none', 'another key', 'another client'])('that is signed by %s is refused, and nobody is sent anywhere', async (how) => {
    const claims = { ...(await parameters(openid.randomPKCECodeVerifier())), client_id: 'signed', response_type: 'code' };
    const stranger = await generateKeyPair('ES256');
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const request =
      how === 'none'
        ? `${encode({ alg: 'none' })}.${encode({ ...claims, iss: 'signed', aud: world.issuer })}.`
        : await new SignJWT(claims)
            .setProtectedHeader({ alg: 'ES256', kid: 'ES256' })
            .setIssuer(how === 'another client' ? 'keyed' : 'signed')
            .setAudience(world.issuer)
            .setExpirationTime('1m')
            .sign(how === 'another key' ? stranger.privateKey : keys.privateKey);
    const url = new URL(`${world.issuer}/auth`);
    url.search = new URLSearchParams({ client_id: 'signed', response_type: 'code', scope: 'openid', request }).toString();
    const stop = await world.browser().open(url);
    expect(outcomeOf(stop) ?? 'page').not.toBe('code');
    expect([outcomeOf(stop) ?? 'page', stop.url.searchParams.has('code')]).toEqual([
      expect.stringMatching(/^(page|invalid_request_object)$/),
      false,
    ]);
  });
});

describe('an application of somebody else', () => {
  it('has what the person agrees to, who is asked once', async () => {
    const app = await world.app('third');
    const browser = world.browser();
    const { url, checks } = await ask(app);
    const page = await signIn(browser, url);
    expect(page.url.pathname).toMatch(/^\/oidc\/interaction\//);
    expect(page.text).toContain('Somebody &lt;b&gt;else');
    expect(page.text).not.toContain('Somebody <b>');
    await browser.press('allow');
    const stop = await followLeaving(browser);
    expect(outcomeOf(stop), stop.text).toBe('code');
    await expect(openid.authorizationCodeGrant(app, stop.url, checks)).resolves.toHaveProperty('id_token');
    expect(outcomeOf(await browser.open((await ask(app)).url))).toBe('code');
  });

  it('has nothing where the person says no, or silently', async () => {
    const app = await world.app('third');
    const browser = world.browser();
    await signIn(browser, (await ask(app)).url);
    await browser.press('deny');
    expect(outcomeOf(await followLeaving(browser))).toBe('access_denied');
    expect(outcomeOf(await browser.open((await ask(app, { prompt: 'none' })).url))).toBe('consent_required');
  });
});
