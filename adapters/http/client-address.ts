import type { IncomingMessage } from 'node:http';
import { type Address, type Cidr, compareWords, formatAddress, parseAddress, parseCidr } from '../../core/index.ts';

/** `addr`, `addr:port`, `[addr]`, `[addr]:port`, as proxies write hops. */
const hop = /^(?:\[([0-9A-Fa-f:.]+)\](?::\d{1,5})?|(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}|([0-9A-Fa-f:.]+))$/;

const parseHop = (text: string): Address | undefined => {
  const match = hop.exec(text.trim());
  return match ? parseAddress(match[1] ?? match[2] ?? match[3] ?? '') : undefined;
};

const compiled = new WeakMap<readonly string[], readonly Cidr[]>();

/** Reads the trusted proxies; throws `TypeError` for what is no address or CIDR block. */
const blocksOf = (trustedProxies: readonly string[]): readonly Cidr[] => {
  const known = compiled.get(trustedProxies);
  if (known) return known;
  const blocks = trustedProxies.map((text) => {
    const block = parseCidr(text);
    if (!block) throw new TypeError(`trusted proxy \`${text}\` is no address or CIDR block`);
    return block;
  });
  compiled.set(trustedProxies, blocks);
  return blocks;
};

const holds = (block: Cidr, { family, words }: Address): boolean =>
  block.family === family && compareWords(block.first, words) <= 0 && compareWords(words, block.last) <= 0;

/**
 * The client's address: the socket's, unless it is a trusted proxy; then the rightmost hop of `X-Forwarded-For` that is
 * none. `Forwarded`, `X-Real-IP` and the headers of single vendors are never read: whoever connects can write them.
 *
 * @returns canonical text, IPv4-mapped IPv6 unwrapped; undefined for a socket that is gone.
 */
export const clientAddress = (request: IncomingMessage, trustedProxies: readonly string[]): string | undefined => {
  let address = parseAddress((request.socket.remoteAddress ?? '').replace(/%.*$/, ''));
  if (!address) return undefined;
  const blocks = blocksOf(trustedProxies);
  const forwarded = request.headers['x-forwarded-for'];
  if (blocks.length > 0 && forwarded !== undefined) {
    const hops = String(forwarded).split(',');
    const isTrusted = (candidate: Address): boolean => blocks.some((block) => holds(block, candidate));
    while (isTrusted(address)) {
      const next = hops.pop();
      const parsed: Address | undefined = next === undefined ? undefined : parseHop(next);
      // a hop that cannot be read: whoever reported it is the last that is known
      if (!parsed) break;
      address = parsed;
    }
  }
  return formatAddress(address);
};
