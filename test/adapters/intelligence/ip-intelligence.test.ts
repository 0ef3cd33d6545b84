import { mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createIpIntelligence } from '../../../adapters/intelligence/ip-intelligence.ts';
import { type Network, writeMmdb } from '../../../examples/express-login/ip-data/mmdb.ts';

const DAY = 86_400_000;
const now = Date.UTC(2026, 0, 15);
const lisbon = '203.0.113.7';

let folder: string;
let warnings: string[];
let time: number;
let open: ReturnType<typeof createIpIntelligence>[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ip-data-'));
  warnings = [];
  time = now;
  open = [];
});
afterEach(() => {
  for (const intelligence of open) intelligence.close();
  rmSync(folder, { recursive: true });
});

const start = (from: string | undefined = folder) => {
  const intelligence = createIpIntelligence({ folder: from, now: () => time, warn: (message) => warnings.push(message) });
  open.push(intelligence);
  return intelligence;
};

let made = 0;
/** Replaces a file by rename, as a deployer does. */
const put = (name: string, content: string | Buffer, modifiedAt = now): void => {
  made += 1;
  const path = join(folder, `${made}.tmp`);
  writeFileSync(path, content);
  utimesSync(path, modifiedAt / 1_000, modifiedAt / 1_000);
  renameSync(path, join(folder, name));
};
const mmdb = (networks: readonly Network[], builtAt = now, ipVersion: 4 | 6 = 6): Buffer =>
  writeMmdb(networks, { databaseType: 'Test', buildEpochSeconds: builtAt / 1_000, ipVersion });
const country = (code: string, builtAt?: number) => mmdb([{ cidr: '203.0.113.0/24', record: { country: { iso_code: code } } }], builtAt);
const asn = (number: number) =>
  mmdb([{ cidr: '203.0.113.0/24', record: { autonomous_system_number: number, autonomous_system_organization: 'Office' } }]);
const listFacts = ['isTor', 'isVpn', 'isProxy', 'isRelay', 'isHosting'] as const;

describe('without data', () => {
  it.each(['no folder', 'an empty folder', 'a folder that is not there'])('%s: everything is unknown, nothing is said', (which) => {
    const intelligence = start(which === 'an empty folder' ? folder : which === 'no folder' ? undefined : join(folder, 'none'));
    for (const fact of Object.values(intelligence.lookup(lisbon))) expect(fact).toEqual({ unknown: 'no-data-file' });
    expect([...intelligence.available()]).toEqual([]);
    expect(intelligence.versions()).toEqual([]);
    expect(warnings).toEqual([]);
  });
});

