import type { Browser, Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StepwardError } from '../../adapters/client/index.ts';
import type { ChallengeOptions } from '../../adapters/cognito/client/index.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { ask, came, type HelperPage, isOpen, resume, startHelperPage } from '../support/helper-page.ts';
import { type Served, startServed } from '../support/served.ts';

const signIn = { username: 'ada', session: 'the-session-of-cognito' };
let count = 0;

describe.skipIf(!hasBrowser)('the browser’s part of a custom challenge', () => {
  let served: Served;
  let browser: Browser;
  let app: HelperPage;
  /** Another application, which Stepward knows nothing of. */
  let stranger: HelperPage;
  beforeAll(async () => {
    stranger = await startHelperPage('http://localhost:*');
    app = await startHelperPage(`http://localhost:* ${stranger.origin}`);
    served = await startServed({ STEPWARD_FRAME_ANCESTORS: app.origin, STEPWARD_REDIRECT_ORIGINS: app.origin });
    await served.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
    await served.configure('free', { defaultUserActionResult: 'ALLOW' });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
    await app?.close();
    await stranger?.close();
  });

  /** What the trigger tracks and makes public, and the consume that it does with an answer. */
  const begin = async (more: object = {}) => {
    const userId = `user-${++count}`;
    const email = `${userId}@example.org`;
    const { action = 'signIn' } = more as { readonly action?: string };
    await served.api.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email });
    served.pass(60_000);
    const { answer } = await served.api.track({
      userId,
      action,
      binding: 'the-binding',
      redirectUrl: `${app.origin}/signed-in?own=1%2f2#top`,
      ...more,
    });
    const consume = async (proof: { readonly token: string } | { readonly ticket: string }): Promise<string> => {
      try {
        const used = await served.api.consume(
          { userId, action, idempotencyKey: answer.idempotencyKey },
          { binding: 'the-binding', ...proof },
        );
        return (used as { readonly consumed: boolean }).consumed ? 'consumed' : 'not consumed';
      } catch (error) {
        return error instanceof StepwardError ? error.code : String(error);
      }
    };
    return {
      email,
      consume,
      url: answer.url,
      parameters: { stepward: '1', mode: 'challenge', url: answer.url, expiresAt: String(answer.expiresAt) },
    };
  };
  const options = (mode: 'popup' | 'window', more: object = {}) => ({ mode, challengeOrigin: served.url, ...more }) as ChallengeOptions;
  const byRedirect = (): ChallengeOptions => ({ mode: 'redirect', challengeOrigin: served.url, keep: signIn });

  const visit = async (origin = app.origin): Promise<Page> => {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(30_000);
    await page.goto(origin);
    return page;
  };
  const frameIn = async (page: Page): Promise<Frame> => {
    const element = await page.waitForSelector('dialog[open] iframe');
    const frame = await element.contentFrame();
    if (!frame) throw new Error('no frame');
    return frame;
  };
  const prove = async (shown: Page | Frame, email: string): Promise<void> => {
    const before = served.mails.length;
    await shown.getByRole('button', { name: 'Code by e-mail' }).click();
    await shown.locator('#code').fill(await served.codeTo(email, before));
    await shown.getByRole('button', { name: 'Continue' }).click();
  };
  const show = async (page: Page, parameters: unknown, mode: 'popup' | 'window'): Promise<Page | Frame> => {
    if (mode === 'popup') {
      await ask(page, parameters, options(mode));
      return frameIn(page);
    }
    const [opened] = await Promise.all([page.waitForEvent('popup'), ask(page, parameters, options(mode))]);
    return opened;
  };

  describe.each(['popup', 'window'] as const)('%s', (mode) => {
    it('ends with a proof that Stepward takes, once; nothing is left of it', async () => {
      const page = await visit();
      // an application whose pages never leave has nowhere to come back to
      const { email, consume, parameters } = await begin({ redirectUrl: undefined });
      await prove(await show(page, parameters, mode), email);
      const { value } = await came(page);
      expect(value).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
      expect(await consume({ token: String(value) })).toBe('consumed');
      expect(await consume({ token: String(value) })).toBe('already_consumed');
      expect(await page.locator('dialog').count()).toBe(0);
      await expect.poll(() => page.context().pages().length).toBe(1);
      await page.context().close();
    });

    it('cancelled on the page: `cancelled`', async () => {
      const page = await visit();
      const { parameters } = await begin();
      const shown = await show(page, parameters, mode);
      await shown.getByRole('button', { name: 'Cancel' }).click();
      expect(await came(page)).toEqual({ error: 'cancelled' });
      expect(await page.locator('dialog').count()).toBe(0);
      await page.context().close();
    });

    it('given up by the application: the page is gone', async () => {
      const page = await visit();
      const { parameters } = await begin();
      const opened = mode === 'window' ? page.waitForEvent('popup') : undefined;
      await page.evaluate(
        ([given, how]) => {
          const giveUp = new AbortController();
          window.ask(given, { ...how, signal: giveUp.signal });
          addEventListener('click', () => giveUp.abort('elsewhere'), { once: true });
        },
        [parameters, options(mode)] as const,
      );
      await (mode === 'window' ? opened : frameIn(page));
      await page.evaluate(() => dispatchEvent(new Event('click')));
      expect(await came(page)).toEqual({ error: 'elsewhere' });
      await expect.poll(() => page.context().pages().length).toBe(1);
      expect(await page.locator('dialog').count()).toBe(0);
      await page.context().close();
    });

    it('what others post is not heard: this page, another origin, another window of the right origin', async () => {
      const page = await visit();
      const { email, consume, parameters } = await begin();
      const shown = await show(page, parameters, mode);
      await shown.getByRole('button', { name: 'Code by e-mail' }).waitFor();
      const forged = JSON.stringify({ event: 'AUTHSIGNAL_CLOSE_POPUP', token: 'forged.forged.forged' });
      await page.evaluate((text) => postMessage(text, '*'), forged);
      for (const address of [stranger.origin, `${served.url}/challenge?c=another&mode=popup`]) {
        // frames of strangers are not in the policy of the application; a window is opened as by a page that has its handle
        const [other] = await Promise.all([page.waitForEvent('popup'), page.evaluate((at) => void window.open(at, '_blank'), address)]);
        await other.waitForLoadState();
        await other.evaluate((text) => opener.postMessage(text, '*'), forged);
        await other.close();
      }
      // all of it has been delivered when a message that was posted later has been
      await page.evaluate(
        () =>
          new Promise((heard) => {
            addEventListener('message', heard, { once: true });
            postMessage('last', '*');
          }),
      );
      expect(await isOpen(page)).toBe(true);
      await prove(shown, email);
      const { value } = await came(page);
      expect(value).not.toContain('forged');
      expect(await consume({ token: String(value) })).toBe('consumed');
      await page.context().close();
    });

    it('a page that is not told of, because nobody listed this application, is given up', async () => {
      const page = await visit(stranger.origin);
      const { parameters } = await begin();
      await ask(page, parameters, options(mode, { readyWithin: 1500 }));
      expect(await came(page)).toEqual({ error: 'unavailable' });
      expect(await page.locator('dialog').count()).toBe(0);
      await page.context().close();
    });

    it('a challenge that is not there: `unavailable`', async () => {
      const page = await visit();
      const shown = await show(page, { stepward: '1', mode: 'challenge', url: `${served.url}/challenge?c=unknown` }, mode);
      await shown.getByText('There is nothing to do here').first().waitFor();
      if (mode === 'popup') await page.getByRole('button', { name: 'Close' }).click();
      else await (shown as Page).close();
      expect(await came(page)).toEqual({ error: 'unavailable' });
      await page.context().close();
    });

    it('where the host could not see the browser and the page let it through, the answer is a ticket', async () => {
      const page = await visit();
      const { consume, parameters } = await begin({ action: 'free', context: { deferSignals: true } });
      await ask(page, parameters, options(mode));
      const { value } = await came(page);
      expect(value).toMatch(/^[\w-]{22}$/);
      expect(await consume({ ticket: String(value) })).toBe('consumed');
      await page.context().close();
    });
  });

  it('popup: a frame that has gone elsewhere is not heard', async () => {
    const page = await visit();
    const { parameters } = await begin();
    const shown = (await show(page, parameters, 'popup')) as Frame;
    await shown.getByRole('button', { name: 'Cancel' }).waitFor();
    await page.evaluate((elsewhere) => document.querySelector('iframe')?.setAttribute('src', elsewhere), stranger.origin);
    await expect.poll(() => page.frames().some((frame) => frame.url() === `${stranger.origin}/`)).toBe(true);
    const gone = page.frames().find((frame) => frame.url() === `${stranger.origin}/`);
    await page.evaluate(() => addEventListener('message', ({ data }) => document.body.setAttribute('data-heard', data)));
    await gone?.evaluate(() => parent.postMessage('{"event":"AUTHSIGNAL_CLOSE_POPUP","token":"forged.forged.forged"}', '*'));
    await page.waitForSelector('[data-heard*=forged]');
    expect(await isOpen(page)).toBe(true);
    await page.getByRole('button', { name: 'Close' }).click();
    expect(await came(page)).toEqual({ error: 'cancelled' });
    await page.context().close();
  });

  it('popup: closed by its button, the challenge stays open and can be shown again', async () => {
    const page = await visit();
    const { email, consume, parameters } = await begin();
    await show(page, parameters, 'popup');
    await page.getByRole('button', { name: 'Close' }).click();
    expect(await came(page)).toEqual({ error: 'cancelled' });
    await prove(await show(page, parameters, 'popup'), email);
    const { value } = await came(page);
    expect(await consume({ token: String(value) })).toBe('consumed');
    await page.context().close();
  });

  it('window: closed by the person, or blocked by the browser', async () => {
    const page = await visit();
    const { parameters } = await begin();
    const opened = (await show(page, parameters, 'window')) as Page;
    await opened.getByRole('button', { name: 'Cancel' }).waitFor();
    await opened.close();
    expect(await came(page)).toEqual({ error: 'cancelled' });
    await page.context().close();

    const strict = await launchBrowser(['--disable-popup-blocking']);
    const blocked = await strict.newPage();
    await blocked.goto(`${app.origin}/#auto=${encodeURIComponent(JSON.stringify([parameters, options('window')]))}`);
    expect(await came(blocked)).toEqual({ error: 'popup_blocked' });
    await strict.close();
  });

  it.each(['popup', 'window', 'redirect'] as const)('%s: no other address is opened, framed or gone to', async (mode) => {
    const page = await visit();
    const how = mode === 'redirect' ? byRedirect() : options(mode);
    for (const url of [
      `${stranger.origin}/challenge?c=a`,
      'javascript:document.title="hit"//challenge?c=a',
      `blob:${served.url}/challenge?c=a`,
    ]) {
      await ask(page, { stepward: '1', mode: 'challenge', url }, how);
      expect(await came(page)).toEqual({ error: 'wrong_origin' });
    }
    expect(page.url()).toBe(`${app.origin}/`);
    expect(await page.title()).toBe('The application');
    expect(page.context().pages()).toHaveLength(1);
    expect(await page.locator('dialog').count()).toBe(0);
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    await page.context().close();
  });

  describe('redirect', () => {
    const leaveFor = async (page: Page, parameters: unknown): Promise<void> => {
      await ask(page, parameters, byRedirect());
      await page.waitForURL((at) => at.origin === served.url);
    };
    const back = async (page: Page): Promise<string> => {
      await page.waitForURL((at) => at.origin === app.origin);
      return page.url();
    };

    it('comes back with a ticket and the session that was kept, once', async () => {
      const page = await visit();
      const { email, consume, parameters } = await begin();
      await leaveFor(page, parameters);
      await prove(page, email);
      const address = await back(page);
      expect(new URL(address).searchParams.get('stepward_ticket')).toMatch(/^[\w-]{22}$/);
      const { value } = await resume(page);
      expect(value).toEqual({ answer: expect.stringMatching(/^[\w-]{22}$/), signIn });
      expect(page.url()).toBe(`${app.origin}/signed-in?own=1%2f2#top`);
      expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
      expect(await consume({ ticket: (value as { readonly answer: string }).answer })).toBe('consumed');

      expect(await resume(page)).toEqual({ value: undefined });
      await page.goto(address);
      expect(await resume(page)).toEqual({ error: 'not_kept' });
      expect(page.url()).toBe(`${app.origin}/signed-in?own=1%2f2#top`);
      await page.context().close();
    });

    it('an answer that belongs to another tab goes on nowhere, and ends nothing here', async () => {
      const page = await visit();
      const { email, consume, parameters } = await begin();
      await leaveFor(page, parameters);
      const challenge = page.url();
      const other = await page.context().newPage();
      const forged = `${app.origin}/?stepward_ticket=AAAAAAAAAAAAAAAAAAAAAA`;
      for (const address of [forged, `${forged}&state=stepward-00000000000000000000000000000000`]) {
        for (const tab of [other, page]) {
          await tab.goto(address);
          expect(await resume(tab)).toEqual({ error: 'not_kept' });
          expect(tab.url()).toBe(`${app.origin}/`);
        }
      }
      expect(await consume({ ticket: 'AAAAAAAAAAAAAAAAAAAAAA' })).toBe('challenge_pending');
      // the tab that began it goes on
      await page.goto(challenge);
      await prove(page, email);
      await other.goto(await back(page));
      expect(await resume(other)).toEqual({ error: 'not_kept' });
      const { value } = await resume(page);
      expect(value).toMatchObject({ signIn });
      expect(await consume({ ticket: (value as { readonly answer: string }).answer })).toBe('consumed');
      await page.context().close();
    });

    it('cancelled: said once, and nothing is kept', async () => {
      const page = await visit();
      const { parameters } = await begin();
      await leaveFor(page, parameters);
      await page.getByRole('button', { name: 'Cancel' }).click();
      await back(page);
      expect(await resume(page)).toEqual({ error: 'cancelled' });
      expect(await resume(page)).toEqual({ value: undefined });
      expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
      await page.context().close();
    });

    it('a page that was opened otherwise is nothing of it, whatever its `state` is for', async () => {
      const page = await visit();
      for (const address of ['/', '/?code=abc&state=of-another-protocol', '/#stepward_ticket=AAAAAAAAAAAAAAAAAAAAAA']) {
        await page.goto(`${app.origin}${address}`);
        expect(await resume(page)).toEqual({ value: undefined });
        expect(page.url()).toBe(`${app.origin}${address}`);
      }
      await page.context().close();
    });
  });

  it('tells of the browser what it knows, the same device each time, and another where storage was emptied or tampered with', async () => {
    const page = await visit();
    const told = () => page.evaluate(() => window.helper.clientMetadata());
    const first = await told();
    expect(first).toEqual({
      stepward_device: expect.stringMatching(/^[\da-f]{32}$/),
      stepward_user_agent: await page.evaluate(() => navigator.userAgent),
      stepward_locale: 'en-US',
    });
    await page.reload();
    expect(await told()).toEqual(first);
    await page.evaluate(() => localStorage.setItem('stepward.device', '"><script>'));
    const second = await told();
    expect(second.stepward_device).toMatch(/^[\da-f]{32}$/);
    expect(second.stepward_device).not.toBe(first.stepward_device);
    await page.evaluate(() =>
      Object.defineProperty(window, 'localStorage', {
        get: () => {
          throw new Error('closed');
        },
      }),
    );
    expect(Object.keys(await told())).toEqual(['stepward_user_agent', 'stepward_locale']);
    await page.context().close();
  });
});
