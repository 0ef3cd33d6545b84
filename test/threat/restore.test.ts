import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Composed } from '../../adapters/server/compose.ts';
import { createWorld, usual, type World } from '../support/stepward.ts';
import { secondNode } from './support/nodes.ts';
import { appCode, ask, begin, elsewhere, enrolled, type Person, refusal } from './support/people.ts';

/** What `stepward restored` writes. */
const announce = (on: Pick<Composed, 'policies'>, epoch: number) =>
  on.policies.change(() => ({ answer: epoch, put: [{ kind: 'epoch', id: 'epoch', body: { epoch } }] }));

describe('a restored backup: whatever was minted before the restore is dead, on a node that has not heard of it too', () => {
  let world: World;
  let node: Composed;
  let ann: Person;
  beforeAll(async () => {
    world = await createWorld();
    node = await secondNode(world);
    ann = await enrolled(world, 'ann');
    await world.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
    await world.configure('open', { defaultUserActionResult: 'ALLOW' });
    await world.configure('look', { defaultUserActionResult: 'REVIEW' });
  });
  afterAll(async () => {
    await node.close();
    await world.end();
  });
  let epoch = 1;
  const restored = async (): Promise<void> => {
    // the other node knows the settings of before, and nothing tells it
    await node.policies.current();
    epoch += 1;
    await announce(world, epoch);
  };
  const finished = async (more = {}) => {
    world.pass(60_000);
    const asked = await ask(world, ann.userId, more);
    await asked.browser.act(asked.url, {
      do: 'answer',
      challengeId: await begin(asked, 'AUTHENTICATOR_APP'),
      response: appCode(ann.secret, world.now()),
    });
    const target = (await asked.browser.leave(asked.url))?.target;
    return {
      asked,
      token: target?.token ?? '',
      ticket: target?.ticket,
      ref: { userId: ann.userId, action: 'signIn', idempotencyKey: asked.idempotencyKey },
    };
  };

  // fails without: `epoch` in usableUntil, and the revision compared in the transaction of consume
  it('a finished challenge with its ticket', async () => {
    const { ref, ticket } = await finished({ binding: 'b' });
    await restored();
    expect(await refusal(node.stepward.consume(ref, { binding: 'b', ticket }))).toBe('challenge_expired');
  });

  // fails without: `epoch` in readToken, and the revision compared in the transaction of validate
  it('a return token', async () => {
    const { token } = await finished();
    await restored();
    expect(await node.stepward.validate({ token })).toEqual({ isValid: false, error: 'invalid_token' });
  });

  it('an ALLOW, and an answer that could be repeated', async () => {
    const { answer } = await world.stepward.track({ ...usual, userId: ann.userId, action: 'open' });
    const ref = { userId: ann.userId, action: 'open', idempotencyKey: answer.idempotencyKey };
    const used = (await world.stepward.track({ ...usual, userId: ann.userId, action: 'open' })).answer;
    const usedRef = { ...ref, idempotencyKey: used.idempotencyKey };
    await world.stepward.consume(usedRef, { consumeKey: 'k' });
    await restored();
    expect(await refusal(node.stepward.consume(ref, {}))).toBe('challenge_expired');
    expect(await refusal(node.stepward.consume(usedRef, { consumeKey: 'k' }))).toBe('already_consumed');
  });

  // fails without: `epoch` in approval
  it('an approved review: neither used itself nor spent by a later one', async () => {
    const first = (await world.stepward.track({ ...usual, userId: ann.userId, action: 'look' })).answer;
    const ref = { userId: ann.userId, action: 'look', idempotencyKey: first.idempotencyKey };
    await world.stepward.updateAction(ref, { state: 'REVIEW_SUCCEEDED' });
    await restored();
    expect((await node.stepward.track({ ...usual, userId: ann.userId, action: 'look' })).answer.state).toBe('REVIEW_REQUIRED');
    expect(await refusal(node.stepward.consume(ref, {}))).toBe('challenge_expired');
  });

  // fails without: `epoch` in standing
  it('a page that was open, with the right code', async () => {
    world.pass(60_000);
    const asked = await ask(world, ann.userId);
    const challengeId = await begin(asked, 'AUTHENTICATOR_APP');
    await restored();
    const browser = elsewhere(node, asked);
    const answered = await browser.act(asked.url, { do: 'answer', challengeId, response: appCode(ann.secret, world.now()) });
    expect(answered).toMatchObject({ view: { page: 'expired' }, error: 'late' });
  });

  it('what is tracked afterwards lives', async () => {
    await restored();
    const { ref, ticket } = await finished({ binding: 'b' });
    expect(await refusal(node.stepward.consume(ref, { binding: 'b', ticket }))).toBe('proceeded');
  });
});
