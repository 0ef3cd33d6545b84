import { type Address, formatAddress, parseAddress } from './address.ts';

/** A block of addresses: `first` to `last`, both included, as 32-bit words. */
export type Cidr = {
  readonly family: 4 | 6;
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly prefix: number;
  /** The text named an address inside the block, not its first. */
  readonly hostBits: boolean;
};

/** The low bits of word `index` that a prefix leaves free. */
const freeMask = (prefix: number, index: number): number => {
  const fixed = Math.min(32, Math.max(0, prefix - index * 32));
  return fixed === 0 ? 0xffffffff : 2 ** (32 - fixed) - 1;
};

const block = ({ family, words }: Address, prefix: number): Cidr => {
  const first = words.map((word, index) => (word & ~freeMask(prefix, index)) >>> 0);
  const last = words.map((word, index) => (word | freeMask(prefix, index)) >>> 0);
  return { family, first, last, prefix, hostBits: first.some((word, index) => word !== words[index]) };
};

const prefixText = /^(0|[1-9][0-9]{0,2})$/;

/** Reads an address (a block of one) or `address/prefix`; undefined for all else. A prefix inside ::ffff:0:0/96 counts from there. */
export const parseCidr = (text: string): Cidr | undefined => {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const width = address.words.length * 32;
  if (slash < 0) return block(address, width);
  const suffix = text.slice(slash + 1);
  if (!prefixText.test(suffix)) return undefined;
  const mapped = address.family === 4 && text.includes(':');
  const prefix = Number(suffix) - (mapped ? 96 : 0);
  return prefix < 0 || prefix > width ? undefined : block(address, prefix);
};

/** Writes a block by its first address; a single address without prefix. */
export const formatCidr = ({ family, first, prefix }: Cidr): string => {
  const address = formatAddress({ family, words: first });
  return prefix === first.length * 32 ? address : `${address}/${prefix}`;
};

/** Orders two addresses of one family by value. */
export const compareWords = (left: readonly number[], right: readonly number[]): number => {
  for (let index = 0; index < left.length; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
};
