import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress, parseAddress } from '../../../core/rules/address.ts';
import { formatCidr, parseCidr } from '../../../core/rules/cidr.ts';
import { compileValueList, type ValueListItem } from '../../../core/rules/value-list.ts';

const list = (items: readonly ValueListItem[], itemType: 'string' | 'number' = 'string') =>
  compileValueList({ alias: 'a-list', itemType, items, version: 1 });

describe('CIDR blocks', () => {
  it.each([
    ['192.0.2.7/24', '192.0.2.0/24', true],
    ['192.0.2.0/24', '192.0.2.0/24', false],
    ['192.0.2.7/32', '192.0.2.7', false],
    ['192.0.2.7', '192.0.2.7', false],
    ['1.2.3.4/0', '0.0.0.0/0', true],
    ['2001:db8::1/32', '2001:db8::/32', true],
    ['2001:db8::1/128', '2001:db8::1', false],
    ['::/0', '::/0', false],
    ['::ffff:192.0.2.7/120', '192.0.2.0/24', true],
  ])('%s is %s', (text, canonical, hostBits) => {
    const block = parseCidr(text);
    expect(block && formatCidr(block)).toBe(canonical);
    expect(block?.hostBits).toBe(hostBits);
  });
  it.each(['1.2.3.4/33', '1.2.3.4/', '1.2.3.4/01', '1.2.3.4/-1', '1.2.3.4/8/8', '::/129', '::ffff:0:0/95', 'x/8', '/8'])(
    '%s is none',
    (text) => {
      expect(parseCidr(text)).toBeUndefined();
    },
  );
});

