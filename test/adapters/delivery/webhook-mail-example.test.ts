import type { AddressInfo } from 'node:net';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { webhookSignature } from '../../../adapters/delivery/webhook-signature.ts';
import { createApp } from '../../../examples/webhook-mail/app.ts';
import { messageFor } from '../../../examples/webhook-mail/message.ts';
import { startSmtp } from '../../support/smtp.ts';
import { createBrowser, createWorld, type World } from '../../support/stepward.ts';
import { emailOf, enrolledByEmail, refOf, start, track } from '../../support/use-cases.ts';
import { eventually } from '../../support/webhook-nodes.ts';

const secret = 'a-secret-of-the-example';
let world: World;
let smtp: Awaited<ReturnType<typeof startSmtp>>;
let server: ReturnType<ReturnType<typeof createApp>['listen']>;
let url: string;
const log: string[] = [];
beforeAll(async () => {
  world = await createWorld();
  smtp = await startSmtp();
  const mail = createTransport(smtp.url);
  const app = createApp({
    secret,
    send: async (message) => void (await mail.sendMail({ from: 'bank@example.org', ...message })),
    log: (line) => log.push(line),
    now: world.now,
  });
  server = app.listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mail`;
});
afterAll(async () => {
  server?.close();
  await smtp?.stop();
  await world?.end();
});

const post = (body: string, signature: string) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', 'x-signature-v2': signature }, body });

describe('the example of a mail sender', () => {
  it('sends the code in its own words, and the person gets through with it', async () => {
    const { id } = await world.management.createWebhook('test', { url, events: ['email.created'], secret });
    expect(await world.management.testWebhook('test', id)).toEqual({ ok: true, status: 204 });
    await enrolledByEmail(world, 'ann');
    const tracked = await track(world, { userId: 'ann', locale: 'de-AT' });
    const browser = createBrowser(world);
    await browser.open(tracked.url);
    const { challengeId } = await start(browser, tracked.url, 'EMAIL_OTP');
    const mail = await eventually(() => smtp.messages.find(({ to }) => to.includes(emailOf('ann'))));
    expect(mail.subject).toBe('Ihr Code für Harbour Bank');
    const code = /Ihr Code: (\d{6})/.exec(mail.text)?.[1];
    await browser.act(tracked.url, { do: 'answer', challengeId, response: code });
    expect((await world.stepward.getAction(refOf('ann', tracked))).state).toBe('CHALLENGE_SUCCEEDED');
    expect(log.join('\n')).not.toContain(code);
  });

  it('refuses what is not from Stepward, and sends nothing twice', async () => {
    const before = smtp.messages.length;
    const body = JSON.stringify({ version: 1, type: 'email.created', id: 'e-1', data: { to: 'eve@example.org', code: '123456' } });
    expect((await post(body, '')).status).toBe(400);
    expect((await post(body, webhookSignature(body, ['another-secret'], world.now()))).status).toBe(400);
    expect((await post(body, webhookSignature(body, [secret], world.now() - 600_000))).status).toBe(400);
    expect(smtp.messages.length).toBe(before);
    for (const _ of [1, 2]) expect((await post(body, webhookSignature(body, [secret], world.now()))).status).toBe(204);
    expect(smtp.messages.length).toBe(before + 1);
  });

  it('writes a link where there is one', () => {
    expect(messageFor({ to: 'a@b.example', url: 'https://x.example/1', locale: 'en' }).text).toContain('Confirm here: https://x.example/1');
  });
});
