/// <reference lib="dom" />
import { generateSync } from 'otplib';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TrackRequest } from '../../core/index.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { openCustomPage, startCustomPage } from '../support/custom-page.ts';
import { type Served, startServed } from '../support/served.ts';
import { addAuthenticator } from './challenge-person.ts';

describe.skipIf(!hasBrowser)("the unmodified browser SDK on an application's own page", () => {
  let app: Awaited<ReturnType<typeof startCustomPage>>;
  let served: Served;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let userId: string;
  let count = 0;
  let failures: string[];
  beforeAll(async () => {
    app = await startCustomPage();
    served = await startServed({ STEPWARD_REDIRECT_ORIGINS: app.origin });
    await served.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
    await served.configure('pay', { defaultUserActionResult: 'CHALLENGE' });
    await served.configure('free', { defaultUserActionResult: 'ALLOW' });
    await served.configure('blocked', { defaultUserActionResult: 'BLOCK', clientStart: true });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
    await app?.close();
  });
  beforeEach(async () => {
    served.pass(86_400_000);
    count += 1;
    userId = `user-${count}`;
    failures = [];
    context = await browser.newContext();
    page = await context.newPage();
    page.on('pageerror', (error) => failures.push(String(error)));
  });
  afterEach(async () => {
    await context.close();
    expect(failures).toEqual([]);
  });

  const email = () => `${userId}@example.org`;
  const track = async (action: string, more: Partial<TrackRequest> = {}) => (await served.api.track({ userId, action, ...more })).answer;
  const open = (token?: string) => openCustomPage(page, app.origin, served.url, token);
  const validated = async (token: string | undefined, action: string) => served.api.validate({ token: token ?? '', action });
  const codeOf = (secret: string) => generateSync({ secret, epoch: Math.floor(served.now() / 1000) });
  const otherCode = (code: string) => `${code.slice(0, -1)}${code.endsWith('0') ? '1' : '0'}`;
  /** Signs up on an ALLOW that the host lets enroll. */
  const signUp = async (more: Readonly<Record<string, unknown>> = {}) => {
    const authenticator = await addAuthenticator(page);
    await open((await track('free', { scope: 'read:authenticators add:authenticators' })).token);
    const result = await page.evaluate((params) => window.sdk.passkey.signUp(params), { username: 'Ada', displayName: 'Ada L.', ...more });
    return { authenticator, result };
  };

  describe('passkeys', () => {
    it('signUp makes one, named as the page wishes, and answers a proof', async () => {
      const { authenticator, result } = await signUp();
      expect(result).toMatchObject({ data: { userAuthenticator: { verificationMethod: 'PASSKEY' }, token: expect.any(String) } });
      expect(await authenticator.credentials()).toMatchObject([{ rpId: 'localhost', isResidentCredential: true, userName: 'Ada' }]);
      expect(await validated(result.data?.token, 'free')).toMatchObject({ isValid: true, verificationMethod: 'PASSKEY' });
      expect(await page.evaluate((of) => window.sdk.passkey.isAvailableOnDevice({ userId: of }), userId)).toBe(true);
      await served.api.deleteUser(userId);
      expect(await page.evaluate((of) => window.sdk.passkey.isAvailableOnDevice({ userId: of }), userId)).toBe(false);
    });
    it('signIn with a token meets the challenge', async () => {
      await signUp();
      const { token } = await track('pay');
      const result = await page.evaluate((given) => window.sdk.passkey.signIn({ token: given }), token);
      expect(result).toMatchObject({ data: { isVerified: true, userId } });
      expect(await validated(result.data?.token, 'pay')).toMatchObject({ isValid: true, userId, verificationMethod: 'PASSKEY' });
    });
    it.each([{ action: 'signIn' }, {}, { action: 'signIn', useCookies: true }, { useCookies: true }])(
      'signIn %j: the passkey says who it is',
      async (params) => {
        await signUp();
        await open();
        const result = await page.evaluate((given) => window.sdk.passkey.signIn(given), params);
        expect(result).toMatchObject({ data: { isVerified: true, userId } });
        expect(await validated(result.data?.token, 'signIn')).toMatchObject({ isValid: true, userId, origin: 'client' });
        const cookies = await context.cookies(served.url);
        const names = cookies.filter(({ name }) => name.startsWith('__Host-stepward'));
        if ('useCookies' in params)
          expect(names).toMatchObject([{ name: '__Host-stepward-ceremony', httpOnly: true, secure: true, sameSite: 'None', path: '/' }]);
        else expect(names).toEqual([]);
      },
    );
    it('in cookies mode a browser without the cookie goes on with nothing', async () => {
      await signUp();
      await open();
      await page.route('**/verify/passkey', async (route) => {
        await context.clearCookies();
        await route.continue();
      });
      const result = await page.evaluate(() => window.sdk.passkey.signIn({ action: 'signIn', useCookies: true }));
      expect(result).toMatchObject({ errorCode: 'invalid_credential' });
    });
    it('autofill', async () => {
      await signUp();
      await open();
      const result = await page.evaluate(() => window.sdk.passkey.signIn({ autofill: true }));
      expect(result).toMatchObject({ data: { isVerified: true, userId } });
    });
    it('a user who was not verified is refused', async () => {
      const { authenticator } = await signUp();
      await authenticator.verifiesUser(false);
      const { token } = await track('pay');
      const outcome = await page.evaluate((given) => window.sdk.passkey.signIn({ token: given }).catch(({ name }: Error) => name), token);
      // the browser itself may refuse to go on without verification
      expect(outcome === 'NotAllowedError' || (typeof outcome === 'object' && 'errorCode' in outcome)).toBe(true);
    });
    it('one that is gone here is unknown; BLOCK comes first and makes no proof', async () => {
      await signUp();
      await open();
      expect(await page.evaluate(() => window.sdk.passkey.signIn({ action: 'blocked' }))).toMatchObject({ errorCode: 'access_denied' });
      expect(await page.evaluate(() => window.sdk.passkey.signIn({ action: 'pay' }))).toMatchObject({ errorCode: 'access_denied' });
      await served.api.deleteUser(userId);
      expect(await page.evaluate(() => window.sdk.passkey.signIn({ action: 'signIn' }))).toMatchObject({ errorCode: 'unknown_credential' });
    });
  });

  describe('other methods', () => {
    it('an authenticator app: enrolled, then asked for', async () => {
      await open((await track('free', { scope: 'add:authenticators' })).token);
      const enrolling = await page.evaluate(() => window.sdk.totp.enroll());
      const secret = enrolling.data?.secret ?? '';
      expect(enrolling.data?.uri).toContain(`secret=${secret}`);
      const enrolled = await page.evaluate((code) => window.sdk.totp.verify({ code }), codeOf(secret));
      expect(enrolled).toMatchObject({ data: { isVerified: true, token: expect.any(String) } });
      expect(enrolled.data?.recoveryCodes).toHaveLength(10);
      served.pass(60_000);
      await open((await track('pay')).token);
      expect(await page.evaluate((code) => window.sdk.totp.verify({ code }), otherCode(codeOf(secret)))).toEqual({
        data: { isVerified: false, failureReason: 'CODE_INVALID_OR_EXPIRED' },
      });
      const right = await page.evaluate((code) => window.sdk.totp.verify({ code }), codeOf(secret));
      expect(await validated(right.data?.token, 'pay')).toMatchObject({ isValid: true, verificationMethod: 'AUTHENTICATOR_APP' });
    });
    it('an e-mail code: five wrong ones end it, a new one is right', async () => {
      await served.api.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email: email() });
      await open((await track('pay')).token);
      expect(await page.evaluate(() => window.sdk.email.challenge())).toEqual({ data: { challengeId: expect.any(String) } });
      const code = await served.codeTo(email());
      const reasons = await page.evaluate(async (wrong) => {
        const all: unknown[] = [];
        for (const _ of [1, 2, 3, 4, 5]) all.push((await window.sdk.email.verify({ code: wrong })).data?.failureReason);
        return all;
      }, otherCode(code));
      expect(reasons).toEqual([...Array(4).fill('CODE_INVALID_OR_EXPIRED'), 'MAX_ATTEMPTS_EXCEEDED']);
      expect(await page.evaluate((given) => window.sdk.email.verify({ code: given }), code)).toMatchObject({ data: { isVerified: false } });
      served.pass(31_000);
      const seen = served.mails.length;
      await page.evaluate(() => window.sdk.email.challenge());
      const right = await page.evaluate((given) => window.sdk.email.verify({ code: given }), await served.codeTo(email(), seen));
      expect(await validated(right.data?.token, 'pay')).toMatchObject({ isValid: true, verificationMethod: 'EMAIL_OTP' });
    });
    it('an e-mail address is enrolled by its code', async () => {
      await open((await track('free', { scope: 'add:authenticators' })).token);
      expect(await page.evaluate((to) => window.sdk.email.enroll({ email: to }), email())).toMatchObject({
        data: { userAuthenticatorId: expect.any(String), userId },
      });
      // whether or not a page asks for the code besides, one is sent
      await page.evaluate(() => window.sdk.email.challenge());
      const code = await served.codeTo(email());
      expect(served.mails.filter(({ to }) => to.includes(email()))).toHaveLength(1);
      expect(await page.evaluate((given) => window.sdk.email.verify({ code: given }), code)).toMatchObject({ data: { isVerified: true } });
      expect(await served.api.getUser(userId)).toMatchObject({ enrolledVerificationMethods: ['EMAIL_OTP', 'RECOVERY_CODE'] });
    });
    it('a security key', async () => {
      await addAuthenticator(page, 'security key');
      await open((await track('free', { scope: 'add:authenticators' })).token);
      expect(await page.evaluate(() => window.sdk.securityKey.enroll())).toMatchObject({ data: { token: expect.any(String) } });
      served.pass(60_000);
      await open((await track('pay')).token);
      const right = await page.evaluate(() => window.sdk.securityKey.verify());
      expect(right).toMatchObject({ data: { isVerified: true } });
      expect(await validated(right.data?.token, 'pay')).toMatchObject({ isValid: true, verificationMethod: 'SECURITY_KEY' });
    });
    it('ten codes asked for in ten seconds are one message', async () => {
      await served.api.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email: email() });
      await open((await track('pay')).token);
      const ids = await page.evaluate(async () => {
        const all: unknown[] = [];
        for (const _ of Array(10)) all.push((await window.sdk.email.challenge()).data?.challengeId);
        return all;
      });
      expect(new Set(ids).size).toBe(1);
      await served.codeTo(email());
      expect(served.mails.filter(({ to }) => to.includes(email()))).toHaveLength(1);
      served.pass(15_000);
      expect(await page.evaluate(() => window.sdk.email.challenge())).toMatchObject({ errorCode: 'too_many_requests' });
    });
    it('a token that has expired is told to the page', async () => {
      await served.api.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email: email() });
      await open((await track('pay')).token);
      served.pass(600_000);
      expect(await page.evaluate(() => window.sdk.email.challenge())).toMatchObject({ errorCode: 'expired_token' });
      expect(await page.evaluate(() => window.sdk.totp.verify({ code: '123456' }))).toMatchObject({ errorCode: 'expired_token' });
      expect(await page.evaluate(() => window.expired)).toBe(2);
    });
  });

  it('a page of a foreign origin reads nothing', async () => {
    const foreign = await startCustomPage();
    await openCustomPage(page, foreign.origin, served.url, (await track('pay')).token);
    expect(await page.evaluate(() => window.sdk.email.challenge().catch(({ message }: Error) => message))).toBe('Failed to fetch');
    await foreign.close();
  });
});