describe('addresses in a list', () => {
  it.each<readonly [name: string, items: readonly ValueListItem[], inside: readonly string[], outside: readonly string[]]>([
    ['a single address', ['192.0.2.1'], ['192.0.2.1', '::ffff:192.0.2.1'], ['192.0.2.0', '192.0.2.2', '::1']],
    ['/32 and /128', ['192.0.2.1/32', '2001:db8::1/128'], ['192.0.2.1', '2001:db8::1'], ['192.0.2.2', '2001:db8::2']],
    ['all of IPv4, none of IPv6', ['0.0.0.0/0'], ['0.0.0.0', '255.255.255.255'], ['::', '2001:db8::1']],
    ['all of IPv6, none of IPv4', ['::/0'], ['::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'], ['0.0.0.0']],
    ['mapped entries', ['::ffff:10.0.0.0/104'], ['10.1.2.3', '::ffff:10.255.255.255'], ['11.0.0.0']],
    [
      'unsorted',
      ['203.0.113.0/24', '10.0.0.0/8', '192.0.2.0/24'],
      ['10.0.0.0', '192.0.2.255', '203.0.113.9'],
      ['9.255.255.255', '192.0.3.0'],
    ],
    [
      'nested: behind the inner, still in the outer',
      ['10.0.0.0/8', '10.1.0.0/16', '10.1.1.0/24'],
      ['10.1.1.1', '10.2.0.0', '10.255.0.0'],
      ['11.0.0.0'],
    ],
    ['twins', ['10.0.0.0/8', '10.9.9.9/8'], ['10.0.0.1'], ['11.0.0.1']],
    ['words that are no addresses', ['office', '10.0.0.0/8'], ['10.0.0.1'], ['office']],
    ['no entries', [], [], ['10.0.0.1']],
  ])('%s', (_name, items, inside, outside) => {
    const { hasAddress } = list(items);
    expect(inside.filter((address) => !hasAddress(address, 0))).toEqual([]);
    expect(outside.filter((address) => hasAddress(address, 0))).toEqual([]);
  });

  it('an entry counts until it expires', () => {
    const { hasAddress, has } = list([
      { value: '192.0.2.0/24', expiresAt: 1000 },
      { value: '203.0.113.1', expiresAt: '1970-01-01T00:00:02Z' },
    ]);
    expect([hasAddress('192.0.2.1', 999), hasAddress('192.0.2.1', 1000)]).toEqual([true, false]);
    expect([has('203.0.113.1', 1999), has('203.0.113.1', 2000)]).toEqual([true, false]);
  });
  it('an expired block hides no living one around or inside it', () => {
    const around = list(['10.0.0.0/8', { value: '10.1.0.0/16', expiresAt: 5 }]);
    expect([around.hasAddress('10.1.1.1', 9), around.hasAddress('10.2.0.0', 9)]).toEqual([true, true]);
    const inside = list([{ value: '10.0.0.0/8', expiresAt: 5 }, '10.1.0.0/16']);
    expect([inside.hasAddress('10.1.1.1', 9), inside.hasAddress('10.2.0.0', 9), inside.hasAddress('10.2.0.0', 4)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  const address = fc.tuple(fc.boolean(), fc.nat(3), fc.nat(63)).map(([six, high, low]) =>
    // few distinct addresses, so that blocks meet
    formatAddress(six ? { family: 6, words: [high * 2 ** 30, 0, 0, low] } : { family: 4, words: [high * 2 ** 30 + low] }),
  );
  const block = fc.tuple(address, fc.nat(128), fc.option(fc.nat(20))).map(([text, length, expiresAt]): ValueListItem => {
    const prefix = text.includes(':') ? length : length % 33;
    return expiresAt === null ? `${text}/${prefix}` : { value: `${text}/${prefix}`, expiresAt };
  });
  /** Bit by bit, entry by entry. */
  const scan = (items: readonly ValueListItem[], text: string, now: number): boolean => {
    const bits = (of: string) => {
      const parsed = parseAddress(of);
      return { family: parsed?.family, bits: (parsed?.words ?? []).map((word) => word.toString(2).padStart(32, '0')).join('') };
    };
    return items.some((item) => {
      const { value, expiresAt } = typeof item === 'object' ? item : { value: item, expiresAt: undefined };
      const [base = '', length] = String(value).split('/');
      if (expiresAt !== undefined && Number(expiresAt) <= now) return false;
      const prefix = Number(length);
      return bits(base).family === bits(text).family && bits(base).bits.slice(0, prefix) === bits(text).bits.slice(0, prefix);
    });
  };
  it('agrees with a linear scan', () => {
    fc.assert(
      fc.property(
        fc.array(block, { maxLength: 12 }),
        fc.array(address, { minLength: 1, maxLength: 8 }),
        fc.nat(20),
        (items, asked, now) => {
          const { hasAddress } = list(items);
          for (const text of asked) expect(hasAddress(text, now)).toBe(scan(items, text, now));
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('values in a list', () => {
  it('strings, in NFKC', () => {
    const { has } = list(['DE', 'ﬁn']);
    expect([has('DE', 0), has('fin', 0), has('de', 0), has('__proto__', 0), has('constructor', 0)]).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
  it('numbers', () => {
    const { has } = list([1, { value: 2, expiresAt: 10 }], 'number');
    expect([has(1, 99), has(2, 9), has(2, 10), has('1', 0)]).toEqual([true, true, false, false]);
  });
  it('of an entry given twice the longer life counts', () => {
    expect(list(['x', { value: 'x', expiresAt: 1 }]).has('x', 5)).toBe(true);
    expect(
      list([
        { value: 'x', expiresAt: 9 },
        { value: 'x', expiresAt: 1 },
      ]).has('x', 5),
    ).toBe(true);
  });
  it.each([
    ['another type', () => list([1])],
    ['an unreadable expiry', () => list([{ value: 'x', expiresAt: 'soon' }])],
    ['100,001 entries', () => list(Array(100_001).fill('x'))],
  ])('refused: %s', (_name, attempt) => {
    expect(attempt).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
  it('100,000 entries are taken', () => {
    expect(list(Array(100_000).fill('x')).has('x', 0)).toBe(true);
  });
});
