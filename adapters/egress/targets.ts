import { type Address, type Cidr, compareWords, parseAddress, parseCidr } from '../../core/index.ts';

/** What may be called besides the public internet. */
export type TargetPolicy = {
  /** Private blocks that may be called (`STEPWARD_EGRESS_ALLOWED_RANGES`). */
  readonly allowedRanges: readonly string[];
  /** Development: loopback, by `http:` too. */
  readonly loopback: boolean;
};

const blocks = (...texts: readonly string[]): readonly Cidr[] =>
  texts.map((text) => {
    const block = parseCidr(text);
    if (!block) throw new TypeError(`\`${text}\` is no CIDR block`);
    return block;
  });

/** IPv4 that is not the public internet (IANA special-purpose registry), and one public address that is a cloud's metadata service. */
const forbiddenV4 = blocks(
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
);

/** IPv6 is the reverse: only global unicast is public. What embeds an IPv4 address (mapped, NAT64, 6to4, Teredo) is outside or taken out. */
const publicV6 = blocks('2000::/3');
const forbiddenV6 = blocks('2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20');

const loopback = blocks('127.0.0.0/8', '::1');

const within = ({ family, words }: Address, list: readonly Cidr[]): boolean =>
  list.some((block) => block.family === family && compareWords(block.first, words) <= 0 && compareWords(words, block.last) <= 0);

const isPublic = (address: Address): boolean =>
  address.family === 4 ? !within(address, forbiddenV4) : within(address, publicV6) && !within(address, forbiddenV6);

/** What decides which servers may be called. */
export type Targets = {
  /** What is wrong with a URL as it is written; undefined: nothing. */
  readonly refusal: (url: string) => string | undefined;
  /** Whether a connection to this address may be made for this URL. Text that is no address: no. */
  readonly permits: (url: URL, address: string) => boolean;
};

const longest = 2048;

/** The host without brackets and final dot. The URL parser has made dotted IPv4 of decimal, octal and hexadecimal spellings. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');

/**
 * Creates the guard against server-side request forgery (CWE-918): public addresses, listed ranges and, in development, loopback.
 *
 * @throws TypeError for an allowed range that is no CIDR block.
 */
export const createTargets = ({ allowedRanges, loopback: development }: TargetPolicy): Targets => {
  const allowed = [...blocks(...allowedRanges), ...(development ? loopback : [])];

  const permits = (url: URL, text: string): boolean => {
    const address = parseAddress(text);
    if (!address) return false;
    if (url.protocol === 'http:') return development && within(address, loopback);
    return within(address, allowed) || isPublic(address);
  };

  const refusal = (text: string): string | undefined => {
    if (text.length > longest) return `must have at most ${longest} characters`;
    const url = URL.parse(text);
    if (!url) return 'must be a URL';
    if (url.protocol !== 'https:' && !(development && url.protocol === 'http:')) return 'must begin with `https://`';
    if (url.username || url.password) return 'must have no user name and no password';
    if (url.hash) return 'must have no fragment';
    const host = hostOf(url);
    const literal = host === 'localhost' || host.endsWith('.localhost') ? '127.0.0.1' : host;
    const isLiteral = parseAddress(literal) !== undefined;
    if (isLiteral && !permits(url, literal)) return 'must name a public server, or one in STEPWARD_EGRESS_ALLOWED_RANGES';
    if (!isLiteral && url.protocol === 'http:') return 'must begin with `https://`';
    return undefined;
  };

  return { refusal, permits };
};
