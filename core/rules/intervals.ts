import { type Address, parseAddress } from './address.ts';
import { type Cidr, compareWords } from './cidr.ts';

/** A block and the moment (milliseconds) from which it no longer counts; Infinity: never. */
export type TimedBlock = { readonly block: Cidr; readonly expiresAt: number };

/** Whether an address lies in a block that has not expired at `now`. */
export type Intervals = (address: Address, now: number) => boolean;

/**
 * Drops every block that lies in another of at least its life, and tells each survivor which survivor encloses it.
 * INVARIANT: CIDR blocks are nested or apart, never crossing, so sorted by first address the enclosing ones form a stack.
 */
const nest = (sorted: readonly TimedBlock[]): { kept: TimedBlock[]; parents: number[] } => {
  const kept: TimedBlock[] = [];
  const parents: number[] = [];
  const open: number[] = [];
  for (const entry of sorted) {
    let around = open.at(-1);
    while (around !== undefined && compareWords(kept[around]?.block.last ?? [], entry.block.first) < 0) {
      open.pop();
      around = open.at(-1);
    }
    if (around !== undefined && (kept[around]?.expiresAt ?? 0) >= entry.expiresAt) continue;
    parents.push(around ?? -1);
    open.push(kept.push(entry) - 1);
  }
  return { kept, parents };
};

/** By first address, the wider before the narrower. */
const ordered = (left: TimedBlock, right: TimedBlock): number =>
  compareWords(left.block.first, right.block.first) || left.block.prefix - right.block.prefix;

const compileFamily = (entries: readonly TimedBlock[], width: 1 | 4): Intervals => {
  const { kept, parents } = nest(entries.toSorted(ordered));
  const first = Uint32Array.from(kept.flatMap(({ block }) => block.first));
  const last = Uint32Array.from(kept.flatMap(({ block }) => block.last));
  const parent = Int32Array.from(parents);
  const expiry = Float64Array.from(kept, ({ expiresAt }) => expiresAt);

  const compare = (bounds: Uint32Array, index: number, words: readonly number[]): number => {
    for (let word = 0; word < width; word += 1) {
      const difference = (bounds[index * width + word] ?? 0) - (words[word] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  };

  return ({ words }, now) => {
    let low = 0;
    let high = expiry.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(first, middle, words) <= 0) low = middle + 1;
      else high = middle;
    }
    // a block outlives all that enclose it, so the innermost that holds the address decides
    for (let index = low - 1; index >= 0; index = parent[index] ?? -1) {
      if (compare(last, index, words) >= 0) return (expiry[index] ?? 0) > now;
    }
    return false;
  };
};

/** Sorts and merges blocks of both families for binary search. */
export const compileIntervals = (entries: readonly TimedBlock[]): Intervals => {
  const v4 = compileFamily(
    entries.filter(({ block }) => block.family === 4),
    1,
  );
  const v6 = compileFamily(
    entries.filter(({ block }) => block.family === 6),
    4,
  );
  return (address, now) => (address.family === 4 ? v4(address, now) : v6(address, now));
};

/** As `compileIntervals`, for an address in text; text that is no address lies in nothing. */
export const compileAddressSet = (entries: readonly TimedBlock[]): ((text: string, now: number) => boolean) => {
  if (entries.length === 0) return () => false;
  const within = compileIntervals(entries);
  return (text, now) => {
    const address = parseAddress(text);
    return address !== undefined && within(address, now);
  };
};
