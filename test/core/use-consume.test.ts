import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Composed } from '../../adapters/server/compose.ts';
import { createBrowser, createWorld, type World } from '../support/stepward.ts';
import { enrolledByEmail, passByEmail, refOf, refusalOf, secondNode, track } from '../support/use-cases.ts';

const binding = 'login-1';

describe('consume: only an answer means proceed', () => {
  let world: World;
  let other: Composed;
  let email: string;
  beforeAll(async () => {
    world = await createWorld();
    other = await secondNode(world);
    email = await enrolledByEmail(world, 'ann');
    await world.configure('free', { defaultUserActionResult: 'ALLOW' });
    await world.configure('blocked', { defaultUserActionResult: 'BLOCK' });
    await world.configure('looked-at', { defaultUserActionResult: 'REVIEW' });
  });
  afterAll(async () => {
    await other.close();
    await world.end();
  });

  /** A challenge passed on the page, with its ticket. */
  const passed = async (about: Parameters<typeof track>[1] = { userId: 'ann' }) => {
    world.pass(900_000);
    const browser = createBrowser(world);
    const answer = await track(world, { binding, ...about });
    await passByEmail(world, browser, answer.url, email);
    const ticket = (await browser.leave(answer.url))?.target?.ticket ?? '';
    return { ref: refOf('ann', answer), ticket, answer, browser };
  };
  const owed = async (about: Partial<Parameters<typeof track>[1]> = {}) => {
    const answer = await track(world, { userId: 'ann', binding, ...about });
    return { ref: refOf('ann', answer, about.action), answer };
  };

  it('answers what was proven, how strongly and when', async () => {
    const { ref, ticket } = await passed();
    const at = new Date(world.now()).toISOString();
    expect(await world.stepward.consume(ref, { binding, ticket })).toEqual({
      consumed: true,
      state: 'CHALLENGE_SUCCEEDED',
      ...ref,
      verificationMethod: 'EMAIL_OTP',
      userAuthenticatorId: expect.any(String),
      acr: 'urn:stepward:aal1',
      amr: ['otp'],
      authTime: at,
      consumedAt: at,
    });
  });

  it('happens once among 200 on two nodes', async () => {
    const { ref, ticket } = await passed();
    const answers = await Promise.allSettled(
      Array.from({ length: 200 }, (_, index) =>
        (index % 2 ? other : world).stepward.consume(ref, { binding, ticket, consumeKey: `k-${index}` }),
      ),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const answer of answers)
      if (answer.status === 'rejected')
        expect(answer.reason).toMatchObject({ code: 'already_consumed', extras: { state: 'CHALLENGE_SUCCEEDED' } });
  });

  it('is not undone by a restart', async () => {
    const { ref, ticket } = await passed();
    await world.stepward.consume(ref, { binding, ticket });
    const restarted = await secondNode(world);
    expect(await refusalOf(restarted.stepward.consume(ref, { binding, ticket }))).toMatchObject({ code: 'already_consumed' });
    await restarted.close();
  });

  it('of ALLOW needs no ticket and lasts for `consumeWithin`', async () => {
    const { ref } = await owed({ action: 'free' });
    expect(await world.stepward.consume(ref, { binding })).toMatchObject({ consumed: true, state: 'ALLOW' });
    const late = await owed({ action: 'free' });
    world.pass(300_000);
    expect(await refusalOf(world.stepward.consume(late.ref, { binding }))).toEqual({ code: 'challenge_expired', state: 'ALLOW' });
  });

  describe('a lost answer can be had again', () => {
    it('with the same consumeKey and request, for 60 s', async () => {
      const { ref, ticket } = await passed();
      const request = { binding, ticket, consumeKey: 'return-1' };
      const first = await world.stepward.consume(ref, request);
      world.pass(59_000);
      expect(await other.stepward.consume(ref, request)).toEqual(first);
      world.pass(1_000);
      expect(await refusalOf(world.stepward.consume(ref, request))).toMatchObject({ code: 'already_consumed' });
    });
    it('not with another consumeKey, none, or another request', async () => {
      const { ref, ticket } = await passed();
      await world.stepward.consume(ref, { binding, ticket, consumeKey: 'return-2' });
      const others = [{ consumeKey: 'return-3' }, {}, { consumeKey: 'return-2', maxAge: 1000 }];
      for (const other of others)
        expect(await refusalOf(world.stepward.consume(ref, { binding, ticket, ...other }))).toMatchObject({ code: 'already_consumed' });
    });
    it('not once the instance was blocked', async () => {
      const { ref, ticket } = await passed();
      await world.stepward.consume(ref, { binding, ticket, consumeKey: 'return-4' });
      await world.stepward.updateAction(ref, { state: 'BLOCK' });
      expect(await refusalOf(world.stepward.consume(ref, { binding, ticket, consumeKey: 'return-4' }))).toEqual({
        code: 'blocked',
        state: 'BLOCK',
      });
    });
  });

  describe('every refusal names the present state', () => {
    it('not_found: an unknown key, another user, another action look the same', async () => {
      const { ref } = await owed();
      for (const other of [
        { ...ref, idempotencyKey: 'nope' },
        { ...ref, userId: 'bob' },
        { ...ref, action: 'free' },
      ])
        expect(await refusalOf(world.stepward.consume(other, { binding }))).toEqual({ code: 'not_found' });
    });
    it('challenge_pending', async () => {
      const { ref } = await owed();
      expect(await refusalOf(world.stepward.consume(ref, { binding }))).toEqual({ code: 'challenge_pending', state: 'CHALLENGE_REQUIRED' });
    });
    it('challenge_failed: cancelled', async () => {
      const { ref, answer } = await owed();
      const browser = createBrowser(world);
      await browser.open(answer.url);
      await browser.act(answer.url, { do: 'cancel' });
      expect(await refusalOf(world.stepward.consume(ref, { binding }))).toEqual({ code: 'challenge_failed', state: 'CHALLENGE_FAILED' });
      expect(await world.stepward.getAction(ref)).toMatchObject({ failureReason: 'cancelled' });
    });
    it('challenge_expired: lapsed before success', async () => {
      const { ref } = await owed();
      world.pass(600_000);
      expect(await refusalOf(world.stepward.consume(ref, { binding }))).toEqual({ code: 'challenge_expired', state: 'CHALLENGE_FAILED' });
    });
    it('challenge_expired: lapsed after success', async () => {
      const { ref, ticket } = await passed();
      world.pass(300_000);
      expect(await refusalOf(world.stepward.consume(ref, { binding, ticket }))).toEqual({
        code: 'challenge_expired',
        state: 'CHALLENGE_SUCCEEDED',
      });
    });
    it('under_review, blocked', async () => {
      const held = await owed({ action: 'looked-at' });
      expect(await refusalOf(world.stepward.consume(held.ref, { binding }))).toEqual({ code: 'under_review', state: 'REVIEW_REQUIRED' });
      await world.stepward.updateAction(held.ref, { state: 'REVIEW_FAILED' });
      expect(await refusalOf(world.stepward.consume(held.ref, { binding }))).toEqual({ code: 'blocked', state: 'REVIEW_FAILED' });
      const { ref } = await owed({ action: 'blocked' });
      expect(await refusalOf(world.stepward.consume(ref, { binding }))).toEqual({ code: 'blocked', state: 'BLOCK' });
    });
    it('binding_mismatch: missing or different, nothing is spent', async () => {
      const { ref, ticket } = await passed();
      for (const wrong of [{}, { binding: 'login-2' }])
        expect(await refusalOf(world.stepward.consume(ref, { ...wrong, ticket }))).toMatchObject({ code: 'binding_mismatch' });
      expect(await world.stepward.consume(ref, { binding, ticket })).toMatchObject({ consumed: true });
    });
    it('binding_mismatch: one given though tracked without', async () => {
      const answer = await track(world, { userId: 'ann', action: 'free' });
      expect(await refusalOf(world.stepward.consume(refOf('ann', answer, 'free'), { binding }))).toMatchObject({
        code: 'binding_mismatch',
      });
    });
    it('assurance_unmet: weaker or older than required, nothing is spent', async () => {
      const { ref, ticket } = await passed();
      world.pass(30_000);
      const strong = { binding, ticket, requiredAcr: ['urn:stepward:aal2'] };
      expect(await refusalOf(world.stepward.consume(ref, strong))).toEqual({ code: 'assurance_unmet', state: 'CHALLENGE_SUCCEEDED' });
      expect(await refusalOf(world.stepward.consume(ref, { binding, ticket, maxAge: 29 }))).toMatchObject({ code: 'assurance_unmet' });
      expect(await world.stepward.consume(ref, { binding, ticket, maxAge: 30, requiredAcr: ['phr', 'urn:stepward:aal1'] })).toMatchObject({
        consumed: true,
      });
    });
    it('assurance_unmet: an ALLOW without any proof', async () => {
      const { ref } = await owed({ action: 'free' });
      expect(await refusalOf(world.stepward.consume(ref, { binding, requiredAcr: ['urn:stepward:aal1'] }))).toMatchObject({
        code: 'assurance_unmet',
      });
    });
  });

  describe('the right browser: a forwarded link gains its sender nothing', () => {
    it('a binding without the ticket', async () => {
      const { ref } = await passed();
      expect(await refusalOf(world.stepward.consume(ref, { binding }))).toEqual({ code: 'ticket_mismatch', state: 'CHALLENGE_SUCCEEDED' });
    });
    it('the track token in place of a proof', async () => {
      const { ref, answer } = await passed();
      expect(await refusalOf(world.stepward.consume(ref, { binding, token: answer.token }))).toMatchObject({ code: 'ticket_mismatch' });
    });
    it('the ticket of another instance, or one made up', async () => {
      const mine = await passed();
      const theirs = await passed();
      for (const ticket of [mine.ticket, '', 'A'.repeat(22)])
        expect(await refusalOf(world.stepward.consume(theirs.ref, { binding, ticket }))).toMatchObject({ code: 'ticket_mismatch' });
      expect(await world.stepward.consume(theirs.ref, { binding, ticket: theirs.ticket })).toMatchObject({ consumed: true });
    });
    it('a ticket twice', async () => {
      const { ref, ticket } = await passed();
      await world.stepward.consume(ref, { binding, ticket });
      expect(await refusalOf(world.stepward.consume(ref, { binding, ticket }))).toMatchObject({ code: 'already_consumed' });
    });
    it('a ticket at an instance that asks for none is checked all the same', async () => {
      const { ref } = await owed({ action: 'free' });
      expect(await refusalOf(world.stepward.consume(ref, { binding, ticket: 'A'.repeat(22) }))).toMatchObject({ code: 'ticket_mismatch' });
    });
    it('the same browser sees its ticket again on reload; another browser sees nothing', async () => {
      const { answer, ticket, browser } = await passed();
      expect((await browser.leave(answer.url))?.target?.ticket).toBe(ticket);
      expect(await createBrowser(world).leave(answer.url)).toBeUndefined();
    });
    it("without binding, the return token does as ticket, and no other instance's does", async () => {
      const mine = await passed({ userId: 'ann', binding: undefined });
      const token = (await mine.browser.leave(mine.answer.url))?.target?.token ?? '';
      const fresh = await track(world, { userId: 'ann', action: 'free' });
      expect(await refusalOf(world.stepward.consume(refOf('ann', fresh, 'free'), { token }))).toMatchObject({ code: 'ticket_mismatch' });
      expect(await refusalOf(world.stepward.consume(mine.ref, {}))).toMatchObject({ code: 'ticket_mismatch' });
      expect(await world.stepward.consume(mine.ref, { token })).toMatchObject({ consumed: true });
    });
  });

  describe('a restored backup kills what was before it', () => {
    it('instances, tickets and tokens, also on a node that has not heard of it yet', async () => {
      const { ref, ticket, answer } = await passed();
      const free = await owed({ action: 'free', idempotencyKey: 'before-restore' });
      const browser = createBrowser(world);
      const pending = await owed();
      await browser.open(pending.answer.url);
      await other.policies.change(() => ({ answer: undefined, put: [{ kind: 'epoch', id: 'epoch', body: { epoch: 1_700_000_000 } }] }));
      expect(await refusalOf(world.stepward.consume(ref, { binding, ticket }))).toMatchObject({ code: 'challenge_expired' });
      expect(await refusalOf(world.stepward.consume(free.ref, { binding }))).toMatchObject({ code: 'challenge_expired' });
      expect(await world.stepward.validate({ token: answer.token })).toEqual({ isValid: false, error: 'invalid_token' });
      expect((await browser.open(pending.answer.url)).view.page).toBe('expired');
      expect(await refusalOf(owed({ action: 'free', idempotencyKey: 'before-restore' }))).toMatchObject({ code: 'idempotency_expired' });
    });
  });
});
