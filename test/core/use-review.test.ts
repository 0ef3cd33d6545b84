import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type State, states } from '../../core/index.ts';
import { createBrowser, createWorld, type World } from '../support/stepward.ts';
import { emailOf, enrolledByEmail, passByEmail, refOf, refusalOf, start, track, wrongCode } from '../support/use-cases.ts';

describe('updateAction: who may move an instance where', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    await enrolledByEmail(world, 'ann');
    await world.configure('free', { defaultUserActionResult: 'ALLOW' });
    await world.configure('looked-at', { defaultUserActionResult: 'REVIEW' });
    await world.configure('blocked', { defaultUserActionResult: 'BLOCK' });
  });
  afterAll(() => world.end());

  const made = async (action: string) => {
    world.pass(1_000_000);
    const answer = await track(world, { userId: 'ann', action, deviceId: `device-${world.now()}` });
    return {
      answer,
      ref: refOf('ann', answer, action),
      update: (state: State) => world.stepward.updateAction(refOf('ann', answer, action), { state }),
    };
  };
  /** How an instance gets into each state. */
  const into: Readonly<Record<State, () => ReturnType<typeof made>>> = {
    ALLOW: () => made('free'),
    BLOCK: () => made('blocked'),
    CHALLENGE_REQUIRED: () => made('signIn'),
    CHALLENGE_SUCCEEDED: async () => {
      const one = await made('signIn');
      await passByEmail(world, createBrowser(world), one.answer.url, emailOf('ann'));
      return one;
    },
    CHALLENGE_FAILED: async () => {
      const one = await made('signIn');
      await one.update('CHALLENGE_FAILED');
      return one;
    },
    REVIEW_REQUIRED: () => made('looked-at'),
    REVIEW_SUCCEEDED: async () => {
      const one = await made('looked-at');
      await one.update('REVIEW_SUCCEEDED');
      return one;
    },
    REVIEW_FAILED: async () => {
      const one = await made('looked-at');
      await one.update('REVIEW_FAILED');
      return one;
    },
  };
  const permitted: Readonly<Record<State, readonly State[]>> = {
    ALLOW: ['REVIEW_REQUIRED', 'BLOCK'],
    BLOCK: [],
    CHALLENGE_REQUIRED: ['REVIEW_REQUIRED', 'CHALLENGE_FAILED', 'BLOCK'],
    CHALLENGE_SUCCEEDED: ['REVIEW_REQUIRED', 'BLOCK'],
    CHALLENGE_FAILED: ['REVIEW_REQUIRED', 'BLOCK'],
    REVIEW_REQUIRED: ['REVIEW_SUCCEEDED', 'REVIEW_FAILED', 'BLOCK'],
    REVIEW_SUCCEEDED: ['BLOCK'],
    REVIEW_FAILED: ['BLOCK'],
  };
  const matrix = states.flatMap((from) => states.map((to) => [from, to] as const));

  it.each(matrix)('%s to %s', async (from, to) => {
    const { ref, update } = await into[from]();
    const before = await world.stepward.getAction(ref);
    expect(before.state).toBe(from);
    if (from === to) {
      world.pass(1000);
      expect(await update(to)).toEqual({ state: to, stateUpdatedAt: before.stateUpdatedAt });
    } else if (permitted[from].includes(to)) {
      expect(await update(to)).toEqual({ state: to, stateUpdatedAt: new Date(world.now()).toISOString() });
      expect(await world.stepward.getAction(ref)).toMatchObject({ state: to });
    } else {
      expect(await refusalOf(update(to))).toEqual({ code: 'invalid_transition', state: from });
      expect(await world.stepward.getAction(ref)).toEqual(before);
    }
  });

  it('no way through several changes writes ALLOW or CHALLENGE_SUCCEEDED', async () => {
    const walk = async (from: State, depth: number): Promise<void> => {
      for (const first of states)
        for (const second of states) {
          const { ref, update } = await into[from]();
          const original = from;
          for (const state of [first, second]) await update(state).catch(() => undefined);
          const { state } = await world.stepward.getAction(ref);
          if (state === 'ALLOW' || state === 'CHALLENGE_SUCCEEDED') expect(state).toBe(original);
        }
      expect(depth).toBe(2);
    };
    for (const from of ['ALLOW', 'REVIEW_REQUIRED', 'CHALLENGE_FAILED'] as const) await walk(from, 2);
  });

  it('who decided and why is recorded', async () => {
    const { ref } = await into.REVIEW_REQUIRED();
    await world.stepward.updateAction(ref, { state: 'REVIEW_SUCCEEDED', reviewer: 'op@example.org', reason: 'called back' });
    expect(await world.store.instance(ref)).toMatchObject({
      reviewedBy: 'op@example.org',
      reviewReason: 'called back',
      reviewedAt: world.now(),
    });
  });
  it('an unknown instance is not found', async () => {
    expect(
      await refusalOf(world.stepward.updateAction({ userId: 'ann', action: 'free', idempotencyKey: 'none' }, { state: 'BLOCK' })),
    ).toEqual({ code: 'not_found' });
  });
  it('a consumed success is history: it can be blocked, not looked at again', async () => {
    const { ref, answer, update } = await into.ALLOW();
    await world.stepward.consume(ref, {});
    expect(await refusalOf(update('REVIEW_REQUIRED'))).toMatchObject({ code: 'invalid_transition' });
    expect(answer.state).toBe('ALLOW');
    expect(await update('BLOCK')).toMatchObject({ state: 'BLOCK' });
  });

  it('an approved review is consumed once, within `reviewValidFor` of the approval', async () => {
    const held = await into.REVIEW_REQUIRED();
    world.pass(30 * 86_400_000);
    await held.update('REVIEW_SUCCEEDED');
    world.pass(259_199_000);
    expect(await world.stepward.consume(held.ref, {})).toMatchObject({ state: 'REVIEW_SUCCEEDED' });
    expect(await refusalOf(world.stepward.consume(held.ref, {}))).toMatchObject({ code: 'already_consumed' });
    const late = await into.REVIEW_SUCCEEDED();
    world.pass(259_200_000);
    expect(await refusalOf(world.stepward.consume(late.ref, {}))).toEqual({ code: 'challenge_expired', state: 'REVIEW_SUCCEEDED' });
  });
  it('a review raised from ALLOW is approved to REVIEW_SUCCEEDED', async () => {
    const { ref, update } = await into.ALLOW();
    await update('REVIEW_REQUIRED');
    expect(await refusalOf(world.stepward.consume(ref, {}))).toMatchObject({ code: 'under_review' });
    expect(await update('REVIEW_SUCCEEDED')).toMatchObject({ state: 'REVIEW_SUCCEEDED' });
    expect(await world.stepward.consume(ref, {})).toMatchObject({ consumed: true, state: 'REVIEW_SUCCEEDED' });
  });

  describe('approving a review that was raised from a challenge owes the challenge again', () => {
    it.each(['CHALLENGE_REQUIRED', 'CHALLENGE_FAILED', 'CHALLENGE_SUCCEEDED'] as const)(
      '%s, with a new `expiresAt` and no proof kept',
      async (from) => {
        const { ref, answer, update } = await into[from]();
        await update('REVIEW_REQUIRED');
        world.pass(3 * 86_400_000);
        expect(await update('REVIEW_SUCCEEDED')).toMatchObject({ state: 'CHALLENGE_REQUIRED' });
        const now = await world.stepward.getAction(ref);
        expect(now).toMatchObject({ state: 'CHALLENGE_REQUIRED', expiresAt: new Date(world.now() + 600_000).toISOString() });
        expect([now.verificationMethod, now.acr, now.amr, now.failureReason]).toEqual([undefined, undefined, undefined, undefined]);
        expect(await refusalOf(world.stepward.consume(ref, {}))).toMatchObject({ code: 'challenge_pending' });
        expect(answer.url).toContain('?c=');
      },
    );
    it('its url works, however long the review took, and the proof is a new one', async () => {
      const { ref, answer, update } = await into.CHALLENGE_REQUIRED();
      await update('REVIEW_REQUIRED');
      world.pass(5 * 86_400_000);
      await update('REVIEW_SUCCEEDED');
      await world.store.prune(world.now());
      const browser = createBrowser(world);
      await passByEmail(world, browser, answer.url, emailOf('ann'));
      const token = (await browser.leave(answer.url))?.target?.token ?? '';
      expect(await world.stepward.validate({ token, ...ref })).toMatchObject({ isValid: true });
    });
    it('a challenge whose tries and messages were spent can be passed anew', async () => {
      await world.configure('signIn', { maxChallenges: 2 });
      const { ref, answer, update } = await into.CHALLENGE_REQUIRED();
      const browser = createBrowser(world);
      await browser.open(answer.url);
      for (let ceremony = 0; ceremony < 2; ceremony++) {
        const { challengeId } = await start(browser, answer.url, 'EMAIL_OTP');
        for (let guess = 0; guess < 5; guess++) {
          await browser.act(answer.url, { do: 'answer', challengeId, response: wrongCode(world, emailOf('ann')) });
          world.pass(10_000);
        }
      }
      expect(await world.stepward.getAction(ref)).toMatchObject({ state: 'CHALLENGE_FAILED', failureReason: 'spent' });
      await update('REVIEW_REQUIRED');
      world.pass(3_600_000);
      await update('REVIEW_SUCCEEDED');
      const { challengeId } = await start(browser, answer.url, 'EMAIL_OTP');
      const wrong = await browser.act(answer.url, { do: 'answer', challengeId, response: wrongCode(world, emailOf('ann')) });
      expect(wrong).toMatchObject({ error: 'wrong', view: { page: 'ceremony' } });
      await browser.act(answer.url, { do: 'answer', challengeId, response: world.codeTo(emailOf('ann')) });
      expect(await world.stepward.getAction(ref)).toMatchObject({ state: 'CHALLENGE_SUCCEEDED' });
      await world.configure('signIn', { maxChallenges: 3 });
    });
    it('a code of before the review opens nothing afterwards', async () => {
      const { ref, answer, update } = await into.CHALLENGE_REQUIRED();
      const browser = createBrowser(world);
      await browser.open(answer.url);
      const { challengeId } = await start(browser, answer.url, 'EMAIL_OTP');
      const response = world.codeTo(emailOf('ann'));
      await update('REVIEW_REQUIRED');
      expect(await browser.act(answer.url, { do: 'answer', challengeId, response })).toMatchObject({ view: { page: 'review' } });
      await update('REVIEW_SUCCEEDED');
      expect(await browser.act(answer.url, { do: 'answer', challengeId, response })).toMatchObject({ error: 'late' });
      expect(await world.stepward.getAction(ref)).toMatchObject({ state: 'CHALLENGE_REQUIRED' });
    });
  });
});
