import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressKey, canonicalAddress, isPrivateAddress, parseAddress } from '../../../core/rules/address.ts';

describe('canonical addresses', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['255.255.255.255', '255.255.255.255'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:C000:0201', '192.0.2.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:0db8::0001:0', '2001:db8::1:0'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::', '::'],
    ['1::', '1::'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ])('%s is %s (RFC 5952)', (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical);
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4 ',
    '0x7f.1',
    '1..2.3',
    ':',
    ':1',
    '1:',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '12345::',
    'g::1',
    'fe80::1%eth0',
    '[::1]',
    '::1.2.3',
    '1.2.3.4::',
    '10.0.0.0/8',
    'localhost',
    `${'0'.repeat(60)}::1`,
  ])('`%s` is no address', (text) => {
    expect(parseAddress(text)).toBeUndefined();
    expect(canonicalAddress(text)).toBeUndefined();
    expect(addressKey(text)).toBeUndefined();
    expect(isPrivateAddress(text)).toBe(false);
  });

  it('is one per address, however it was written', () => {
    const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, (values) => {
        const written = values.map((group) => group.toString(16).padStart(4, '0').toUpperCase()).join(':');
        const canonical = canonicalAddress(written) ?? '';
        expect(parseAddress(canonical)).toEqual(parseAddress(written));
        expect(canonicalAddress(canonical)).toBe(canonical);
      }),
    );
  });
});

describe('private addresses', () => {
  it.each([
    ['127.0.0.1', '127.255.255.255'],
    ['10.0.0.0', '10.255.255.255'],
    ['172.16.0.0', '172.31.255.255'],
    ['192.168.0.0', '192.168.255.255'],
    ['100.64.0.0', '100.127.255.255'],
    ['169.254.0.0', '169.254.255.255'],
    ['0.0.0.0', '::'],
    ['::1', '::ffff:10.0.0.1'],
    ['fc00::', 'fdff:ffff::1'],
    ['fe80::1', 'febf:ffff::'],
  ])('%s and %s', (first, last) => {
    expect([isPrivateAddress(first), isPrivateAddress(last)]).toEqual([true, true]);
  });
  it.each([
    '126.255.255.255',
    '128.0.0.0',
    '11.0.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.169.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '169.253.1.1',
    '8.8.8.8',
    '2001:db8::1',
    'fbff::1',
    'fe00::1',
    'fec0::1',
    '::2',
    '::ffff:8.8.8.8',
  ])('not %s', (text) => {
    expect(isPrivateAddress(text)).toBe(false);
  });
});

describe('address keys', () => {
  it('are the address itself for IPv4', () => expect(addressKey('::ffff:192.0.2.1')).toBe('192.0.2.1'));
  it('are the /64 for IPv6', () => {
    expect(addressKey('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
    expect(addressKey('2001:db8:1:2::')).toBe(addressKey('2001:db8:1:2:ffff:ffff:ffff:ffff'));
    expect(addressKey('2001:db8:1:3::')).not.toBe(addressKey('2001:db8:1:2::'));
  });
});
