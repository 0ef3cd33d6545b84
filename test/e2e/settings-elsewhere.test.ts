/// <reference lib="dom" />
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Frame, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fromBase32, totpAt } from '../adapters/authenticators/rfc6238.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { type Embedder, launch, press, settled, startEmbedder } from '../support/embedder.ts';
import { type Served, startServed } from '../support/served.ts';
import { createPerson } from './challenge-person.ts';

const heading = 'How you confirm it’s you';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.skipIf(!hasBrowser)('settings', () => {
  let app: Embedder;
  let served: Served;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let number = 0;
  let userId: string;
  let email: string;
  beforeAll(async () => {
    app = await startEmbedder();
    served = await startServed({ STEPWARD_FRAME_ANCESTORS: app.origin });
    await served.configure('account', { defaultUserActionResult: 'ALLOW' });
    await served.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
    await app?.close();
  });
  beforeEach(async () => {
    number += 1;
    userId = `omar-${number}`;
    email = `${userId}@example.org`;
    await served.api.updateUser(userId, { email, emailVerified: true });
    served.pass(60_000);
    context = await browser.newContext({ viewport: { width: 1024, height: 900 } });
    context.setDefaultTimeout(30_000);
    page = await context.newPage();
  });
  afterEach(() => context.close());

  const enroll = async () => {
    await served.api.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email });
    served.pass(60_000);
  };
  const track = async () => (await served.api.track({ userId, action: 'account', redirectToSettings: true })).answer;
  const headingIn = (shown: Frame | Page) => shown.locator('h1').innerText();
  /** By key: the frame grows with its page, and what was aimed at with a pointer may have moved. */
  const passIn = async (shown: Frame | Page) => {
    const before = served.mails.length;
    await press(shown.getByRole('button', { name: 'Code by e-mail' }));
    await shown.locator('#code').fill(await served.codeTo(email, before));
    await press(shown.getByRole('button', { name: 'Continue' }));
    await shown.getByRole('heading', { name: heading }).waitFor();
  };
  const changeIn = async (shown: Frame | Page) => {
    await press(shown.locator('summary').filter({ hasText: 'Recovery codes' }));
    await press(shown.getByRole('button', { name: 'Get new codes' }));
    await press(shown.getByRole('button', { name: 'I have saved them' }));
    await shown.getByRole('heading', { name: heading }).waitFor();
    await press(shown.getByRole('button', { name: 'Done' }));
  };

  it('in a frame of an application on another site, as the SDK opens it', async () => {
    await enroll();
    const { url } = await track();
    await page.goto(app.origin);
    await launch(page, url, 'popup');
    const handle = await page.waitForSelector('#__authsignal-popup-iframe', { state: 'attached' });
    const frame = await handle.contentFrame();
    if (!frame) throw new Error('no frame');
    await passIn(frame);
    await changeIn(frame);
    expect((await settled(page)).token).toEqual(expect.any(String));
  });

  it('in a window, as the SDK opens it', async () => {
    await enroll();
    const { url } = await track();
    await page.goto(app.origin);
    const [opened] = await Promise.all([page.waitForEvent('popup'), launch(page, url, 'window')]);
    await passIn(opened);
    await changeIn(opened);
    expect((await settled(page)).token).toEqual(expect.any(String));
  });

  it.each([
    ['light', 'en', 1024],
    ['dark', 'en', 320],
    ['light', 'ar', 320],
    ['dark', 'he', 1024],
  ] as const)('with every row open: axe finds nothing, nothing is cut (%s, %s, %i px)', async (colorScheme, lang, width) => {
    await enroll();
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    const { url } = await track();
    await page.goto(url);
    await passIn(page);
    await page.goto(`${url}&lang=${lang}`);
    await page.evaluate(() => {
      for (const row of document.querySelectorAll('details')) row.open = true;
    });
    await page.evaluate(axe);
    const found = await page.evaluate(
      `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(({ violations }) => violations.map(({ id, nodes }) => id + nodes.map(({ html }) => html)))`,
    );
    expect(found).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  });

  it('after an operator’s reset: the page says until when, then the address is proven and something new is set up', async () => {
    await enroll();
    const person = await createPerson(served, browser, userId);
    const reset = await fetch(`${served.url}/v1/management/users/${userId}/reset`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('mk_test_0000000000000000:')}`, 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'phone lost', waitSeconds: 7200 }),
    });
    expect(reset.status).toBe(200);
    await served.noticeTo(email, 'An operator reset');
    await person.begin();
    expect(await person.heading()).toBe('You have to wait a little');
    const until = new Date(served.now() + 7_200_000).toISOString();
    expect(await person.page.locator('time').getAttribute('datetime')).toBe(until);
    await person.press(/Back to/);
    await person.returned();
    await person.begin({ action: 'account', redirectToSettings: true });
    expect(await person.heading()).toBe('You have to wait a little');
    served.pass(7_200_000);
    await person.begin({ action: 'account', redirectToSettings: true });
    await person.proveByMail('Send the code');
    await person.press('I have saved them');
    expect(await person.heading()).toBe(heading);
    await person.press(/Set up an authenticator app/);
    const secret = fromBase32((await person.page.locator('code.secret').innerText()).replaceAll(' ', ''));
    await person.type(totpAt(secret, served.now() / 1000));
    await person.press('Turn on');
    expect(await person.page.locator('summary').allInnerTexts()).toEqual(
      expect.arrayContaining([expect.stringContaining('Authenticator app'), expect.stringContaining('Code by e-mail')]),
    );
    await person.context.close();
  });

  it('headings are read in order', async () => {
    await enroll();
    await page.goto((await track()).url);
    await passIn(page);
    expect(await headingIn(page)).toBe(heading);
    expect(await page.locator('h2').allInnerTexts()).toEqual(['Add another way']);
  });
});
