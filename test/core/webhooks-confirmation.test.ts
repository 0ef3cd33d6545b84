import { Webhook } from '@authsignal/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appCode, codeOf, enrolledBy, pageOf, prove } from '../support/client-api.ts';
import { envelopesTo, type Receiver, startReceiver } from '../support/receiver.ts';
import { createBrowser, createWorld, type World } from '../support/stepward.ts';
import { ceremonyOf, enrolledByEmail, passByEmail, proceed, refOf, refusalOf, start, track } from '../support/use-cases.ts';

let world: World;
let receiver: Receiver;
afterEach(async () => {
  await world.end();
  await receiver.close();
});

const status = (code: number) => receiver.answer((_, response) => response.writeHead(code).end());
const bodies = () => envelopesTo(receiver);
const newest = () => bodies().at(-1);

describe('a server that is asked before a challenge counts as met', () => {
  let email: string;
  beforeEach(async () => {
    receiver = await startReceiver();
    world = await createWorld();
    email = await enrolledByEmail(world, 'ann');
    await asks();
  });
  const asks = (more: object = {}) =>
    world.configure('signIn', { verificationWebhookUrl: `http://localhost:${receiver.port}/verify`, ...more });
  const begun = async () => {
    const tracked = await track(world, { userId: 'ann', binding: 'b' });
    const browser = createBrowser(world);
    await browser.open(tracked.url);
    const { challengeId } = await start(browser, tracked.url, 'EMAIL_OTP');
    const answer = (response: string) => browser.act(tracked.url, { do: 'answer', challengeId, response });
    const stored = () => world.store.instance(refOf('ann', tracked));
    return { tracked, browser, answer, stored };
  };

  it.each([
    ['says no', () => status(403)],
    ['fails', () => status(500)],
    ['points elsewhere', () => status(307)],
    ['breaks off', () => receiver.answer((_, response) => response.destroy())],
  ])('one that %s: it stays pending and nothing is spent; asked again it may say yes', async (_, refuse) => {
    const { answer, stored, tracked } = await begun();
    refuse();
    const userBefore = await world.store.user('ann');
    for (const times of [1, 2]) {
      expect((await answer(world.codeTo(email))).error).toBe('unconfirmed');
      expect(receiver.received.length).toBe(times);
    }
    const pending = await stored();
    expect([pending?.state, pending?.ceremonies.map(({ tries, spentAt }) => [tries, spentAt])]).toEqual([
      'CHALLENGE_REQUIRED',
      [[0, undefined]],
    ]);
    expect(await world.store.user('ann')).toEqual(userBefore);
    status(204);
    await answer(world.codeTo(email));
    expect((await stored())?.state).toBe('CHALLENGE_SUCCEEDED');
    const { body, headers } = receiver.received.at(-1) ?? { body: '', headers: {} };
    expect(new Webhook('sk_test_0000000000000000').constructEvent(body, String(Object(headers)['x-signature-v2']), 0)).toMatchObject({
      type: 'action.verify',
      data: { userId: 'ann', actionCode: 'signIn', idempotencyKey: tracked.idempotencyKey },
    });
  });

  it('is not asked about a wrong answer, nor about a right one past the budget of guesses', async () => {
    const { answer } = await begun();
    const code = world.codeTo(email);
    const wrong = code === '000000' ? '000001' : '000000';
    for (let count = 0; count < 3; count++) await answer(wrong);
    expect(receiver.received.length).toBe(0);
    await world.store.transact({
      userId: 'ann',
      load: {},
      run: ({ user }) => ({
        answer: 0,
        changes: user && {
          user: { ...user, guesses: { 'EMAIL_OTP:other': { recent: [], consecutive: 9, waitUntil: world.now() + 60_000 } } },
        },
      }),
    });
    expect((await answer(code)).error).toBe('wait');
    expect(receiver.received.length).toBe(0);
  });

  it('is asked by the server API too: refused, the code can be typed again', async () => {
    const { challengeId } = await world.stepward.challenge({ userId: 'ann', email });
    const verify = () => world.stepward.verify({ challengeId, verificationCode: world.codeTo(email) });
    status(403);
    const failures = (await world.store.user('ann'))?.failures.length;
    expect(await refusalOf(verify())).toEqual({ code: 'access_denied' });
    expect((await world.store.user('ann'))?.failures.length).toBe(failures);
    expect(await world.stepward.verify({ challengeId, verificationCode: 'nonsense' })).toMatchObject({ isVerified: false });
    expect(receiver.received.length).toBe(1);
    status(204);
    expect(await verify()).toMatchObject({ isVerified: true });
    expect(newest()).toMatchObject({ type: 'action.verify', data: { userId: 'ann', actionCode: 'signIn' } });
  });

  it('is asked by the client API too: a code and a passkey that it refuses can be given again', async () => {
    const secret = await enrolledBy.AUTHENTICATOR_APP(world, 'bob');
    const { page } = await pageOf(world, { userId: 'bob', action: 'signIn' });
    const code = () => page.verifyCode('AUTHENTICATOR_APP', appCode(world, secret));
    status(403);
    expect(await codeOf(code())).toBe('access_denied');
    status(204);
    expect(await code()).toMatchObject({ isVerified: true });

    const key = await enrolledBy.PASSKEY(world, 'carl');
    const carl = await pageOf(world, { userId: 'carl', action: 'signIn' });
    status(403);
    expect(await codeOf(prove(carl.page, key))).toBe('access_denied');
    status(204);
    expect(await prove(carl.page, key)).toMatchObject({ isVerified: true });
    expect(bodies().map(({ data }) => data.userId)).toEqual(['bob', 'bob', 'carl', 'carl']);
  });

  it('a fresh proof found on opening does not go past it', async () => {
    await asks({ challengeValidFor: 3_600, defaultUserActionResult: 'CHALLENGE' });
    const browser = createBrowser(world);
    await proceed(world, browser, { userId: 'ann' }, email);
    const asked = receiver.received.length;
    const { url } = await track(world, { userId: 'ann', binding: 'b' });
    expect((await browser.open(url)).view.page).not.toBe('leave');
    await passByEmail(world, browser, url, email);
    expect(receiver.received.length).toBe(asked + 1);
  });

  it('the fresh proof would have ended it at once without one', async () => {
    await asks({ challengeValidFor: 3_600, verificationWebhookUrl: undefined });
    const browser = createBrowser(world);
    await proceed(world, browser, { userId: 'ann' }, email);
    const { url } = await track(world, { userId: 'ann', binding: 'b' });
    expect((await browser.open(url)).view.page).toBe('leave');
    expect(receiver.received.length).toBe(0);
  });

  it('an authenticator that is enrolled where that meets the challenge is asked about', async () => {
    await world.stepward.updateUser('bob', { email: 'bob@example.org', emailVerified: true });
    const { url } = await track(world, { userId: 'bob', binding: 'b' });
    const browser = createBrowser(world);
    await browser.open(url);
    const { challengeId } = ceremonyOf(await browser.act(url, { do: 'choose', method: 'EMAIL_OTP' }));
    status(403);
    const answer = () => browser.act(url, { do: 'answer', challengeId, response: world.codeTo('bob@example.org') });
    expect((await answer()).error).toBe('unconfirmed');
    expect(await world.stepward.getAuthenticators('bob')).toEqual([]);
    status(200);
    await answer();
    expect(await world.stepward.getAuthenticators('bob')).toHaveLength(2);
  });
});
