import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { clientAddress } from '../../../adapters/http/index.ts';

const from = (remoteAddress: string | undefined, headers: Readonly<Record<string, string>> = {}): IncomingMessage =>
  ({ socket: { remoteAddress }, headers }) as unknown as IncomingMessage;
const forwarded = (text: string): Readonly<Record<string, string>> => ({ 'x-forwarded-for': text });
const proxies = ['10.0.0.0/8', '2001:db8:ffff::/48'];

describe('Forged client address', () => {
  it('without trusted proxies the socket counts and every header is ignored', () => {
    const headers = {
      'x-forwarded-for': '198.51.100.1',
      forwarded: 'for=198.51.100.2',
      'x-real-ip': '198.51.100.3',
      'cf-connecting-ip': '198.51.100.4',
      'true-client-ip': '198.51.100.5',
    };
    expect(clientAddress(from('203.0.113.9', headers), [])).toBe('203.0.113.9');
    expect(clientAddress(from('10.0.0.1', headers), [])).toBe('10.0.0.1');
  });

  it('headers of other names are ignored behind a trusted proxy too', () => {
    const headers = { forwarded: 'for=198.51.100.2', 'x-real-ip': '198.51.100.3', 'cf-connecting-ip': '198.51.100.4' };
    expect(clientAddress(from('10.0.0.1', headers), proxies)).toBe('10.0.0.1');
  });

  const rows: readonly (readonly [string, string, string, string])[] = [
    ['the leftmost is what the client wrote', '10.0.0.1', '192.0.2.66, 198.51.100.7', '198.51.100.7'],
    ['trusted hops are passed', '10.0.0.1', '198.51.100.7, 10.0.0.2, 10.9.9.9', '198.51.100.7'],
    ['a trusted address that the client wrote does not help him', '10.0.0.1', '10.1.1.1, 198.51.100.7', '198.51.100.7'],
    ['an untrusted socket is the client, whatever it says', '203.0.113.9', '198.51.100.7', '203.0.113.9'],
    ['only trusted hops: the farthest', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['an IPv4-mapped socket', '::ffff:10.0.0.1', '198.51.100.7', '198.51.100.7'],
    ['an IPv4-mapped hop', '10.0.0.1', '::ffff:198.51.100.7', '198.51.100.7'],
    ['a mapped trusted hop', '10.0.0.1', '198.51.100.7, ::ffff:10.0.0.2', '198.51.100.7'],
    ['IPv6 in its one spelling', '2001:db8:ffff::1', '2001:0DB8:0:0:0:0:0:9', '2001:db8::9'],
    ['a port', '10.0.0.1', '198.51.100.7:4711', '198.51.100.7'],
    ['IPv6 with brackets and a port', '10.0.0.1', '[2001:db8::9]:4711', '2001:db8::9'],
    ['IPv6 with brackets', '10.0.0.1', '[2001:db8::9]', '2001:db8::9'],
    ['spaces', '10.0.0.1', '  198.51.100.7  ', '198.51.100.7'],
    ['a hop that is no address: whoever reported it', '10.0.0.1', '198.51.100.7, unknown, 10.0.0.2', '10.0.0.2'],
    ['an octal-looking hop is no address', '10.0.0.1', '0198.51.100.7', '10.0.0.1'],
    ['an empty header', '10.0.0.1', '', '10.0.0.1'],
    ['a zone id', 'fe80::1%eth0', '198.51.100.7', 'fe80::1'],
  ];
  it.each(rows)('%s', (_, socket, header, address) => {
    expect(clientAddress(from(socket, forwarded(header)), proxies)).toBe(address);
  });

  it('one hop trusted of two: the other is the client', () => {
    expect(clientAddress(from('10.0.0.1', forwarded('198.51.100.7, 192.168.0.1')), ['10.0.0.1'])).toBe('192.168.0.1');
  });

  it('a socket that is gone has none', () => {
    expect(clientAddress(from(undefined), proxies)).toBeUndefined();
  });

  it('a proxy that is no address or block is a mistake of configuration', () => {
    expect(() => clientAddress(from('10.0.0.1', forwarded('1.1.1.1')), ['loopback'])).toThrow(TypeError);
  });
});
