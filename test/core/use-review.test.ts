import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Composed } from '../../adapters/server/compose.ts';
import { type State, states, type TrackRequest } from '../../core/index.ts';
import { createBrowser, createWorld, type World } from '../support/stepward.ts';
import { emailOf, enrolledByEmail, passByEmail, refOf, refusalOf, secondNode, start, track, wrongCode } from '../support/use-cases.ts';

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

describe('an approved review meets one later REVIEW of the same thing', () => {
  let world: World;
  let other: Composed;
  let count = 0;
  beforeAll(async () => {
    world = await createWorld();
    other = await secondNode(world);
    await world.policies.change(() => ({
      answer: undefined,
      put: [
        { kind: 'data-point', id: 'p1', body: { id: 'p1', name: 'amount', dataType: 'number', modelType: 'action', createdAt: 0 } },
        {
          kind: 'data-point',
          id: 'p2',
          body: { id: 'p2', name: 'accountAge', dataType: 'number', modelType: 'action', volatile: true, createdAt: 0 },
        },
      ],
    }));
    await world.configure('pay', { defaultUserActionResult: 'ALLOW' }, [
      { ruleId: 'vip', type: 'REVIEW', conditions: { '==': [{ var: 'request.clientId' }, 'vip'] } },
      { ruleId: 'any', type: 'REVIEW' },
    ]);
  });
  afterAll(async () => {
    await other.close();
    await world.end();
  });
  const display = (minor: number) => [{ label: 'Amount', type: 'money' as const, value: { minor, currency: 'EUR' } }];
  const request = {
    action: 'pay',
    custom: { amount: 100, accountAge: 5 },
    display: display(100),
    deviceId: '3f0b6f0f-9e5c-4b62-9a2b-3b7b6f1d2a01',
  };
  const approved = async (about: Partial<TrackRequest> = {}) => {
    count += 1;
    const userId = `payer-${count}`;
    const answer = await track(world, { userId, ...request, ...about });
    expect(answer.state).toBe('REVIEW_REQUIRED');
    const ref = refOf(userId, answer, 'pay');
    await world.stepward.updateAction(ref, { state: 'REVIEW_SUCCEEDED' });
    return { userId, ref };
  };
  const again = async (userId: string, about: Partial<TrackRequest> = {}) => track(world, { userId, ...request, ...about });

  it('which begins as ALLOW, by review, its outcome still REVIEW; the approval is spent', async () => {
    const { userId, ref } = await approved();
    const met = await again(userId);
    expect(met).toMatchObject({ state: 'ALLOW', outcome: 'REVIEW', decidedBy: 'review' });
    expect(await refusalOf(world.stepward.consume(ref, {}))).toMatchObject({ code: 'already_consumed' });
    expect(await world.stepward.consume(refOf(userId, met, 'pay'), {})).toMatchObject({ consumed: true });
    expect(await again(userId)).toMatchObject({ state: 'REVIEW_REQUIRED' });
  });
  it('and the reverse: consumed, it meets nothing', async () => {
    const { userId, ref } = await approved();
    await world.stepward.consume(ref, {});
    expect(await again(userId)).toMatchObject({ state: 'REVIEW_REQUIRED' });
  });
  it('one of 20 at once on two nodes', async () => {
    const { userId } = await approved();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => track(index % 2 ? other : world, { userId, ...request })));
    expect(answers.filter(({ state }) => state === 'ALLOW')).toHaveLength(1);
  });
  it.each<[string, Partial<TrackRequest>]>([
    ['`custom`', { custom: { amount: 101, accountAge: 5 } }],
    ['`display`', { display: display(101) }],
    ['no `display`', { display: undefined }],
    ['device', { deviceId: '3f0b6f0f-9e5c-4b62-9a2b-3b7b6f1d2a02' }],
    ['no device', { deviceId: undefined }],
    ['deciding rule', { context: { clientId: 'vip' } }],
  ])('not one of another %s', async (_, change) => {
    const { userId } = await approved();
    expect(await again(userId, change)).toMatchObject({ state: 'REVIEW_REQUIRED' });
    expect(await again(userId)).toMatchObject({ state: 'ALLOW' });
  });
  it('a volatile data point makes no difference, nor the order of `custom`', async () => {
    const { userId } = await approved();
    expect(await again(userId, { custom: { accountAge: 6, amount: 100 } })).toMatchObject({ state: 'ALLOW' });
  });
  it('not another user or action', async () => {
    const { userId } = await approved();
    await world.configure('pay-2', { defaultUserActionResult: 'REVIEW' });
    expect(await again('somebody-else')).toMatchObject({ state: 'REVIEW_REQUIRED' });
    expect(await again(userId, { action: 'pay-2' })).toMatchObject({ state: 'REVIEW_REQUIRED' });
  });
  it('not after `reviewValidFor` of the approval', async () => {
    const { userId } = await approved();
    world.pass(259_199_999);
    const { userId: later } = await approved();
    world.pass(1);
    expect(await again(userId)).toMatchObject({ state: 'REVIEW_REQUIRED' });
    expect(await again(later)).toMatchObject({ state: 'ALLOW' });
  });
  it('not once it was blocked', async () => {
    const { userId, ref } = await approved();
    await world.stepward.updateAction(ref, { state: 'BLOCK' });
    expect(await again(userId)).toMatchObject({ state: 'REVIEW_REQUIRED' });
  });

  describe('where neither side has a device, the surroundings must be the same', () => {
    const ua = (version: number) =>
      `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`;
    const here = { deviceId: undefined, ipAddress: '203.0.113.9', userAgent: ua(140) };
    it.each<[string, Partial<TrackRequest>, string]>([
      ['same /24 and agent family', { ipAddress: '203.0.113.200', userAgent: ua(141) }, 'ALLOW'],
      ['another /24', { ipAddress: '203.0.114.9' }, 'REVIEW_REQUIRED'],
      ['another agent family', { userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' }, 'REVIEW_REQUIRED'],
      ['no address', { ipAddress: undefined }, 'REVIEW_REQUIRED'],
      ['no agent', { userAgent: undefined }, 'REVIEW_REQUIRED'],
    ])('%s', async (_, change, state) => {
      const { userId } = await approved(here);
      expect(await again(userId, { ...here, ...change })).toMatchObject({ state });
    });
    it('IPv6: the same /48', async () => {
      const { userId } = await approved({ ...here, ipAddress: '2001:db8:1:2::1' });
      expect(await again(userId, { ...here, ipAddress: '2001:db8:2:2::1' })).toMatchObject({ state: 'REVIEW_REQUIRED' });
      expect(await again(userId, { ...here, ipAddress: '2001:db8:1:3::9' })).toMatchObject({ state: 'ALLOW' });
    });
    it('two sides that both say nothing are not the same', async () => {
      const nothing = { deviceId: undefined, ipAddress: undefined, userAgent: undefined };
      const { userId } = await approved(nothing);
      expect(await again(userId, nothing)).toMatchObject({ state: 'REVIEW_REQUIRED' });
    });
  });
});
