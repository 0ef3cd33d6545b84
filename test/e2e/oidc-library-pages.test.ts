/// <reference lib="dom" />
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OidcClient } from '../../core/index.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { ask, type OidcWorld, startOidcWorld } from '../support/oidc.ts';
import { createOidcPerson, type OidcPerson } from '../support/oidc-chromium.ts';
import { type ExpressApp, startExpressApp } from '../support/oidc-express-app.ts';

describe.skipIf(!hasBrowser)('what Chromium makes of the provider’s own answers', () => {
  let world: OidcWorld;
  let browser: Browser;
  let third: Server;
  let thirdOrigin = '';
  let app: ExpressApp;
  let person: OidcPerson;
  beforeAll(async () => {
    third = createServer((_, response) =>
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>Third</title><pre>{}</pre>'),
    );
    await new Promise<void>((resolve) => third.listen(0, 'localhost', resolve));
    thirdOrigin = `http://localhost:${(third.address() as AddressInfo).port}`;
    [world, browser] = await Promise.all([startOidcWorld({ about: { endSession: true, domains: ['example.org'] } }), launchBrowser()]);
    app = await startExpressApp({ issuer: world.issuer, clientId: 'by-post', third: `${thirdOrigin}/` });
    await world.register({
      clientId: 'by-post',
      implicit: true,
      redirectUris: [`${app.origin}/callback`],
      postLogoutRedirectUris: [app.origin],
    });
    await world.served.configure('signIn', { defaultUserActionResult: 'ALLOW' });
  });
  afterAll(async () => {
    await browser?.close();
    app?.close();
    third?.close();
    await world?.end();
  });
  beforeEach(async () => {
    person = await createOidcPerson(world, browser);
  });
  afterEach(() => person?.leave());

  const signIn = async (login = 'alice'): Promise<void> => {
    await person.page.goto(`${app.origin}/login`);
    await person.atUpstream(login);
    expect(await person.saidAt(app.origin)).toMatchObject({ signedIn: true, user: { sub: login } });
  };
  /** Addresses of documents that the browser stood at or passed through. */
  const passed = (): readonly URL[] => {
    const seen: URL[] = [];
    person.page.on('request', (request) => request.isNavigationRequest() && seen.push(new URL(request.url())));
    return seen;
  };

  it('an answer by form post reaches an application that sends the browser on to a third origin', async () => {
    await person.page.goto(`${app.origin}/login-to-third`);
    await person.atUpstream('alice');
    await person.page.waitForURL(`${thirdOrigin}/`);
    expect(person.violations()).toEqual([]);
    await person.page.goto(app.origin);
    expect(await person.saidAt(app.origin)).toMatchObject({ signedIn: true });
  });

  it('who signs in as somebody else takes the place of the one before, whose session ends; his own at the upstream stays', async () => {
    await signIn('alice');
    // at the upstream he is gone already
    await person.page.context().clearCookies({ name: /^lab_/ });
    const seen = passed();
    await person.page.goto(`${app.origin}/login-again`);
    await person.atUpstream('bob');
    await person.page.waitForURL(`${app.origin}/`);
    expect(await person.saidAt(app.origin)).toMatchObject({ signedIn: true, user: { sub: 'bob' } });
    const paths = seen.filter(({ origin }) => origin === world.served.url).map(({ pathname }) => pathname);
    expect(paths).toContain('/oidc/session/end/confirm');
    expect(seen.filter(({ origin, pathname }) => origin === world.upstream.issuer && pathname.startsWith('/session/end'))).toEqual([]);
    expect(person.violations()).toEqual([]);
  });

  it('signing out goes by way of the upstream to the application, over three origins', async () => {
    await signIn();
    const seen = passed();
    await person.page.goto(`${app.origin}/logout`);
    await person.page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await person.page.waitForURL((at) => at.origin === world.upstream.issuer);
    await person.page.getByRole('button', { name: 'Sign out' }).click();
    expect(await person.saidAt(app.origin)).toMatchObject({ signedIn: false });
    expect(seen.map(({ pathname }) => pathname)).toContain('/oidc/logout/return');
    expect(person.violations()).toEqual([]);
  });

  it('signing out where nobody is signed in asks nothing, and leads back', async () => {
    const end = new URL(`${world.issuer}/session/end`);
    end.search = new URLSearchParams({ client_id: 'by-post', post_logout_redirect_uri: app.origin }).toString();
    await person.page.goto(end.href);
    expect(await person.saidAt(app.origin)).toMatchObject({ signedIn: false });
    expect(person.violations()).toEqual([]);
  });

  it('signing out without a way back ends at our page', async () => {
    await person.page.goto(`${world.issuer}/session/end`);
    await person.page.waitForURL(`${world.issuer}/session/end/success`);
    expect(await person.page.locator('h1').innerText()).toMatch(/signed out/i);
    expect(person.violations()).toEqual([]);
  });

  it('a request of nobody’s is answered by our page', async () => {
    await person.page.goto(`${world.issuer}/auth?client_id=nobody`);
    expect(await person.page.locator('h1').count()).toBe(1);
    expect(person.violations().filter((line) => !/status of 400/.test(line))).toEqual([]);
  });

  describe('a form of ours lets the browser go on to another origin', () => {
    const begin = async (client: Partial<OidcClient> & { readonly clientId: string }): Promise<void> => {
      await world.register({ redirectUris: [`${thirdOrigin}/callback`], ...client });
      const { url } = await ask(await world.app(client.clientId), { redirect_uri: `${thirdOrigin}/callback` });
      await person.page.goto(url.href);
    };
    const arrived = async (): Promise<string | null> => {
      await person.page.waitForURL((at) => at.origin === thirdOrigin);
      expect(person.violations()).toEqual([]);
      const { searchParams } = new URL(person.page.url());
      return searchParams.get('error') ?? (searchParams.has('code') ? 'code' : null);
    };

    it.each([
      ['Allow', 'code'],
      ['Do not allow', 'access_denied'],
    ])('consent: %s', async (button, outcome) => {
      await begin({ clientId: 'foreign', firstParty: false });
      await person.atUpstream('alice');
      await person.page.getByRole('button', { name: button, exact: true }).click();
      expect(await arrived()).toBe(outcome);
    });

    it('which organisation: to its identity provider', async () => {
      await begin({ clientId: 'of-many', upstream: undefined, subject: 'own' });
      await person.page.locator('#address').fill('somebody@example.org');
      await person.page.getByRole('button', { name: 'Continue' }).click();
      await person.atUpstream('alice');
      expect(await arrived()).toBe('code');
    });

    it('a review: to the application, once it is left', async () => {
      await world.served.configure('reviewed', { defaultUserActionResult: 'REVIEW' });
      await begin({ clientId: 'reviewed', action: 'reviewed' });
      await person.atUpstream('alice');
      await person.page.waitForURL((at) => at.origin === world.served.url);
      await person.page.locator('main a').first().click();
      expect(await arrived()).toBe('access_denied');
    });

    it('staying signed in: to the application that asked', async () => {
      await signIn();
      await person.page.goto(`${app.origin}/logout`);
      await person.page.getByRole('button', { name: 'Stay signed in' }).click();
      expect(await person.saidAt(app.origin)).toMatchObject({ signedIn: false });
      expect(person.violations()).toEqual([]);
    });
  });

  it('a request that another site posts finds session and device of this browser', async () => {
    await world.register({ clientId: 'careful', action: 'careful', redirectUris: [`${thirdOrigin}/callback`] });
    const rule = { conditions: { '==': [{ var: 'device.isNew' }, true] } };
    await world.served.configure('careful', { defaultUserActionResult: 'ALLOW' }, [rule]);
    const careful = await world.app('careful');
    const request = { redirect_uri: `${thirdOrigin}/callback` };
    await person.page.goto((await ask(careful, request)).url.href);
    await person.atUpstream('alice');
    await person.passByMail('alice@example.org');
    await person.page.waitForURL((at) => at.origin === thirdOrigin);

    const { url, checks } = await ask(careful, request);
    await person.page.goto(app.origin);
    const seen = passed();
    await person.page.evaluate(
      ({ action, fields }) => {
        const form = Object.assign(document.createElement('form'), { method: 'post', action });
        for (const [name, value] of fields) form.append(Object.assign(document.createElement('input'), { name, value }));
        document.body.append(form);
        form.submit();
      },
      { action: `${url.origin}${url.pathname}`, fields: [...url.searchParams] },
    );
    await person.page.waitForURL((at) => at.origin === thirdOrigin);
    const back = new URL(person.page.url());
    // straight back: nobody signed in again, and the device is the one that was proven
    expect([back.searchParams.has('code'), back.searchParams.get('state')]).toEqual([true, checks.expectedState]);
    expect(seen.filter(({ origin }) => origin !== thirdOrigin).map(({ pathname }) => pathname)).toEqual(['/oidc/auth', '/oidc/auth']);
  });
});