describe('databases', () => {
  it('of the MaxMind layout', () => {
    put('country.mmdb', country('pt'));
    put('asn.mmdb', asn(64_496));
    put(
      'city.mmdb',
      mmdb([
        {
          cidr: '203.0.113.0/24',
          record: {
            country: { iso_code: 'XX' },
            subdivisions: [{ iso_code: '11', names: { en: 'Lisbon' } }],
            city: { names: { en: 'Lisboa' } },
            location: { latitude: { double: 38.7223 }, longitude: { double: -9.1393 } },
          },
        },
      ]),
    );
    expect(start().lookup(lisbon)).toMatchObject({
      countryCode: { value: 'PT' },
      region: { value: 'Lisbon' },
      city: { value: 'Lisboa' },
      asn: { value: 64_496 },
      asnName: { value: 'Office' },
      location: { value: { latitude: 38.7223, longitude: -9.1393 } },
    });
  });

  it('of the flat layout', () => {
    const place = { country_code: 'JP', state1: 'Tokyo', city: 'Chiyoda', latitude: { double: 35.7 }, longitude: { double: 139.7 } };
    put('city.mmdb', mmdb([{ cidr: '2001:db8::/32', record: place }]));
    expect(start().lookup('2001:db8::1')).toMatchObject({
      countryCode: { value: 'JP' },
      region: { value: 'Tokyo' },
      city: { value: 'Chiyoda' },
      location: { value: { latitude: 35.7, longitude: 139.7 } },
    });
  });

  it('that are silent, of an address or of one fact', () => {
    put('country.mmdb', country('PT'));
    put('city.mmdb', mmdb([{ cidr: '203.0.113.0/24', record: { city: { names: { en: '' } }, location: { latitude: { double: 1 } } } }]));
    const intelligence = start();
    expect(intelligence.lookup('192.0.2.1').countryCode).toEqual({ unknown: 'not-in-data-file' });
    expect(intelligence.lookup('2001:db8::1').countryCode).toEqual({ unknown: 'not-in-data-file' });
    expect(intelligence.lookup(lisbon)).toMatchObject({
      city: { unknown: 'not-in-data-file' },
      region: { unknown: 'not-in-data-file' },
      location: { unknown: 'not-in-data-file' },
      asn: { unknown: 'no-data-file' },
    });
  });

  it('of IPv4 alone are silent of IPv6', () => {
    put('country.mmdb', mmdb([{ cidr: '32.0.0.0/8', record: { country: { iso_code: 'US' } } }], now, 4));
    const intelligence = start();
    expect(intelligence.lookup('32.1.2.3').countryCode).toEqual({ value: 'US' });
    expect(intelligence.lookup('2001:db8::1').countryCode).toEqual({ unknown: 'not-in-data-file' });
  });

  it('country comes from city data where country data are silent, missing or stale', () => {
    put('city.mmdb', mmdb([{ cidr: '203.0.113.0/24', record: { country: { iso_code: 'PT' } } }]));
    expect(start().lookup(lisbon).countryCode).toEqual({ value: 'PT' });
    put('country.mmdb', mmdb([{ cidr: '192.0.2.0/24', record: { country: { iso_code: 'JP' } } }], now - 91 * DAY));
    expect(start().lookup(lisbon).countryCode).toEqual({ value: 'PT' });
    expect(start().lookup('192.0.2.1').countryCode).toEqual({ unknown: 'stale-data-file' });
  });

  it.each([
    ['an empty file', Buffer.alloc(0)],
    ['no database', Buffer.from('x'.repeat(5_000))],
    ['a truncated one', country('PT').subarray(0, 400)],
    ['one whose tree was cut', Buffer.concat([country('PT').subarray(0, 16), country('PT').subarray(900)])],
  ])('that are %s are failed, never silent', (_name, bytes) => {
    put('country.mmdb', bytes);
    const intelligence = start();
    expect(intelligence.lookup(lisbon).countryCode).toEqual({ unknown: 'source-error' });
    expect([...intelligence.available()]).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/^IP data file `country.mmdb`: .*; nothing is known from it$/)]);
  });

  it('damaged inside are failed for the addresses concerned, never an exception', () => {
    const bytes = country('PT');
    const recordAt = bytes.indexOf('country') - 2;
    // A pointer to far behind the end.
    bytes.set([0x3f, 0xff, 0xff, 0xff, 0xff], recordAt);
    put('country.mmdb', bytes);
    const { lookup } = start();
    expect(lookup(lisbon).countryCode).toEqual({ unknown: 'source-error' });
    expect(lookup('192.0.2.1').countryCode).toEqual({ unknown: 'not-in-data-file' });
  });
});

