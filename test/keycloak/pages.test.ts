import { randomBytes } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit, auditedPage } from '../e2e/pages-audit.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { type FakeKeycloakCore, startFakeCore } from './support/fake-core.ts';
import { browserFlow } from './support/flows.ts';
import { callback, password, type Realm } from './support/make-realm.ts';
import { createRealm, hasKeycloak } from './support/realm.ts';

const markup = `<img src=x onerror=alert(1)>"'&{{1}}#{1}`;
let core: FakeKeycloakCore;
let realm: Realm;
let browser: Browser;

const openAt = async (page: Page, username: string): Promise<void> => {
  const asked = new URLSearchParams({
    client_id: 'app',
    redirect_uri: callback,
    response_type: 'code',
    scope: 'openid',
    code_challenge: randomBytes(32).toString('base64url'),
    code_challenge_method: 'S256',
  });
  await page.goto(`${realm.url}/protocol/openid-connect/auth?${asked}`);
  await page.fill('#username', username);
  await page.fill('#password', password);
  await page.click('#kc-login');
  await page.waitForLoadState();
  const back = core.about(username).findLast(({ path }) => !path.endsWith('/consume'))?.body.returnUrl;
  if (username.startsWith('challenge')) await page.goto(String(back));
};

/** Every page of ours, by whose login shows it. */
const pages = {
  pending: 'challenge-1',
  failed: 'challenge-1-challengefailed',
  'try again': 'challenge-1-servererror',
  blocked: 'block',
  review: 'review',
  unavailable: 'servererror',
} as const;

describe.skipIf(!hasKeycloak || !hasBrowser)('our pages in Keycloak', () => {
  beforeAll(async () => {
    core = await startFakeCore();
    realm = await createRealm({
      flows: [browserFlow('app', core.settings)],
      clients: [{ clientId: 'app', flow: 'app' }],
      users: [
        ...Object.values(pages).map((username) => ({ username, firstName: markup, lastName: markup })),
        { username: 'allow', id: 'a:b/c d' },
      ],
      more: { internationalizationEnabled: true, supportedLocales: ['en', 'de'], defaultLocale: 'en' },
    });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await realm?.end();
    await core?.end();
  });

  it.each(Object.entries(pages))('%s: no fault for axe, no text without its key, nothing of a name runs', async (_, username) => {
    const context = await browser.newContext();
    const page = await auditedPage(context);
    const dialogs: string[] = [];
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await openAt(page, username);
    const text = await page.locator('body').innerText();
    expect(text).not.toMatch(/stepward[A-Z]\w+/);
    expect(await page.locator('img[src="x"]').count()).toBe(0);
    expect(dialogs).toEqual([]);
    // Keycloak's own frame around every page shows the name in a field without a label
    const ours = (await audit(page)).filter(({ nodes }) => !nodes.every((node) => node.includes('kc-attempted-username')));
    expect(ours).toEqual([]);
    await context.close();
  });

  it('are usable without scripts', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await openAt(page, pages.pending);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.waitForURL(`${core.origin}/challenge**`);
    await openAt(page, pages['try again']);
    await page.getByRole('link', { name: 'Try again' }).click();
    await page.waitForLoadState();
    expect(await page.locator('#stepward-text').innerText()).toContain('cannot be checked');
    await context.close();
  });

  it('a user id with colons, slashes and spaces is one part of the path', async () => {
    const page = await browser.newPage();
    await page.route(`${callback}**`, (route) => route.fulfill({ body: 'back' }));
    await openAt(page, 'allow');
    const [{ path } = { path: '' }] = core.about('allow');
    expect(path).toBe('/v1/users/a%3Ab%2Fc%20d/actions/signIn');
    await page.close();
  });
});