describe('the headers of what the provider answers', () => {
  let world: OidcWorld;
  beforeAll(async () => {
    world = await startOidcWorld();
    await world.register();
  });
  afterAll(() => world?.end());

  const pageOnly = ['content-security-policy', 'cross-origin-opener-policy', 'cross-origin-resource-policy', 'permissions-policy'];

  it.each([
    ['metadata', '/.well-known/openid-configuration', {}],
    ['keys', '/jwks', {}],
    ['a refused exchange', '/token', { method: 'POST', body: new URLSearchParams({ grant_type: 'authorization_code' }) }],
    ['a refused claim', '/me', {}],
    ['a redirect to an application', '/auth?client_id=app&redirect_uri=https://app.example/callback&response_type=code&scope=x', {}],
  ] as const)('%s has none of a page', async (_, path, init) => {
    const { headers } = await fetch(`${world.issuer}${path}`, { redirect: 'manual', ...init });
    expect(pageOnly.filter((name) => headers.has(name))).toEqual([]);
    expect(headers.get(headers.has('location') ? 'referrer-policy' : 'x-content-type-options')).toMatch(/^no/);
  });

  it('a page that the library makes has all of them, and the hash of its script alone', async () => {
    const { headers } = await fetch(`${world.issuer}/session/end?client_id=app`);
    expect(pageOnly.filter((name) => !headers.has(name))).toEqual([]);
    expect(headers.get('cache-control')).toContain('no-store');
    expect(headers.get('content-security-policy')).toMatch(/script-src 'self' 'sha256-[\w+/]{43}='/);
    expect(headers.get('content-security-policy')).not.toContain('unsafe-inline');
  });
});
