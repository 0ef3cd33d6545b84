import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Webhook } from '@authsignal/node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { constructEvent } from '../../../adapters/client/index.ts';
import { createWebhookSender } from '../../../adapters/delivery/webhook-sender.ts';
import { createEgress, type EgressSettings } from '../../../adapters/egress/egress.ts';
import { selfSigned } from '../../support/certificate.ts';
import { type Received, type Receiver, startReceiver } from '../../support/receiver.ts';

const tls = selfSigned('hooks.example');
const body = JSON.stringify({ version: 1, type: 'review.created', id: 'e-1', data: { userId: 'ü' } });
let receiver: Receiver;
const trusted = getCACertificates('default');
beforeAll(async () => {
  setDefaultCACertificates([...trusted, tls.cert]);
  receiver = await startReceiver(tls);
});
afterEach(() => {
  receiver.received.length = 0;
  receiver.answer((_, response) => response.writeHead(204).end());
});
afterAll(async () => {
  setDefaultCACertificates(trusted);
  await receiver?.close();
});

/** `hooks.example` is on loopback, which is listed. */
const sender = (settings: Partial<EgressSettings> = {}) =>
  createWebhookSender({
    egress: createEgress({
      allowedRanges: ['127.0.0.0/8'],
      loopback: false,
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
      ...settings,
    }),
    serverKeys: ['sk_one_0123456789', 'sk_two_0123456789'],
    now: Date.now,
  });
const only = (): Received => {
  const [one] = receiver.received;
  if (!one || receiver.received.length > 1) throw new Error(`${receiver.received.length} came`);
  return one;
};
const url = (path = '/in'): string => `https://hooks.example:${receiver.port}${path}`;

describe('a webhook is sent', () => {
  it('signed with each server key, so that the SDK takes it with either', async () => {
    expect(await sender().send({ url: url('/in?a=b'), body })).toEqual({ ok: true, status: 204 });
    const { headers, body: raw, path } = only();
    const signature = String(headers['x-signature-v2']);
    expect([raw, path, headers['content-type'], headers.host]).toEqual([
      body,
      '/in?a=b',
      'application/json',
      `hooks.example:${receiver.port}`,
    ]);
    for (const key of ['sk_one_0123456789', 'sk_two_0123456789']) {
      expect(new Webhook(key).constructEvent(raw, signature)).toEqual(JSON.parse(body));
      expect(constructEvent(raw, signature, { key })).toEqual(JSON.parse(body));
      expect(() => new Webhook(key).constructEvent(`${raw} `, signature)).toThrow();
    }
    expect(() => new Webhook('sk_three_0123456').constructEvent(raw, signature)).toThrow();
  });

  it('with its own secret, and then with that alone', async () => {
    await sender().send({ url: url(), body, secret: 'whsec_of_this_webhook' });
    const { headers, body: raw } = only();
    const signature = String(headers['x-signature-v2']);
    expect(new Webhook('whsec_of_this_webhook').constructEvent(raw, signature)).toEqual(JSON.parse(body));
    expect(() => new Webhook('sk_one_0123456789').constructEvent(raw, signature)).toThrow();
  });

  it('by https to a name whose certificate it checks', async () => {
    const elsewhere = `https://other.example:${receiver.port}/`;
    expect(await sender().send({ url: elsewhere, body })).toEqual({ ok: false, reason: 'network' });
    expect(receiver.received).toEqual([]);
  });
});

describe('server-side request forgery', () => {
  it('rebinding: the address that was checked is the one that is called, whatever the name resolves to next', async () => {
    const other = await startReceiver(tls);
    const answers = ['127.0.0.1', '10.0.0.1', '169.254.169.254'];
    let asked = 0;
    const resolve = async () => [{ address: answers[asked++] ?? '10.0.0.1', family: 4 }];
    const rebinding = sender({ resolve });
    expect(await rebinding.send({ url: url(), body })).toEqual({ ok: true, status: 204 });
    expect(asked).toBe(1);
    expect(await rebinding.send({ url: url(), body })).toEqual({ ok: false, reason: 'target' });
    expect([receiver.received.length, other.received.length]).toEqual([1, 0]);
    await other.close();
  });

  it.each([301, 302, 303, 307, 308])('a redirect (%i) is not followed', async (status) => {
    const other = await startReceiver(tls);
    receiver.answer((_, response) => response.writeHead(status, { location: `https://hooks.example:${other.port}/` }).end());
    expect(await sender().send({ url: url(), body })).toEqual({ ok: false, reason: 'redirect', status });
    expect([receiver.received.length, other.received.length]).toEqual([1, 0]);
    await other.close();
  });
});

describe('a receiver that is slow, silent or too talkative', () => {
  const quick = () => sender({ deadline: 300 });

  it('never answers: cut off at the deadline', async () => {
    receiver.answer(() => undefined);
    expect(await quick().send({ url: url(), body })).toEqual({ ok: false, reason: 'timeout' });
  });

  it('never ends its answer: cut off at the deadline', async () => {
    receiver.answer((_, response) => response.writeHead(200).write('x'));
    expect(await quick().send({ url: url(), body })).toEqual({ ok: false, reason: 'timeout' });
  });

  it('never shakes hands', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
    const { port } = silent.address() as AddressInfo;
    expect(await quick().send({ url: `https://hooks.example:${port}/`, body })).toEqual({ ok: false, reason: 'timeout' });
    silent.close();
  });

  it('has a name that never resolves', async () => {
    expect(await sender({ deadline: 300, resolve: () => new Promise(() => undefined) }).send({ url: url(), body })).toEqual({
      ok: false,
      reason: 'timeout',
    });
  });

  it('has a name that does not resolve', async () => {
    const failing = sender({ resolve: () => Promise.reject(new Error('ENOTFOUND')) });
    expect(await failing.send({ url: url(), body })).toEqual({ ok: false, reason: 'network' });
  });

  it('answers without end: cut off after 64 KiB', async () => {
    let written = 0;
    receiver.answer((_, response) => {
      response.writeHead(200);
      const more = () => {
        if (response.destroyed) return;
        written += 65_536;
        response.write('x'.repeat(65_536), more);
      };
      more();
    });
    expect(await sender().send({ url: url(), body })).toEqual({ ok: true, status: 200 });
    expect(written).toBeLessThan(50_000_000);
  });

  it.each([
    [500, 'status'],
    [404, 'status'],
    [304, 'redirect'],
  ])('answers %i', async (status, reason) => {
    receiver.answer((_, response) => response.writeHead(status).end());
    expect(await sender().send({ url: url(), body })).toEqual({ ok: false, reason, status });
  });

  it('closes the connection', async () => {
    receiver.answer((_, response) => response.destroy());
    expect(await sender().send({ url: url(), body })).toEqual({ ok: false, reason: 'network' });
  });

  it('leaves no connection behind, whatever it does', async () => {
    const open = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap' || name === 'TLSWrap').length;
    const before = open();
    const handles = [204, 500, 302].map((status) => () => receiver.answer((_, response) => response.writeHead(status).end()));
    handles.push(() => receiver.answer((_, response) => response.destroy()));
    for (let call = 0; call < 100; call++) {
      handles[call % handles.length]?.();
      await sender().send({ url: url(), body });
    }
    receiver.answer(() => undefined);
    await Promise.all(Array.from({ length: 20 }, () => sender({ deadline: 200 }).send({ url: url(), body })));
    for (let tries = 0; tries < 200 && open() > before + 2; tries++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(open()).toBeLessThanOrEqual(before + 2);
  });
});
