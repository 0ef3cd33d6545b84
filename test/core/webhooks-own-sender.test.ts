import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Webhook } from '@authsignal/node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { selfSigned } from '../support/certificate.ts';
import { codeOf, pageOf } from '../support/client-api.ts';
import { type Envelope, envelopesTo, type Receiver, startReceiver } from '../support/receiver.ts';
import { createBrowser, createWorld, type World } from '../support/stepward.ts';
import { ceremonyOf, emailOf, enrolledByEmail, refOf, refusalOf, start, track } from '../support/use-cases.ts';
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
const bodies = () => envelopesTo(receiver);
const newest = () => bodies().at(-1);

describe('one sender of your own, without a mail server', () => {
  let url: string;
  beforeEach(async () => {
    receiver = await startReceiver(tls);
    url = `https://127.0.0.1:${receiver.port}/mail`;
    world = await createWorld({ development: false, egressAllowedRanges: ['127.0.0.1'], redirectOrigins: ['http://localhost:3000'] });
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
    const { type, data } = newest() as Envelope;
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

  it('a link goes to it as well', async () => {
    await hook();
    await world.stepward.enrollVerified('ann', { verificationMethod: 'EMAIL_MAGIC_LINK', email: emailOf('ann') });
    const { url: page } = await track(world, { userId: 'ann' });
    const browser = createBrowser(world);
    await browser.open(page);
    await browser.act(page, { do: 'choose', method: 'EMAIL_MAGIC_LINK' });
    await receiver.until(1);
    const { type, data } = newest() as Envelope;
    expect([type, data.verificationMethod, 'code' in data]).toEqual(['email.created', 'EMAIL_MAGIC_LINK', false]);
    expect(data.url).toMatch(/^http:\/\/localhost:8787\//);
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
    // it is not taken for one that is on its way
    expect(await refusalOf(world.stepward.challenge({ userId: 'ann' }))).toMatchObject({ code: 'too_many_requests' });
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

  it('what was guessed while it was sent again in vain stays counted', async () => {
    await hook();
    await vouched('ann');
    const { challengeId } = await world.stepward.challenge({ userId: 'ann' });
    const verify = (verificationCode: string) => world.stepward.verify({ challengeId, verificationCode });
    world.pass(31_000);
    receiver.answer((_, response) => void verify('nonsense').then(() => response.writeHead(500).end()));
    expect(await refusalOf(world.stepward.challenge({ userId: 'ann', challengeId }))).toEqual({ code: 'delivery_failed' });
    world.pass(31_000);
    status(200);
    await world.stepward.challenge({ userId: 'ann', challengeId });
    for (let tries = 0; tries < 3; tries++) expect((await verify('nonsense')).failureReason).toBe('CODE_INVALID_OR_EXPIRED');
    expect((await verify('nonsense')).failureReason).toBe('MAX_ATTEMPTS_EXCEEDED');
  });

  it('the client API hears that it could not be sent, and not that it was when it asks again at once', async () => {
    await hook();
    const email = await enrolledByEmail(world, 'ann');
    const { page } = await pageOf(world, { userId: 'ann', action: 'signIn' });
    status(500);
    expect(await codeOf(page.sendEmail('EMAIL_OTP'))).toBe('delivery_failed');
    expect(await codeOf(page.sendEmail('EMAIL_OTP'))).toBe('too_many_requests');
    world.pass(31_000);
    status(200);
    await page.sendEmail('EMAIL_OTP');
    expect(newest()?.data).toMatchObject({ to: email, userId: 'ann', verificationMethod: 'EMAIL_OTP' });
    expect(await page.verifyCode('EMAIL_OTP', newest()?.data.code ?? '')).toMatchObject({ isVerified: true });
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
