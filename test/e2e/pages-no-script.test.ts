import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { View } from '../../core/index.ts';
import { knownC } from '../adapters/pages/fake-visits.ts';
import { type Pages, serve, servePages } from '../adapters/pages/serve-pages.ts';
import { views } from '../adapters/pages/views.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';

describe.skipIf(!hasBrowser)('without JavaScript', () => {
  let browser: Browser;
  let pages: Pages;
  let page: Page;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    await page?.context().close();
    await pages?.close();
  });

  const start = async (view: View, redirectOrigins: readonly string[] = []) => {
    pages = await servePages(view, { redirectOrigins });
    page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
    await page.goto(pages.url);
  };
  const press = async (name: string) => {
    await page.getByRole('button', { name, exact: false }).click();
    await page.waitForLoadState();
  };

  it('a method is chosen, a code sent again, answered, wrong and then right, and the browser leaves', async () => {
    const client = await serve((_, response) => response.setHeader('content-type', 'text/html').end('<title>back home</title>'));
    await start(views.choose, [client.origin]);
    await press('Code by e-mail');
    pages.visits.show(views.emailCode);
    await page.reload();
    await press('Send a new code');
    expect(await page.getByRole('status').innerText()).toContain('on its way');
    await page.fill('#code', '111 111');
    pages.visits.answers.push({ error: 'wrong' });
    await press('Continue');
    expect(await page.title()).toBe('Error: Enter the code we sent - Northwind Bank');
    expect(await page.getByRole('alert').evaluate((alert) => alert === alert.ownerDocument.activeElement)).toBe(true);
    await page.fill('#code', '482-193');
    pages.visits.show({ page: 'leave' });
    pages.visits.leaving = { applicationName: 'Northwind Bank', result: 'succeeded', target: { url: `${client.origin}/`, ticket: 'T' } };
    await press('Continue');
    await page.waitForURL(`${client.origin}/?stepward_ticket=T`);
    expect(pages.visits.commands()).toEqual([
      { do: 'choose', method: 'EMAIL_OTP' },
      { do: 'resend' },
      { do: 'answer', challengeId: 'challenge-1', response: '111111' },
      { do: 'answer', challengeId: 'challenge-1', response: '482193' },
    ]);
    await client.close();
  });

  it('an authenticator app is set up, a recovery code used, recovery codes kept', async () => {
    await start(views.enroll);
    await press('Set up an authenticator app');
    pages.visits.show(views.enrollApp);
    await page.reload();
    expect(await page.getByRole('img').getAttribute('aria-label')).toContain('QR code');
    expect(await page.locator('code').innerText()).toBe('JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP');
    await page.fill('#code', '123456');
    await press('Turn on');
    pages.visits.show(views.recoveryCodes);
    await page.reload();
    expect(await page.locator('.codes li').count()).toBe(10);
    expect(await page.getByRole('button').allInnerTexts()).toEqual(['I have saved them']);
    await press('I have saved them');
    pages.visits.show(views.recoveryCode);
    await page.reload();
    await page.fill('#code', 'k7qm 2xfd-p3vh 7wtn');
    await press('Continue');
    expect(pages.visits.commands().map((command) => command.do)).toEqual(['enroll', 'answer', 'codes-saved', 'answer']);
  });

  it('Enter in the field answers; it never cancels, goes back or sends another code', async () => {
    for (const view of [views.emailCode, views.transactionCode, views.enrollApp]) {
      await start(view);
      await page.fill('#code', '1');
      await page.press('#code', 'Enter');
      await page.waitForLoadState();
      expect(pages.visits.commands().map((command) => command.do)).toEqual(['answer']);
      await page.context().close();
      await pages.close();
    }
    await start(views.choose);
  });

  it.each([
    ['choose', 'Cancel', 'cancel'],
    ['emailCode', 'Cancel', 'cancel'],
    ['emailCode', 'Try another way', 'back'],
    ['passkey', 'Try another way', 'back'],
    ['transaction', 'Do not approve', 'cancel'],
    ['transactionCode', 'Do not approve', 'cancel'],
    ['enrollOptional', 'Not now', 'skip'],
    ['noWay', 'Back to', 'cancel'],
  ] as const)('%s: %s', async (name, label, command) => {
    await start(views[name]);
    await press(label);
    expect(pages.visits.commands()).toEqual([{ do: command }]);
  });

  it('the remember box is off, and counts when it is set', async () => {
    await start(views.appCode);
    await page.fill('#code', '1');
    await press('Continue');
    await page.fill('#code', '1');
    await page.getByRole('checkbox').check();
    await press('Continue');
    expect(pages.visits.commands()).toMatchObject([{ response: '1' }, { response: '1', remember: true }]);
    expect(pages.visits.commands()[0]).not.toHaveProperty('remember');
  });

  it('a passkey page names the other ways, or says that there is none', async () => {
    await start(views.passkey);
    expect(await page.locator('noscript').innerText()).toMatch(/JavaScript.*Code from your authenticator app.*Recovery code/s);
    expect(await page.getByRole('button', { name: 'Use your passkey' }).count()).toBe(0);
    pages.visits.show(views.passkeyAlone);
    await page.reload();
    expect(await page.locator('noscript').innerText()).toContain('there is no other way');
  });

  it('times are in UTC and say so', async () => {
    await start(views.emailCode);
    expect(await page.locator('time').allInnerTexts()).toEqual(['14:07 UTC', '14:02 UTC']);
  });

  it('reload, back, forward and a second tab repeat no post', async () => {
    await start(views.emailCode);
    await page.fill('#code', '1');
    await press('Continue');
    await page.reload();
    await page.goBack();
    await page.goForward();
    const tab = await page.context().newPage();
    await tab.goto(page.url());
    expect(await tab.title()).toBe('Enter the code we sent - Northwind Bank');
    expect(pages.visits.commands()).toHaveLength(1);
    expect(page.url()).toBe(`${pages.origin}/challenge?c=${knownC}`);
  });

  it('a post that cannot be handled keeps the visit and offers the page again', async () => {
    await start(views.emailCode);
    pages.visits.failure = new Error('down');
    await page.fill('#code', '1');
    await press('Continue');
    expect(await page.locator('h1').innerText()).toBe('This did not work just now');
    pages.visits.failure = undefined;
    await page.getByRole('link', { name: 'Try again' }).click();
    expect(await page.locator('h1').innerText()).toBe('Enter the code we sent');
  });
});
