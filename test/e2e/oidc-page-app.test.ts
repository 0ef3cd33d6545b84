/// <reference lib="dom" />
import type { UserManagerSettings } from 'oidc-client-ts';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { type OidcWorld, startOidcWorld } from '../support/oidc.ts';
import { createOidcPerson, type OidcPerson } from '../support/oidc-chromium.ts';
import { type OidcPages, startOidcPages } from '../support/oidc-pages.ts';

declare const oidc: typeof import('oidc-client-ts');

describe.skipIf(!hasBrowser)('a page with oidc-client-ts, a public client', () => {
  let world: OidcWorld;
  let browser: Browser;
  let near: OidcPages;
  let far: OidcPages;
  let person: OidcPerson;
  beforeAll(async () => {
    // `localhost` is Stepward's own site, `127.0.0.1` another one
    [world, browser, near, far] = await Promise.all([
      startOidcWorld(),
      launchBrowser(),
      startOidcPages('localhost'),
      startOidcPages('127.0.0.1'),
    ]);
    const origins = [near.origin, far.origin];
    await world.register({
      clientId: 'page',
      authMethod: 'none',
      secrets: [],
      origins,
      redirectUris: origins.flatMap((origin) => ['back', 'silent', 'window'].map((path) => `${origin}/${path}`)),
      postLogoutRedirectUris: origins.map((origin) => `${origin}/bye`),
    });
    await world.register({ clientId: 'unlisted', authMethod: 'none', secrets: [], redirectUris: [`${near.origin}/back`] });
  });
  afterAll(async () => {
    await browser?.close();
    for (const pages of [near, far]) pages?.close();
    await world?.end();
  });
  beforeEach(async () => {
    await world.served.configure('signIn', { defaultUserActionResult: 'ALLOW' });
    person = await createOidcPerson(world, browser);
  });
  afterEach(() => person?.leave());

  const settings = (origin: string, more: Partial<UserManagerSettings> = {}): UserManagerSettings => ({
    authority: world.issuer,
    client_id: 'page',
    redirect_uri: `${origin}/back`,
    silent_redirect_uri: `${origin}/silent`,
    popup_redirect_uri: `${origin}/window`,
    post_logout_redirect_uri: `${origin}/bye`,
    scope: 'openid profile email',
    filterProtocolClaims: false,
    ...more,
  });
  type Known = {
    readonly sub?: string;
    readonly acr?: string;
    readonly amr?: readonly string[];
    readonly auth_time?: number;
    readonly email?: string;
  };
  type Outcome = { readonly profile?: Known; readonly type?: string; readonly refresh?: boolean; readonly error?: string };
  /** Calls the library in the page. */
  const call = (
    what: 'signinRedirectCallback' | 'signinSilent',
    about: UserManagerSettings,
    more: { readonly dpop?: boolean; readonly acr?: string } = {},
  ): Promise<Outcome> =>
    person.page.evaluate(
      async ({ what, about, more }) => {
        const dpop = more.dpop ? { dpop: { bind_authorization_code: true, store: new oidc.IndexedDbDPoPStore() } } : {};
        const manager = new oidc.UserManager({ ...about, ...dpop, userStore: new oidc.WebStorageStateStore({ store: sessionStorage }) });
        try {
          const user =
            what === 'signinSilent' ? await manager.signinSilent(more.acr ? { acr_values: more.acr } : {}) : await manager[what]();
          return { profile: user?.profile as object, type: user?.token_type, refresh: user?.refresh_token !== undefined };
        } catch (error) {
          return { error: (error as { error?: string }).error ?? String(error) };
        }
      },
      { what, about, more },
    );
  /** Starts where the page sends the browser away. */
  const go = async (what: 'signinRedirect' | 'signoutRedirect', about: UserManagerSettings, dpop = false): Promise<void> => {
    await person.page.goto(`${new URL(about.redirect_uri).origin}/`);
    await person.page.evaluate(
      ({ what, about, dpop }) => {
        const more = dpop ? { dpop: { bind_authorization_code: true, store: new oidc.IndexedDbDPoPStore() } } : {};
        void new oidc.UserManager({ ...about, ...more, userStore: new oidc.WebStorageStateStore({ store: sessionStorage }) })[what]();
      },
      { what, about, dpop },
    );
    await person.page.waitForURL((at) => !at.href.startsWith(new URL(about.redirect_uri).origin));
  };
  const signIn = async (about: UserManagerSettings, more: { readonly dpop?: boolean } = {}): Promise<Outcome> => {
    await go('signinRedirect', about, more.dpop);
    await person.atUpstream('alice');
    await person.page.waitForURL((at) => at.pathname === '/back');
    return call('signinRedirectCallback', about, more);
  };

  it('signs in by redirect, with PKCE, over CORS, and reads userinfo', async () => {
    const { profile } = await signIn(settings(far.origin, { loadUserInfo: true }));
    expect(profile).toMatchObject({ sub: 'alice', acr: 'urn:stepward:aal1', auth_time: expect.any(Number), email: 'alice@example.org' });
    expect(person.violations()).toEqual([]);
  });

  it('signs in after a challenge, and knows what was proven', async () => {
    await world.served.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
    const about = settings(far.origin);
    await go('signinRedirect', about);
    await person.atUpstream('alice');
    await person.passByMail('alice@example.org');
    await person.page.waitForURL((at) => at.pathname === '/back');
    expect((await call('signinRedirectCallback', about)).profile).toMatchObject({ sub: 'alice', amr: ['otp'] });
    expect(person.violations()).toEqual([]);
  });

  it('is told `access_denied` where the sign-in is refused', async () => {
    await world.served.configure('signIn', { defaultUserActionResult: 'BLOCK' });
    expect(await signIn(settings(far.origin))).toEqual({ error: 'access_denied' });
  });

  it('leaves acr, amr and auth_time out of `profile` by default: the library does', async () => {
    const { profile } = await signIn(settings(far.origin, { filterProtocolClaims: true }));
    expect([profile?.sub, profile?.acr, profile?.auth_time]).toEqual(['alice', undefined, undefined]);
  });

  it('a page whose origin is not listed cannot use its code', async () => {
    const { error } = await signIn(settings(near.origin, { client_id: 'unlisted' }));
    expect(error).toMatch(/Failed to fetch/);
  });

  it('renews by a refresh token, from any site', async () => {
    await world.served.configure('tokenRefresh', { defaultUserActionResult: 'ALLOW' });
    const about = settings(far.origin, { scope: 'openid offline_access', extraQueryParams: { prompt: 'consent' } });
    expect(await signIn(about)).toMatchObject({ refresh: true });
    expect(await call('signinSilent', about)).toMatchObject({ profile: { sub: 'alice' }, refresh: true });
    await world.served.configure('tokenRefresh', { defaultUserActionResult: 'BLOCK' });
    expect(await call('signinSilent', about)).toMatchObject({ error: 'invalid_grant' });
  });

  it('renews in a hidden frame where the page is of Stepward’s site, and is told what stands in the way', async () => {
    const about = settings(near.origin);
    await signIn(about);
    expect(await call('signinSilent', about)).toMatchObject({ profile: { sub: 'alice' } });
    await world.served.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
    expect(await call('signinSilent', about)).toEqual({ error: 'interaction_required' });
    await world.served.configure('signIn', { defaultUserActionResult: 'BLOCK' });
    expect(await call('signinSilent', about)).toEqual({ error: 'access_denied' });
    expect(person.violations()).toEqual([]);
  });

  it('is told `login_required` in a hidden frame of another site: its cookies do not come there', async () => {
    const about = settings(far.origin);
    await signIn(about);
    expect(await call('signinSilent', about)).toEqual({ error: 'login_required' });
  });

  it('binds its tokens to a key by DPoP, the code with it', async () => {
    expect(await signIn(settings(far.origin), { dpop: true })).toMatchObject({ type: 'DPoP', profile: { sub: 'alice' } });
    // the library sends no proof to userinfo, and a bound token is none without it
    await person.page.context().clearCookies();
    expect(await signIn(settings(far.origin, { loadUserInfo: true }), { dpop: true })).toEqual({ error: 'invalid_token' });
  });

  it('a window tells the page of a sign-in that is allowed, and cannot once a page of ours was shown', async () => {
    const { page } = person;
    const inWindow = async (pass: (opened: Page) => Promise<unknown>): Promise<Outcome> => {
      await page.goto(`${far.origin}/`);
      const opening = page.waitForEvent('popup');
      const outcome = page.evaluate(async (about) => {
        try {
          return { profile: (await new oidc.UserManager(about).signinPopup({ popupAbortOnClose: true })).profile as object };
        } catch (error) {
          return { error: String(error) };
        }
      }, settings(far.origin));
      const opened = await opening;
      await opened.getByRole('button', { name: 'alice' }).click();
      await pass(opened);
      return outcome;
    };
    expect(await inWindow(async () => undefined)).toMatchObject({ profile: { sub: 'alice' } });
    await page.context().clearCookies();
    await world.served.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
    const { error } = await inWindow((opened) => opened.waitForURL((at) => at.pathname === '/challenge'));
    expect(error).toMatch(/closed/i);
  });

  it('signs out by way of our page', async () => {
    const about = settings(far.origin);
    await signIn(about);
    await go('signoutRedirect', about);
    await person.page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await person.page.waitForURL((at) => at.pathname === '/bye');
    expect(person.violations()).toEqual([]);
  });
});
