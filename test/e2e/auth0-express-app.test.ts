import { decodeJwt } from 'jose';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { usersNamed } from '../auth0/lab/person.ts';
import { claimNamespace } from '../auth0/lab/provider.ts';
import { type Auth0World, startAuth0World } from '../auth0/lab/world.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { clientSecret } from '../support/oidc.ts';
import { createOidcPerson, type OidcPerson } from '../support/oidc-chromium.ts';
import { type ExpressApp, startExpressApp } from '../support/oidc-express-app.ts';

const claim = (name: string): string => `${claimNamespace}/${name}`;

describe.skipIf(!hasBrowser)('behind Auth0: an application with express-openid-connect as it comes, in Chromium', () => {
  let world: Auth0World;
  let browser: Browser;
  let person: OidcPerson;
  const apps: ExpressApp[] = [];
  const people = ['ada', 'bob', 'cyd', 'dan', 'eve', 'fay'] as const;
  beforeAll(async () => {
    [world, browser] = await Promise.all([startAuth0World({ users: usersNamed(...people) }), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    for (const app of apps) app.close();
    await world?.end();
  });
  afterEach(() => person?.leave());

  const decides = (defaultUserActionResult: string) => world.served.configure('signIn', { defaultUserActionResult });
  const open = async (options: BrowserContextOptions = {}): Promise<void> => {
    person = await createOidcPerson({ served: world.served, upstream: world.tenant }, browser, options);
  };
  const startApp = async (clientId: string, more: { readonly clientSecret?: string } = {}): Promise<ExpressApp> => {
    const app = await startExpressApp({ issuer: world.tenant.issuer, clientId, ...more });
    apps.push(app);
    const isCode = more.clientSecret !== undefined;
    await world.tenant.register({
      client_id: clientId,
      redirect_uris: [`${app.origin}/callback`],
      ...(isCode
        ? { client_secret: clientSecret, token_endpoint_auth_method: 'client_secret_post' }
        : { response_types: ['id_token'], grant_types: ['implicit'], token_endpoint_auth_method: 'none' }),
    });
    return app;
  };
  const signIn = async (app: ExpressApp, name: (typeof people)[number]): Promise<void> => {
    await person.page.goto(`${app.origin}/login`);
    await person.atUpstream(`auth0|${name}`);
  };

  describe.each([
    ['by default, an ID token by form post', 'by-default', {}, 'ada', 'bob'],
    ["by `response_type: 'code'`", 'by-code', { clientSecret }, 'cyd', 'dan'],
  ] as const)('%s', (_, clientId, more, one, other) => {
    let app: ExpressApp;
    beforeAll(async () => {
      app = await startApp(clientId, more);
    });

    it('is signed in after the challenge: over three origins, without a policy violation', async () => {
      await decides('CHALLENGE');
      await open();
      await signIn(app, one);
      await person.passByMail(`${one}@example.org`);
      const { signedIn, claims = {}, accessToken } = await person.saidAt(app.origin);
      expect([signedIn, claims.sub]).toEqual([true, `auth0|${one}`]);
      expect(person.violations()).toEqual([]);
      // under the operator's namespace alone: Auth0's own names cannot be set
      for (const token of [claims, ...(accessToken === undefined ? [] : [decodeJwt(accessToken)])]) {
        expect(token).toMatchObject({
          [claim('acr')]: expect.stringMatching(/^urn:stepward:aal/),
          [claim('amr')]: expect.arrayContaining(['otp']),
          [claim('decision')]: { state: 'CHALLENGE_SUCCEEDED', degraded: false },
        });
        expect([token.acr, token.amr]).toEqual([undefined, undefined]);
      }
      expect(accessToken === undefined).toBe(clientId === 'by-default');
    });

    it('passes without JavaScript, by the buttons', async () => {
      await decides('CHALLENGE');
      await open({ javaScriptEnabled: false });
      await signIn(app, other);
      await person.passByMail(`${other}@example.org`);
      expect(new URL(person.page.url()).origin).toBe(world.served.url);
      await person.page.getByRole('button', { name: 'Continue' }).click();
      // the tenant posts to the application by a form of its own
      if (clientId === 'by-default') await person.page.getByRole('button', { name: 'Continue' }).click();
      expect(await person.saidAt(app.origin)).toMatchObject({ signedIn: true });
    });

    it.each(['BLOCK', 'a challenge that is cancelled'])('is told `access_denied` by %s', async (refusal) => {
      await decides(refusal === 'BLOCK' ? 'BLOCK' : 'CHALLENGE');
      await open();
      await signIn(app, 'fay');
      if (refusal !== 'BLOCK') await person.page.getByRole('button', { name: 'Cancel' }).click();
      expect(await person.saidAt(app.origin)).toEqual({ error: 'access_denied' });
      expect(person.violations().filter((line) => !/status of 400/.test(line))).toEqual([]);
      await person.page.goto(app.origin);
      expect(await person.saidAt(app.origin)).toMatchObject({ signedIn: false });
    });
  });

  it('the page that posts names no `form-action`: with the tenant alone in it, Chromium stops the login', async () => {
    await decides('CHALLENGE');
    const app = await startApp('guarded', { clientSecret });
    await open();
    const pages = `${world.served.url}/challenge**`;
    await person.page.route(pages, async (route) => {
      const response = await route.fetch();
      const headers = response.headers();
      const policy = headers['content-security-policy'] ?? '';
      if (!/stepward_token/.test(await response.text())) return route.fulfill({ response });
      expect(policy).not.toMatch(/form-action/);
      headers['content-security-policy'] = `${policy}; form-action ${world.tenant.issuer}`;
      return route.fulfill({ response, headers });
    });
    await signIn(app, 'eve');
    const stopped = person.page.waitForEvent('console', (message) => /form-action/.test(message.text()));
    await person.passByMail('eve@example.org').catch(() => undefined);
    await stopped;
    expect(new URL(person.page.url()).origin).not.toBe(app.origin);
    expect(person.violations()).toContainEqual(expect.stringMatching(/form-action/));
  });
});
