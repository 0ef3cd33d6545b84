import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Composed } from '../../adapters/server/compose.ts';
import { type State, states, type TrackRequest } from '../../core/index.ts';
import { createBrowser, createWorld, usual, type World } from '../support/stepward.ts';
import { emailOf, enrolledByEmail, passByEmail, refusalOf, secondNode } from '../support/use-cases.ts';

describe('track with an idempotencyKey: one key, one decision', () => {
  let world: World;
  let other: Composed;
  let count = 0;
  beforeAll(async () => {
    world = await createWorld();
    other = await secondNode(world);
    await enrolledByEmail(world, 'ann');
    await world.configure('free', { defaultUserActionResult: 'ALLOW' });
    await world.configure('looked-at', { defaultUserActionResult: 'REVIEW' });
    await world.configure('blocked', { defaultUserActionResult: 'BLOCK' });
  });
  afterAll(async () => {
    await other.close();
    await world.end();
  });
  const request = (about: Partial<TrackRequest> = {}): TrackRequest => {
    count += 1;
    return { ...usual, userId: 'ann', idempotencyKey: `key-${count}`, ...about };
  };
  const withoutToken = ({ token: _, ...rest }: { readonly token: string }) => rest;
  const refOf = ({ userId, action, idempotencyKey = '' }: TrackRequest) => ({ userId, action, idempotencyKey });

  it('the same request has the first answer, with a new token', async () => {
    const one = request({ context: { clientId: 'app', roles: ['a', 'b'] }, custom: { a: 1, b: 2 } });
    const first = await world.stepward.track(one);
    world.pass(1000);
    const again = await other.stepward.track(one);
    expect([first.replayed, again.replayed]).toEqual([false, true]);
    expect(withoutToken(again.answer)).toEqual(withoutToken(first.answer));
    expect(again.answer.token).not.toBe(first.answer.token);
  });
  it('the order of attributes is no difference', async () => {
    const one = request({ context: { clientId: 'app', protocol: 'oidc' }, custom: { a: 1, b: 2 } });
    await world.stepward.track(one);
    const reordered = Object.fromEntries(
      Object.entries({ ...one, context: { protocol: 'oidc', clientId: 'app' }, custom: { b: 2, a: 1 } }).reverse(),
    );
    expect((await world.stepward.track(reordered as unknown as TrackRequest)).replayed).toBe(true);
  });
  it.each<[string, Partial<TrackRequest>]>([
    ['address', { ipAddress: '203.0.113.10' }],
    ['binding', { binding: 'another' }],
    ['display', { display: [{ label: 'Amount', type: 'money', value: { minor: 100, currency: 'EUR' } }] }],
    ['custom', { custom: { amount: 1 } }],
    ['redirectUrl', { redirectUrl: 'http://localhost:3000/other' }],
  ])('another %s is a conflict that names the present state', async (_, change) => {
    const one = request();
    await world.stepward.track(one);
    expect(await refusalOf(world.stepward.track({ ...one, ...change }))).toEqual({
      code: 'idempotency_conflict',
      state: 'CHALLENGE_REQUIRED',
    });
  });
  it('a key belongs to its user and action', async () => {
    const one = request();
    await world.stepward.track(one);
    expect((await world.stepward.track({ ...one, action: 'free' })).replayed).toBe(false);
    expect((await world.stepward.track({ ...one, userId: 'bob' })).replayed).toBe(false);
  });
  it('50 at once on two nodes: one decision, one instance', async () => {
    const one = request({ userId: 'many' });
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => (index % 2 ? other : world).stepward.track(one)));
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(new Set(answers.map(({ answer }) => answer.url)).size).toBe(1);
    expect(await world.stepward.queryUserActions('many', { limit: 100 })).toHaveLength(1);
  });
  it('50 at once with different requests: one decision, 49 conflicts', async () => {
    const one = request({ userId: 'fighting' });
    const answers = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => (index % 2 ? other : world).stepward.track({ ...one, username: `u-${index}` })),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await world.stepward.queryUserActions('fighting', { limit: 100 })).toHaveLength(1);
  });
  it('an answer lost after the commit: the repeat makes no instance and sends nothing', async () => {
    const one = request({ userId: 'cut' });
    const sent = world.mails.length;
    await world.stepward.track(one);
    await other.stepward.track(one);
    expect(await world.stepward.queryUserActions('cut', { limit: 100 })).toHaveLength(1);
    expect(world.mails).toHaveLength(sent);
  });
  it('without a key every call is its own instance', async () => {
    const { idempotencyKey: _, ...one } = request({ userId: 'loose' });
    const [a, b] = [await world.stepward.track(one), await world.stepward.track(one)];
    expect(a.answer.idempotencyKey).not.toBe(b.answer.idempotencyKey);
  });
  it('a refused call stores nothing: the key is free afterwards', async () => {
    const one = request({ userId: 'refused', email: 'nonsense' });
    await refusalOf(world.stepward.track(one));
    expect((await world.stepward.track({ ...one, email: 'fine@example.org' })).replayed).toBe(false);
  });

  describe('never a state more permissive than the present one', () => {
    /** Each way from a first state to a present one, and what the replay shows. */
    const raise = (state: State) => async (one: TrackRequest) => void (await world.stepward.updateAction(refOf(one), { state }));
    const pass = async (_: TrackRequest, url: string) => {
      world.pass(60_000);
      await passByEmail(world, createBrowser(world), url, emailOf('ann'));
    };
    const cancel = async (_: TrackRequest, url: string) => {
      const browser = createBrowser(world);
      await browser.open(url);
      await browser.act(url, { do: 'cancel' });
    };
    const cases: readonly [string, State, State, readonly ((one: TrackRequest, url: string) => Promise<void>)[]][] = [
      ['free', 'ALLOW', 'ALLOW', []],
      ['free', 'ALLOW', 'REVIEW_REQUIRED', [raise('REVIEW_REQUIRED')]],
      ['free', 'ALLOW', 'REVIEW_SUCCEEDED', [raise('REVIEW_REQUIRED'), raise('REVIEW_SUCCEEDED')]],
      ['free', 'ALLOW', 'REVIEW_FAILED', [raise('REVIEW_REQUIRED'), raise('REVIEW_FAILED')]],
      ['free', 'ALLOW', 'BLOCK', [raise('BLOCK')]],
      ['signIn', 'CHALLENGE_REQUIRED', 'CHALLENGE_REQUIRED', [pass]],
      ['signIn', 'CHALLENGE_REQUIRED', 'CHALLENGE_FAILED', [cancel]],
      ['signIn', 'CHALLENGE_REQUIRED', 'REVIEW_REQUIRED', [raise('REVIEW_REQUIRED')]],
      ['signIn', 'CHALLENGE_REQUIRED', 'BLOCK', [pass, raise('BLOCK')]],
      ['looked-at', 'REVIEW_REQUIRED', 'REVIEW_REQUIRED', [raise('REVIEW_SUCCEEDED')]],
      ['looked-at', 'REVIEW_REQUIRED', 'REVIEW_FAILED', [raise('REVIEW_FAILED')]],
      ['blocked', 'BLOCK', 'BLOCK', []],
    ];
    it.each(cases)('%s: first %s, replayed as %s', async (action, first, shown, steps) => {
      const one = request({ action, deviceId: `device-of-this-request-${count}` });
      const { answer } = await world.stepward.track(one);
      expect(answer.state).toBe(first);
      for (const step of steps) await step(one, answer.url);
      expect((await world.stepward.track(one)).answer.state).toBe(shown);
    });
    it('covers every first state', () => {
      expect(states.filter((state) => cases.some(([, first]) => first === state))).toEqual([
        'ALLOW',
        'BLOCK',
        'CHALLENGE_REQUIRED',
        'REVIEW_REQUIRED',
      ]);
    });
    it('a challenge that lapsed is replayed as failed, with a token as dead as its url', async () => {
      const one = request();
      const { answer } = await world.stepward.track(one);
      world.pass(600_000);
      const again = (await world.stepward.track(one)).answer;
      expect(again).toMatchObject({ state: 'CHALLENGE_FAILED', url: answer.url, expiresAt: answer.expiresAt });
      expect(await world.stepward.validate({ token: again.token })).toEqual({ isValid: false, error: 'expired_token' });
    });
  });

  describe('idempotency_expired: an ALLOW must not be had twice', () => {
    it('after it was consumed', async () => {
      const one = request({ action: 'free' });
      await world.stepward.track(one);
      await world.stepward.consume(refOf(one), {});
      expect(await refusalOf(world.stepward.track(one))).toEqual({ code: 'idempotency_expired', state: 'ALLOW' });
    });
    it('after `consumeWithin`', async () => {
      const one = request({ action: 'free' });
      await world.stepward.track(one);
      world.pass(299_999);
      expect((await world.stepward.track(one)).answer.state).toBe('ALLOW');
      world.pass(1);
      expect(await refusalOf(world.stepward.track(one))).toEqual({ code: 'idempotency_expired', state: 'ALLOW' });
    });
  });
});
