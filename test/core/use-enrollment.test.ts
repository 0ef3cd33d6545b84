import { generateSync } from 'otplib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ActionConfiguration, TrackRequest, VerificationMethod } from '../../core/index.ts';
import { codeOf, createPage } from '../support/client-api.ts';
import { createBrowser, createWorld, type TestBrowser, type World } from '../support/stepward.ts';
import { ceremonyOf, emailOf, enrolledByEmail, refOf, refusalOf, start, track } from '../support/use-cases.ts';

/** The code that an app with this secret shows now. */
const appCode = (world: World, secret: string): string => generateSync({ secret, epoch: Math.floor(world.now() / 1000) });

describe('who gets an authenticator, and how', () => {
  let world: World;
  let userId: string;
  let browser: TestBrowser;
  let count = 0;
  const action = async (name: string, settings: Partial<ActionConfiguration>) => world.configure(name, settings);
  beforeAll(async () => {
    world = await createWorld();
    await action('contact', {});
    await action('contact-strong', { minimumAssurance: 'aal2' });
    await action('open', { enrollment: 'allow' });
    await action('closed', { enrollment: 'deny' });
    await action('free', { defaultUserActionResult: 'ALLOW' });
    await action('free-closed', { defaultUserActionResult: 'ALLOW', enrollment: 'deny' });
    await action('trusted', { defaultUserActionResult: 'TRUST' });
    await action('blocked', { defaultUserActionResult: 'BLOCK', enrollment: 'allow' });
    await action('looked-at', { defaultUserActionResult: 'REVIEW', enrollment: 'allow' });
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

  const vouch = () => world.stepward.updateUser(userId, { email: emailOf(userId), emailVerified: true });
  const tracked = (about: Partial<TrackRequest> = {}) => track(world, { userId, ...about });
  const methods = async () => (await world.stepward.getAuthenticators(userId)).map(({ verificationMethod }) => verificationMethod);
  const answer = async (url: string, challengeId: string, response: unknown) => browser.act(url, { do: 'answer', challengeId, response });
  const addApp = async (url: string) => {
    const { challengeId, shown } = ceremonyOf(await browser.act(url, { do: 'enroll', method: 'AUTHENTICATOR_APP' }));
    return answer(url, challengeId, appCode(world, (shown as { readonly secret: string }).secret));
  };
  const stateOf = async (one: { readonly idempotencyKey: string }, name: string) =>
    (await world.stepward.getAction(refOf(userId, one, name))).state;
  /** Every way that a page has to enroll or prove; all must be refused. */
  const refusesEverything = async (url: string) => {
    for (const method of ['PASSKEY', 'AUTHENTICATOR_APP', 'EMAIL_OTP', 'RECOVERY_CODE'] as const satisfies readonly VerificationMethod[])
      for (const command of ['choose', 'enroll'] as const) await browser.act(url, { do: command, method }).catch(() => undefined);
    await browser.act(url, { do: 'answer', challengeId: 'none', response: '123456' });
    expect(await methods()).toEqual([]);
  };

  describe.each(['blocked', 'looked-at'])('%s instances show their page and never enroll', (name) => {
    it('with `force_enrollment`, `redirectToSettings` and `add:authenticators` too', async () => {
      await vouch();
      const sent = world.mails.length;
      const one = await tracked({ action: name, scope: 'add:authenticators', redirectToSettings: true });
      browser = createBrowser(world, { forceEnrollment: true });
      expect((await browser.open(one.url)).view.page).toBe(name === 'blocked' ? 'blocked' : 'review');
      await refusesEverything(one.url);
      expect(world.mails).toHaveLength(sent);
      expect(await stateOf(one, name)).toBe(name === 'blocked' ? 'BLOCK' : 'REVIEW_REQUIRED');
    });
  });
  it('a failed or lapsed challenge enrolls nobody', async () => {
    const failed = await tracked({ action: 'open' });
    await browser.open(failed.url);
    await browser.act(failed.url, { do: 'cancel' });
    await refusesEverything(failed.url);
    const lapsed = await tracked({ action: 'open' });
    await browser.open(lapsed.url);
    world.pass(600_000);
    expect((await browser.open(lapsed.url)).view.page).toBe('expired');
    await refusesEverything(lapsed.url);
  });

  describe('verified-contact', () => {
    it('without a vouched address there is no way, and track says so', async () => {
      await world.stepward.updateUser(userId, { email: emailOf(userId) });
      const one = await tracked({ action: 'contact' });
      expect(one.canEnroll).toBe(false);
      expect((await browser.open(one.url)).view.page).toBe('no-way');
      await refusesEverything(one.url);
    });
    it('where EMAIL_OTP is permitted, the code enrolls the address and completes the instance, with recovery codes once', async () => {
      await vouch();
      const one = await tracked({ action: 'contact' });
      expect(one.canEnroll).toBe(true);
      expect((await browser.open(one.url)).view.page).toBe('prove-contact');
      const { challengeId } = await start(browser, one.url, 'EMAIL_OTP');
      const proven = await answer(one.url, challengeId, world.codeTo(emailOf(userId)));
      expect(proven.view).toMatchObject({ page: 'recovery-codes', codes: expect.any(Array) });
      expect(await methods()).toEqual(['EMAIL_OTP', 'RECOVERY_CODE']);
      expect(await stateOf(one, 'contact')).toBe('CHALLENGE_SUCCEEDED');
      await browser.act(one.url, { do: 'codes-saved' });
      expect((await browser.open(one.url)).view.page).toBe('leave');
    });
    it('where it is not, the code enrolls nothing and completes nothing; one permitted method can then be enrolled, which does', async () => {
      await vouch();
      const one = await tracked({ action: 'contact-strong' });
      await browser.open(one.url);
      const { challengeId } = await start(browser, one.url, 'EMAIL_OTP');
      const proven = await answer(one.url, challengeId, world.codeTo(emailOf(userId)));
      expect(proven.view).toMatchObject({ page: 'enroll', optional: false });
      if (proven.view.page === 'enroll')
        expect(proven.view.methods.map(({ method }) => method)).toEqual(['PASSKEY', 'SECURITY_KEY', 'AUTHENTICATOR_APP']);
      expect([await methods(), await stateOf(one, 'contact-strong')]).toEqual([[], 'CHALLENGE_REQUIRED']);
      await addApp(one.url);
      expect(await methods()).toEqual(['AUTHENTICATOR_APP', 'RECOVERY_CODE']);
      expect(await world.stepward.getAction(refOf(userId, one, 'contact-strong'))).toMatchObject({
        state: 'CHALLENGE_SUCCEEDED',
        verificationMethod: 'AUTHENTICATOR_APP',
        acr: 'urn:stepward:aal2',
      });
    });
    it('and only within five minutes', async () => {
      await vouch();
      const one = await tracked({ action: 'contact-strong' });
      await browser.open(one.url);
      const { challengeId } = await start(browser, one.url, 'EMAIL_OTP');
      await answer(one.url, challengeId, world.codeTo(emailOf(userId)));
      world.pass(300_000);
      expect((await browser.open(one.url)).view.page).toBe('prove-contact');
      expect(await refusalOf(browser.act(one.url, { do: 'enroll', method: 'AUTHENTICATOR_APP' }))).toEqual({
        code: 'method_not_permitted',
      });
    });
    it('a code to an address that is vouched for no more proves nothing', async () => {
      await vouch();
      const one = await tracked({ action: 'contact' });
      await browser.open(one.url);
      const { challengeId } = await start(browser, one.url, 'EMAIL_OTP');
      const code = world.codeTo(emailOf(userId));
      await world.stepward.updateUser(userId, { email: `new-${emailOf(userId)}`, emailVerified: true });
      expect(await answer(one.url, challengeId, code)).toMatchObject({ error: 'late' });
      expect(await methods()).toEqual([]);
      const { view } = await browser.open(one.url);
      expect(view.page).toBe('prove-contact');
    });
    it('a vouched address is no method of a user who has one of his own', async () => {
      await enrolledByEmail(world, userId, `own-${emailOf(userId)}`);
      await vouch();
      const one = await tracked({ action: 'contact' });
      await browser.open(one.url);
      await start(browser, one.url, 'EMAIL_OTP');
      expect(world.mails.at(-1)?.to).toBe(`own-${emailOf(userId)}`);
    });
    it("after an operator's reset with a waiting time, not before it is over", async () => {
      await enrolledByEmail(world, userId);
      await vouch();
      await world.stepward.resetUser(userId, { reason: 'lost', waitSeconds: 3600, actor: 'op' });
      const early = await tracked({ action: 'contact' });
      expect(early.canEnroll).toBe(false);
      expect((await browser.open(early.url)).view).toMatchObject({ page: 'waiting', until: expect.any(Number) });
      // whatever the policy and the scope say, on the page and by the client API
      for (const of of ['open', 'free'] as const) {
        const one = await tracked({ action: of, scope: 'add:authenticators' });
        expect((await createBrowser(world).open(one.url)).view.page).toBe(of === 'open' ? 'waiting' : 'leave');
        const page = createPage(world, one.token);
        expect(await codeOf(page.enrollApp())).toBe('enrollment_not_allowed');
        expect(await codeOf(page.registrationOptions('PASSKEY', {}))).toBe('enrollment_not_allowed');
      }
      expect(await methods()).toEqual([]);
      world.pass(3_600_000);
      const late = await tracked({ action: 'contact' });
      expect(late.canEnroll).toBe(true);
      expect((await browser.open(late.url)).view.page).toBe('prove-contact');
    });
  });

  it('`allow`: a permitted method is enrolled at once and completes the instance', async () => {
    const one = await tracked({ action: 'open' });
    expect((await browser.open(one.url)).view).toMatchObject({ page: 'enroll', optional: false });
    await addApp(one.url);
    expect(await stateOf(one, 'open')).toBe('CHALLENGE_SUCCEEDED');
  });
  it('`allow` offers no address that nobody vouches for', async () => {
    await world.stepward.updateUser(userId, { email: emailOf(userId) });
    const one = await tracked({ action: 'open' });
    const { view } = await browser.open(one.url);
    expect(view.page === 'enroll' && view.methods.map(({ method }) => method)).toEqual(['PASSKEY', 'SECURITY_KEY', 'AUTHENTICATOR_APP']);
  });
  it('where no permitted method can be enrolled, track says so', async () => {
    await action('mail-only', { verificationMethods: ['EMAIL_OTP'], enrollment: 'allow' });
    expect(await tracked({ action: 'mail-only' })).toMatchObject({ canEnroll: false });
    expect(await tracked({ action: 'open', context: { requestedAcr: ['phrh'] } })).toMatchObject({ canEnroll: false });
    await vouch();
    expect(await tracked({ action: 'mail-only' })).toMatchObject({ canEnroll: true });
  });
  it('`deny`: no way, said at track', async () => {
    await vouch();
    const one = await tracked({ action: 'closed', scope: 'add:authenticators' });
    expect(one.canEnroll).toBe(false);
    browser = createBrowser(world, { forceEnrollment: true });
    expect((await browser.open(one.url)).view.page).toBe('no-way');
    await refusesEverything(one.url);
  });

  describe('an ALLOW that is opened', () => {
    it('offers the unenrolled a way by policy, which may be left out', async () => {
      await vouch();
      const one = await tracked({ action: 'free' });
      expect((await browser.open(one.url)).view.page).toBe('prove-contact');
      expect((await browser.act(one.url, { do: 'skip' })).view.page).toBe('leave');
      expect(await stateOf(one, 'free')).toBe('ALLOW');
    });
    it('by scope `add:authenticators` whatever the policy; a proof makes it CHALLENGE_SUCCEEDED', async () => {
      const one = await tracked({ action: 'free-closed', scope: 'add:authenticators' });
      expect((await browser.open(one.url)).view).toMatchObject({ page: 'enroll', optional: true });
      await addApp(one.url);
      expect(await stateOf(one, 'free-closed')).toBe('CHALLENGE_SUCCEEDED');
    });
    it('without that scope, `deny` leaves at once', async () => {
      const one = await tracked({ action: 'free-closed' });
      expect((await browser.open(one.url)).view.page).toBe('leave');
      await refusesEverything(one.url);
    });
    it('of TRUST asks nothing', async () => {
      await vouch();
      expect((await browser.open((await tracked({ action: 'trusted' })).url)).view.page).toBe('leave');
    });
    it('of an enrolled user leaves at once, whatever its scope', async () => {
      await enrolledByEmail(world, userId);
      const one = await tracked({ action: 'free', scope: 'add:authenticators' });
      expect((await browser.open(one.url)).view.page).toBe('leave');
      expect(await refusalOf(browser.act(one.url, { do: 'enroll', method: 'AUTHENTICATOR_APP' }))).toEqual({
        code: 'method_not_permitted',
      });
    });
  });
});
