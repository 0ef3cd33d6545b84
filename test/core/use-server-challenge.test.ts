import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Composed } from '../../adapters/server/compose.ts';
import type { TrackRequest } from '../../core/index.ts';
import { createWorld, type World } from '../support/stepward.ts';
import { emailOf, enrolledByEmail, refOf, refusalOf, secondNode, track, wrongCode } from '../support/use-cases.ts';

const refused = { isVerified: false, failureReason: 'CODE_INVALID_OR_EXPIRED' };

describe('challenge, verify and claim of the server API', () => {
  let world: World;
  let other: Composed;
  let count = 0;
  beforeAll(async () => {
    world = await createWorld();
    other = await secondNode(world);
    await world.configure('blocked', { defaultUserActionResult: 'BLOCK' });
    await world.configure('looked-at', { defaultUserActionResult: 'REVIEW' });
    await world.configure('free', { defaultUserActionResult: 'ALLOW' });
    await world.configure('strong', { minimumAssurance: 'aal2' });
  });
  afterAll(async () => {
    await other.close();
    await world.end();
  });

  const person = () => {
    count += 1;
    return `person-${count}`;
  };
  const vouched = async (userId = person()) => {
    await world.stepward.updateUser(userId, { email: emailOf(userId), emailVerified: true });
    return userId;
  };
  const sentTo = (address: string) => world.mails.filter(({ to }) => to === address).length;
  const challenged = async (userId: string, about: Partial<Parameters<World['stepward']['challenge']>[0]> = {}) =>
    world.stepward.challenge({ userId, email: emailOf(userId), ...about });
  const verified = async (userId: string, about: Partial<Parameters<World['stepward']['challenge']>[0]> = {}) => {
    const { challengeId } = await challenged(userId, about);
    const answer = await world.stepward.verify({ challengeId, verificationCode: world.codeTo(emailOf(userId)) });
    expect(answer).toEqual({ isVerified: true, email: emailOf(userId), verificationMethod: 'EMAIL_OTP' });
    return challengeId;
  };
  const kindOf = (token: string): string => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).typ;

  describe('challenge', () => {
    it('sends six digits and answers when they die, in Unix seconds', async () => {
      const userId = person();
      const answer = await challenged(userId);
      expect(answer).toEqual({
        challengeId: expect.any(String),
        idempotencyKey: expect.any(String),
        expiresAt: Math.floor((world.now() + 300_000) / 1000),
      });
      expect(world.codeTo(emailOf(userId))).toMatch(/^\d{6}$/);
      expect(await world.stepward.getChallenge({ challengeId: answer.challengeId })).toEqual({
        challengeId: answer.challengeId,
        expiresAt: answer.expiresAt,
        verificationMethod: 'EMAIL_OTP',
        email: emailOf(userId),
        action: 'signIn',
      });
    });
    it('needs a user or an address', async () => {
      expect(await refusalOf(world.stepward.challenge({}))).toEqual({ code: 'invalid_request' });
      expect(await refusalOf(world.stepward.challenge({ userId: 'nobody-knows' }))).toEqual({ code: 'invalid_request' });
    });
    it('of a method that is not there is refused', async () => {
      expect(await refusalOf(world.stepward.challenge({ userId: person(), verificationMethod: 'SMS' }))).toMatchObject({
        code: 'method_not_permitted',
      });
    });
    it('of an unknown or claimed challenge cannot be sent again', async () => {
      expect(await refusalOf(world.stepward.challenge({ challengeId: 'none' }))).toMatchObject({
        code: expect.stringMatching(/not_found|invalid_request/),
      });
      const userId = await vouched();
      const challengeId = await verified(userId);
      await world.stepward.claim({ challengeId, userId });
      world.pass(30_000);
      expect(await refusalOf(world.stepward.challenge({ challengeId }))).toMatchObject({ code: 'not_found' });
    });
    it('ten at once, on two nodes, are one message and count as one', async () => {
      const userId = person();
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) => (index % 2 ? other : world).stepward.challenge({ userId, email: emailOf(userId) })),
      );
      expect(new Set(answers.map(({ challengeId }) => challengeId)).size).toBe(1);
      expect(sentTo(emailOf(userId))).toBe(1);
      expect((await world.store.user(userId))?.sends).toHaveLength(1);
    });
    it('again within 10 s is the same message, from 10 to 30 s too many, then a new code', async () => {
      const userId = person();
      const first = await challenged(userId);
      const code = world.codeTo(emailOf(userId));
      world.pass(9_999);
      expect(await challenged(userId, { challengeId: first.challengeId })).toEqual(first);
      world.pass(1);
      expect(await refusalOf(challenged(userId, { challengeId: first.challengeId }))).toEqual({
        code: 'too_many_requests',
        retryAfter: 20,
      });
      world.pass(20_000);
      const again = await challenged(userId, { challengeId: first.challengeId });
      expect(again).toMatchObject({ challengeId: first.challengeId, idempotencyKey: first.idempotencyKey });
      expect(sentTo(emailOf(userId))).toBe(2);
      if (code !== world.codeTo(emailOf(userId)))
        expect(await world.stepward.verify({ challengeId: first.challengeId, verificationCode: code })).toEqual(refused);
      expect(
        await world.stepward.verify({ challengeId: first.challengeId, verificationCode: world.codeTo(emailOf(userId)) }),
      ).toMatchObject({ isVerified: true });
    });
    it('five to an address in an hour', async () => {
      const userId = person();
      for (let sent = 0; sent < 5; sent++) {
        await challenged(userId);
        world.pass(60_000);
      }
      expect(await refusalOf(challenged(userId))).toEqual({ code: 'too_many_requests', retryAfter: 3300 });
      expect((await world.store.user(userId))?.sends).toHaveLength(5);
    });
    it('ten to a user in an hour, whatever the addresses', async () => {
      const userId = person();
      for (let sent = 0; sent < 10; sent++) await world.stepward.challenge({ userId, email: `box-${sent}-${userId}@example.org` });
      expect(await refusalOf(world.stepward.challenge({ userId, email: `box-11-${userId}@example.org` }))).toMatchObject({
        code: 'too_many_requests',
      });
      expect(sentTo(`box-11-${userId}@example.org`)).toBe(0);
    });
  });

  describe('verify: wrong, used, late and unknown look alike', () => {
    it('a wrong code, then the right one, then the used one', async () => {
      const userId = person();
      const { challengeId } = await challenged(userId);
      expect(await world.stepward.verify({ challengeId, verificationCode: wrongCode(world, emailOf(userId)) })).toEqual(refused);
      const verificationCode = world.codeTo(emailOf(userId));
      expect(await world.stepward.verify({ challengeId, verificationCode })).toMatchObject({ isVerified: true });
      expect(await world.stepward.verify({ challengeId, verificationCode })).toEqual(refused);
    });
    it('after five minutes, and for an unknown challenge', async () => {
      const userId = person();
      const { challengeId } = await challenged(userId);
      world.pass(300_000);
      expect(await world.stepward.verify({ challengeId, verificationCode: world.codeTo(emailOf(userId)) })).toEqual(refused);
      for (const unknown of ['none', 'a~b', `${challengeId}x`, '~'])
        expect(await world.stepward.verify({ challengeId: unknown, verificationCode: '123456' })).toEqual(refused);
      expect(await world.stepward.getChallenge({ challengeId })).toEqual({});
    });
    it('five wrong tries end it, for the right code too', async () => {
      const userId = person();
      const { challengeId } = await challenged(userId);
      const answers = [];
      for (let guess = 0; guess < 5; guess++)
        answers.push(await world.stepward.verify({ challengeId, verificationCode: wrongCode(world, emailOf(userId)) }));
      expect(answers.slice(0, 4)).toEqual([refused, refused, refused, refused]);
      expect(await world.stepward.verify({ challengeId, verificationCode: world.codeTo(emailOf(userId)) })).toEqual({
        isVerified: false,
        failureReason: 'MAX_ATTEMPTS_EXCEEDED',
      });
    });
    it('100 at once on two nodes: one success', async () => {
      const userId = person();
      const { challengeId } = await challenged(userId);
      const verificationCode = world.codeTo(emailOf(userId));
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, index) => (index % 2 ? other : world).stepward.verify({ challengeId, verificationCode })),
      );
      expect(answers.filter(({ isVerified }) => isVerified === true)).toHaveLength(1);
    });
    it('guesses add up over challenges of one user, and the right code then looks like a wrong one', async () => {
      const userId = person();
      for (let round = 0; round < 2; round++) {
        const { challengeId } = await challenged(userId);
        for (let guess = 0; guess < 5; guess++)
          await world.stepward.verify({ challengeId, verificationCode: wrongCode(world, emailOf(userId)) });
        world.pass(30_000 - round * 30_000);
      }
      const { challengeId } = await world.stepward.challenge({ userId, email: `second-${userId}@example.org` });
      const right = { challengeId, verificationCode: world.codeTo(`second-${userId}@example.org`) };
      expect(await world.stepward.verify(right)).toEqual({ isVerified: false, failureReason: 'MAX_ATTEMPTS_EXCEEDED' });
      world.pass(30_000);
      expect(await world.stepward.verify(right)).toMatchObject({ isVerified: true });
    });
  });

  describe('claim', () => {
    it('gives a verified challenge to its user, once, with a proof token', async () => {
      const userId = await vouched();
      const challengeId = await verified(userId);
      const { token, verificationMethod } = await world.stepward.claim({ challengeId, userId });
      expect([kindOf(token), verificationMethod]).toEqual(['stepward-proof+jwt', 'EMAIL_OTP']);
      expect(await world.stepward.validate({ token })).toMatchObject({
        isValid: true,
        userId,
        verificationMethod: 'EMAIL_OTP',
        acr: 'urn:stepward:aal1',
      });
      expect(await refusalOf(world.stepward.claim({ challengeId, userId }))).toMatchObject({ code: 'not_found' });
    });
    it('once among 50 on two nodes', async () => {
      const userId = await vouched();
      const challengeId = await verified(userId);
      const claims = await Promise.allSettled(
        Array.from({ length: 50 }, (_, index) => (index % 2 ? other : world).stepward.claim({ challengeId, userId })),
      );
      expect(claims.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });
    it("an address that is not the user's is a mismatch, and spends nothing", async () => {
      const [userId, stranger] = [await vouched(), await vouched()];
      const { challengeId } = await world.stepward.challenge({ email: emailOf(userId) });
      await world.stepward.verify({ challengeId, verificationCode: world.codeTo(emailOf(userId)) });
      expect(await refusalOf(world.stepward.claim({ challengeId, userId: stranger }))).toEqual({ code: 'address_mismatch' });
      expect(await refusalOf(world.stepward.claim({ challengeId, userId: 'nobody' }))).toEqual({ code: 'address_mismatch' });
      expect(await world.stepward.claim({ challengeId, userId })).toMatchObject({ verificationMethod: 'EMAIL_OTP' });
    });
    it('unverified is refused; with `skipVerificationCheck` it proves nothing', async () => {
      const userId = await vouched();
      const { challengeId, idempotencyKey } = await challenged(userId);
      expect(await refusalOf(world.stepward.claim({ challengeId, userId }))).toEqual({ code: 'challenge_not_verified' });
      const { token } = await world.stepward.claim({ challengeId, userId, skipVerificationCheck: true });
      expect(kindOf(token)).toBe('stepward-track+jwt');
      expect(await world.stepward.validate({ token })).toMatchObject({ isValid: false, state: 'CHALLENGE_REQUIRED', idempotencyKey });
    });
    it.each([
      ['blocked', 'BLOCK'],
      ['looked-at', 'REVIEW_REQUIRED'],
    ])('%s comes first: the token stands for %s', async (action, state) => {
      const userId = await vouched();
      const challengeId = await verified(userId, { action });
      const { token } = await world.stepward.claim({ challengeId, userId });
      expect(kindOf(token)).toBe('stepward-track+jwt');
      expect(await world.stepward.validate({ token })).toMatchObject({ isValid: false, state });
    });
  });

  describe('`challengeId` at track', () => {
    const tracked = (userId: string, challengeId: string, about: Partial<TrackRequest> = {}) =>
      track(world, { userId, challengeId, ...about });

    it.each([['signIn'], ['free']])('makes the first state of %s CHALLENGE_SUCCEEDED with a proof token, once', async (action) => {
      const userId = await vouched();
      const challengeId = await verified(userId, { action });
      const answer = await tracked(userId, challengeId, { action });
      expect(answer).toMatchObject({ state: 'CHALLENGE_SUCCEEDED', ignored: [] });
      expect(await world.stepward.validate({ token: answer.token })).toMatchObject({ isValid: true, verificationMethod: 'EMAIL_OTP' });
      const second = await tracked(userId, challengeId, { action });
      expect(second.state).not.toBe('CHALLENGE_SUCCEEDED');
      expect(second.ignored).toEqual([{ attribute: 'challengeId', reason: 'not-usable' }]);
    });
    it('once among 50 on two nodes', async () => {
      const userId = await vouched();
      const challengeId = await verified(userId);
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) => track(index % 2 ? other : world, { userId, challengeId })),
      );
      expect(answers.filter(({ state }) => state === 'CHALLENGE_SUCCEEDED')).toHaveLength(1);
    });
    it('an answer lost is had again, with a proof token', async () => {
      const userId = await vouched();
      const challengeId = await verified(userId);
      await tracked(userId, challengeId, { idempotencyKey: 'lost' });
      const again = await tracked(userId, challengeId, { idempotencyKey: 'lost' });
      expect(again.state).toBe('CHALLENGE_SUCCEEDED');
      expect(await world.stepward.validate({ token: again.token })).toMatchObject({ isValid: true });
    });
    it('an address that this very request vouches for counts', async () => {
      const userId = person();
      const { challengeId } = await world.stepward.challenge({ email: emailOf(userId) });
      await world.stepward.verify({ challengeId, verificationCode: world.codeTo(emailOf(userId)) });
      expect(await tracked(userId, challengeId, { email: emailOf(userId) })).toMatchObject({ state: 'CHALLENGE_REQUIRED' });
      expect(await tracked(userId, challengeId, { email: emailOf(userId), emailVerified: true })).toMatchObject({
        state: 'CHALLENGE_SUCCEEDED',
      });
    });
    it('of an enrolled address names its authenticator', async () => {
      const userId = person();
      await enrolledByEmail(world, userId);
      const answer = await tracked(userId, await verified(userId));
      const consumed = await world.stepward.consume(refOf(userId, answer), {});
      const [authenticator] = await world.stepward.getAuthenticators(userId);
      expect(consumed.userAuthenticatorId).toBe(authenticator?.userAuthenticatorId);
    });

    it.each<[string, Partial<TrackRequest>, string]>([
      ['an outcome of BLOCK', { action: 'blocked' }, 'BLOCK'],
      ['an outcome of REVIEW', { action: 'looked-at' }, 'REVIEW_REQUIRED'],
      ['a method that is not permitted', { action: 'strong' }, 'CHALLENGE_REQUIRED'],
      [
        'a method whose channel opened the login',
        { context: { authenticationMethods: [{ method: 'otp', channel: 'email' }] } },
        'CHALLENGE_REQUIRED',
      ],
      ['a requested acr that it does not reach', { context: { requestedAcr: ['phr'] } }, 'CHALLENGE_REQUIRED'],
      ['a proof older than `maxAge`', { context: { maxAge: 30 } }, 'CHALLENGE_REQUIRED'],
      ['`display`, which it was not shown for', { display: [{ label: 'To', value: 'Bob' }] }, 'CHALLENGE_REQUIRED'],
    ])('%s: not used, not spent, named in `ignored`', async (_, about, state) => {
      const userId = await vouched();
      const challengeId = await verified(userId, { action: about.action });
      world.pass(31_000);
      const answer = await tracked(userId, challengeId, about);
      expect(answer).toMatchObject({ state, ignored: [{ attribute: 'challengeId', reason: 'not-usable' }] });
      expect(await world.stepward.explain(refOf(userId, answer, about.action))).toMatchObject({ ignored: answer.ignored });
      expect(await world.stepward.claim({ challengeId, userId })).toMatchObject({ verificationMethod: 'EMAIL_OTP' });
    });
    it.each<[string, (userId: string) => Promise<string>]>([
      ['unverified', async (userId) => (await challenged(userId)).challengeId],
      ['of another action', (userId) => verified(userId, { action: 'free' })],
      ['unknown', async () => 'none'],
      [
        'of another user',
        async () => {
          const stranger = await vouched();
          return verified(stranger);
        },
      ],
      [
        'of an address that nobody vouches for',
        async (userId) => {
          const { challengeId } = await world.stepward.challenge({ userId, email: `own-${userId}@example.net` });
          await world.stepward.verify({ challengeId, verificationCode: world.codeTo(`own-${userId}@example.net`) });
          return challengeId;
        },
      ],
      [
        'too old',
        async (userId) => {
          const challengeId = await verified(userId);
          world.pass(300_000);
          return challengeId;
        },
      ],
      [
        'of a vouched address of a user who has an authenticator of his own',
        async (userId) => {
          await world.stepward.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email: `enrolled-${userId}@example.org` });
          return verified(userId);
        },
      ],
    ])('%s: not used', async (_, make) => {
      const userId = await vouched();
      const challengeId = await make(userId);
      expect(await tracked(userId, challengeId)).toMatchObject({
        state: 'CHALLENGE_REQUIRED',
        ignored: [{ attribute: 'challengeId', reason: 'not-usable' }],
      });
    });
  });
});
