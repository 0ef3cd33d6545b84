import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, followLeaving, type OidcWorld, outcomeOf, signIn, startOidcWorld } from '../support/oidc.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import type { Stop, WebBrowser } from '../support/web-browser.ts';

let world: OidcWorld;
let told: Receiver;
let slow: Receiver;
const after = 'https://app.example/signed-out';

beforeAll(async () => {
  world = await startOidcWorld({ about: { endSession: true } });
  [told, slow] = await Promise.all([startReceiver(), startReceiver()]);
  slow.answer((_, response) => void setTimeout(() => response.writeHead(200).end(), 60_000).unref());
  await world.served.configure('signIn', { defaultUserActionResult: 'ALLOW' });
  await world.served.configure('tokenRefresh', { defaultUserActionResult: 'ALLOW' });
  const about = { postLogoutRedirectUris: [after] };
  await world.register({ ...about, backchannelLogoutUri: `http://127.0.0.1:${told.port}/logout` });
  await world.register({ clientId: 'other', ...about, backchannelLogoutUri: `http://127.0.0.1:${told.port}/other` });
  await world.register({ clientId: 'slow', ...about, backchannelLogoutUri: `http://127.0.0.1:${slow.port}/logout` });
});
afterAll(async () => {
  await told?.close();
  await slow?.close();
  await world?.end();
});

type SignedIn = { readonly app: openid.Configuration; readonly tokens: openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers };

const enter = async (browser: WebBrowser, clientId = 'app', isOffline = false): Promise<SignedIn> => {
  const app = await world.app(clientId);
  const { url, checks } = await ask(app, isOffline ? { scope: 'openid offline_access', prompt: 'consent' } : {});
  const stop = await signIn(browser, url);
  expect(outcomeOf(stop), stop.text).toBe('code');
  return { app, tokens: await openid.authorizationCodeGrant(app, stop.url, checks) };
};

const isSignedIn = async (browser: WebBrowser): Promise<boolean> => {
  const stop = await browser.open((await ask(await world.app(), { prompt: 'none' })).url);
  return outcomeOf(stop) === 'code';
};

/** Signs out at our page, wherever that leads; stands at the upstream's page, at ours, or at the application. */
const signOut = async (browser: WebBrowser, { app, tokens }: SignedIn, button = 'yes'): Promise<Stop> => {
  const url = openid.buildEndSessionUrl(app, { post_logout_redirect_uri: after, state: 'st', id_token_hint: tokens.id_token ?? '' });
  await browser.open(url);
  expect(browser.at.url.pathname).toBe('/oidc/session/end');
  await browser.press(button);
  return followLeaving(browser);
};

