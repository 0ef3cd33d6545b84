import type { Browser, BrowserContext, Frame, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TrackAnswer, TrackRequest } from '../../core/index.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { type Embedder, launch, press, settled, startEmbedder, told } from '../support/embedder.ts';
import { type Served, startServed } from '../support/served.ts';
import { addAuthenticator } from './challenge-person.ts';

const userId = 'lena';
const email = 'lena@example.org';
const neutral = 'There is nothing to do here';

describe.skipIf(!hasBrowser)('`launch` of the browser SDK, from an application on another site', () => {
  let app: Embedder;
  let stranger: Embedder;
  let served: Served;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let violations: string[];
  beforeAll(async () => {
    [app, stranger] = await Promise.all([startEmbedder(), startEmbedder()]);
    served = await startServed({
      STEPWARD_FRAME_ANCESTORS: `https://other.example,${app.origin}`,
      STEPWARD_REDIRECT_ORIGINS: app.origin,
    });
    await served.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
    await served.configure('blocked', { defaultUserActionResult: 'BLOCK' });
    await served.configure('looked-at', { defaultUserActionResult: 'REVIEW' });
    await served.api.updateUser(userId, { email, emailVerified: true });
    await served.api.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
    await Promise.all([app?.close(), stranger?.close()]);
  });
  beforeEach(async () => {
    served.pass(3_600_000);
    context = await browser.newContext();
    context.setDefaultTimeout(30_000);
    violations = [];
    context.on('console', (message) => message.text().startsWith('violation') && violations.push(message.text()));
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
        console.info(`violation ${effectiveDirective} ${blockedURI}`);
      });
    });
    page = await context.newPage();
  });
  afterEach(async () => {
    await context.close();
    expect(violations).toEqual([]);
  });

  const track = async (more: Partial<TrackRequest> = {}): Promise<TrackAnswer> =>
    (await served.api.track({ userId, action: 'signIn', redirectUrl: `${app.origin}/back`, ...more })).answer;

  const frame = async (): Promise<Frame> => {
    const handle = await page.waitForSelector('#__authsignal-popup-iframe', { state: 'attached' });
    const found = await handle.contentFrame();
    if (!found) throw new Error('no frame');
    await found.waitForSelector('h1');
    await page.waitForSelector('.as-popup-visible');
    return found;
  };
  const openWindow = async (url: string, from = page): Promise<Page> => {
    const [opened] = await Promise.all([from.waitForEvent('popup'), launch(from, url, 'window')]);
    await opened.waitForSelector('h1');
    return opened;
  };
  const proveIn = async (shown: Frame | Page): Promise<void> => {
    const before = served.mails.length;
    await press(shown.getByRole('button', { name: 'Code by e-mail' }));
    await shown.locator('#code').fill(await served.codeTo(email, before));
    await press(shown.getByRole('button', { name: 'Continue' }));
  };
  const validates = async ({ idempotencyKey }: TrackAnswer, token: string | undefined) =>
    (await served.api.validate({ token: token ?? '', userId, action: 'signIn', idempotencyKey })) as { readonly isValid: boolean };
  /** Ours, each with the site that it is kept for; the SDK has one of its own. */
  const cookieNames = async () =>
    (await context.cookies())
      .filter(({ name }) => name.includes('stepward'))
      .map(({ name, partitionKey }) => [name, partitionKey ?? 'none'])
      .sort();
  const show = async (url: string, mode: 'popup' | 'window'): Promise<Frame | Page> => {
    if (mode === 'window') return openWindow(url);
    await launch(page, url, mode);
    return frame();
  };

  it('redirect: to the page and back, with a token that validates', async () => {
    await page.goto(app.origin);
    const answer = await track();
    await launch(page, answer.url, 'redirect');
    await page.waitForURL(`${served.url}/**`);
    await proveIn(page);
    await page.waitForURL(`${app.origin}/back**`);
    expect(await validates(answer, new URL(page.url()).searchParams.get('token') ?? '')).toMatchObject({ isValid: true });
    expect(await cookieNames()).toEqual([
      ['__Host-stepward-browser', 'none'],
      ['__Host-stepward-device', 'none'],
    ]);
  });

  it('popup: ready, as high as it is, and last a proof token; only partitioned cookies arrive', async () => {
    await page.goto(app.origin);
    const answer = await track();
    await launch(page, answer.url, 'popup');
    const shown = await frame();
    const [height, words] = await shown.evaluate(() => [innerHeight, document.body.getBoundingClientRect().height] as const);
    expect(height).toBe(Math.ceil(words));
    expect(await shown.evaluate(() => innerWidth)).toBe(385);
    await proveIn(shown);
    const { token } = await settled(page);
    expect(await validates(answer, token)).toMatchObject({ isValid: true, state: 'CHALLENGE_SUCCEEDED', verificationMethod: 'EMAIL_OTP' });
    const messages = await told(page);
    expect(messages.slice(0, 2)).toEqual(['height', 'READY']);
    expect(messages.at(-1)).toBe('CLOSE_POPUP');
    expect(new Set(messages)).toEqual(new Set(['height', 'READY', 'CLOSE_POPUP']));
    expect(await page.evaluate(() => [...new Set(window.told.map(({ origin }) => origin))])).toEqual([served.url]);
    expect(await cookieNames()).toEqual([
      ['__Host-stepward-frame-browser', expect.stringContaining('127.0.0.1')],
      ['__Host-stepward-frame-device', expect.stringContaining('127.0.0.1')],
    ]);
  });

  it('window: the same token, and the window is closed', async () => {
    await page.goto(app.origin);
    const answer = await track();
    const shown = await openWindow(answer.url);
    await proveIn(shown);
    const { token } = await settled(page);
    expect(await validates(answer, token)).toMatchObject({ isValid: true });
    expect((await told(page)).at(-1)).toBe('CLOSE_POPUP');
    expect(shown.isClosed()).toBe(true);
    expect(await cookieNames()).toEqual([
      ['__Host-stepward-browser', 'none'],
      ['__Host-stepward-device', 'none'],
    ]);
  });

  it('with `binding` the token is what consume takes; binding alone is not enough', async () => {
    await page.goto(app.origin);
    const answer = await track({ binding: 'login-1' });
    await launch(page, answer.url, 'popup');
    await proveIn(await frame());
    const { token } = await settled(page);
    const ref = { userId, action: 'signIn', idempotencyKey: answer.idempotencyKey };
    await expect(served.api.consume(ref, { binding: 'login-1' })).rejects.toMatchObject({ code: 'ticket_mismatch' });
    expect(await served.api.consume(ref, { binding: 'login-1', token })).toMatchObject({ consumed: true, state: 'CHALLENGE_SUCCEEDED' });
  });

  it.each(['popup', 'window'] as const)('%s: cancelled, stopped and held end without a token', async (mode) => {
    for (const [action, leave] of [
      ['signIn', 'Cancel'],
      ['blocked', /Back to/],
      ['looked-at', /Back to/],
    ] as const) {
      await page.goto(app.origin);
      const answer = await track({ action, redirectUrl: undefined });
      const shown = await show(answer.url, mode);
      await press(shown.getByRole(action === 'signIn' ? 'button' : 'link', { name: leave }));
      expect(await settled(page)).toEqual({});
    }
  });

  it.each(['popup', 'window'] as const)('%s: an address that is over is told as an API error', async (mode) => {
    await page.goto(app.origin);
    const gone = `${served.url}/challenge?c=${'A'.repeat(22)}`;
    expect(await (await show(gone, mode)).locator('h1').innerText()).toBe(neutral);
    await page.waitForFunction(() => window.failures.length > 0);
    expect(await page.evaluate(() => window.failures)).toEqual([{ errorCode: 'not_found', statusCode: 404 }]);
  });

  it('window: going on tells nothing; closing it tells the end', async () => {
    await page.goto(app.origin);
    const answer = await track();
    const shown = await openWindow(answer.url);
    await shown.locator('summary').click();
    await shown.getByRole('link', { name: 'Deutsch' }).click();
    await shown.getByRole('heading', { name: 'Bestätigen Sie, dass Sie es sind' }).waitFor();
    await shown.locator('summary').click();
    await shown.getByRole('link', { name: 'English' }).click();
    await shown.getByRole('button', { name: 'Code by e-mail' }).click();
    await shown.locator('#code').fill('000000');
    await shown.getByRole('button', { name: 'Continue' }).click();
    await shown.getByRole('alert').waitFor();
    await shown.keyboard.press('F5');
    await shown.reload();
    await shown.locator('#code').waitFor();
    await shown.keyboard.press('Alt+ArrowLeft');
    await shown.goBack();
    await shown.waitForSelector('h1');
    expect(await told(page)).not.toContain('CLOSE_POPUP');
    expect(await page.evaluate(() => window.settled)).toBeUndefined();
    await shown.close({ runBeforeUnload: true });
    expect(await settled(page)).toEqual({});
  });

  it.each([undefined, 'same-origin-allow-popups', 'unsafe-none'])('window: an opener with COOP %s is told', async (coop) => {
    await page.goto(`${app.origin}/${coop === undefined ? '' : `?coop=${coop}`}`);
    const answer = await track();
    await proveIn(await openWindow(answer.url));
    expect(await validates(answer, (await settled(page)).token)).toMatchObject({ isValid: true });
  });

  it('window: an opener with COOP same-origin cannot be told; the page says that it can be closed', async () => {
    await page.goto(`${app.origin}/?coop=same-origin`);
    const answer = await track();
    const [shown] = await Promise.all([context.waitForEvent('page'), launch(page, answer.url, 'window').catch(() => undefined)]);
    await proveIn(shown);
    await shown.getByText('You can close this window').waitFor();
    expect(await shown.evaluate(() => opener === null)).toBe(true);
    expect(await page.evaluate(() => [window.settled, window.told.length])).toEqual([undefined, 0]);
  });

  it('an application that is not listed can show no frame, and its window tells it nothing', async () => {
    await page.goto(stranger.origin);
    const refused: string[] = [];
    page.on('console', (message) => refused.push(message.text()));
    await page.goto(`${stranger.origin}/?frame=${encodeURIComponent(`${(await track()).url}&mode=popup`)}`, { waitUntil: 'networkidle' });
    expect(refused.join()).toMatch(/frame-ancestors/);
    await page.goto(stranger.origin);
    const shown = await openWindow((await track()).url);
    await proveIn(shown);
    await shown.getByText('You can close this window').waitFor();
    expect(await page.evaluate(() => [window.settled, window.told.length])).toEqual([undefined, 0]);
  });

  it('popup: a passkey is made and used in a frame that the application lets have them', async () => {
    const passkey = await addAuthenticator(page);
    const owner = `passkey-${Date.now()}`;
    await served.configure('enroll', { defaultUserActionResult: 'CHALLENGE', enrollment: 'allow' });
    for (const button of ['Create passkey', 'Use your passkey']) {
      await page.goto(app.origin);
      const answer = await track({ userId: owner, action: 'enroll' });
      await launch(page, answer.url, 'popup');
      const shown = await frame();
      await press(shown.getByRole('button', { name: /passkey/ }).first());
      if (button === 'Create passkey') {
        await press(shown.getByRole('button', { name: button }));
        await press(shown.getByRole('button', { name: /saved/ }));
      } else {
        // by itself the dialogue opens only where the frame has the focus
        const refused = shown.locator('#problem:not([hidden])').waitFor();
        await Promise.race([settled(page), refused.then(() => press(shown.locator('#credential')))]).catch(() => undefined);
      }
      const { token } = await settled(page);
      const said = await served.api.validate({ token: token ?? '', userId: owner, action: 'enroll' });
      expect(said).toMatchObject({ isValid: true, verificationMethod: 'PASSKEY' });
    }
    expect(await passkey.credentials()).toHaveLength(1);
  });

  it('a frame that is let have no passkeys goes on in a window, once, and tells its end', async () => {
    const owner = `window-${Date.now()}`;
    await served.configure('enroll', { defaultUserActionResult: 'CHALLENGE', enrollment: 'allow' });
    const answer = await track({ userId: owner, action: 'enroll' });
    await page.goto(`${app.origin}/?frame=${encodeURIComponent(`${answer.url}&mode=popup`)}`);
    const shown = page.frames()[1] as Frame;
    expect(await shown.getByRole('button', { name: 'Open a window' }).isVisible()).toBe(false);
    await shown
      .getByRole('button', { name: /passkey/ })
      .first()
      .click();
    const way = shown.getByRole('button', { name: 'Open a window' });
    await way.waitFor();
    expect(await shown.getByRole('button', { name: 'Create passkey' }).isVisible()).toBe(false);
    const key = await shown.locator('#to-window [name=key]').getAttribute('value');
    const [opened] = await Promise.all([context.waitForEvent('page'), way.click()]);
    await opened.waitForSelector('h1');
    await shown.getByText('Go on in the window that opened').waitFor();
    await addAuthenticator(opened);
    await opened.getByRole('button', { name: 'Create passkey' }).click();
    await opened.getByRole('button', { name: /saved/ }).click();
    await page.waitForFunction(() => window.told.some(({ data }) => String(data).includes('CLOSE_POPUP')));
    const ends = await page.evaluate(() => window.told.filter(({ data }) => String(data).includes('CLOSE_POPUP')));
    expect(ends.map(({ origin }) => origin)).toEqual([served.url]);
    const { token } = JSON.parse(String(ends[0]?.data)) as { readonly token?: string };
    expect(await served.api.validate({ token: token ?? '', userId: owner, action: 'enroll' })).toMatchObject({
      isValid: true,
      verificationMethod: 'PASSKEY',
    });
    // neither the frame nor the key is good for more
    expect((await context.request.get(`${answer.url}&mode=popup`, { headers: { 'sec-fetch-dest': 'iframe' } })).status()).toBe(404);
    const again = await context.request.post(`${answer.url}&mode=popup`, { form: { do: 'window', key: key ?? '' }, maxRedirects: 0 });
    expect(again.status()).toBe(403);
  });

  it('without script: a plain frame works to its end, and says to go back', async () => {
    await context.close();
    context = await browser.newContext({ javaScriptEnabled: false });
    page = await context.newPage();
    const answer = await track();
    await page.goto(`${app.origin}/?frame=${encodeURIComponent(`${answer.url}&mode=popup`)}`);
    const shown = page.frames()[1] as Frame;
    await proveIn(shown);
    await shown.getByText('Go back to').waitFor();
    expect(await served.api.getAction({ userId, action: 'signIn', idempotencyKey: answer.idempotencyKey })).toMatchObject({
      state: 'CHALLENGE_SUCCEEDED',
    });
  });

  it('a visit that was begun in one mode does not go on in another, in either direction', async () => {
    await page.goto(app.origin);
    const framed = await track();
    await launch(page, framed.url, 'popup');
    await frame();
    const tab = await context.newPage();
    for (const address of [framed.url, `${framed.url}&mode=popup`]) {
      await tab.goto(address);
      expect(await tab.locator('h1').innerText()).toBe(neutral);
    }
    const tabbed = await track();
    await tab.goto(tabbed.url);
    expect(await tab.locator('h1').innerText()).not.toBe(neutral);
    for (const mode of ['popup', 'window'] as const) {
      await page.goto(app.origin);
      const shown = await show(tabbed.url, mode);
      expect(await shown.locator('h1').innerText()).toBe(neutral);
    }
    await proveIn(tab);
    await tab.waitForURL(`${app.origin}/back**`);
  });
});
