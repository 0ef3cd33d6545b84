import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { appCode, codeOf, createPage, enrolledBy, otherCode, pageOf, prove } from '../support/client-api.ts';
import { createBrowser, createWorld, type World } from '../support/stepward.ts';
import { emailOf, refOf } from '../support/use-cases.ts';

describe('proving through the client API', () => {
  let world: World;
  let userId: string;
  let count = 0;
  beforeAll(async () => {
    world = await createWorld({ redirectOrigins: ['https://app.example'] });
    await world.configure('pay', { defaultUserActionResult: 'CHALLENGE' });
    await world.configure('free', { defaultUserActionResult: 'ALLOW' });
  });
  afterAll(() => world.end());
  beforeEach(() => {
    world.pass(86_400_000);
    count += 1;
    userId = `user-${count}`;
  });
  const stateOf = async (answer: { readonly idempotencyKey: string }, action = 'pay') =>
    (await world.stepward.getAction(refOf(userId, answer, action))).state;

  it('an e-mail code: sent, typed, answered with a proof token that the host validates once', async () => {
    const email = await enrolledBy.EMAIL_OTP(world, userId);
    const { answer, page } = await pageOf(world, { userId, action: 'pay' });
    expect(await page.sendEmail('EMAIL_OTP')).toEqual({ challengeId: expect.any(String) });
    expect(await page.verifyCode('EMAIL_OTP', otherCode(world.codeTo(email)))).toEqual({
      isVerified: false,
      failureReason: 'CODE_INVALID_OR_EXPIRED',
    });
    const verified = await page.verifyCode('EMAIL_OTP', world.codeTo(email));
    expect(verified).toMatchObject({ isVerified: true, accessToken: expect.any(String) });
    expect(verified).not.toHaveProperty('failureReason');
    expect(await stateOf(answer)).toBe('CHALLENGE_SUCCEEDED');
    const validated = await world.stepward.validate({ token: page.token, action: 'pay' });
    expect(validated).toMatchObject({ isValid: true, verificationMethod: 'EMAIL_OTP', state: 'CHALLENGE_SUCCEEDED' });
  });
  it('what the page did not finish needs no ticket, the login session alone', async () => {
    const email = await enrolledBy.EMAIL_OTP(world, userId);
    const { answer, page } = await pageOf(world, { userId, action: 'pay', binding: 'session' });
    await page.sendEmail('EMAIL_OTP');
    await page.verifyCode('EMAIL_OTP', world.codeTo(email));
    const ref = refOf(userId, answer, 'pay');
    expect(await codeOf(world.stepward.consume(ref, { binding: 'another' }))).toBe('binding_mismatch');
    expect(await world.stepward.consume(ref, { binding: 'session' })).toMatchObject({ consumed: true, verificationMethod: 'EMAIL_OTP' });
  });
  it('a hosted page that is opened beside it leaves with no ticket and no proof: another browser may have finished', async () => {
    const secret = await enrolledBy.AUTHENTICATOR_APP(world, userId);
    for (const binding of ['session', undefined]) {
      const { answer, page } = await pageOf(world, { userId, action: 'pay', binding, redirectUrl: 'https://app.example/done' });
      const browser = createBrowser(world);
      await browser.open(answer.url);
      expect(await page.verifyCode('AUTHENTICATOR_APP', appCode(world, secret))).toMatchObject({ isVerified: true });
      const left = await browser.leave(answer.url);
      expect(left).toMatchObject({ result: 'not-succeeded' });
      expect(left?.target).not.toHaveProperty('ticket');
      if (!binding)
        expect(await world.stepward.validate({ token: left?.target?.token ?? '' })).toEqual({ isValid: false, error: 'invalid_token' });
      world.pass(60_000);
    }
  });
  it("an authenticator app's code needs no beginning", async () => {
    const secret = await enrolledBy.AUTHENTICATOR_APP(world, userId);
    const { answer, page } = await pageOf(world, { userId, action: 'pay' });
    const code = appCode(world, secret);
    expect(await page.verifyCode('AUTHENTICATOR_APP', otherCode(code))).toMatchObject({ isVerified: false });
    expect(await page.verifyCode('AUTHENTICATOR_APP', code)).toMatchObject({ isVerified: true, accessToken: expect.any(String) });
    expect(await stateOf(answer)).toBe('CHALLENGE_SUCCEEDED');
    // used once: the same code again is no proof, of this instance or another
    expect(await page.verifyCode('AUTHENTICATOR_APP', code)).toEqual({ isVerified: false, failureReason: 'CODE_INVALID_OR_EXPIRED' });
    const next = await pageOf(world, { userId, action: 'pay' });
    expect(await next.page.verifyCode('AUTHENTICATOR_APP', code)).toMatchObject({ isVerified: false });
  });
  it('a recovery code, once', async () => {
    const enrolled = await world.stepward.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email: emailOf(userId) });
    const [code = ''] = (enrolled as { readonly recoveryCodes: readonly string[] }).recoveryCodes;
    const { answer, page } = await pageOf(world, { userId, action: 'pay' });
    expect(await page.verifyCode('RECOVERY_CODE', code)).toMatchObject({ isVerified: true, accessToken: expect.any(String) });
    expect(await stateOf(answer)).toBe('CHALLENGE_SUCCEEDED');
    const again = await pageOf(world, { userId, action: 'pay' });
    expect(await again.page.verifyCode('RECOVERY_CODE', code)).toMatchObject({ isVerified: false });
  });
  it('a passkey, by an application’s own origin', async () => {
    const key = await enrolledBy.PASSKEY(world, userId);
    const { answer, page } = await pageOf(world, { userId, action: 'pay' });
    expect(await prove(page, key)).toMatchObject({ isVerified: true, userId, accessToken: expect.any(String) });
    expect(await world.stepward.getAction(refOf(userId, answer, 'pay'))).toMatchObject({
      state: 'CHALLENGE_SUCCEEDED',
      verificationMethod: 'PASSKEY',
    });
  });
  it('a passkey of nobody is unknown, one of another user is invalid', async () => {
    const other = await enrolledBy.PASSKEY(world, `${userId}-other`);
    await enrolledBy.PASSKEY(world, userId);
    const { page } = await pageOf(world, { userId, action: 'pay' });
    expect(await codeOf(prove(page, other))).toBe('invalid_credential');
    const { challengeId, options } = await page.authenticationOptions('PASSKEY', {});
    const forged = other.get(options as Parameters<typeof other.get>[0], { credentialId: 'bm9ib2R5cyBjcmVkZW50aWFs' });
    expect(await codeOf(page.verifyCredential('PASSKEY', { challengeId: String(challengeId), credential: forged }))).toBe(
      'unknown_credential',
    );
  });
  it('an ALLOW is proven too, and becomes CHALLENGE_SUCCEEDED', async () => {
    const email = await enrolledBy.EMAIL_OTP(world, userId);
    const { answer, page } = await pageOf(world, { userId, action: 'free' });
    expect(answer.state).toBe('ALLOW');
    await page.sendEmail('EMAIL_OTP');
    await page.verifyCode('EMAIL_OTP', world.codeTo(email));
    expect(await stateOf(answer, 'free')).toBe('CHALLENGE_SUCCEEDED');
  });
  it('five wrong codes end a code, fifteen the challenge', async () => {
    const email = await enrolledBy.EMAIL_OTP(world, userId);
    const { answer, page } = await pageOf(world, { userId, action: 'pay' });
    await page.sendEmail('EMAIL_OTP');
    const wrong = otherCode(world.codeTo(email));
    const reasons: unknown[] = [];
    for (let tries = 0; tries < 6; tries++) reasons.push((await page.verifyCode('EMAIL_OTP', wrong)).failureReason);
    expect(reasons).toEqual([...Array(4).fill('CODE_INVALID_OR_EXPIRED'), 'MAX_ATTEMPTS_EXCEEDED', 'CODE_INVALID_OR_EXPIRED']);
    expect(await page.verifyCode('EMAIL_OTP', world.codeTo(email))).toMatchObject({ isVerified: false });
    expect(await stateOf(answer)).toBe('CHALLENGE_REQUIRED');
  });
  it('what a page of ours began, an application’s page cannot answer, nor the reverse', async () => {
    const email = await enrolledBy.EMAIL_OTP(world, userId);
    const { answer, page } = await pageOf(world, { userId, action: 'pay' });
    const c = new URL(answer.url).searchParams.get('c') ?? '';
    const browser = { c, mode: 'redirect', forceEnrollment: false, ipAddress: '203.0.113.9' } as const;
    const { setBrowser } = await world.stepward.visits.open(browser, true);
    await world.stepward.visits.act({ ...browser, browser: setBrowser }, { do: 'choose', method: 'EMAIL_OTP' });
    expect(await page.verifyCode('EMAIL_OTP', world.codeTo(email))).toMatchObject({ isVerified: false });
    world.pass(31_000);
    await page.sendEmail('EMAIL_OTP');
    const shown = await world.stepward.visits.act({ ...browser, browser: setBrowser }, { do: 'back' });
    expect(shown.view.page).toBe('choose');
    expect(await stateOf(answer)).toBe('CHALLENGE_REQUIRED');
    expect(await page.verifyCode('EMAIL_OTP', world.codeTo(email))).toMatchObject({ isVerified: true });
  });
  it('init tells what a page of its own may ask, masked', async () => {
    await enrolledBy.EMAIL_OTP(world, userId);
    const { page } = await pageOf(world, { userId, action: 'pay', email: emailOf(userId), emailVerified: true });
    expect(await page.init()).toEqual({
      challengeOptions: {
        token: page.token,
        defaultVerificationMethod: 'EMAIL_OTP',
        verificationMethods: ['EMAIL_OTP', 'RECOVERY_CODE'],
        user: { email: 'u•••@e•••.org' },
      },
    });
  });
  it('authenticators are whole with a proof, else masked', async () => {
    const email = await enrolledBy.EMAIL_OTP(world, userId);
    const { page } = await pageOf(world, { userId, action: 'pay' });
    expect((await page.listAuthenticators()).map((one) => one.email)).toEqual(['u•••@e•••.org', undefined]);
    await page.sendEmail('EMAIL_OTP');
    await page.verifyCode('EMAIL_OTP', world.codeTo(email));
    expect((await page.listAuthenticators()).map((one) => one.email)).toEqual([email, undefined]);
    expect((await page.listAuthenticators()).every((one) => !('userId' in one) && !('data' in one))).toBe(true);
  });
  it('a token that has expired, or whose user was erased, opens nothing', async () => {
    await enrolledBy.EMAIL_OTP(world, userId);
    const { page } = await pageOf(world, { userId, action: 'pay' });
    const gone = await pageOf(world, { userId: `${userId}-gone`, action: 'pay' });
    await world.stepward.deleteUser(`${userId}-gone`);
    expect(await codeOf(gone.page.init())).toBe('invalid_token');
    world.pass(600_000);
    expect(await codeOf(page.init())).toBe('expired_token');
    expect(await codeOf(createPage(world, 'h.p.s').init())).toBe('invalid_token');
  });
});
