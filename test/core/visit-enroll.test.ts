import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrackRequest, VerificationMethod, View } from '../../core/index.ts';
import { fromBase32, totpAt } from '../adapters/authenticators/rfc6238.ts';
import { createBrowser, createWorld, type TestBrowser, type World } from '../support/stepward.ts';
import { ceremonyOf, emailOf, enrolledByEmail, passByEmail, refusalOf, start, track } from '../support/use-cases.ts';
import { createProver } from './visit-prover.ts';

describe('who may enroll on the page', () => {
  let world: World;
  let number = 0;
  beforeAll(async () => {
    world = await createWorld();
    const appOnly = { defaultUserActionResult: 'CHALLENGE', verificationMethods: ['AUTHENTICATOR_APP'] };
    await world.configure('app-only', appOnly);
    await world.configure('anybody', { ...appOnly, enrollment: 'allow' });
    await world.configure('nobody', { ...appOnly, enrollment: 'deny' });
    await world.configure('prompts', { defaultUserActionResult: 'CHALLENGE', promptToEnrollVerificationMethods: ['AUTHENTICATOR_APP'] });
    await world.configure('blocked', { defaultUserActionResult: 'BLOCK' });
    await world.configure('looked-at', { defaultUserActionResult: 'REVIEW' });
    await world.configure('free', { defaultUserActionResult: 'ALLOW' });
    await world.configure('closed', { defaultUserActionResult: 'ALLOW', enrollment: 'deny' });
    await world.configure('trusted', { defaultUserActionResult: 'TRUST' });
    await world.configure('strong', { defaultUserActionResult: 'CHALLENGE', minimumAssurance: 'aal2' });
  });
  afterAll(() => world.end());

  const userId = () => `user-${number}`;
  const newcomer = async (vouched = true): Promise<string> => {
    number += 1;
    if (vouched) await world.stepward.updateUser(userId(), { email: emailOf(userId()), emailVerified: true });
    return userId();
  };
  const opened = async (request: Partial<TrackRequest> & { readonly userId: string }, forceEnrollment = false) => {
    const answer = await track(world, request);
    const browser = createBrowser(world, { forceEnrollment });
    const { view } = await browser.open(answer.url);
    return { answer, browser, view, url: answer.url };
  };
  type Opened = Awaited<ReturnType<typeof opened>>;
  const state = async ({ answer }: Opened, action: string) =>
    (await world.stepward.getAction({ userId: userId(), action, idempotencyKey: answer.idempotencyKey })).state;
  const answerCode = async (browser: TestBrowser, url: string, challengeId: string) =>
    browser.act(url, { do: 'answer', challengeId, response: world.codeTo(emailOf(userId())) });
  const methodsOf = (view: View): readonly VerificationMethod[] => ('methods' in view ? view.methods.map(({ method }) => method) : []);

  /** Sets up an authenticator app where the page offers one. */
  const addApp = async ({ browser, url }: Opened) => {
    const { challengeId, shown } = ceremonyOf(await browser.act(url, { do: 'enroll', method: 'AUTHENTICATOR_APP' }));
    const key = fromBase32((shown as { readonly secret: string }).secret);
    return browser.act(url, { do: 'answer', challengeId, response: totpAt(key, world.now() / 1000) });
  };

  it.each([
    ['BLOCK', 'blocked', 'blocked'],
    ['REVIEW', 'looked-at', 'review'],
  ])('nobody on %s, whatever is asked for', async (_, action, page) => {
    const visit = await opened({ userId: await newcomer(), action, scope: 'add:authenticators' }, true);
    expect(visit.view.page).toBe(page);
    for (const method of ['EMAIL_OTP', 'AUTHENTICATOR_APP', 'PASSKEY'] as const)
      for (const command of ['enroll', 'choose'] as const)
        expect(await refusalOf(visit.browser.act(visit.url, { do: command, method }))).toEqual({ code: 'method_not_permitted' });
    expect(await world.stepward.getUser(userId())).toMatchObject({ isEnrolled: false });
  });

  it('nobody on a challenge that failed or lapsed', async () => {
    const cancelled = await opened({ userId: await newcomer(), action: 'anybody' });
    await cancelled.browser.act(cancelled.url, { do: 'cancel' });
    const lapsed = await opened({ userId: userId(), action: 'anybody' });
    world.pass(600_000);
    for (const { browser, url } of [cancelled, lapsed])
      expect(await refusalOf(browser.act(url, { do: 'enroll', method: 'AUTHENTICATOR_APP' }))).toEqual({ code: 'method_not_permitted' });
  });

  it.each([
    ['`deny`', 'nobody', true, {}],
    ['`verified-contact` without a vouched address', 'app-only', false, {}],
    [
      '`verified-contact` where that mailbox opened the login',
      'app-only',
      true,
      { context: { authenticationMethods: [{ method: 'otp', channel: 'email' }] } },
    ],
  ] as const)('a user without, under %s: no way', async (_, action, vouched, more) => {
    const visit = await opened({ userId: await newcomer(vouched), action, scope: 'add:authenticators', ...more }, true);
    expect(visit.answer.canEnroll).toBe(false);
    expect(visit.view.page).toBe('no-way');
    expect(await refusalOf(visit.browser.act(visit.url, { do: 'enroll', method: 'AUTHENTICATOR_APP' }))).toEqual({
      code: 'method_not_permitted',
    });
    await visit.browser.act(visit.url, { do: 'skip' });
    expect(await state(visit, action)).toBe('CHALLENGE_REQUIRED');
    expect(await visit.browser.leave(visit.url)).toBeUndefined();
  });

  it('a user without, under `allow`: at once, and that meets the challenge', async () => {
    const visit = await opened({ userId: await newcomer(false), action: 'anybody' });
    expect(visit.view).toMatchObject({ page: 'enroll', optional: false });
    expect(methodsOf(visit.view)).toEqual(['AUTHENTICATOR_APP']);
    expect((await addApp(visit)).view.page).toBe('recovery-codes');
    expect(await state(visit, 'anybody')).toBe('CHALLENGE_SUCCEEDED');
  });

  it('a user without, under `verified-contact`: a code to the vouched address alone, then one permitted method within five minutes', async () => {
    const visit = await opened({ userId: await newcomer(), action: 'app-only', email: 'else@example.org' });
    expect(visit.view).toMatchObject({ page: 'prove-contact', destination: 'u•••@e•••.org' });
    const { challengeId } = await start(visit.browser, visit.url, 'EMAIL_OTP');
    expect(world.mails.filter(({ to }) => to === 'else@example.org')).toEqual([]);
    const granted = await answerCode(visit.browser, visit.url, challengeId);
    expect(methodsOf(granted.view)).toEqual(['AUTHENTICATOR_APP']);
    expect(await world.stepward.getUser(userId())).toMatchObject({ isEnrolled: false });
    expect(await state(visit, 'app-only')).toBe('CHALLENGE_REQUIRED');
    world.pass(300_000);
    expect(await refusalOf(visit.browser.act(visit.url, { do: 'enroll', method: 'AUTHENTICATOR_APP' }))).toEqual({
      code: 'method_not_permitted',
    });
    expect((await visit.browser.open(visit.url)).view.page).toBe('prove-contact');
    const again = await start(visit.browser, visit.url, 'EMAIL_OTP');
    await answerCode(visit.browser, visit.url, again.challengeId);
    await addApp(visit);
    expect(await state(visit, 'app-only')).toBe('CHALLENGE_SUCCEEDED');
    expect(await world.stepward.getUser(userId())).toMatchObject({ enrolledVerificationMethods: ['AUTHENTICATOR_APP', 'RECOVERY_CODE'] });
  });

  it('an enrollment begun in time is not finished after the five minutes', async () => {
    const visit = await opened({ userId: await newcomer(), action: 'app-only' });
    const { challengeId } = await start(visit.browser, visit.url, 'EMAIL_OTP');
    await answerCode(visit.browser, visit.url, challengeId);
    const ceremony = ceremonyOf(await visit.browser.act(visit.url, { do: 'enroll', method: 'AUTHENTICATOR_APP' }));
    const key = fromBase32((ceremony.shown as { readonly secret: string }).secret);
    world.pass(300_000);
    const late = { do: 'answer', challengeId: ceremony.challengeId, response: totpAt(key, world.now() / 1000) } as const;
    expect(await visit.browser.act(visit.url, late)).toMatchObject({ error: 'late', view: { page: 'prove-contact' } });
    expect(await world.stepward.getUser(userId())).toMatchObject({ isEnrolled: false });
  });

  it('a user with a method that is permitted proves it: the vouched address is no method of his, and nothing can be added before', async () => {
    await createProver(world, 'AUTHENTICATOR_APP', await newcomer());
    const visit = await opened({ userId: userId() }, true);
    expect(methodsOf(visit.view)).toEqual(['AUTHENTICATOR_APP', 'RECOVERY_CODE']);
    for (const method of ['EMAIL_OTP', 'PASSKEY'] as const)
      for (const command of ['enroll', 'choose'] as const)
        expect(await refusalOf(visit.browser.act(visit.url, { do: command, method }))).toEqual({ code: 'method_not_permitted' });
  });

  it('a user none of whose methods is permitted proves the strongest, then enrolls one that is; a recovery code is his other way', async () => {
    const email = await enrolledByEmail(world, await newcomer(false));
    const visit = await opened({ userId: userId(), action: 'app-only' });
    expect(methodsOf(visit.view)).toEqual(['EMAIL_OTP', 'RECOVERY_CODE']);
    const { challengeId } = await start(visit.browser, visit.url, 'EMAIL_OTP');
    const proven = await visit.browser.act(visit.url, { do: 'answer', challengeId, response: world.codeTo(email) });
    expect(methodsOf(proven.view)).toEqual(['AUTHENTICATOR_APP']);
    expect(await state(visit, 'app-only')).toBe('CHALLENGE_REQUIRED');
    expect((await addApp(visit)).view.page).toBe('leave');
    expect(await state(visit, 'app-only')).toBe('CHALLENGE_SUCCEEDED');
  });

  it('what opened the login proves nothing here: only the recovery code is left, and nothing for a transaction', async () => {
    await enrolledByEmail(world, await newcomer());
    const context = { authenticationMethods: [{ method: 'otp', channel: 'email' as const }] };
    const visit = await opened({ userId: userId(), action: 'app-only', context });
    expect(methodsOf(visit.view)).toEqual(['RECOVERY_CODE']);
    const payment = await opened({ userId: userId(), action: 'app-only', context, display: [{ label: 'To', value: 'Bob' }] });
    expect(payment.view.page).toBe('no-way');
  });

  it('under `deny` such a user has his recovery code, or no way', async () => {
    await enrolledByEmail(world, await newcomer(false));
    expect(methodsOf((await opened({ userId: userId(), action: 'nobody' })).view)).toEqual(['RECOVERY_CODE']);
    const payment = await opened({ userId: userId(), action: 'nobody', display: [{ label: 'To', value: 'Bob' }] });
    expect(payment.view.page).toBe('no-way');
  });

  it('after success: what the policy prompts for, while the proof is fresh and as strong as his strongest', async () => {
    const email = await enrolledByEmail(world, await newcomer(false));
    const visit = await opened({ userId: userId(), action: 'prompts' });
    const after = await passByEmail(world, visit.browser, visit.url, email);
    expect(after.view).toMatchObject({ page: 'enroll', optional: true });
    expect(await state(visit, 'prompts')).toBe('CHALLENGE_SUCCEEDED');
    world.pass(299_999);
    expect((await visit.browser.open(visit.url)).view.page).toBe('enroll');
    world.pass(1);
    expect((await visit.browser.open(visit.url)).view.page).toBe('leave');
    expect(await refusalOf(visit.browser.act(visit.url, { do: 'enroll', method: 'AUTHENTICATOR_APP' }))).toEqual({
      code: 'method_not_permitted',
    });

    const next = await opened({ userId: userId(), action: 'prompts' });
    await passByEmail(world, next.browser, next.url, email);
    expect((await addApp(next)).view.page).toBe('leave');
    world.pass(60_000);
    // now he has a stronger one: mail alone changes no factor any more
    const weak = await opened({ userId: userId(), action: 'prompts' }, true);
    expect((await passByEmail(world, weak.browser, weak.url, email)).view.page).toBe('leave');
    expect(await refusalOf(weak.browser.act(weak.url, { do: 'enroll', method: 'PASSKEY' }))).toEqual({ code: 'method_not_permitted' });
  });

  it.each(['skip', 'cancel'] as const)('after success an optional page is left by `%s`, the proof kept', async (command) => {
    const email = await enrolledByEmail(world, await newcomer(false));
    const visit = await opened({ userId: userId(), action: 'prompts' });
    await passByEmail(world, visit.browser, visit.url, email);
    await visit.browser.act(visit.url, { do: 'enroll', method: 'AUTHENTICATOR_APP' });
    expect((await visit.browser.act(visit.url, { do: command })).view.page).toBe('leave');
    expect(await visit.browser.leave(visit.url)).toMatchObject({ result: 'succeeded', target: { token: expect.any(String) } });
  });

  describe('an ALLOW that is opened', () => {
    it('offers a first method by policy, and a proof makes it a success', async () => {
      const visit = await opened({ userId: await newcomer(), action: 'free' });
      expect(visit.view.page).toBe('prove-contact');
      const { challengeId } = await start(visit.browser, visit.url, 'EMAIL_OTP');
      expect((await answerCode(visit.browser, visit.url, challengeId)).view.page).toBe('recovery-codes');
      expect(await state(visit, 'free')).toBe('CHALLENGE_SUCCEEDED');
    });
    it('stays ALLOW when that is left out', async () => {
      const visit = await opened({ userId: await newcomer(), action: 'free' });
      expect((await visit.browser.act(visit.url, { do: 'cancel' })).view.page).toBe('leave');
      expect(await visit.browser.leave(visit.url)).toMatchObject({ result: 'succeeded' });
      expect(await state(visit, 'free')).toBe('ALLOW');
    });
    it('with `add:authenticators` from track: whatever the policy, as long as he has none', async () => {
      expect((await opened({ userId: await newcomer(false), action: 'closed' })).view.page).toBe('leave');
      const visit = await opened({ userId: userId(), action: 'closed', scope: 'add:authenticators' });
      expect(visit.view).toMatchObject({ page: 'enroll', optional: true });
      await enrolledByEmail(world, userId());
      expect((await visit.browser.open(visit.url)).view.page).toBe('leave');
    });
    it('by TRUST asks nothing', async () => {
      const visit = await opened({ userId: await newcomer(), action: 'trusted', scope: 'add:authenticators' }, true);
      expect(visit.view.page).toBe('leave');
    });
    it('of an enrolled user: adding comes after a proof', async () => {
      const email = await enrolledByEmail(world, await newcomer(false));
      expect((await opened({ userId: userId(), action: 'free', scope: 'add:authenticators' })).view.page).toBe('leave');
      const visit = await opened({ userId: userId(), action: 'free', scope: 'add:authenticators' }, true);
      expect(visit.view.page).toBe('choose');
      expect((await passByEmail(world, visit.browser, visit.url, email)).view.page).toBe('enroll');
    });
  });

  it('an action that wants more than e-mail: the address is proven, a stronger method enrolled', async () => {
    const visit = await opened({ userId: await newcomer(), action: 'strong' });
    const { challengeId } = await start(visit.browser, visit.url, 'EMAIL_OTP');
    const granted = await answerCode(visit.browser, visit.url, challengeId);
    expect(methodsOf(granted.view)).toEqual(['PASSKEY', 'SECURITY_KEY', 'AUTHENTICATOR_APP']);
    await addApp(visit);
    expect(await state(visit, 'strong')).toBe('CHALLENGE_SUCCEEDED');
  });
});
