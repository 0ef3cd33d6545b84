import { generateSync } from 'otplib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Composed } from '../../adapters/server/compose.ts';
import { createBrowser, createWorld, type TestBrowser, type World } from '../support/stepward.ts';
import {
  browserElsewhere,
  ceremonyOf,
  emailOf,
  enrolledByEmail,
  proceed,
  refOf,
  secondNode,
  start,
  track,
  wrongCode,
} from '../support/use-cases.ts';
import { createSoftwareAuthenticator } from '../support/webauthn.ts';

const quarter = 15 * 60_000;

describe('the budget of guesses belongs to user and method, not to instance, browser, address or node', () => {
  let world: World;
  let other: Composed;
  let userId: string;
  let count = 0;
  beforeAll(async () => {
    world = await createWorld();
    other = await secondNode(world);
    await world.configure('open', { enrollment: 'allow' });
  });
  afterAll(async () => {
    await other.close();
    await world.end();
  });
  beforeEach(() => {
    world.pass(86_400_000);
    count += 1;
    userId = `user-${count}`;
  });

  /** A user with an authenticator app: guessing it sends nothing. */
  const enrolledByApp = async (): Promise<string> => {
    const { url } = await track(world, { userId, action: 'open' });
    const browser = createBrowser(world);
    await browser.open(url);
    const { challengeId, shown } = ceremonyOf(await browser.act(url, { do: 'enroll', method: 'AUTHENTICATOR_APP' }));
    const { secret } = shown as { readonly secret: string };
    await browser.act(url, { do: 'answer', challengeId, response: generateSync({ secret, epoch: Math.floor(world.now() / 1000) }) });
    world.pass(60_000);
    return secret;
  };
  const codeNow = (secret: string): string => generateSync({ secret, epoch: Math.floor(world.now() / 1000) });
  const wrongNow = (secret: string): string => (codeNow(secret) === '000000' ? '000001' : '000000');
  /** One guess at a fresh instance in a fresh browser. */
  const guess = async (response: string, by: TestBrowser = createBrowser(world)) => {
    const { url, ...answer } = await track(world, { userId });
    await by.open(url);
    const { challengeId } = await start(by, url, 'AUTHENTICATOR_APP');
    const { error, view } = await by.act(url, { do: 'answer', challengeId, response });
    return { error, view, ref: refOf(userId, answer), url };
  };

  it('ten failures over as many instances and browsers, then a wait in which the right code looks like a wrong one', async () => {
    const secret = await enrolledByApp();
    const errors = [];
    for (let tried = 0; tried < 10; tried++)
      errors.push((await guess(wrongNow(secret), tried % 2 ? createBrowser(world) : browserElsewhere(world))).error);
    expect(errors).toEqual(Array.from({ length: 10 }, () => 'wrong'));
    const waiting = await guess(codeNow(secret));
    expect(waiting).toMatchObject({ error: 'wait', view: { page: 'ceremony', waitUntil: world.now() + 30_000 } });
    expect(await world.stepward.getAction(waiting.ref)).toMatchObject({ state: 'CHALLENGE_REQUIRED' });
    world.pass(30_000);
    expect((await guess(codeNow(secret))).error).toBeUndefined();
  });
  it('each further failure doubles the wait, to an hour at most', async () => {
    const secret = await enrolledByApp();
    for (let tried = 0; tried < 10; tried++) await guess(wrongNow(secret));
    const waits: number[] = [];
    for (let tried = 0; tried < 4; tried++) {
      const { view } = await guess(codeNow(secret));
      const until = view.page === 'ceremony' ? (view.waitUntil ?? 0) : 0;
      waits.push((until - world.now()) / 1000);
      world.pass(until - world.now());
      await guess(wrongNow(secret));
    }
    expect(waits).toEqual([30, 60, 120, 240]);
  });
  it('a hundred parallel guesses on two nodes: no more than ten are looked at', async () => {
    const secret = await enrolledByApp();
    const attempts = await Promise.all(
      Array.from({ length: 100 }, (_, index) => guess(wrongNow(secret), createBrowser(index % 2 ? { stepward: other.stepward } : world))),
    );
    expect(attempts.filter(({ error }) => error === 'wrong')).toHaveLength(10);
    expect(attempts.filter(({ error }) => error === 'wait')).toHaveLength(90);
  });
  it('a hundred parallel right answers to one instance: one success', async () => {
    const secret = await enrolledByApp();
    const { url, ...answer } = await track(world, { userId });
    const browser = createBrowser(world);
    await browser.open(url);
    const { challengeId } = await start(browser, url, 'AUTHENTICATOR_APP');
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => browser.act(url, { do: 'answer', challengeId, response: codeNow(secret) })),
    );
    expect(answers.filter(({ error }) => error === undefined)).toHaveLength(1);
    expect(
      (await world.store.instance(refOf(userId, answer)))?.timeline.filter(({ event }) => event === 'challenge-succeeded'),
    ).toHaveLength(1);
  });
  it('a code used at one instance opens no other', async () => {
    const secret = await enrolledByApp();
    const code = codeNow(secret);
    expect((await guess(code)).error).toBeUndefined();
    expect((await guess(code)).error).toBe('wrong');
  });
  it('fifty failures in a row are the end, for the right code too, however long one waits', async () => {
    const secret = await enrolledByApp();
    for (let tried = 0; tried < 50; tried++) {
      if ((await guess(wrongNow(secret))).error !== 'wrong') throw new Error('not looked at');
      world.pass(3_600_000);
    }
    world.pass(30 * 86_400_000);
    expect((await guess(codeNow(secret))).error).toBe('wait');
  });
  it("a right answer starts this method's count anew", async () => {
    const secret = await enrolledByApp();
    for (let tried = 0; tried < 9; tried++) await guess(wrongNow(secret));
    expect((await guess(codeNow(secret))).error).toBeUndefined();
    world.pass(60_000);
    for (let tried = 0; tried < 10; tried++) expect((await guess(wrongNow(secret))).error).toBe('wrong');
  });

  it("the user's own proven device keeps its budget while strangers spend the other", async () => {
    await enrolledByEmail(world, userId);
    const own = createBrowser(world);
    await proceed(world, own, { userId }, emailOf(userId));
    world.pass(quarter);
    const { url } = await track(world, { userId });
    const stranger = browserElsewhere(world);
    await stranger.open(url);
    const { challengeId } = await start(stranger, url, 'EMAIL_OTP');
    for (let tried = 0; tried < 5; tried++)
      await stranger.act(url, { do: 'answer', challengeId, response: wrongCode(world, emailOf(userId)) });
    world.pass(31_000);
    const second = await start(stranger, url, 'EMAIL_OTP');
    world.pass(10_000);
    for (let tried = 0; tried < 5; tried++)
      await stranger.act(url, { do: 'answer', challengeId: second.challengeId, response: wrongCode(world, emailOf(userId)) });
    const budgets = (await world.store.user(userId))?.guesses;
    expect([budgets?.['EMAIL_OTP:other']?.recent.length, budgets?.['EMAIL_OTP:own']?.recent.length ?? 0]).toEqual([10, 0]);
    world.pass(25_000);
    expect(budgets?.['EMAIL_OTP:other']?.waitUntil).toBeGreaterThan(world.now());
    const mine = await track(world, { userId });
    await own.open(mine.url);
    const ceremony = await start(own, mine.url, 'EMAIL_OTP');
    expect(
      (await own.act(mine.url, { do: 'answer', challengeId: ceremony.challengeId, response: world.codeTo(emailOf(userId)) })).error,
    ).toBeUndefined();
  });
  it("a claimed device id gives no budget of one's own", async () => {
    await enrolledByEmail(world, userId);
    await proceed(world, createBrowser(world), { userId }, emailOf(userId));
    world.pass(quarter);
    const { url } = await track(world, { userId });
    const thief = browserElsewhere(world);
    await thief.open(url);
    const { challengeId } = await start(thief, url, 'EMAIL_OTP');
    await thief.act(url, { do: 'answer', challengeId, response: wrongCode(world, emailOf(userId)) });
    expect((await world.store.user(userId))?.guesses).toMatchObject({ 'EMAIL_OTP:other': { consecutive: 1 } });
  });
  it("nobody's failures ever lock a passkey", async () => {
    const passkey = createSoftwareAuthenticator({ origin: 'http://localhost:8787' });
    const enrolling = await track(world, { userId, action: 'open', scope: 'add:authenticators' });
    const browser = createBrowser(world);
    await browser.open(enrolling.url);
    const made = ceremonyOf(await browser.act(enrolling.url, { do: 'enroll', method: 'PASSKEY' }));
    await browser.act(enrolling.url, {
      do: 'answer',
      challengeId: made.challengeId,
      response: passkey.create(made.shown as Parameters<typeof passkey.create>[0]),
    });
    world.pass(60_000);
    await enrolledByEmail(world, userId);
    for (let round = 0; round < 2; round++) {
      const { challengeId } = await world.stepward.challenge({ userId, email: emailOf(userId) });
      for (let tried = 0; tried < 5; tried++)
        await world.stepward.verify({ challengeId, verificationCode: wrongCode(world, emailOf(userId)) });
      if (round === 0) world.pass(31_000);
    }
    expect((await world.store.user(userId))?.guesses['EMAIL_OTP:other']?.waitUntil).toBeGreaterThan(world.now());
    const { url, ...answer } = await track(world, { userId });
    await browser.open(url);
    for (let tried = 0; tried < 12; tried++) {
      const { challengeId } = await start(browser, url, 'PASSKEY');
      if (tried < 4) await browser.act(url, { do: 'answer', challengeId, response: { id: 'nonsense' } });
    }
    const { challengeId, shown } = await start(browser, url, 'PASSKEY');
    await browser.act(url, { do: 'answer', challengeId, response: passkey.get(shown as Parameters<typeof passkey.get>[0]) });
    expect(await world.stepward.getAction(refOf(userId, answer))).toMatchObject({
      state: 'CHALLENGE_SUCCEEDED',
      verificationMethod: 'PASSKEY',
      acr: 'urn:stepward:aal2',
    });
  });

  describe('a challenge ends', () => {
    it('after `maxChallenges` ceremonies whose five tries are spent; a new instance does not bring the guesses back', async () => {
      await world.configure('once', { maxChallenges: 1, enrollment: 'allow' });
      const secret = await enrolledByApp();
      const { url, ...answer } = await track(world, { userId, action: 'once' });
      const browser = createBrowser(world);
      await browser.open(url);
      const { challengeId } = await start(browser, url, 'AUTHENTICATOR_APP');
      const errors = [];
      for (let tried = 0; tried < 6; tried++)
        errors.push((await browser.act(url, { do: 'answer', challengeId, response: wrongNow(secret) })).error);
      expect(errors).toEqual(['wrong', 'wrong', 'wrong', 'wrong', 'spent', 'late']);
      expect(await world.stepward.getAction(refOf(userId, answer, 'once'))).toMatchObject({
        state: 'CHALLENGE_FAILED',
        failureReason: 'spent',
      });
      expect((await world.store.user(userId))?.guesses['AUTHENTICATOR_APP:other']?.consecutive).toBe(5);
    });
    it('a cancel is no failure for risk', async () => {
      await enrolledByApp();
      const { url } = await track(world, { userId });
      const browser = createBrowser(world);
      await browser.open(url);
      await browser.act(url, { do: 'cancel' });
      expect((await world.store.user(userId))?.consecutiveFailures).toBe(0);
    });
  });

  describe('messages', () => {
    const sentTo = (address: string) => world.mails.filter(({ to }) => to === address).length;
    it('a double click is one message; within 30 s the code on its way is shown', async () => {
      const email = await enrolledByEmail(world, userId);
      const { url } = await track(world, { userId });
      const browser = createBrowser(world);
      await browser.open(url);
      await Promise.allSettled([start(browser, url, 'EMAIL_OTP'), start(browser, url, 'EMAIL_OTP')]);
      const first = await start(browser, url, 'EMAIL_OTP');
      world.pass(29_000);
      expect((await start(browser, url, 'EMAIL_OTP')).challengeId).toBe(first.challengeId);
      expect(sentTo(email)).toBe(1);
    });
    it('a resend replaces the code and keeps the tries', async () => {
      const email = await enrolledByEmail(world, userId);
      const { url } = await track(world, { userId });
      const browser = createBrowser(world);
      await browser.open(url);
      const { challengeId } = await start(browser, url, 'EMAIL_OTP');
      const old = world.codeTo(email);
      await browser.act(url, { do: 'answer', challengeId, response: wrongCode(world, email) });
      world.pass(60_000);
      expect(ceremonyOf(await browser.act(url, { do: 'resend' }))).toMatchObject({ challengeId, triesLeft: 4 });
      expect(sentTo(email)).toBe(2);
      if (old !== world.codeTo(email)) expect((await browser.act(url, { do: 'answer', challengeId, response: old })).error).toBe('wrong');
      expect((await browser.act(url, { do: 'answer', challengeId, response: world.codeTo(email) })).error).toBeUndefined();
    });
    it('three for an instance, five in an hour to an address, whatever the instance', async () => {
      const email = await enrolledByEmail(world, userId);
      const browser = createBrowser(world);
      const first = await track(world, { userId });
      await browser.open(first.url);
      await start(browser, first.url, 'EMAIL_OTP');
      for (let sent = 0; sent < 4; sent++) {
        world.pass(110_000);
        await browser.act(first.url, { do: 'resend' });
      }
      expect(sentTo(email)).toBe(3);
      for (let sent = 0; sent < 4; sent++) {
        world.pass(31_000);
        const { url } = await track(world, { userId });
        await browser.open(url);
        await browser.act(url, { do: 'choose', method: 'EMAIL_OTP' });
      }
      expect(sentTo(email)).toBe(5);
    });
  });
});
