import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Composed } from '../../adapters/server/compose.ts';
import type { TrackRequest } from '../../core/index.ts';
import { createWorld, type World } from '../support/stepward.ts';
import { emailOf, enrolledByEmail, refOf, secondNode, serverChallenges, track } from '../support/use-cases.ts';

describe('`challengeId` at track: a challenge that the server API verified is handed over', () => {
  let world: World;
  let other: Composed;
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

  const { person, vouched, challenged, verified } = serverChallenges(() => world);

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
  it('not for a user who was reset and has to wait', async () => {
    const userId = await vouched();
    await enrolledByEmail(world, userId);
    await world.stepward.resetUser(userId, { reason: 'lost', waitSeconds: 200, actor: 'op' });
    const challengeId = await verified(userId);
    expect(await tracked(userId, challengeId)).toMatchObject({ state: 'CHALLENGE_REQUIRED' });
    world.pass(200_000);
    expect(await tracked(userId, await verified(userId))).toMatchObject({ state: 'CHALLENGE_SUCCEEDED' });
  });
  it('once among 50 on two nodes', async () => {
    const userId = await vouched();
    const challengeId = await verified(userId);
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => track(index % 2 ? other : world, { userId, challengeId })));
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
