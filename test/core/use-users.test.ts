import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBrowser, createWorld, usual, type World } from '../support/stepward.ts';
import { emailOf, enrolledByEmail, passByEmail, proceed, refOf, refusalOf, track } from '../support/use-cases.ts';

describe('users of the server API', () => {
  let world: World;
  let count = 0;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.end());
  const person = () => {
    count += 1;
    return `person-${count}`;
  };

  it('an unknown user reads like a known one who is not enrolled, and is not made by reading', async () => {
    const known = person();
    await world.stepward.updateUser(known, { displayName: 'Known' });
    const unknown = await world.stepward.getUser('nobody');
    expect(unknown).toEqual({ ...(await world.stepward.getUser(known)), displayName: undefined });
    expect(unknown).toMatchObject({
      isEnrolled: false,
      emailVerified: false,
      phoneNumberVerified: false,
      enrolledVerificationMethods: [],
      custom: {},
    });
    expect(await world.stepward.getAuthenticators('nobody')).toEqual([]);
    expect(await world.stepward.getDevices('nobody')).toEqual([]);
    expect(await world.stepward.queryUserActions('nobody', { limit: 10 })).toEqual([]);
    expect(await world.store.user('nobody')).toBeUndefined();
  });

  describe('updateUser', () => {
    it('sets, keeps what is absent, clears by null', async () => {
      const userId = person();
      const all = {
        email: emailOf(userId),
        emailVerified: true,
        phoneNumber: '+49 151 1234-5678',
        phoneNumberVerified: true,
        username: 'u',
        displayName: 'U',
        locale: 'de',
      };
      expect(await world.stepward.updateUser(userId, all)).toEqual({ ...all, phoneNumber: '+4915112345678', custom: {} });
      expect(await world.stepward.updateUser(userId, { displayName: null })).toMatchObject({
        username: 'u',
        displayName: undefined,
        emailVerified: true,
      });
      expect(await world.stepward.updateUser(userId, { email: null, phoneNumber: null })).toMatchObject({
        email: undefined,
        emailVerified: false,
        phoneNumber: undefined,
        phoneNumberVerified: false,
      });
    });
    it('merges `custom` key by key, null removes, undeclared keys are kept', async () => {
      const userId = person();
      await world.stepward.updateUser(userId, { custom: { plan: 'gold', tags: ['a', 'b'], age: 3 } });
      expect(await world.stepward.updateUser(userId, { custom: { plan: null, age: 4, isStaff: true } })).toMatchObject({
        custom: { tags: ['a', 'b'], age: 4, isStaff: true },
      });
      expect((await world.stepward.getUser(userId)).custom).toEqual({ tags: ['a', 'b'], age: 4, isStaff: true });
    });
    it('another address without the flag is unvouched; false withdraws what was vouched for', async () => {
      const userId = person();
      await world.stepward.updateUser(userId, { email: emailOf(userId), emailVerified: true });
      expect(await world.stepward.updateUser(userId, { email: `new-${emailOf(userId)}` })).toMatchObject({ emailVerified: false });
      expect((await world.store.user(userId))?.vouchedEmail).toBe(emailOf(userId));
      await world.stepward.updateUser(userId, { email: emailOf(userId), emailVerified: false });
      expect((await world.store.user(userId))?.vouchedEmail).toBeUndefined();
    });
    it('never changes the address of an authenticator', async () => {
      const userId = person();
      await enrolledByEmail(world, userId);
      await world.stepward.updateUser(userId, { email: `new-${emailOf(userId)}`, emailVerified: true });
      expect((await world.stepward.getAuthenticators(userId)).map(({ email }) => email)).toContain(emailOf(userId));
    });
    it.each([
      ['email', 'nonsense'],
      ['email', 'a@b@c.example'],
      ['email', 'a b@example.org'],
      ['phoneNumber', '0151 1234'],
      ['phoneNumber', '+49abc'],
    ])('%s `%s` is refused', async (attribute, value) => {
      expect(await refusalOf(world.stepward.updateUser(person(), { [attribute]: value }))).toEqual({ code: 'invalid_request' });
    });
    it('parallel changes of one user are all kept', async () => {
      const userId = person();
      await Promise.all(Array.from({ length: 30 }, (_, index) => world.stepward.updateUser(userId, { custom: { [`k${index}`]: index } })));
      expect(Object.keys((await world.stepward.getUser(userId)).custom as object)).toHaveLength(30);
    });
  });

  it('queryUsers finds by what is stored, however it is written, and pages', async () => {
    const userId = person();
    await world.stepward.updateUser(userId, { email: 'Found@Example.ORG', phoneNumber: '+1 (202) 555-0143', username: `name-${userId}` });
    for (const query of [
      { email: 'Found@EXAMPLE.org' },
      { phoneNumber: '+12025550143' },
      { phoneNumber: '+1 202 555 0143' },
      { username: `name-${userId}` },
    ])
      expect((await world.stepward.queryUsers({ ...query, limit: 10 })).users.map((one) => one.userId)).toEqual([userId]);
    const ids: unknown[] = [];
    let last: string | undefined;
    do {
      const page = await world.stepward.queryUsers({ limit: 2, ...(last && { lastEvaluatedUserId: last }) });
      ids.push(...page.users.map((one) => one.userId));
      last = page.lastEvaluatedUserId;
    } while (last);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain(userId);
  });

  describe('enrollVerified', () => {
    it('brings ten recovery codes with the first authenticator, shown once; the same again is the existing one', async () => {
      const userId = person();
      const request = { verificationMethod: 'EMAIL_OTP' as const, email: emailOf(userId) };
      const first = await world.stepward.enrollVerified(userId, request);
      expect(first).toMatchObject({
        authenticator: { userId, verificationMethod: 'EMAIL_OTP', email: emailOf(userId), verifiedAt: expect.any(String) },
      });
      expect(first.recoveryCodes).toHaveLength(10);
      const again = await world.stepward.enrollVerified(userId, { ...request, email: emailOf(userId).replace('example', 'EXAMPLE') });
      expect(again).toEqual({ authenticator: first.authenticator });
      expect((await world.stepward.enrollVerified(userId, { ...request, email: `b-${emailOf(userId)}` })).recoveryCodes).toBeUndefined();
      expect(JSON.stringify(await world.stepward.getAuthenticators(userId))).not.toContain(
        String((first.recoveryCodes as readonly string[])[0]),
      );
    });
    it("leaves the user's own address alone", async () => {
      const userId = person();
      await enrolledByEmail(world, userId);
      expect(await world.stepward.getUser(userId)).toMatchObject({
        isEnrolled: true,
        email: undefined,
        emailVerified: false,
        enrolledVerificationMethods: ['EMAIL_OTP', 'RECOVERY_CODE'],
      });
    });
    it.each(['PASSKEY', 'AUTHENTICATOR_APP', 'SMS'] as const)('%s is refused', async (verificationMethod) => {
      expect(await refusalOf(world.stepward.enrollVerified(person(), { verificationMethod, phoneNumber: '+12025550143' }))).toEqual({
        code: 'invalid_request',
      });
    });
    it('tells the vouched address of a factor that was added and one that was removed', async () => {
      const userId = person();
      await world.stepward.updateUser(userId, { email: `inbox-${emailOf(userId)}`, emailVerified: true });
      const { authenticator } = await world.stepward.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email: emailOf(userId) });
      await world.stepward.deleteAuthenticator(userId, (authenticator as { readonly userAuthenticatorId: string }).userAuthenticatorId);
      expect(world.mails.filter(({ to }) => to === `inbox-${emailOf(userId)}`)).toHaveLength(2);
    });
  });

  describe('deleteAuthenticator', () => {
    it('of the last usable one takes the recovery codes with it; unknown and twice is nothing', async () => {
      const userId = person();
      await enrolledByEmail(world, userId);
      const [one] = await world.stepward.getAuthenticators(userId);
      for (let time = 0; time < 2; time++) await world.stepward.deleteAuthenticator(userId, String(one?.userAuthenticatorId));
      expect(await world.stepward.getAuthenticators(userId)).toEqual([]);
      expect(await world.stepward.getUser(userId)).toMatchObject({ isEnrolled: false });
      await world.stepward.deleteAuthenticator('nobody', 'none');
    });
    it('of another user deletes nothing', async () => {
      const [userId, stranger] = [person(), person()];
      await enrolledByEmail(world, userId);
      const [one] = await world.stepward.getAuthenticators(userId);
      await world.stepward.deleteAuthenticator(stranger, String(one?.userAuthenticatorId));
      expect(await world.stepward.getAuthenticators(userId)).toHaveLength(2);
    });
  });

  describe('deleteUser erases', () => {
    it('the user, his instances, urls, tokens, devices and open challenges; twice is nothing', async () => {
      const userId = person();
      await enrolledByEmail(world, userId);
      const { ref } = await proceed(world, createBrowser(world), { userId }, emailOf(userId));
      const pending = await track(world, { userId });
      world.pass(60_000);
      const { challengeId } = await world.stepward.challenge({ userId, email: emailOf(userId) });
      // an address that was never his own
      const elsewhere = await world.stepward.challenge({ userId, email: `elsewhere-${userId}@example.org`, ipAddress: '203.0.113.77' });
      await world.stepward.deleteUser(userId);
      await world.stepward.deleteUser(userId);

      expect(await refusalOf(world.stepward.getAction(ref))).toEqual({ code: 'not_found' });
      expect(await world.stepward.queryUserActions(userId, { limit: 10 })).toEqual([]);
      expect((await createBrowser(world).open(pending.url)).view.page).toBe('neutral');
      expect(await world.stepward.validate({ token: pending.token })).toEqual({ isValid: false, error: 'invalid_token' });
      expect(await world.stepward.getDevices(userId)).toEqual([]);
      for (const id of [challengeId, elsewhere.challengeId]) {
        expect(await world.stepward.getChallenge({ challengeId: id })).toEqual({});
        expect(JSON.stringify(await world.store.record(id.split('~')[1] ?? ''))).not.toContain(userId);
      }
      expect(await world.stepward.getUser(userId)).toMatchObject({ isEnrolled: false });
      expect(await world.store.user(userId)).toBeUndefined();
    });
    it('so that the same id begins anew', async () => {
      const userId = person();
      await enrolledByEmail(world, userId);
      await proceed(world, createBrowser(world), { userId, idempotencyKey: 'same' }, emailOf(userId));
      await world.stepward.deleteUser(userId);
      expect(await track(world, { userId, idempotencyKey: 'same', action: 'signIn' })).toMatchObject({
        state: 'CHALLENGE_REQUIRED',
        isEnrolled: false,
      });
    });
    it('a page that was open then is dead', async () => {
      const userId = person();
      await enrolledByEmail(world, userId);
      const { url } = await track(world, { userId });
      const browser = createBrowser(world);
      await browser.open(url);
      await world.stepward.deleteUser(userId);
      expect((await browser.act(url, { do: 'choose', method: 'EMAIL_OTP' })).view.page).toBe('neutral');
      expect(await world.store.user(userId)).toBeUndefined();
    });
  });

  describe('queryUserActions', () => {
    it('newest first, by time, action and state, as far as asked', async () => {
      const userId = person();
      await enrolledByEmail(world, userId);
      await world.configure('free', { defaultUserActionResult: 'ALLOW' });
      const at: string[] = [];
      for (const action of ['signIn', 'free', 'signIn']) {
        world.pass(120_000);
        at.push(new Date(world.now()).toISOString());
        await track(world, { userId, action });
      }
      const list = async (query: Partial<Parameters<World['stepward']['queryUserActions']>[1]> = {}) =>
        (await world.stepward.queryUserActions(userId, { limit: 100, ...query })).map(({ createdAt }) => createdAt);
      expect(await list()).toEqual(at.toReversed());
      expect(await list({ limit: 2 })).toEqual([at[2], at[1]]);
      expect(await list({ codes: ['free'] })).toEqual([at[1]]);
      expect(await list({ from: Date.parse(String(at[1])) })).toEqual([at[2], at[1]]);
      expect(await list({ state: 'CHALLENGE_REQUIRED' })).toEqual([at[2], at[0]]);
    });
    it('a challenge that lapsed is listed as failed, and as nothing else', async () => {
      const userId = person();
      await track(world, { userId });
      world.pass(600_000);
      expect(await world.stepward.queryUserActions(userId, { limit: 10 })).toMatchObject([
        { state: 'CHALLENGE_FAILED', actionCode: usual.action },
      ]);
      expect(await world.stepward.queryUserActions(userId, { limit: 10, state: 'CHALLENGE_FAILED' })).toHaveLength(1);
      expect(await world.stepward.queryUserActions(userId, { limit: 10, state: 'CHALLENGE_REQUIRED' })).toEqual([]);
    });
    it('names the method and authenticator that met it', async () => {
      const userId = person();
      await enrolledByEmail(world, userId);
      const answer = await track(world, { userId });
      await passByEmail(world, createBrowser(world), answer.url, emailOf(userId));
      const [authenticator] = await world.stepward.getAuthenticators(userId);
      expect(await world.stepward.queryUserActions(userId, { limit: 1 })).toMatchObject([
        { verificationMethod: 'EMAIL_OTP', verifiedByAuthenticatorId: authenticator?.userAuthenticatorId },
      ]);
      expect(await world.stepward.explain(refOf(userId, answer))).toMatchObject({ decision: { outcome: 'CHALLENGE' } });
    });
    it('says what was proven, and when it was used', async () => {
      const userId = person();
      const email = await enrolledByEmail(world, userId);
      const line = async () => (await world.stepward.queryUserActions(userId, { limit: 1 }))[0];
      await track(world, { userId });
      expect(await line()).toMatchObject({ acr: undefined, authTime: undefined, consumedAt: undefined, decidedOnPage: undefined });
      world.pass(60_000);
      const { consumed } = await proceed(world, createBrowser(world), { userId }, email);
      expect(await line()).toMatchObject({ acr: 'urn:stepward:aal1', authTime: consumed.authTime, consumedAt: consumed.consumedAt });
    });
  });
});
