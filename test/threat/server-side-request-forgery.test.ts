import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createWebhookSender } from '../../adapters/delivery/webhook-sender.ts';
import { createEgress, type EgressSettings } from '../../adapters/egress/egress.ts';
import { createGuardedFetch } from '../../adapters/egress/guarded-fetch.ts';
import { createTargets } from '../../adapters/egress/targets.ts';

const corpus: { readonly saved: string[]; readonly sent: string[][]; readonly taken: string[] } = JSON.parse(
  readFileSync(`${import.meta.dirname}/../vectors/egress-targets.json`, 'utf8'),
);
const production = createTargets({ allowedRanges: [], loopback: false });
const family = (address: string): number => (address.includes(':') ? 6 : 4);

/** What calls webhooks, and what calls identity providers and what they name: key sets, endpoints, logout addresses. */
const callers = (resolve: EgressSettings['resolve']) => {
  const egress = createEgress({ allowedRanges: [], loopback: false, resolve });
  return { sender: createWebhookSender({ egress, serverKeys: ['k'], now: Date.now }), fetch: createGuardedFetch(egress) };
};

describe('server-side request forgery: what may be called', () => {
  it.each(corpus.saved)('%s is refused when it is saved', (url) => expect(production.refusal(url)).toMatch(/^must /));
  it.each(corpus.taken)('%s is taken', (url) => expect(production.refusal(url)).toBeUndefined());

  it.each(corpus.sent.map((addresses) => [addresses]))('a name that resolves to %j is not called', async (addresses) => {
    let resolved = 0;
    const { sender, fetch } = callers(async () => {
      resolved += 1;
      return addresses.map((address) => ({ address, family: family(address) }));
    });
    expect(await sender.send({ url: 'https://hooks.example/', body: '{}' })).toEqual({ ok: false, reason: 'target' });
    expect(resolved).toBe(1);
    await expect(fetch('https://hooks.example/')).rejects.toThrow(/may not be called/);
    expect(resolved).toBe(2);
  });

  it('what was saved before a rule became stricter is refused when it is sent', async () => {
    const { sender, fetch } = callers(() => Promise.reject(new Error('nothing is to be resolved')));
    for (const url of corpus.saved) {
      expect([url, await sender.send({ url, body: '{}' })]).toEqual([url, { ok: false, reason: 'target' }]);
      // without a scheme or with credentials it is no address for `fetch` at all
      await expect(fetch(url)).rejects.toThrow(/may not be called|Failed to parse URL|includes credentials/);
    }
  });

  it('a listed range is called, and nothing beside it', () => {
    const { refusal, permits } = createTargets({ allowedRanges: ['10.1.0.0/16', 'fd00:1::/32', '127.0.0.1'], loopback: false });
    const url = new URL('https://hooks.example/');
    for (const address of ['10.1.0.1', '10.1.255.255', 'fd00:1::5', '127.0.0.1', '::ffff:10.1.0.1', '8.8.8.8'])
      expect([address, permits(url, address)]).toEqual([address, true]);
    for (const address of ['10.2.0.1', 'fd00:2::5', '127.0.0.2', '::1', '192.168.0.1'])
      expect([address, permits(url, address)]).toEqual([address, false]);
    expect(refusal('https://10.1.0.1/')).toBeUndefined();
    expect(refusal('https://localhost/')).toBeUndefined();
    expect(refusal('http://10.1.0.1/')).toMatch(/https/);
    expect(() => createTargets({ allowedRanges: ['10.0.0.0/33'], loopback: false })).toThrow(TypeError);
  });

  it('development mode takes http to loopback, and to nothing else', () => {
    const { refusal, permits } = createTargets({ allowedRanges: ['10.0.0.0/8'], loopback: true });
    for (const url of ['http://localhost:3000/', 'http://127.0.0.1/', 'http://[::1]/', 'https://localhost/'])
      expect([url, refusal(url)]).toEqual([url, undefined]);
    for (const url of ['http://hooks.example/', 'http://8.8.8.8/', 'http://10.0.0.1/', 'http://169.254.169.254/', 'https://192.168.0.1/'])
      expect([url, typeof refusal(url)]).toEqual([url, 'string']);
    const url = new URL('http://localhost/');
    expect(['127.0.0.1', '::1', '10.0.0.1', '8.8.8.8'].map((address) => permits(url, address))).toEqual([true, true, false, false]);
  });
});
