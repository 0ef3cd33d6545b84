import { StepwardError } from '../errors.ts';
import { parseCidr } from './cidr.ts';
import { compileAddressSet, type TimedBlock } from './intervals.ts';
import { ruleLimits } from './limits.ts';

/** An entry; `expiresAt` in milliseconds UTC or ISO 8601. */
export type ValueListItem = string | number | { readonly value: string | number; readonly expiresAt?: string | number };

/** A named list, ready to be asked. */
export type CompiledList = {
  readonly alias: string;
  readonly itemType: 'string' | 'number';
  readonly version: number;
  /** Whether the value, in canonical form, is an entry that has not expired at `now` (milliseconds). */
  readonly has: (value: string | number, now: number) => boolean;
  /** Whether some entry that is an address or CIDR block holds this address. */
  readonly hasAddress: (canonicalAddress: string, now: number) => boolean;
};

const refuse = (alias: string, index: number, expected: string, got: unknown): never => {
  const pointer = `/valueListItems/${index}`;
  throw new StepwardError('invalid_request', `list \`${alias}\` at \`${pointer}\`: expected ${expected}`, {
    details: [{ pointer, expected, got: String(got).slice(0, 80) }],
  });
};

const expiryOf = (expiresAt: string | number | undefined): number => {
  if (expiresAt === undefined) return Number.POSITIVE_INFINITY;
  return typeof expiresAt === 'number' ? expiresAt : Date.parse(expiresAt);
};

/**
 * Compiles a named list for lookup; entries that parse as address or CIDR also serve addresses.
 *
 * @throws StepwardError `invalid_request` for an entry of another type, an unreadable `expiresAt` or over 100,000 entries.
 * @example
 * compileValueList({ alias: 'office', itemType: 'string', items: ['192.0.2.0/24'], version: 1 }).hasAddress('192.0.2.7', now);
 */
export const compileValueList = (list: {
  readonly alias: string;
  readonly itemType: 'string' | 'number';
  readonly items: readonly ValueListItem[];
  readonly version: number;
}): CompiledList => {
  const { alias, itemType, version, items } = list;
  if (items.length > ruleLimits.listEntries)
    refuse(alias, ruleLimits.listEntries, `at most ${ruleLimits.listEntries} entries`, items.length);

  const expiries = new Map<string | number, number>();
  const blocks: TimedBlock[] = [];
  for (const [index, item] of items.entries()) {
    const entry = typeof item === 'object' && item !== null ? item : { value: item };
    const { value } = entry;
    const expiresAt = expiryOf(entry.expiresAt);
    if (typeof value !== itemType || (typeof value === 'number' && !Number.isFinite(value))) refuse(alias, index, `a ${itemType}`, value);
    if (Number.isNaN(expiresAt)) refuse(alias, index, 'an `expiresAt` in ISO 8601 or milliseconds', entry.expiresAt);
    const key = typeof value === 'string' ? value.normalize('NFKC') : value;
    expiries.set(key, Math.max(expiresAt, expiries.get(key) ?? Number.NEGATIVE_INFINITY));
    const block = typeof value === 'string' ? parseCidr(value) : undefined;
    if (block) blocks.push({ block, expiresAt });
  }

  return {
    alias,
    itemType,
    version,
    has: (value, now) => (expiries.get(value) ?? Number.NEGATIVE_INFINITY) > now,
    hasAddress: compileAddressSet(blocks),
  };
};
