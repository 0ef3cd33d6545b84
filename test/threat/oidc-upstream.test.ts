import { setTimeout } from 'node:timers/promises';
import * as openid from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { appOrigin, ask, type OidcWorld, outcomeOf, signIn, startOidcWorld } from '../support/oidc.ts';
import type { Changes, Fault, Signing } from '../support/upstream-faults.ts';
import { createWebBrowser, type WebBrowser } from '../support/web-browser.ts';

let world: OidcWorld;
let app: openid.Configuration;
beforeAll(async () => {
  world = await startOidcWorld();
  await world.register();
  await world.served.configure('signIn', { defaultUserActionResult: 'ALLOW' });
  app = await world.app();
});
afterEach(() => world.upstream.faults.clear());
afterAll(() => world?.end());

const redemptions = (): number => world.upstream.requests('token').length;
const codeOf = async (url: URL, checks: openid.AuthorizationCodeGrantChecks) =>
  (await openid.authorizationCodeGrant(app, url, checks)).claims();

/** Somebody who has signed in upstream and is not back yet. */
const onTheWay = async (login: string) => {
  const stops = [appOrigin, `${world.served.url}/oidc/callback/`];
  const browser = createWebBrowser(stops);
  const { url, checks } = await ask(app);
  const { url: back } = await signIn(browser, url, login);
  expect(back.pathname).toBe('/oidc/callback/lab');
  stops.pop();
  return { browser, back, checks };
};

/** The interaction at which a browser is, as its path. */
const interactionOf = ({ hops }: WebBrowser): string =>
  hops
    .findLast(({ pathname }) => pathname.startsWith('/oidc/interaction/'))
    ?.pathname.split('/')
    .slice(0, 4)
    .join('/') ?? '';

describe('login CSRF: the return of somebody who signs in as themselves, in the browser of another', () => {
  it.each(['that is at no sign-in', 'that is at a sign-in of its own'])(
    '%s, is refused, and stays good where it belongs',
    async (which) => {
      const attacker = await onTheWay('bob');
      const victim = which === 'that is at no sign-in' ? { browser: world.browser() } : await onTheWay('alice');
      const before = redemptions();
      const stop = await victim.browser.open(attacker.back);
      expect([stop.status, stop.url.origin]).toEqual([400, world.served.url]);
      expect(redemptions()).toBe(before);

      const own = await attacker.browser.open(attacker.back);
      expect((await codeOf(own.url, attacker.checks))?.sub).toBe('bob');
    },
  );

  it('moved to the interaction of the victim: nobody is signed in', async () => {
    const attacker = await onTheWay('bob');
    const victim = await onTheWay('alice');
    const before = redemptions();
    const moved = new URL(`${interactionOf(victim.browser)}/upstream${attacker.back.search}&upstream=lab`, world.served.url);
    expect(outcomeOf(await victim.browser.open(moved))).toBe('temporarily_unavailable');
    expect(redemptions()).toBe(before);
  });
});

describe('a return that is used more than once', () => {
  it('at once: the code is redeemed one time', async () => {
    const { browser, back } = await onTheWay('alice');
    const place = new URL(`${interactionOf(browser)}/upstream${back.search}&upstream=lab`, world.served.url);
    const before = redemptions();
    const headers = { cookie: browser.cookieHeader(place.href) };
    await Promise.all(Array.from({ length: 8 }, () => fetch(place, { redirect: 'manual', headers })));
    expect(redemptions()).toBe(before + 1);
  });

  it('later, by the back button: a page of ours, and nothing more', async () => {
    const { browser, back } = await onTheWay('alice');
    expect(outcomeOf(await browser.open(back))).toBe('code');
    const before = redemptions();
    const again = await browser.open(back);
    expect([again.status, again.url.origin]).toEqual([400, world.served.url]);
    expect(redemptions()).toBe(before);
  });
});

