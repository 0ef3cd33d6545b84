import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Webhook } from '@authsignal/node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { selfSigned } from '../support/certificate.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { createBrowser, createWorld, type World } from '../support/stepward.ts';
import { ceremonyOf, emailOf, enrolledByEmail, passByEmail, proceed, refOf, refusalOf, start, track } from '../support/use-cases.ts';
import { eventually } from '../support/webhook-nodes.ts';

const tls = selfSigned('localhost');
const trusted = getCACertificates('default');
let world: World;
let receiver: Receiver;
beforeAll(() => setDefaultCACertificates([...trusted, tls.cert]));
afterAll(() => setDefaultCACertificates(trusted));
afterEach(async () => {
  await world.end();
  await receiver.close();
});

const status = (code: number) => receiver.answer((_, response) => response.writeHead(code).end());
type Body = { readonly id: string; readonly type: string; readonly data: Readonly<Record<string, string>> };
const bodies = (): readonly Body[] => receiver.received.map(({ body }) => JSON.parse(body));
const newest = () => bodies().at(-1);

describe('one sender of your own, without a mail server', () => {
  let url: string;
  beforeEach(async () => {
    receiver = await startReceiver(tls);
    url = `https://127.0.0.1:${receiver.port}/mail`;
    world = await createWorld({ development: false, webhookAllowedRanges: ['127.0.0.1'], redirectOrigins: ['http://localhost:3000'] });
  });
  const hook = () => world.management.createWebhook('test', { url, events: ['email.created'], secret: 'a-secret-of-the-test' });
  const vouched = (userId: string) => world.stepward.updateUser(userId, { email: emailOf(userId), emailVerified: true });

  it('e-mail codes are off until a webhook sends them, and off again when it is switched off', async () => {
    await vouched('ann');
    expect((await track(world, { userId: 'ann' })).canEnroll).toBe(false);
    expect(await refusalOf(world.stepward.challenge({ userId: 'ann' }))).toMatchObject({ code: 'method_not_permitted' });
    const { id } = await hook();
    expect(await track(world, { userId: 'ann' })).toMatchObject({
      canEnroll: true,
      allowedVerificationMethods: expect.arrayContaining(['EMAIL_OTP']),
    });
    await world.management.updateWebhook('test', id, { isActive: false });
    expect((await track(world, { userId: 'ann' })).canEnroll).toBe(false);
  });

  it('the code goes to it with all it needs to write a message, and the person gets through with it', async () => {
    await hook();
    await vouched('ann');
    const tracked = await track(world, { userId: 'ann', binding: 'b', locale: 'de' });
    const browser = createBrowser(world);
    await browser.open(tracked.url);
    const { challengeId } = ceremonyOf(await browser.act(tracked.url, { do: 'choose', method: 'EMAIL_OTP' }));
    await receiver.until(1);
    const { headers, body } = receiver.received[0] ?? { headers: {}, body: '' };
    const { type, data } = newest() as Body;
    expect(new Webhook('a-secret-of-the-test').constructEvent(body, String(Object(headers)['x-signature-v2']), 0).id).toBe(
      `${challengeId}.1`,
    );
    expect([type, data]).toEqual([
      'email.created',
      {
        ...{ to: 'ann@example.org', code: expect.stringMatching(/^\d{6}$/), userId: 'ann', actionCode: 'signIn', locale: 'de' },
        ...{ idempotencyKey: tracked.idempotencyKey, verificationMethod: 'EMAIL_OTP', ipAddress: '203.0.113.9' },
        userAgent: expect.stringContaining('Chrome'),
      },
    ]);
    await browser.act(tracked.url, { do: 'answer', challengeId, response: data.code });
    expect((await world.stepward.getAction(refOf('ann', tracked))).state).toBe('CHALLENGE_SUCCEEDED');
    expect(world.mails).toEqual([]);
  });

  it('another send is another event with another code', async () => {
    await hook();
    await vouched('ann');
    const { url: page } = await track(world, { userId: 'ann' });
    const browser = createBrowser(world);
    await browser.open(page);
    await browser.act(page, { do: 'choose', method: 'EMAIL_OTP' });
    world.pass(31_000);
    await browser.act(page, { do: 'resend' });
    await receiver.until(2);
    const [first, second] = bodies();
    expect([first?.id === second?.id, first?.data.code === second?.data.code]).toEqual([false, false]);
  });

  it.each([500, 302, 404])('an answer of %i: the page says that it could not be sent', async (code) => {
    await hook();
    await vouched('ann');
    status(code);
    const { url: page } = await track(world, { userId: 'ann' });
    const browser = createBrowser(world);
    await browser.open(page);
    await browser.act(page, { do: 'choose', method: 'EMAIL_OTP' });
    await eventually(async () => (await browser.open(page)).error === 'not-sent');
    expect(world.observed).toContainEqual(expect.objectContaining({ type: 'delivery', channel: 'email', result: 'failed' }));
    expect(receiver.received.length).toBe(1);
  });

  it('one that hangs does not hang the page', async () => {
    await hook();
    await vouched('ann');
    receiver.answer(() => undefined);
    const { url: page } = await track(world, { userId: 'ann' });
    const browser = createBrowser(world);
    await browser.open(page);
    expect((await browser.act(page, { do: 'choose', method: 'EMAIL_OTP' })).view.page).toBe('ceremony');
    expect((await browser.act(page, { do: 'back' })).view.page).not.toBe('ceremony');
    await receiver.until(1);
  });

  it('the server API hears that it could not be sent, and there is no challenge left', async () => {
    await hook();
    await vouched('ann');
    status(500);
    expect(await refusalOf(world.stepward.challenge({ userId: 'ann' }))).toEqual({ code: 'delivery_failed' });
    expect(await world.stepward.getChallenge({ userId: 'ann' })).toEqual({});
    world.pass(31_000);
    status(200);
    const { challengeId, idempotencyKey } = await world.stepward.challenge({ userId: 'ann', ipAddress: '203.0.113.9' });
    expect(newest()?.data).toMatchObject({
      userId: 'ann',
      actionCode: 'signIn',
      idempotencyKey,
      ipAddress: '203.0.113.9',
      verificationMethod: 'EMAIL_OTP',
    });
    expect(await world.stepward.verify({ challengeId, verificationCode: newest()?.data.code ?? '' })).toMatchObject({ isVerified: true });
  });

  it('the linter counts on it', async () => {
    const warnings = async () =>
      (await world.management.updateActionConfiguration('test', 'pay', { verificationMethods: ['EMAIL_OTP'] })).answer.warnings;
    await world.management.createActionConfiguration('test', 'pay', {});
    const before = await warnings();
    await hook();
    expect((await warnings()).length).toBeLessThan(before.length);
  });
});

