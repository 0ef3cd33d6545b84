/// <reference lib="dom" />
import { readFileSync } from 'node:fs';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { View } from '../../core/index.ts';
import { type Pages, servePages } from '../adapters/pages/serve-pages.ts';
import { views } from '../adapters/pages/views.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { watch } from './pages-watch.ts';

describe.skipIf(!hasBrowser)('the page script, in Chromium', () => {
  let browser: Browser;
  let pages: Pages;
  let page: Page;
  let debuggerOf: CDPSession;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    await page?.context().close();
    await pages?.close();
  });

  const start = async (view: View, isUserVerified = true) => {
    pages = await servePages(view);
    page = await (await browser.newContext({ timezoneId: 'America/New_York' })).newPage();
    debuggerOf = await page.context().newCDPSession(page);
    await debuggerOf.send('WebAuthn.enable');
    const { authenticatorId } = await debuggerOf.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified,
        automaticPresenceSimulation: true,
      },
    });
    return authenticatorId;
  };

  it('makes a passkey, then uses it: the credential comes as the form’s answer', async () => {
    await start(views.enrollPasskey);
    const seen = await watch(page, pages.origin);
    // Nothing to read before using it, so the browser's own dialogue opens by itself.
    pages.visits.then.push(views.passkey, views.recoveryCodes);
    await page.goto(pages.url);
    await page.getByRole('button', { name: 'Create passkey' }).click();
    await page.getByRole('button', { name: 'I have saved them' }).waitFor();
    const [made, used] = pages.visits.commands();
    expect(made).toMatchObject({
      do: 'answer',
      challengeId: 'challenge-1',
      response: { type: 'public-key', response: { attestationObject: expect.any(String), clientDataJSON: expect.any(String) } },
    });
    expect(used).toMatchObject({ response: { response: { signature: expect.any(String), authenticatorData: expect.any(String) } } });
    expect(seen.taken()).toEqual([]);
  });

  it('asks for a transaction only when the person has read it and pressed', async () => {
    await start(views.enrollPasskey);
    pages.visits.then.push(views.transactionPasskey, views.recoveryCodes);
    await page.goto(pages.url);
    await page.getByRole('button', { name: 'Create passkey' }).click();
    const approve = page.getByRole('button', { name: 'Approve with passkey' });
    await approve.waitFor();
    await page.waitForLoadState('networkidle');
    expect(pages.visits.commands()).toHaveLength(1);
    await approve.click();
    await page.getByRole('button', { name: 'I have saved them' }).waitFor();
    expect(pages.visits.commands()).toHaveLength(2);
  });

  it.each([
    ['no passkey here', true],
    ['a user who is not verified', false],
  ])('%s: one wording, the button again, nothing spent', async (_, isUserVerified) => {
    await start(views.passkey, isUserVerified);
    // Chromium waits for the end of the request where no credential fits.
    pages.visits.show({
      ...views.passkey,
      ceremony: { ...views.passkey.ceremony, shown: { ...(views.passkey.ceremony.shown as object), timeout: 1 } },
    });
    await page.goto(pages.url);
    const alert = page.getByRole('alert');
    await expect.poll(() => alert.innerText()).toBe('The passkey was not used. Try again, or choose another way.');
    expect(await page.getByRole('button', { name: 'Use your passkey' }).isEnabled()).toBe(true);
    expect(pages.visits.commands()).toEqual([]);
  });

  it('does not open by itself after an error', async () => {
    await start(views.transactionPasskey);
    await page.goto(pages.url);
    pages.visits.show(views.passkey);
    const token = (await page.locator('[name=csrf]').first().getAttribute('value')) ?? '';
    pages.visits.answers.push({ error: 'wrong' });
    await page.context().request.post(pages.url, { form: { csrf: token, do: 'back' }, headers: { origin: pages.origin }, maxRedirects: 0 });
    await page.goto(pages.url, { waitUntil: 'networkidle' });
    expect(await page.locator('form[data-auto]').count()).toBe(0);
    expect(await page.locator('#problem').isHidden()).toBe(true);
    expect(await page.getByRole('alert').innerText()).toBe('That passkey could not be accepted.');
  });

  it('says so where the browser knows no passkeys', async () => {
    await start(views.passkey);
    await page.addInitScript(() => Reflect.deleteProperty(window, 'PublicKeyCredential'));
    await page.goto(pages.url);
    expect(await page.getByRole('alert').innerText()).toBe('This browser cannot use passkeys. Choose another way.');
    expect(await page.getByRole('button', { name: 'Use your passkey' }).count()).toBe(0);
  });

  it('writes times in the time zone of the browser', async () => {
    await start(views.emailCode);
    await page.goto(pages.url);
    expect(await page.locator('time').allInnerTexts()).toEqual(['09:07', '09:02']);
  });

  it('warns a minute before the end, where a screen reader hears it', async () => {
    await start(views.emailCode);
    await page.clock.install();
    await page.goto(pages.url);
    await page.clock.runFor(8.9 * 60_000);
    expect(await page.getByRole('status').count()).toBe(0);
    await page.clock.runFor(0.2 * 60_000);
    expect(await page.getByRole('status').innerText()).toBe('This page works for one more minute.');
  });

  it('recovery codes can be kept as a file, under the policy of the page', async () => {
    await start(views.recoveryCodes);
    const seen = await watch(page, pages.origin);
    await page.goto(pages.url);
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download as text' }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe('recovery-codes.txt');
    expect(readFileSync(await download.path(), 'utf8')).toBe(`${views.recoveryCodes.codes.join('\n')}\n`);
    expect(seen.taken().filter((line) => !line.startsWith('request to blob:'))).toEqual([]);
  });
});