describe('signing out at Stepward', () => {
  it('asks first, ends the session here and upstream, tells each application, and comes back to the one that asked', async () => {
    const browser = world.browser();
    const signedIn = await enter(browser);
    const other = await enter(browser, 'other');
    const before = told.received.length;
    const upstream = await signOut(browser, signedIn);
    expect(upstream.url.origin).toBe(new URL(world.upstream.issuer).origin);
    await browser.press('yes');
    expect(browser.at.url.href).toBe(`${after}?state=st`);
    expect(await isSignedIn(browser)).toBe(false);

    const keys = createRemoteJWKSet(new URL(`${world.issuer}/jwks`));
    const tokens = told.received
      .slice(before)
      .map(({ body, path }) => [path, new URLSearchParams(body).get('logout_token') ?? ''] as const);
    expect(tokens.map(([path]) => path).toSorted()).toEqual(['/logout', '/other']);
    for (const [path, token] of tokens) {
      const audience = path === '/logout' ? 'app' : 'other';
      const { payload } = await jwtVerify(token, keys, { issuer: world.issuer, audience });
      const mine = decodeJwt((audience === 'app' ? signedIn : other).tokens.id_token ?? '');
      expect(payload).toMatchObject({
        sub: 'alice',
        sid: mine.sid,
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
      });
      expect(payload).not.toHaveProperty('nonce');
    }
    // what was given with this sign-in is over
    await expect(openid.fetchUserInfo(signedIn.app, signedIn.tokens.access_token, 'alice')).rejects.toThrow();
  });

  it('leaves what was asked for with offline_access, which is meant to outlive the session', async () => {
    const browser = world.browser();
    const signedIn = await enter(browser, 'app', true);
    await signOut(browser, signedIn);
    expect(await isSignedIn(browser)).toBe(false);
    const refreshed = await openid.refreshTokenGrant(signedIn.app, signedIn.tokens.refresh_token ?? '');
    expect(refreshed.claims()).toMatchObject({ sub: 'alice' });
  });

  it('goes nowhere that is not registered, and does nothing without a press of the button', async () => {
    const browser = world.browser();
    const { app, tokens } = await enter(browser);
    const stop = await browser.open(
      openid.buildEndSessionUrl(app, { post_logout_redirect_uri: 'https://evil.example/', id_token_hint: tokens.id_token ?? '' }),
    );
    expect(stop.status).toBe(400);
    expect(await isSignedIn(browser)).toBe(true);
    await browser.open(openid.buildEndSessionUrl(app, { id_token_hint: tokens.id_token ?? '' }));
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('is not held up by an application that does not answer', async () => {
    const browser = world.browser();
    const signedIn = await enter(browser, 'slow');
    const upstream = await signOut(browser, signedIn);
    expect(upstream.url.origin).toBe(new URL(world.upstream.issuer).origin);
    expect(slow.received).toHaveLength(1);
  });

  it('comes back once: the way from the upstream is spent', async () => {
    const browser = world.browser();
    await signOut(browser, await enter(browser));
    await browser.press('yes');
    const back = browser.hops.findLast(({ pathname }) => pathname === '/oidc/logout/return');
    expect(back).toBeDefined();
    const again = await world.browser().open(back as URL);
    expect([again.url.pathname, again.status]).toEqual(['/oidc/logout/return', 200]);
  });
});

describe('a logout token of the upstream', () => {
  const post = async (token: string): Promise<number> =>
    (await fetch(`${world.issuer}/backchannel-logout/lab`, { method: 'POST', body: new URLSearchParams({ logout_token: token }) })).status;

  it('ends every session of its subject here, tells the applications, and counts once', async () => {
    const browser = world.browser();
    const signedIn = await enter(browser);
    const before = told.received.length;
    const token = world.upstream.logoutToken({ sub: 'alice', sid: undefined, aud: 'stepward' });
    expect(await post(token)).toBe(200);
    expect(await isSignedIn(browser)).toBe(false);
    expect(told.received.length).toBeGreaterThan(before);
    await expect(openid.fetchUserInfo(signedIn.app, signedIn.tokens.access_token, 'alice')).rejects.toThrow();
    const again = world.browser();
    await enter(again);
    expect(await post(token)).toBe(400);
    expect(await isSignedIn(again)).toBe(true);
  });

  it('that names a session ends that one alone', async () => {
    const [one, two] = [world.browser(), world.browser()];
    await enter(one);
    await enter(two);
    // the upstream tells us when somebody signs out there
    const stop = await one.open(`${world.upstream.issuer}/session/end`);
    expect(stop.text).toContain('Sign out');
    await one.press('yes');
    expect(await isSignedIn(one)).toBe(false);
    expect(await isSignedIn(two)).toBe(true);
  });

  it.each([
    ['another subject', { sub: 'bob', sid: undefined }, 200],
    ['another audience', { sub: 'alice', aud: 'other' }, 400],
    ['a nonce', { sub: 'alice', nonce: 'n' }, 400],
    ['no event', { sub: 'alice', events: {} }, 400],
  ] as const)('with %s ends nothing of alice', async (_, claims, status) => {
    const browser = world.browser();
    await enter(browser);
    expect(await post(world.upstream.logoutToken({ aud: 'stepward', sid: undefined, ...claims }))).toBe(status);
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('of an upstream that nobody knows, or no token, is refused', async () => {
    const unknown = await fetch(`${world.issuer}/backchannel-logout/none`, {
      method: 'POST',
      body: new URLSearchParams({ logout_token: 'x' }),
    });
    expect(unknown.status).toBe(400);
    expect(await post('not.a.token')).toBe(400);
    expect((await fetch(`${world.issuer}/backchannel-logout/lab`, { method: 'POST' })).status).toBe(400);
  });
});