describe('one sender of your own beside a mail server', () => {
  beforeEach(async () => {
    receiver = await startReceiver();
    world = await createWorld();
    await world.management.createWebhook('test', { url: `http://localhost:${receiver.port}/`, events: ['email.created'] });
  });

  it('sends codes; notices go by mail', async () => {
    await enrolledByEmail(world, 'ann');
    expect(world.mails.map(({ code }) => code)).toEqual([]);
    const { url } = await track(world, { userId: 'ann' });
    const browser = createBrowser(world);
    await browser.open(url);
    await start(browser, url, 'EMAIL_OTP');
    await receiver.until(1);
    await world.stepward.updateUser('ann', { email: 'other@example.org', emailVerified: true });
    const [authenticator] = await world.stepward.getAuthenticators('ann');
    await world.stepward.deleteAuthenticator('ann', String(authenticator?.userAuthenticatorId));
    expect(world.mails.map(({ to, code }) => [to, code])).toContainEqual(['other@example.org', undefined]);
    expect(world.mails.every(({ code, url }) => code === undefined && url === undefined)).toBe(true);
    expect(receiver.received.length).toBe(1);
  });
});

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

describe('the log of challenges', () => {
  const steps = async () =>
    (await world.store.drainOutbox(500, () => ({ ruleDays: [] })))
      .filter(({ type }) => type === 'challenge.log_created')
      .map(({ data }) => data as { readonly type: string; readonly record: Readonly<Record<string, unknown>> });
  beforeEach(async () => {
    receiver = await startReceiver();
    world = await createWorld();
    await enrolledByEmail(world, 'ann');
  });
  const run = async () => {
    const { url } = await track(world, { userId: 'ann', binding: 'b' });
    const browser = createBrowser(world);
    await browser.open(url);
    const { challengeId } = await start(browser, url, 'EMAIL_OTP');
    const code = world.codeTo(emailOf('ann'));
    await browser.act(url, { do: 'answer', challengeId, response: code === '000000' ? '000001' : '000000' });
    await browser.act(url, { do: 'answer', challengeId, response: code });
    const other = await track(world, { userId: 'ann', binding: 'b' });
    await createBrowser(world).open(other.url);
    const second = createBrowser(world);
    const third = await track(world, { userId: 'ann', binding: 'b' });
    await second.open(third.url);
    await second.act(third.url, { do: 'cancel' });
    world.pass(60_000);
    const challenge = await world.stepward.challenge({ userId: 'ann', email: emailOf('ann') });
    await world.stepward.verify({ challengeId: challenge.challengeId, verificationCode: world.codeTo(emailOf('ann')) });
    return code;
  };

  it('is written where a webhook wants it: each step, with the decision, without a code', async () => {
    await world.management.createWebhook('test', { url: 'https://hooks.example/', events: ['challenge.log_created'] });
    const code = await run();
    const written = await steps();
    expect(written.map(({ type, record: { state } }) => [type, state])).toEqual([
      ['EMAIL_OTP_SENT', 'CHALLENGE_REQUIRED'],
      ['EMAIL_OTP_FAILED', 'CHALLENGE_REQUIRED'],
      ['EMAIL_OTP_VERIFIED', 'CHALLENGE_SUCCEEDED'],
      ['CHALLENGE_CANCELLED', 'CHALLENGE_FAILED'],
      ['EMAIL_OTP_SENT', undefined],
      ['EMAIL_OTP_VERIFIED', undefined],
    ]);
    expect(written[0]?.record).toMatchObject({
      userId: 'ann',
      actionCode: 'signIn',
      outcome: 'CHALLENGE',
      rules: [],
      verificationMethod: 'EMAIL_OTP',
    });
    expect(JSON.stringify(written)).not.toContain(code);
  });

  it('is not written where none does', async () => {
    await run();
    expect(await steps()).toEqual([]);
  });
});
