import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { ask, clientSecret, type OidcWorld, startOidcWorld } from '../support/oidc.ts';
import { createOidcPerson, type OidcPerson } from '../support/oidc-chromium.ts';
import { type ExpressApp, startExpressApp } from '../support/oidc-express-app.ts';

/** One for each way: a mail to an address goes out every 30 seconds. */
const people = ['ada', 'grace'] as const;
const users = Object.fromEntries(people.map((name) => [name, { claims: { email: `${name}@example.org`, email_verified: true } }]));

describe.skipIf(!hasBrowser)('an application with express-openid-connect as it comes, in Chromium', () => {
  let world: OidcWorld;
  let browser: Browser;
  beforeAll(async () => {
    [world, browser] = await Promise.all([startOidcWorld({ users }), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await world?.end();
  });

  describe.each([
    ['by default, an ID token by form post', { clientId: 'by-default' }, { implicit: true }, 'ada'],
    ["by `response_type: 'code'`", { clientId: 'by-code', clientSecret }, {}, 'grace'],
  ] as const)('%s', (_, about, client, user) => {
    let app: ExpressApp;
    let person: OidcPerson;
    const action = `sign-in-${about.clientId}`;
    const decides = (defaultUserActionResult: string) => world.served.configure(action, { defaultUserActionResult });
    beforeAll(async () => {
      app = await startExpressApp({ issuer: world.issuer, ...about });
      await world.register({
        ...client,
        clientId: about.clientId,
        action,
        redirectUris: [`${app.origin}/callback`],
        postLogoutRedirectUris: [app.origin],
      });
    });
    afterAll(() => app?.close());
    beforeEach(async () => {
      person = await createOidcPerson(world, browser);
    });
    afterEach(() => person?.leave());

    const signIn = async (): Promise<void> => {
      await person.page.goto(`${app.origin}/login`);
      await person.atUpstream(user);
    };

    it('is signed in where the sign-in is allowed, and told what was proven', async () => {
      await decides('ALLOW');
      await signIn();
      const { signedIn, user: known, claims } = await person.saidAt(app.origin);
      expect([signedIn, known]).toEqual([true, expect.objectContaining({ sub: user, acr: 'urn:stepward:aal1' })]);
      // the library keeps auth_time from its user
      expect([known?.auth_time, claims?.auth_time]).toEqual([undefined, expect.any(Number)]);
      expect(person.violations()).toEqual([]);
    });

    it('is signed in after the challenge was passed', async () => {
      await decides('CHALLENGE');
      await signIn();
      await person.passByMail(`${user}@example.org`);
      const { signedIn, user: known } = await person.saidAt(app.origin);
      expect([signedIn, known]).toEqual([true, expect.objectContaining({ sub: user, amr: ['otp'] })]);
      expect(person.violations()).toEqual([]);
    });

    it.each(['BLOCK', 'a challenge that is cancelled'])('is told `access_denied` by %s', async (refusal) => {
      await decides(refusal === 'BLOCK' ? 'BLOCK' : 'CHALLENGE');
      await signIn();
      if (refusal !== 'BLOCK') await person.page.getByRole('button', { name: 'Cancel' }).click();
      expect(await person.saidAt(app.origin)).toEqual({ error: 'access_denied' });
      // what the application itself answers is not what the policy stopped
      expect(person.violations().filter((line) => !/status of 400/.test(line))).toEqual([]);
      await person.page.goto(app.origin);
      expect(await person.saidAt(app.origin)).toMatchObject({ signedIn: false });
    });

    it('signs out here and at itself: our page asks, and leads back', async () => {
      await decides('ALLOW');
      await signIn();
      await person.saidAt(app.origin);
      await person.page.goto(`${app.origin}/logout`);
      expect(new URL(person.page.url()).origin).toBe(world.served.url);
      await person.page.getByRole('button', { name: 'Sign out', exact: true }).click();
      expect(await person.saidAt(app.origin)).toMatchObject({ signedIn: false });
      expect(person.violations()).toEqual([]);

      const silent = await ask(await world.app(about.clientId), { prompt: 'none', redirect_uri: `${app.origin}/callback` });
      await person.page.goto(silent.url.href);
      expect(new URL(person.page.url()).searchParams.get('error')).toBe('login_required');
    });
  });
});