describe('an identity provider that cannot be believed', () => {
  const faults: readonly (readonly [string, string, Fault])[] = [
    ['mix-up: another `iss` at the return', 'temporarily_unavailable', { response: { iss: 'https://evil.example' } }],
    ['another nonce', 'temporarily_unavailable', { idToken: { nonce: 'of-another' } }],
    ['another audience', 'temporarily_unavailable', { idToken: { aud: 'another' } }],
    ['another key', 'temporarily_unavailable', { signing: 'foreign-key' }],
    ['no signature', 'temporarily_unavailable', { signing: 'none' }],
    ['userinfo of somebody else', 'temporarily_unavailable', { at: 'userinfo', changes: { sub: 'bob' } }],
    ['its token endpoint is down', 'temporarily_unavailable', { at: 'token', fails: 'error' }],
    ['it has an error of its own', 'temporarily_unavailable', { response: { code: undefined, error: 'server_error' } }],
    ['it says no', 'access_denied', { response: { code: undefined, error: 'access_denied' } }],
  ];
  it.each(faults)('%s: the application hears %s, and has no code', async (_, error, fault) => {
    world.upstream.faults.use(fault);
    const { url, checks } = await ask(app);
    const stop = await signIn(world.browser(), url);
    expect(outcomeOf(stop)).toBe(error);
    expect([stop.url.searchParams.get('state'), stop.url.searchParams.get('iss')]).toEqual([checks.expectedState, world.issuer]);
  });

  it('and a person who cancels there is told to the application as such', async () => {
    const { url } = await ask(app);
    expect(outcomeOf(await signIn(world.browser(), url, 'Cancel'))).toBe('access_denied');
  });
});

describe('a logout token of the identity provider', () => {
  const send = (body: string | URLSearchParams, upstream = 'lab'): Promise<Response> =>
    fetch(`${world.served.url}/oidc/backchannel-logout/${upstream}`, { method: 'POST', body });
  const sendToken = async (token: string): Promise<number> => (await send(new URLSearchParams({ logout_token: token }))).status;
  const signedIn = async (login: string): Promise<WebBrowser> => {
    const browser = world.browser();
    expect(outcomeOf(await signIn(browser, (await ask(app)).url, login))).toBe('code');
    return browser;
  };
  const silently = async (browser: WebBrowser): Promise<string | null> =>
    outcomeOf(await browser.open((await ask(app, { prompt: 'none' })).url));

  it("ends the sessions of its user, and nobody else's, once", async () => {
    const alice = [await signedIn('alice'), await signedIn('alice')];
    const bob = await signedIn('bob');
    const token = world.upstream.logoutToken({ sub: 'alice' });
    expect(await sendToken(token)).toBe(200);
    expect(await Promise.all([...alice, bob].map(silently))).toEqual(['login_required', 'login_required', 'code']);

    // what was ended goes by whole seconds
    await setTimeout(1_000);
    const again = await signedIn('alice');
    expect(await sendToken(token)).toBe(400);
    expect(await silently(again)).toBe('code');
  });

  const tokens: readonly (readonly [string, Changes, Signing | undefined])[] = [
    ['without a signature', { sub: 'bob' }, 'none'],
    ['signed with the public key', { sub: 'bob' }, 'hs256-with-public-key'],
    ['for another client', { sub: 'bob', aud: 'another' }, undefined],
    ['that is an ID token by its nonce', { sub: 'bob', nonce: 'n' }, undefined],
  ];
  it.each(tokens)('%s is refused, and ends nothing', async (_, claims, signing) => {
    const bob = await signedIn('bob');
    expect(await sendToken(world.upstream.logoutToken(claims, { signing }))).toBe(400);
    expect(await silently(bob)).toBe('code');
  });

  it('is one parameter of a form, of an upstream that there is', async () => {
    const one = () => world.upstream.logoutToken({ sub: 'bob' });
    const bob = await signedIn('bob');
    const statuses = await Promise.all([
      send(
        new URLSearchParams([
          ['logout_token', one()],
          ['logout_token', one()],
        ]),
      ),
      send(JSON.stringify({ logout_token: one() })),
      send(new URLSearchParams({ logout_token: one() }), 'constructor'),
      send(new URLSearchParams()),
      fetch(`${world.served.url}/oidc/backchannel-logout/lab?logout_token=${one()}`),
      send(new URLSearchParams({ logout_token: 'x'.repeat(1_000_000) })),
    ]);
    expect(statuses.map(({ status }) => status)).toEqual([400, 400, 400, 400, 404, 413]);
    expect(await silently(bob)).toBe('code');
  });
});