describe('lists', () => {
  it('hold blocks, addresses and comments', () => {
    put('tor.txt', '# exits\r\n203.0.113.0/25 # a block\r\n\r\n2001:db8::/32\n192.0.2.1 ; one\n');
    const { lookup } = start();
    expect(
      ['203.0.113.127', '203.0.113.128', '2001:db8:1::1', '2001:db9::1', '192.0.2.1', '192.0.2.2'].map((ip) => lookup(ip).isTor),
    ).toEqual([true, false, true, false, true, false].map((value) => ({ value })));
  });

  it('hold numbers of networks', () => {
    put('asn.mmdb', asn(64_496));
    put('hosting.txt', 'AS64496\n');
    put('vpn.txt', 'as64497');
    const facts = start().lookup(lisbon);
    expect([facts.isHosting, facts.isVpn]).toEqual([{ value: true }, { value: false }]);
  });

  it('of numbers say false only of addresses whose network can be known', () => {
    put('hosting.txt', 'AS64496\n192.0.2.0/24\n');
    const without = start();
    expect(without.lookup(lisbon).isHosting).toEqual({ unknown: 'source-error' });
    expect(without.lookup('192.0.2.1').isHosting).toEqual({ value: true });
    put('asn.mmdb', mmdb([{ cidr: '203.0.113.0/24', record: { autonomous_system_number: 64_496 } }], now - 91 * DAY));
    expect(start().lookup(lisbon).isHosting).toEqual({ unknown: 'stale-data-file' });
  });

  it.each(listFacts)('each answer for its own fact: %s', (fact) => {
    put(`${fact.slice(2).toLowerCase()}.txt`, `${lisbon}\n`);
    const facts = start().lookup(lisbon);
    for (const other of listFacts) expect(facts[other]).toEqual(other === fact ? { value: true } : { unknown: 'no-data-file' });
    expect(start().available()).toEqual(new Set([fact.slice(2).toLowerCase()]));
  });

  it('of comments alone are empty, not failed', () => {
    put('tor.txt', '# none today\n');
    expect(start().lookup(lisbon).isTor).toEqual({ value: false });
  });

  it.each(['', 'not an address\n', '203.0.113.0/33\n', 'AS\n', '203.0.113.0/24 198.51.100.0/24\n'])(
    'with %j are failed as a whole',
    (text) => {
      put('tor.txt', text);
      expect(start().lookup(lisbon).isTor).toEqual({ unknown: 'source-error' });
      expect(warnings).toHaveLength(1);
    },
  );

  it('that a folder stands for are missing', () => {
    put('tor.txt', '192.0.2.0/24\n');
    expect(start(join(folder, 'tor.txt')).lookup(lisbon).isTor).toEqual({ unknown: 'no-data-file' });
  });
});

