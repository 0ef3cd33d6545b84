import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ActionConfiguration, TrackRequest } from '../../core/index.ts';
import { appCode, codeOf, createKey, createPage, enrolledBy, type Page, pageOf, prove, register } from '../support/client-api.ts';
import { createBrowser, createWorld, type World } from '../support/stepward.ts';
import { emailOf, passByEmail, refOf } from '../support/use-cases.ts';

const actions: Readonly<Record<string, Partial<ActionConfiguration>>> = {
  contact: {},
  'contact-strong': { minimumAssurance: 'aal2' },
  open: { enrollment: 'allow' },
  closed: { enrollment: 'deny' },
  free: { defaultUserActionResult: 'ALLOW' },
  'free-closed': { defaultUserActionResult: 'ALLOW', enrollment: 'deny' },
  blocked: { defaultUserActionResult: 'BLOCK', enrollment: 'allow' },
  'looked-at': { defaultUserActionResult: 'REVIEW', enrollment: 'allow' },
  'app-only': { verificationMethods: ['AUTHENTICATOR_APP'] },
  'email-only': { verificationMethods: ['EMAIL_OTP'] },
};

describe('who may enroll or remove through the client API', () => {
  let world: World;
  let userId: string;
  let count = 0;
  beforeAll(async () => {
    world = await createWorld();
    for (const [name, settings] of Object.entries(actions))
      await world.configure(name, { defaultUserActionResult: 'CHALLENGE', ...settings });
  });
  afterAll(() => world.end());
  beforeEach(() => {
    world.pass(86_400_000);
    count += 1;
    userId = `user-${count}`;
  });

  const vouch = () => world.stepward.updateUser(userId, { email: emailOf(userId), emailVerified: true });
  const on = (action: string, about: Partial<TrackRequest> = {}) => pageOf(world, { userId, action, ...about });
  const methods = async () => (await world.stepward.getAuthenticators(userId)).map(({ verificationMethod }) => verificationMethod);
  const stateOf = async (answer: { readonly idempotencyKey: string }, action: string) =>
    (await world.stepward.getAction(refOf(userId, answer, action))).state;
  /** Every way to enroll that the client API has, the second steps with what the first would have given. */
  const everyWay = (page: Page) => ({
    'passkey options': () => page.registrationOptions('PASSKEY', {}),
    passkey: () => page.addCredential('PASSKEY', { challengeId: 'none', credential: { id: 'bm9uZQ' } }),
    'security key options': () => page.registrationOptions('SECURITY_KEY', {}),
    'security key': () => page.addCredential('SECURITY_KEY', { credential: { id: 'bm9uZQ' } }),
    app: () => page.enrollApp(),
    email: () => page.enrollEmail('EMAIL_OTP', 'thief@example.net'),
    'vouched email': () => page.enrollEmail('EMAIL_OTP', emailOf(userId)),
  });
  const refusals = async (page: Page) => new Set(await Promise.all(Object.entries(everyWay(page)).map(async ([, call]) => codeOf(call()))));
  const addApp = async (page: Page) => {
    const { secret } = await page.enrollApp();
    return page.verifyCode('AUTHENTICATOR_APP', appCode(world, String(secret)));
  };

  it.each([
    ['blocked', 'access_denied'],
    ['looked-at', 'access_denied'],
  ])('%s: nobody, with `add:authenticators` and a vouched address too', async (action, code) => {
    await vouch();
    const sent = world.mails.length;
    const { page } = await on(action, { scope: 'add:authenticators remove:authenticators' });
    expect(await refusals(page)).toEqual(new Set([code]));
    expect(await codeOf(page.sendEmail('EMAIL_OTP'))).toBe(code);
    expect(await codeOf(page.removeAuthenticator('any'))).toBe(code);
    expect(await codeOf(page.verifyCode('EMAIL_OTP', '123456'))).toBe(code);
    expect(await codeOf(page.listAuthenticators())).toBe('scope_missing');
    expect([await methods(), world.mails.length]).toEqual([[], sent]);
  });
  it('nobody on a failed or lapsed challenge, or where the host asks for its own factor', async () => {
    await vouch();
    const failed = await on('open');
    await world.stepward.updateAction(refOf(userId, failed.answer, 'open'), { state: 'CHALLENGE_FAILED' });
    expect(await refusals(failed.page)).toEqual(new Set(['challenge_failed']));
    const hosted = await on('open', { context: { challengedBy: 'host' } });
    expect(await refusals(hosted.page)).toEqual(new Set(['access_denied']));
    const deferred = { binding: 'session', context: { deferSignals: true } };
    const unseen = await on('open', deferred);
    expect([unseen.answer.state, await refusals(unseen.page)]).toEqual(['CHALLENGE_REQUIRED', new Set(['access_denied'])]);
    expect(await codeOf(unseen.page.sendEmail('EMAIL_OTP'))).toBe('access_denied');
    const opened = await on('free', { ...deferred, scope: 'add:authenticators' });
    await createBrowser(world).open(opened.answer.url);
    expect(await stateOf(opened.answer, 'free')).toBe('ALLOW');
    expect(await refusals(opened.page)).toEqual(new Set(['access_denied']));
    await world.configure('short', { defaultUserActionResult: 'CHALLENGE', enrollment: 'allow', challengeExpiresIn: 60 });
    const lapsed = await on('short');
    world.pass(60_000);
    expect(await refusals(lapsed.page)).toEqual(new Set(['challenge_expired']));
    expect(await methods()).toEqual([]);
  });

  describe('a user with an authenticator', () => {
    it('is refused on every endpoint while the challenge is pending, whatever the scope says', async () => {
      await vouch();
      await enrolledBy.PASSKEY(world, userId);
      for (const action of ['open', 'contact', 'free']) {
        const { page } = await on(action, { scope: 'read:authenticators add:authenticators remove:authenticators' });
        expect(await refusals(page), action).toEqual(new Set(['enrollment_not_allowed']));
        expect(await codeOf(page.sendEmail('EMAIL_OTP')), action).toBe('method_not_permitted');
      }
      expect(await methods()).toEqual(['PASSKEY']);
    });
    it('may after a fresh proof of this instance, for five minutes', async () => {
      const key = await enrolledBy.PASSKEY(world, userId);
      const { page } = await on('contact');
      await prove(page, key);
      await addApp(page);
      expect(await methods()).toEqual(['PASSKEY', 'AUTHENTICATOR_APP']);
      await page.enrollEmail('EMAIL_OTP', 'new@example.org');
      await page.verifyCode('EMAIL_OTP', world.codeTo('new@example.org'));
      expect(await methods()).toEqual(['PASSKEY', 'AUTHENTICATOR_APP', 'EMAIL_OTP']);
      world.pass(5 * 60_000);
      expect(await refusals(page)).toEqual(new Set(['enrollment_not_allowed']));
    });
    it('a proof that grew old between the two steps enrolls nothing', async () => {
      const key = await enrolledBy.PASSKEY(world, userId);
      const { page } = await on('contact');
      await prove(page, key);
      const { secret } = await page.enrollApp();
      world.pass(5 * 60_000);
      expect(await page.verifyCode('AUTHENTICATOR_APP', appCode(world, String(secret)))).toMatchObject({ isVerified: false });
      expect(await methods()).toEqual(['PASSKEY']);
    });
    it('not with the track token of an instance that somebody else has proven', async () => {
      const email = await enrolledBy.EMAIL_OTP(world, userId);
      const { answer, page } = await on('contact', { scope: 'read:authenticators add:authenticators remove:authenticators' });
      // the challenge link was forwarded, and its victim has passed it
      await passByEmail(world, createBrowser(world), answer.url, email);
      expect(await stateOf(answer, 'contact')).toBe('CHALLENGE_SUCCEEDED');
      expect(await refusals(page)).toEqual(new Set(['enrollment_not_allowed']));
      expect(await codeOf(page.removeAuthenticator('any'))).toBe('enrollment_not_allowed');
      expect(await page.verifyCode('EMAIL_OTP', world.codeTo(email))).toMatchObject({ isVerified: false });
      expect(await methods()).toEqual(['EMAIL_OTP', 'RECOVERY_CODE']);
    });
    it('not below the highest level that he has enrolled', async () => {
      await enrolledBy.PASSKEY(world, userId);
      await world.stepward.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email: emailOf(userId) });
      world.pass(60_000);
      const { page } = await on('contact');
      await page.sendEmail('EMAIL_OTP');
      await page.verifyCode('EMAIL_OTP', world.codeTo(emailOf(userId)));
      expect(await refusals(page)).toEqual(new Set(['enrollment_not_allowed']));
      expect(await methods()).toEqual(['PASSKEY', 'EMAIL_OTP']);
    });
    it('not after “this was not me”', async () => {
      const key = await enrolledBy.PASSKEY(world, userId);
      await vouch();
      const first = await on('contact');
      await prove(first.page, key);
      await addApp(first.page);
      const link = /\S+report\?r=\S+/.exec(world.mails.findLast(({ to }) => to === emailOf(userId))?.text ?? '')?.[0] ?? '';
      world.pass(1_000);
      await world.stepward.reportNotMe(new URL(link).searchParams.get('r') ?? '', true);
      expect(await refusals(first.page)).toEqual(new Set(['enrollment_not_allowed']));
    });
    it('none of whose methods is permitted proves his strongest, which completes nothing and lets one be enrolled', async () => {
      const email = await enrolledBy.EMAIL_OTP(world, userId);
      const { answer, page } = await on('app-only');
      const before = page.token;
      expect(await codeOf(page.enrollApp())).toBe('enrollment_not_allowed');
      await page.sendEmail('EMAIL_OTP');
      const proven = await page.verifyCode('EMAIL_OTP', world.codeTo(email));
      expect(proven).toMatchObject({ isVerified: true, accessToken: expect.any(String) });
      expect(await stateOf(answer, 'app-only')).toBe('CHALLENGE_REQUIRED');
      expect(await world.stepward.validate({ token: page.token })).toMatchObject({ isValid: false, state: 'CHALLENGE_REQUIRED' });
      // the right is the answered token's alone
      expect(await codeOf(createPage(world, before).enrollApp())).toBe('enrollment_not_allowed');
      expect(await addApp(page)).toMatchObject({ isVerified: true, userAuthenticator: { verificationMethod: 'AUTHENTICATOR_APP' } });
      expect(await stateOf(answer, 'app-only')).toBe('CHALLENGE_SUCCEEDED');
    });
  });

  describe('a user without', () => {
    it('on ALLOW with the scope from track: any permitted method, which makes it CHALLENGE_SUCCEEDED', async () => {
      const { answer, page } = await on('free-closed', { scope: 'add:authenticators' });
      const key = createKey();
      expect(await register(page, key)).toMatchObject({
        isVerified: true,
        userId,
        userAuthenticatorId: expect.any(String),
        userAuthenticator: { verificationMethod: 'PASSKEY', webauthnCredential: { credentialId: key.credentialId } },
      });
      expect(await stateOf(answer, 'free-closed')).toBe('CHALLENGE_SUCCEEDED');
      expect(await world.stepward.validate({ token: page.token })).toMatchObject({ isValid: true, verificationMethod: 'PASSKEY' });
    });
    it('without the scope the policy counts, and `add:authenticators` counts for nothing on a challenge', async () => {
      await vouch();
      expect(await refusals((await on('free-closed')).page)).toEqual(new Set(['enrollment_not_allowed']));
      expect(await refusals((await on('closed', { scope: 'add:authenticators' })).page)).toEqual(new Set(['enrollment_not_allowed']));
    });
    it('allow: any address and method, at once', async () => {
      const { answer, page } = await on('open');
      expect(await page.enrollEmail('EMAIL_OTP', 'any@example.org')).toEqual({ userAuthenticatorId: expect.any(String), userId });
      const verified = await page.verifyCode('EMAIL_OTP', world.codeTo('any@example.org'));
      expect(verified).toMatchObject({ isVerified: true, userAuthenticator: { email: 'any@example.org' } });
      expect(verified.recoveryCodes).toHaveLength(10);
      expect(await stateOf(answer, 'open')).toBe('CHALLENGE_SUCCEEDED');
    });
    it('verified-contact: the code goes to the vouched address alone, and completes where e-mail is permitted', async () => {
      await vouch();
      const { answer, page } = await on('contact');
      for (const way of ['passkey options', 'app', 'email'] as const)
        expect(await codeOf(everyWay(page)[way]()), way).toBe('enrollment_not_allowed');
      await page.sendEmail('EMAIL_OTP');
      expect(world.mails.at(-1)?.to).toBe(emailOf(userId));
      expect(await page.verifyCode('EMAIL_OTP', world.codeTo(emailOf(userId)))).toMatchObject({ isVerified: true });
      expect([await methods(), await stateOf(answer, 'contact')]).toEqual([['EMAIL_OTP', 'RECOVERY_CODE'], 'CHALLENGE_SUCCEEDED']);
    });
    it('verified-contact where e-mail is not permitted: one permitted method, once, within five minutes, by the answered token', async () => {
      await vouch();
      const { answer, page } = await on('contact-strong', { scope: 'add:authenticators' });
      const before = page.token;
      await page.sendEmail('EMAIL_OTP');
      const proven = await page.verifyCode('EMAIL_OTP', world.codeTo(emailOf(userId)));
      expect(proven).toMatchObject({ isVerified: true });
      expect(proven).not.toHaveProperty('userAuthenticator.email');
      expect([await methods(), await stateOf(answer, 'contact-strong')]).toEqual([[], 'CHALLENGE_REQUIRED']);
      expect(await codeOf(createPage(world, before).enrollApp())).toBe('enrollment_not_allowed');
      expect(await codeOf(page.enrollEmail('EMAIL_OTP', 'thief@example.net'))).toBe('method_not_permitted');
      await register(page, createKey());
      expect([await methods(), await stateOf(answer, 'contact-strong')]).toEqual([['PASSKEY'], 'CHALLENGE_SUCCEEDED']);
    });
    it('that right ends after five minutes', async () => {
      await vouch();
      const { page } = await on('contact-strong');
      await page.sendEmail('EMAIL_OTP');
      await page.verifyCode('EMAIL_OTP', world.codeTo(emailOf(userId)));
      world.pass(5 * 60_000);
      expect(await codeOf(page.enrollApp())).toBe('enrollment_not_allowed');
    });
    it('a right that was given on the page is not the token’s, nor the reverse', async () => {
      await vouch();
      const { answer, page } = await on('contact-strong', { scope: 'add:authenticators' });
      const browser = createBrowser(world);
      await browser.open(answer.url);
      const { view } = await browser.act(answer.url, { do: 'choose', method: 'EMAIL_OTP' });
      if (view.page !== 'ceremony') throw new Error(view.page);
      await browser.act(answer.url, { do: 'answer', challengeId: view.ceremony.challengeId, response: world.codeTo(emailOf(userId)) });
      expect(await codeOf(page.enrollApp())).toBe('enrollment_not_allowed');
      const other = await on('contact-strong');
      world.pass(31_000);
      await other.page.sendEmail('EMAIL_OTP');
      await other.page.verifyCode('EMAIL_OTP', world.codeTo(emailOf(userId)));
      expect((await createBrowser(world).open(other.answer.url)).view.page).toBe('prove-contact');
    });
    it('without a vouched address there is no way', async () => {
      await world.stepward.updateUser(userId, { email: emailOf(userId) });
      const { page } = await on('contact');
      expect(await refusals(page)).toEqual(new Set(['enrollment_not_allowed']));
      expect(await codeOf(page.sendEmail('EMAIL_OTP'))).toBe('method_not_permitted');
    });
    it('after a reset nobody enrolls before its time', async () => {
      await vouch();
      await world.stepward.resetUser(userId, { reason: 'lost', waitSeconds: 60, actor: 'op' });
      expect(await refusals((await on('free', { scope: 'add:authenticators' })).page)).toEqual(new Set(['enrollment_not_allowed']));
      expect(await refusals((await on('open')).page)).toEqual(new Set(['enrollment_not_allowed']));
    });
    it('a second ceremony of the same right adds no second authenticator', async () => {
      await vouch();
      const { page } = await on('contact-strong');
      await page.sendEmail('EMAIL_OTP');
      await page.verifyCode('EMAIL_OTP', world.codeTo(emailOf(userId)));
      const grant = page.token;
      const { challengeId, options } = await page.registrationOptions('PASSKEY', {});
      const { secret } = await page.enrollApp();
      const key = createKey();
      await page.addCredential('PASSKEY', { challengeId: String(challengeId), credential: key.create(options as never) });
      const old = createPage(world, grant);
      expect(await old.verifyCode('AUTHENTICATOR_APP', appCode(world, String(secret)))).toMatchObject({ isVerified: false });
      expect(await methods()).toEqual(['PASSKEY']);
    });
  });

  it('a passkey is named and placed as the page wishes; who it is for and how it is verified are not its to say', async () => {
    const { page } = await on('open');
    const wishes = { username: 'ada', displayName: 'Ada L.', authenticatorAttachment: 'platform' } as const;
    const { options } = await page.registrationOptions('PASSKEY', wishes);
    expect(options).toMatchObject({
      rp: { id: 'localhost' },
      user: { name: 'ada', displayName: 'Ada L.' },
      authenticatorSelection: { authenticatorAttachment: 'platform', residentKey: 'required', userVerification: 'required' },
    });
    const { user } = options as { readonly user: { readonly id: string } };
    expect(Buffer.from(user.id, 'base64url')).toHaveLength(32);
    expect((await page.registrationOptions('PASSKEY', {})).options).toMatchObject({ user: { id: user.id, name: 'account' } });
  });
  it('a credential of one user is nobody else’s', async () => {
    const key = await enrolledBy.PASSKEY(world, userId);
    const thief = await pageOf(world, { userId: `${userId}-thief`, action: 'open' });
    expect(await codeOf(register(thief.page, key))).toBe('invalid_credential');
    expect(await world.store.credentialOwner(key.credentialId)).toBe(userId);
  });

  describe('removing', () => {
    it('takes a proof token and its scope; the last one stays while the action asks for one', async () => {
      const key = await enrolledBy.PASSKEY(world, userId);
      const { page } = await on('contact', { scope: 'read:authenticators remove:authenticators' });
      const [only] = await page.listAuthenticators();
      const id = String(only?.userAuthenticatorId);
      expect(await codeOf(page.removeAuthenticator(id))).toBe('enrollment_not_allowed');
      await prove(page, key);
      expect(await codeOf(page.removeAuthenticator(id))).toBe('last_authenticator');
      await addApp(page);
      await page.removeAuthenticator(id);
      expect(await methods()).toEqual(['AUTHENTICATOR_APP']);
      await page.removeAuthenticator('unknown');
      const bare = await on('contact');
      expect(await codeOf(bare.page.removeAuthenticator(id))).toBe('scope_missing');
      expect(await world.store.credentialOwner(key.credentialId)).toBeUndefined();
    });
  });
});
