import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Composed } from '../../adapters/server/compose.ts';
import { createWorld, type World } from '../support/stepward.ts';
import { emailOf, refusalOf, secondNode, serverChallenges, wrongCode } from '../support/use-cases.ts';

const refused = { isVerified: false, failureReason: 'CODE_INVALID_OR_EXPIRED' };

describe('challenge, verify and claim of the server API', () => {
  let world: World;
  let other: Composed;
  beforeAll(async () => {
    world = await createWorld();
    other = await secondNode(world);
    await world.configure('blocked', { defaultUserActionResult: 'BLOCK' });
    await world.configure('looked-at', { defaultUserActionResult: 'REVIEW' });
  });
  afterAll(async () => {
    await other.close();
    await world.end();
  });

  const { person, vouched, challenged, verified } = serverChallenges(() => world);
  const sentTo = (address: string) => world.mails.filter(({ to }) => to === address).length;
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

  describe('getChallenge by user', () => {
    const open = (query: Parameters<World['stepward']['getChallenge']>[0]) => world.stepward.getChallenge(query);
    it('finds the newest that is open, whichever address it went to', async () => {
      const userId = await vouched();
      const own = await world.stepward.challenge({ userId });
      expect(await open({ userId })).toMatchObject({ challengeId: own.challengeId, email: emailOf(userId) });
      world.pass(1_000);
      const elsewhere = await world.stepward.challenge({ userId, email: `new-${userId}@example.org`, action: 'blocked' });
      expect(await open({ userId })).toMatchObject({ challengeId: elsewhere.challengeId, email: `new-${userId}@example.org` });
      expect(await open({ userId, action: 'signIn' })).toMatchObject({ challengeId: own.challengeId });
      expect(await open({ userId, action: 'looked-at' })).toEqual({});
      expect(await other.stepward.getChallenge({ userId })).toMatchObject({ challengeId: elsewhere.challengeId });
    });
    it('finds none that is over, claimed or of somebody else', async () => {
      const [userId, stranger] = [await vouched(), person()];
      const email = `shared-${userId}@example.org`;
      await world.stepward.challenge({ userId, email });
      world.pass(31_000);
      await world.stepward.challenge({ userId: stranger, email });
      expect(await open({ userId })).toEqual({});
      expect(await open({ userId: stranger })).toMatchObject({ email });
      const challengeId = await verified(userId);
      await world.stepward.claim({ challengeId, userId });
      expect(await open({ userId })).toEqual({});
      world.pass(300_000);
      expect(await open({ userId: stranger })).toEqual({});
      expect(await open({})).toEqual({});
    });
    it('remembers twenty addresses of a user, and forgets what was sent to others', async () => {
      const userId = person();
      const ids: string[] = [];
      for (let nth = 0; nth < 22; nth++) {
        ids.push((await world.stepward.challenge({ userId, email: `${nth}-${userId}@example.org` })).challengeId);
        world.pass(400_000);
      }
      expect((await world.store.user(userId))?.challenged).toEqual(ids.slice(2).toReversed());
      const kept = ids.map((id) => world.store.record<{ readonly until: number; readonly challenge?: unknown }>(id.split('~')[1] ?? ''));
      expect((await Promise.all(kept)).map((record) => record?.challenge !== undefined)).toEqual(ids.map((_, nth) => nth >= 2));
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
});