describe('a replaced file', () => {
  it('is read live', async () => {
    put('country.mmdb', country('PT'));
    put('tor.txt', `${lisbon}\n`);
    const intelligence = start();
    expect(intelligence.lookup(lisbon)).toMatchObject({ countryCode: { value: 'PT' }, isTor: { value: true } });
    put('country.mmdb', country('ES'), now + 1_000);
    put('tor.txt', '192.0.2.1\n', now + 1_000);
    put('vpn.txt', `${lisbon}\n`);
    await intelligence.refresh();
    expect(intelligence.lookup(lisbon)).toMatchObject({ countryCode: { value: 'ES' }, isTor: { value: false }, isVpn: { value: true } });
    expect(warnings).toEqual([]);
  });

  it('is noticed within seconds without being asked', async () => {
    put('tor.txt', '192.0.2.1\n');
    const intelligence = start();
    put('tor.txt', `${lisbon}\n`, now + 1_000);
    await expect.poll(() => intelligence.lookup(lisbon).isTor, { timeout: 10_000 }).toEqual({ value: true });
  });

  it.each([
    ['missing', undefined],
    ['empty', Buffer.alloc(0)],
    ['truncated', country('ES').subarray(0, 300)],
    ['corrupt', Buffer.from('?'.repeat(3_000))],
  ])('that is %s leaves the old one in use, and says so once', async (_name, bytes) => {
    put('country.mmdb', country('PT'));
    const intelligence = start();
    if (bytes === undefined) rmSync(join(folder, 'country.mmdb'));
    else put('country.mmdb', bytes, now + 1_000);
    await intelligence.refresh();
    await intelligence.refresh();
    expect(intelligence.lookup(lisbon).countryCode).toEqual({ value: 'PT' });
    expect(intelligence.available()).toEqual(new Set(['country']));
    expect(warnings).toEqual([expect.stringMatching(/what was read before stays in use$/)]);
    put('country.mmdb', country('ES'), now + 2_000);
    await intelligence.refresh();
    expect(intelligence.lookup(lisbon).countryCode).toEqual({ value: 'ES' });
  });

  it('half written is left alone until it is whole', async () => {
    put('country.mmdb', country('PT'));
    const intelligence = start();
    const path = join(folder, 'country.mmdb');
    const whole = country('ES');
    writeFileSync(path, whole.subarray(0, 700));
    await intelligence.refresh();
    expect(intelligence.lookup(lisbon).countryCode).toEqual({ value: 'PT' });
    writeFileSync(path, whole);
    await intelligence.refresh();
    expect(intelligence.lookup(lisbon).countryCode).toEqual({ value: 'ES' });
  });

  it('read at once by many answers only from one or the other', async () => {
    put('country.mmdb', country('PT'));
    const intelligence = start();
    put('country.mmdb', country('ES'), now + 1_000);
    const seen: unknown[] = [];
    const reads = [intelligence.refresh(), intelligence.refresh()];
    for (let index = 0; index < 100; index += 1) {
      seen.push(intelligence.lookup(`203.0.113.${index}`).countryCode);
      await Promise.resolve();
    }
    await Promise.all(reads);
    for (const countryCode of seen) expect([{ value: 'PT' }, { value: 'ES' }]).toContainEqual(countryCode);
    expect(intelligence.lookup(lisbon).countryCode).toEqual({ value: 'ES' });
  });

  it('is not looked for any more after close', () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const intelligence = start();
      expect(vi.getTimerCount()).toBe(1);
      intelligence.close();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('age', () => {
  it('of a database is that of its build, of a list that of the file: 90 days', () => {
    put('country.mmdb', country('PT', now), now - 400 * DAY);
    put('tor.txt', `${lisbon}\n`, now - DAY);
    const intelligence = start();
    time = now + 89 * DAY - 1;
    expect(intelligence.lookup(lisbon)).toMatchObject({ countryCode: { value: 'PT' }, isTor: { value: true } });
    time = now + 89 * DAY;
    expect(intelligence.lookup(lisbon)).toMatchObject({ countryCode: { value: 'PT' }, isTor: { unknown: 'stale-data-file' } });
    time = now + 90 * DAY - 1;
    expect(intelligence.lookup(lisbon).countryCode).toEqual({ value: 'PT' });
    time = now + 90 * DAY;
    expect(intelligence.lookup(lisbon).countryCode).toEqual({ unknown: 'stale-data-file' });
    expect(warnings).toEqual([
      'IP data file `tor.txt` is older than 90 days and not used; replace it',
      'IP data file `country.mmdb` is older than 90 days and not used; replace it',
    ]);
  });

  it('ends with a newer file', async () => {
    put('tor.txt', `${lisbon}\n`, now - 90 * DAY);
    const intelligence = start();
    expect(intelligence.lookup(lisbon).isTor).toEqual({ unknown: 'stale-data-file' });
    put('tor.txt', `${lisbon}\n`, now);
    await intelligence.refresh();
    expect(intelligence.lookup(lisbon).isTor).toEqual({ value: true });
  });

  it('and version are told', () => {
    put('country.mmdb', country('PT', now - 91 * DAY));
    put('tor.txt', `${lisbon}\n`);
    const versions = start().versions();
    expect(versions).toEqual([
      { file: 'country.mmdb', version: 'Test 2025-10-16', loadedAt: now, stale: true },
      { file: 'tor.txt', version: expect.stringMatching(/^[0-9a-f]{12}$/), loadedAt: now, stale: false },
    ]);
  });
});

describe('the sample data of the example', () => {
  const sample = join(import.meta.dirname, '../../../examples/express-login/ip-data');

  it.each([
    ['203.0.113.7', 'PT', 'Lisbon', { isTor: false, isVpn: false, isHosting: false }],
    ['198.51.100.7', 'DE', 'Frankfurt am Main', { isTor: false, isVpn: true, isHosting: true }],
    ['198.51.100.200', 'NL', 'Amsterdam', { isTor: true, isVpn: false, isHosting: true }],
    ['192.0.2.7', 'JP', 'Tokyo', { isTor: false, isVpn: false, isHosting: false }],
    ['2001:db8::7', 'PT', 'Lisbon', { isTor: false, isVpn: false, isHosting: false }],
  ])('%s is in %s, %s', (address, countryCode, city, lists) => {
    time = statSync(join(sample, 'tor.txt')).mtimeMs;
    const facts = start(sample).lookup(address);
    expect(facts).toMatchObject({ countryCode: { value: countryCode }, city: { value: city } });
    expect('value' in facts.location && 'value' in facts.asn).toBe(true);
    for (const [fact, value] of Object.entries(lists)) expect(facts[fact as 'isTor']).toEqual({ value });
    expect(warnings).toEqual([]);
  });
});
