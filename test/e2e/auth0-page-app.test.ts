/// <reference lib="dom" />
import type { UserManagerSettings } from 'oidc-client-ts';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { usersNamed } from '../auth0/lab/person.ts';
import { useSamplePolicy } from '../auth0/lab/policy.ts';
import { type Auth0World, startAuth0World } from '../auth0/lab/world.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { selfSigned } from '../support/certificate.ts';
import { createOidcPerson, type OidcPerson } from '../support/oidc-chromium.ts';
import { type OidcPages, startOidcPages } from '../support/oidc-pages.ts';

declare const oidc: typeof import('oidc-client-ts');

describe.skipIf(!hasBrowser)('behind Auth0: a page with oidc-client-ts, in Chromium', () => {
  let world: Auth0World;
  let browser: Browser;
  let pages: OidcPages;
  let person: OidcPerson;
  let settings: UserManagerSettings;
  beforeAll(async () => {
    [world, browser, pages] = await Promise.all([
      startAuth0World({ users: usersNamed('ada', 'bob', 'cyd') }),
      launchBrowser(),
      startOidcPages('127.0.0.1', selfSigned('127.0.0.1')),
    ]);
    await useSamplePolicy(world.served, 'redirect');
    const { origin } = pages;
    await world.tenant.register({
      client_id: 'page',
      redirect_uris: [`${origin}/back`, `${origin}/silent`],
      token_endpoint_auth_method: 'none',
    });
    settings = {
      authority: world.tenant.issuer,
      client_id: 'page',
      redirect_uri: `${origin}/back`,
      silent_redirect_uri: `${origin}/silent`,
      scope: 'openid email',
    };
  });
  afterAll(async () => {
    await browser?.close();
    pages?.close();
    await world?.end();
  });
  beforeEach(async () => {
    person = await createOidcPerson({ served: world.served, upstream: world.tenant }, browser);
  });
  afterEach(() => person?.leave());

  const signIn = async (name: string): Promise<void> => {
    await person.page.goto(`${pages.origin}/`);
    await person.page.evaluate((about) => void new oidc.UserManager(about).signinRedirect(), settings);
    await person.atUpstream(`auth0|${name}`);
  };
  /** Who the library says that it is, or its error. */
  const call = async (what: 'signinRedirectCallback' | 'signinSilent'): Promise<string | undefined> => {
    await person.page.waitForURL((at) => at.pathname === '/back');
    return person.page.evaluate(
      async ({ what, about }) => {
        try {
          return (await new oidc.UserManager(about)[what]())?.profile.sub;
        } catch (error) {
          return `${(error as { error?: string }).error ?? error}`;
        }
      },
      { what, about: settings },
    );
  };

  it('renews in a hidden frame after a challenge that was passed', async () => {
    await signIn('ada');
    await person.passByMail('ada@example.org');
    expect(await call('signinRedirectCallback')).toBe('auth0|ada');
    const before = world.tenant.executions.length;
    expect(await call('signinSilent')).toBe('auth0|ada');
    expect(world.tenant.executions.slice(before)).toMatchObject([{ leg: 'execute', event: { transaction: { prompt: ['none'] } } }]);
    expect(person.violations()).toEqual([]);
  });

  it.each([
    ['deny', 'bob', 'access_denied'],
    ['redirect', 'cyd', 'interaction_required'],
  ])('after one that was cancelled there is no token (STEPWARD_SILENT=%s)', async (silent, name, error) => {
    await world.deploy({ STEPWARD_SILENT: silent });
    await signIn(name);
    await person.page.getByRole('button', { name: 'Cancel' }).click();
    expect(await call('signinRedirectCallback')).toBe('access_denied');
    for (let times = 0; times < 2; times++) expect(await call('signinSilent')).toBe(error);
  });
});
