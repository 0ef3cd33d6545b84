/** An address as 32-bit words, most significant first: one for IPv4, four for IPv6. IPv4-mapped IPv6 is IPv4. */
export type Address = { readonly family: 4 | 6; readonly words: readonly number[] };

const longestText = 45;
const DOT = 46;
const COLON = 58;

/** The 32-bit value of a dotted quad, or -1. Leading zeros are refused: some parsers read them as octal. */
const parseQuad = (text: string, from: number): number => {
  let value = 0;
  let octet = 0;
  let digits = 0;
  let dots = 0;
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (digits === 0 || dots === 3) return -1;
      value = value * 256 + octet;
      octet = 0;
      digits = 0;
      dots += 1;
      continue;
    }
    const digit = code - 48;
    if (digit < 0 || digit > 9 || (digits > 0 && octet === 0)) return -1;
    octet = octet * 10 + digit;
    digits += 1;
    if (octet > 255) return -1;
  }
  return dots === 3 && digits > 0 ? value * 256 + octet : -1;
};

const hexDigit = (code: number): number => {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
};

/** The eight 16-bit groups of IPv6 text (RFC 4291 §2.2), or undefined. A zone is no part of an address. */
const parseGroups = (text: string): number[] | undefined => {
  const groups: number[] = [];
  let gapAt = -1;
  let at = 0;
  if (text.charCodeAt(0) === COLON) {
    if (text.charCodeAt(1) !== COLON) return undefined;
    gapAt = 0;
    at = 2;
  }
  while (at < text.length) {
    const start = at;
    let group = 0;
    for (let digit = hexDigit(text.charCodeAt(at)); at < text.length && digit >= 0; digit = hexDigit(text.charCodeAt(at))) {
      group = group * 16 + digit;
      at += 1;
    }
    if (at < text.length && text.charCodeAt(at) === DOT) {
      const quad = parseQuad(text, start);
      if (quad < 0) return undefined;
      groups.push(quad >>> 16, quad & 0xffff);
      at = text.length;
      break;
    }
    if (at === start || at - start > 4) return undefined;
    groups.push(group);
    if (at === text.length) break;
    if (text.charCodeAt(at) !== COLON || at + 1 === text.length) return undefined;
    at += 1;
    if (text.charCodeAt(at) === COLON) {
      if (gapAt >= 0) return undefined;
      gapAt = groups.length;
      at += 1;
    }
  }
  if (gapAt < 0) return groups.length === 8 ? groups : undefined;
  if (groups.length > 7) return undefined;
  groups.splice(gapAt, 0, ...new Array<number>(8 - groups.length).fill(0));
  return groups;
};

/** Reads one IPv4 or IPv6 address; undefined for all else. */
export const parseAddress = (text: string): Address | undefined => {
  if (text.length > longestText) return undefined;
  if (!text.includes(':')) {
    const quad = parseQuad(text, 0);
    return quad < 0 ? undefined : { family: 4, words: [quad] };
  }
  const groups = parseGroups(text);
  if (groups === undefined) return undefined;
  const word = (index: number): number => (groups[index * 2] ?? 0) * 0x10000 + (groups[index * 2 + 1] ?? 0);
  if (word(0) === 0 && word(1) === 0 && word(2) === 0xffff) return { family: 4, words: [word(3)] };
  return { family: 6, words: [word(0), word(1), word(2), word(3)] };
};

/** The longest run of two or more zero groups, the first of equals (RFC 5952 §4.2). */
const longestZeroRun = (groups: readonly number[]): { start: number; length: number } => {
  let best = { start: -1, length: 1 };
  let start = 0;
  for (let at = 0; at <= groups.length; at += 1) {
    if (groups[at] === 0) continue;
    if (at - start > best.length) best = { start, length: at - start };
    start = at + 1;
  }
  return best;
};

/** Writes an address as dotted IPv4 or as RFC 5952 IPv6. */
export const formatAddress = ({ family, words }: Address): string => {
  if (family === 4) {
    const [value = 0] = words;
    return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
  }
  const groups = words.flatMap((word) => [word >>> 16, word & 0xffff]);
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  const run = longestZeroRun(groups);
  return run.start < 0 ? hex(groups) : `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`;
};

/** The one spelling of an address: dotted IPv4 or RFC 5952 IPv6, IPv4-mapped IPv6 unwrapped; undefined for all else. */
export const canonicalAddress = (text: string): string | undefined => {
  const address = parseAddress(text);
  return address === undefined ? undefined : formatAddress(address);
};

const privateV4 = [
  { first: 0x0a000000, bits: 8 },
  { first: 0x64400000, bits: 10 },
  { first: 0x7f000000, bits: 8 },
  { first: 0xa9fe0000, bits: 16 },
  { first: 0xac100000, bits: 12 },
  { first: 0xc0a80000, bits: 16 },
  { first: 0x00000000, bits: 32 },
] as const;
const privateV6 = [
  { first: 0xfc000000, bits: 7 },
  { first: 0xfe800000, bits: 10 },
] as const;

const startsWith = (word: number, range: { readonly first: number; readonly bits: number }): boolean =>
  (word ^ range.first) >>> (32 - range.bits) === 0 && (range.bits < 32 || word === range.first);

/** Whether an address says nothing of where its user is: loopback, link-local, RFC 1918, 100.64/10, fc00::/7, unspecified. False for text that is no address. */
export const isPrivateAddress = (text: string): boolean => {
  const address = parseAddress(text);
  if (address === undefined) return false;
  const [first = 0, second, third, fourth = 0] = address.words;
  if (address.family === 4) return privateV4.some((range) => startsWith(first, range));
  if (first === 0 && second === 0 && third === 0 && fourth <= 1) return true;
  return privateV6.some((range) => startsWith(first, range));
};

/** What history knows an address by: IPv4 itself, IPv6 its /64, such as `2001:db8::/64`; undefined for text that is no address. */
export const addressKey = (text: string): string | undefined => {
  const address = parseAddress(text);
  if (address === undefined) return undefined;
  if (address.family === 4) return formatAddress(address);
  const [first = 0, second = 0] = address.words;
  return `${formatAddress({ family: 6, words: [first, second, 0, 0] })}/64`;
};
