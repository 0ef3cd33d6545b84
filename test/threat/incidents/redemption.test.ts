import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, usual, type World } from '../../support/stepward.ts';
import { secondNode } from '../support/nodes.ts';
import { appCode, ask, begin, elsewhere, enrolled, otherCode, type Person, refusal, withEmail } from '../support/people.ts';

let world: World;
let ann: Person;
beforeAll(async () => {
  world = await createWorld({ redirectOrigins: ['https://app.example'] });
  ann = await enrolled(world, 'ann');
  await withEmail(world, ann);
  await world.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
});
afterAll(() => world.end());

describe('better-auth GHSA-7w99-5wm4-3g79 and siblings: a code redeemed twice, a redirect checked loosely', () => {
  // fails without: claimedAt taken under the lock of the address (withTaken)
  it('one verified code of the server API makes one challenge succeed, however often and however parallel', async () => {
    world.pass(60_000);
    const { challengeId } = await world.stepward.challenge({ userId: ann.userId, action: 'signIn' });
    await world.stepward.verify({ challengeId, verificationCode: world.codeTo(ann.email) });
    const tracked = await Promise.all(
      Array.from({ length: 50 }, () => world.stepward.track({ ...usual, userId: ann.userId, challengeId })),
    );
    expect(tracked.filter(({ answer }) => answer.state === 'CHALLENGE_SUCCEEDED')).toHaveLength(1);
    expect(await refusal(world.stepward.claim({ challengeId, userId: ann.userId }))).toBe('not_found');
    expect(await world.stepward.verify({ challengeId, verificationCode: world.codeTo(ann.email) })).toMatchObject({ isVerified: false });
  });

  // fails without: `display` refused where a code is handed over
  it('a code that was sent without them approves no transaction data', async () => {
    world.pass(60_000);
    const { challengeId } = await world.stepward.challenge({ userId: ann.userId, action: 'signIn' });
    await world.stepward.verify({ challengeId, verificationCode: world.codeTo(ann.email) });
    const { answer } = await world.stepward.track({
      ...usual,
      userId: ann.userId,
      challengeId,
      display: [{ label: 'Amount', value: '1,000,000' }],
    });
    expect(answer).toMatchObject({ state: 'CHALLENGE_REQUIRED', ignored: [{ attribute: 'challengeId', reason: 'not-usable' }] });
  });

  // fails without: user and address compared in claim and track (each alone suffices)
  it('a code of one person is none of another', async () => {
    world.pass(60_000);
    const { challengeId } = await world.stepward.challenge({ userId: ann.userId, action: 'signIn' });
    await world.stepward.verify({ challengeId, verificationCode: world.codeTo(ann.email) });
    expect((await world.stepward.track({ ...usual, userId: 'mallory', challengeId })).answer.state).toBe('CHALLENGE_REQUIRED');
    expect(await refusal(world.stepward.claim({ challengeId, userId: 'mallory' }))).toBe('not_found');
  });

  // fails without: consumedAt in validate
  it('one return token is valid once', async () => {
    world.pass(60_000);
    const asked = await ask(world, ann.userId);
    await asked.browser.act(asked.url, {
      do: 'answer',
      challengeId: await begin(asked, 'AUTHENTICATOR_APP'),
      response: appCode(ann.secret, world.now()),
    });
    const token = (await asked.browser.leave(asked.url))?.target?.token ?? '';
    expect(await world.stepward.validate({ token })).toMatchObject({ isValid: true });
    world.pass(10_001);
    expect(await world.stepward.validate({ token })).toEqual({ isValid: false, error: 'consumed' });
    const ref = { userId: ann.userId, action: 'signIn', idempotencyKey: asked.idempotencyKey };
    expect(await refusal(world.stepward.consume(ref, { token }))).toBe('already_consumed');
  });

  // fails without: isAllowedRedirect in track (exact origin after a WHATWG parse)
  it.each([
    'https://app.example.evil.example/',
    'https://app.example@evil.example/',
    '//evil.example',
    'https://app.example:8443/',
    'http://app.example/',
    'https://APP.example.',
    'javascript:alert(1)',
  ])('%s is not where to go back to', async (redirectUrl) => {
    expect(await refusal(world.stepward.track({ userId: ann.userId, action: 'signIn', redirectUrl }))).toBe('redirect_not_allowed');
  });
});

describe('the guess budget survives a restart', () => {
  // fails without: the budget kept with the user
  it('another process on the same database counts on', async () => {
    const bob = await enrolled(world, 'bob');
    const node = await secondNode(world);
    try {
      for (let nth = 0; nth < 10; nth++) {
        const asked = await ask(nth % 2 ? world : node, bob.userId);
        const answer = await asked.browser.act(asked.url, {
          do: 'answer',
          challengeId: await begin(asked, 'AUTHENTICATOR_APP'),
          response: otherCode(appCode(bob.secret, world.now()), 1 + nth),
        });
        expect(answer.error).toBe('wrong');
      }
      const asked = await ask(world, bob.userId);
      const challengeId = await begin(asked, 'AUTHENTICATOR_APP');
      const restarted = await secondNode(world);
      const answer = await elsewhere(restarted, asked).act(asked.url, {
        do: 'answer',
        challengeId,
        response: appCode(bob.secret, world.now()),
      });
      expect(answer.error).toBe('wait');
      await restarted.close();
    } finally {
      await node.close();
    }
  });
});
