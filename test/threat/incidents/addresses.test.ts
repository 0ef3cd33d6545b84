import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientAddress } from '../../../adapters/http/client-address.ts';
import { normaliseEmail } from '../../../core/contact.ts';
import type { IpFacts } from '../../../core/ports/ip-intelligence.ts';
import { createWorld, usual, type World } from '../../support/stepward.ts';

const request = (remoteAddress: string, headers: Readonly<Record<string, string>> = {}): IncomingMessage =>
  Object.assign(new Readable(), { socket: { remoteAddress }, headers, rawHeaders: [] }) as unknown as IncomingMessage;

describe('futrx #112 (1): the leftmost X-Forwarded-For was trusted', () => {
  // fails without: hops taken from the right, as long as they are trusted
  it.each([
    ['6.6.6.6, 198.51.100.7', '198.51.100.7'],
    ['6.6.6.6, 198.51.100.7, 10.1.2.3', '198.51.100.7'],
    ['127.0.0.1, 6.6.6.6, 198.51.100.7', '198.51.100.7'],
    ['6.6.6.6, nonsense, 10.1.2.3', '10.1.2.3'],
  ])('%s behind a trusted proxy is %s', (forwarded, expected) => {
    expect(clientAddress(request('10.0.0.1', { 'x-forwarded-for': forwarded }), ['10.0.0.0/8'])).toBe(expected);
  });
});

describe('thunderbolt PR #555: silent fallback to spoofable headers when no proxy was configured', () => {
  // fails without: the check that a proxy is configured at all
  it.each(['x-forwarded-for', 'forwarded', 'x-real-ip', 'cf-connecting-ip', 'true-client-ip', 'x-client-ip'])(
    '%s counts for nothing',
    (name) => {
      expect(clientAddress(request('198.51.100.7', { [name]: name === 'forwarded' ? 'for=6.6.6.6' : '6.6.6.6' }), [])).toBe('198.51.100.7');
      expect(clientAddress(request('::ffff:198.51.100.7', { [name]: '6.6.6.6' }), [])).toBe('198.51.100.7');
    },
  );

  it('an untrusted peer is the address, whatever it says', () => {
    expect(clientAddress(request('198.51.100.7', { 'x-forwarded-for': '6.6.6.6' }), ['10.0.0.0/8'])).toBe('198.51.100.7');
  });
});

const nowhere = { unknown: 'not-in-data-file' } as const;
const place = (latitude: number, longitude: number, countryCode: string): IpFacts => ({
  countryCode: { value: countryCode },
  region: nowhere,
  city: nowhere,
  asn: nowhere,
  asnName: nowhere,
  location: { value: { latitude, longitude } },
  isTor: { value: false },
  isVpn: { value: false },
  isProxy: { value: false },
  isRelay: { value: false },
  isHosting: { value: false },
});
const places: Readonly<Record<string, IpFacts>> = { '203.0.113.9': place(52.5, 13.4, 'DE'), '198.51.100.9': place(-33.9, 151.2, 'AU') };

describe('travel', () => {
  let world: World;
  const travels = { '==': [{ var: 'ip.impossibleTravel' }, true] };
  const track = async (userId: string, ipAddress: string) => (await world.stepward.track({ ...usual, userId, ipAddress })).answer;
  beforeAll(async () => {
    world = await createWorld();
    Object.assign(world.ports.ip, { lookup: (address: string) => places[address] ?? place(0, 0, 'ZZ') });
    await world.configure('signIn', { defaultUserActionResult: 'ALLOW' }, [{ conditions: travels, type: 'BLOCK' }]);
  });
  afterAll(() => world.end());

  describe('Logto geo-velocity: a time difference of zero or less skipped the check', () => {
    // fails without: Math.abs and the floor of one hour in `travel`
    it.each([0, -60_000, 60_000])('two continents %i ms apart are impossible', async (ms) => {
      const userId = `logto-${ms}`;
      expect((await track(userId, '203.0.113.9')).state).toBe('ALLOW');
      world.pass(ms);
      expect((await track(userId, '198.51.100.9')).outcome).toBe('BLOCK');
    });
  });

  describe('authentik #12214, #25279, #25281: a private or unlocated address locked people out, and made false travel', () => {
    // fails without: addressGap in the travel signals (a private address would be somewhere)
    it.each(['10.0.0.8', '127.0.0.1', '::1', 'fe80::1', '192.168.1.7'])('%s is far from nothing', async (address) => {
      const userId = `private-${address}`;
      await track(userId, '203.0.113.9');
      expect(await track(userId, address)).toMatchObject({
        state: 'ALLOW',
        degraded: expect.arrayContaining([{ signal: 'ip.impossibleTravel', cause: 'private-address' }]),
      });
      expect((await track(userId, '203.0.113.9')).state).toBe('ALLOW');
    });

    it('an address without a place, or at the point (0,0) of broken data, is far from nothing', async () => {
      await track('unlocated', '203.0.113.9');
      expect((await track('unlocated', '192.0.2.200')).state).toBe('ALLOW');
    });

    // fails without: speed computed in fractions of hours
    it('hours are not truncated: 90 minutes over 1,200 km is possible, over 1,500 km it is not', async () => {
      const at = async (userId: string, latitude: number) => {
        Object.assign(world.ports.ip, {
          lookup: (address: string) => (address === '203.0.113.9' ? place(0.001, 13, 'DE') : place(latitude, 13, 'DE')),
        });
        await track(userId, '203.0.113.9');
        world.pass(90 * 60_000);
        return (await track(userId, '198.51.100.9')).state;
      };
      expect(await at('near', 1200 / 111.2)).toBe('ALLOW');
      expect(await at('far', 1500 / 111.2)).toBe('BLOCK');
    });
  });
});

describe('GHSA-7rqj-j65f-68wh: an e-mail address was validated before Unicode normalisation', () => {
  // fails without: NFKC before the shape is looked at
  it.each([
    ['ａnn＠ｅxample.org', 'ann@example.org'],
    ['ann@EXAMPLE.ORG', 'ann@example.org'],
    ['ann@example。org', undefined],
    ['ann@evil.org＠example.org', undefined],
    ['ann＜x＞@example.org', undefined],
    ['ann@example.org，bob@example.org', undefined],
    ['ann@example.org\u2028bcc: x', undefined],
  ])('%s is %s', (text, expected) => {
    const result = (() => {
      try {
        return normaliseEmail(text);
      } catch {
        return undefined;
      }
    })();
    expect(result).toBe(expected);
  });
});
