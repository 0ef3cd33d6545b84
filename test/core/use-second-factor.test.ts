import { generateSync } from 'otplib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ActionConfiguration, TrackRequest } from '../../core/index.ts';
import { createBrowser, createWorld, type TestBrowser, type World } from '../support/stepward.ts';
import { ceremonyOf, emailOf, enrolledByEmail, passByEmail, refOf, refusalOf, start, track } from '../support/use-cases.ts';

/** The code that an app with this secret shows now. */
const appCode = (world: World, secret: string): string => generateSync({ secret, epoch: Math.floor(world.now() / 1000) });

describe('a user who has an authenticator', () => {
  let world: World;
  let userId: string;
  let browser: TestBrowser;
  let count = 0;
  const action = async (name: string, settings: Partial<ActionConfiguration>) => world.configure(name, settings);
  beforeAll(async () => {
    world = await createWorld();
    await action('contact', {});
    await action('open', { enrollment: 'allow' });
    await action('app-only', { verificationMethods: ['AUTHENTICATOR_APP'] });
    await action('app-only-closed', { verificationMethods: ['AUTHENTICATOR_APP'], enrollment: 'deny' });
  });
  afterAll(() => world.end());
  beforeEach(() => {
    world.pass(86_400_000);
    count += 1;
    userId = `user-${count}`;
    browser = createBrowser(world);
  });

  const tracked = (about: Partial<TrackRequest> = {}) => track(world, { userId, ...about });
  const methods = async () => (await world.stepward.getAuthenticators(userId)).map(({ verificationMethod }) => verificationMethod);
  const answer = async (url: string, challengeId: string, response: unknown) => browser.act(url, { do: 'answer', challengeId, response });
  const addApp = async (url: string) => {
    const { challengeId, shown } = ceremonyOf(await browser.act(url, { do: 'enroll', method: 'AUTHENTICATOR_APP' }));
    return answer(url, challengeId, appCode(world, (shown as { readonly secret: string }).secret));
  };
  const stateOf = async (one: { readonly idempotencyKey: string }, name: string) =>
    (await world.stepward.getAction(refOf(userId, one, name))).state;
  it('enrolls nothing before the challenge, whatever the parameters', async () => {
    await enrolledByEmail(world, userId);
    const one = await tracked({ action: 'open', scope: 'add:authenticators', redirectToSettings: true });
    browser = createBrowser(world, { forceEnrollment: true });
    expect((await browser.open(one.url)).view.page).toBe('choose');
    for (const method of ['PASSKEY', 'AUTHENTICATOR_APP'] as const)
      expect(await refusalOf(browser.act(one.url, { do: 'enroll', method }))).toEqual({ code: 'method_not_permitted' });
  });
  it('with `force_enrollment` may add one after it, at the level that he has, for five minutes', async () => {
    await enrolledByEmail(world, userId);
    const one = await tracked({ action: 'contact' });
    browser = createBrowser(world, { forceEnrollment: true });
    const passed = await passByEmail(world, browser, one.url, emailOf(userId));
    expect(passed.view).toMatchObject({ page: 'enroll', optional: true });
    await addApp(one.url);
    expect(await methods()).toEqual(['EMAIL_OTP', 'RECOVERY_CODE', 'AUTHENTICATOR_APP']);
    // the proof of the challenge stays: a further enrollment is no second one
    expect(await world.stepward.getAction(refOf(userId, one, 'contact'))).toMatchObject({ verificationMethod: 'EMAIL_OTP' });
  });
  it('not after five minutes, and not by a weaker proof than he could give', async () => {
    await enrolledByEmail(world, userId);
    const slow = await tracked({ action: 'contact' });
    browser = createBrowser(world, { forceEnrollment: true });
    await passByEmail(world, browser, slow.url, emailOf(userId));
    world.pass(300_000);
    expect((await browser.open(slow.url)).view.page).toBe('leave');
    const strong = await tracked({ action: 'contact' });
    await passByEmail(world, browser, strong.url, emailOf(userId));
    await addApp(strong.url);
    world.pass(60_000);
    const weak = await tracked({ action: 'contact' });
    expect((await passByEmail(world, browser, weak.url, emailOf(userId))).view.page).toBe('leave');
  });

  describe('none of which this instance permits', () => {
    const disableRecoveryCodes = (disable: boolean) =>
      world.policies.change(({ tenant }) => ({
        answer: undefined,
        put: [{ kind: 'tenant', id: 'tenant', body: { ...tenant, disableRecoveryCodes: disable } }],
      }));
    it('proves his strongest first, which completes nothing, then enrolls a permitted one, which does', async () => {
      await disableRecoveryCodes(true);
      await enrolledByEmail(world, userId);
      const one = await tracked({ action: 'app-only' });
      const { view } = await browser.open(one.url);
      expect(view).toMatchObject({ page: 'choose', methods: [{ method: 'EMAIL_OTP' }] });
      expect(await refusalOf(browser.act(one.url, { do: 'enroll', method: 'AUTHENTICATOR_APP' }))).toEqual({
        code: 'method_not_permitted',
      });
      const { challengeId } = await start(browser, one.url, 'EMAIL_OTP');
      expect((await answer(one.url, challengeId, world.codeTo(emailOf(userId)))).view).toMatchObject({
        page: 'enroll',
        methods: [{ method: 'AUTHENTICATOR_APP' }],
      });
      expect(await stateOf(one, 'app-only')).toBe('CHALLENGE_REQUIRED');
      await addApp(one.url);
      expect(await stateOf(one, 'app-only')).toBe('CHALLENGE_SUCCEEDED');
      await disableRecoveryCodes(false);
    });
    it('under `deny` there is no way', async () => {
      await disableRecoveryCodes(true);
      await enrolledByEmail(world, userId);
      expect((await browser.open((await tracked({ action: 'app-only-closed' })).url)).view.page).toBe('no-way');
      await disableRecoveryCodes(false);
    });
    it('having recovery codes, he is not left with them alone: his strongest lets him enroll', async () => {
      await enrolledByEmail(world, userId);
      const { view } = await browser.open((await tracked({ action: 'app-only' })).url);
      expect(view.page === 'choose' && view.methods.map(({ method }) => method)).toContain('EMAIL_OTP');
    });
    it('a recovery code, where it is permitted, completes the instance and leads to a new authenticator', async () => {
      const { recoveryCodes } = await world.stepward.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email: emailOf(userId) });
      const one = await tracked({ action: 'contact' });
      await browser.open(one.url);
      const { challengeId } = await start(browser, one.url, 'RECOVERY_CODE');
      const [code] = recoveryCodes as readonly string[];
      const passed = await answer(one.url, challengeId, code);
      expect(await world.stepward.getAction(refOf(userId, one, 'contact'))).toMatchObject({
        state: 'CHALLENGE_SUCCEEDED',
        verificationMethod: 'RECOVERY_CODE',
        amr: [],
      });
      expect(passed.view).toMatchObject({ page: 'enroll' });
      world.pass(60_000);
      const second = await tracked({ action: 'contact' });
      browser = createBrowser(world);
      await browser.open(second.url);
      const again = await start(browser, second.url, 'RECOVERY_CODE');
      expect(await answer(second.url, again.challengeId, code)).toMatchObject({ error: 'wrong' });
    });
  });
});
