import type { Recorded } from '../decision.ts';
import { type SignalValue, Unknown, type UnknownCause } from './define.ts';
import { signalByName } from './index.ts';
import type { Reader } from './reader.ts';

/**
 * What was read for a decision, as it is stored: names with a space between, the value of each, null where it is unknown, and for each
 * null a letter that says why. No secrets, no raw identifiers.
 */
export type Snapshot = {
  readonly names: string;
  readonly values: readonly (SignalValue | null)[];
  readonly causes: string;
};

/** What snapshots of one policy hold; prepared once, since one is made for every decision. */
export type SnapshotNames = { readonly list: readonly string[]; readonly text: string };

export const snapshotNames = (list: readonly string[]): SnapshotNames => ({ list, text: list.join(' ') });

const letters = {
  'no-input': 'i',
  unparsable: 'p',
  'too-long': 'l',
  'private-address': 'a',
  'no-data-file': 'f',
  'stale-data-file': 's',
  'not-in-data-file': 'n',
  'cold-start': 'c',
  'source-error': 'e',
  'not-declared': 'd',
  'ill-typed': 't',
  'non-finite': 'm',
  'not-recorded': 'r',
} as const satisfies Record<UnknownCause, string>;
const causeOf: ReadonlyMap<string, UnknownCause> = new Map(
  Object.entries(letters).map(([cause, letter]) => [letter, cause as UnknownCause]),
);

const sensitive: ReadonlySet<string> = new Set(
  [...signalByName.values()].filter((signal) => signal.sensitive).map((signal) => signal.name),
);

/** The snapshot of some variables; identifiers only as keyed hash. */
export const snapshotOf = (reader: Reader, { list, text }: SnapshotNames, hash: (value: string) => string): Snapshot => {
  const values: (SignalValue | null)[] = [];
  let causes = '';
  for (const name of list) {
    const value = reader(name);
    if (value instanceof Unknown) {
      causes += letters[value.cause];
      values.push(null);
    } else values.push(typeof value === 'string' && sensitive.has(name) ? hash(value) : value);
  }
  return { names: text, values, causes };
};

/** A snapshot variable by variable, by name. */
export const recordedOf = ({ names, values, causes }: Snapshot): Readonly<Record<string, Recorded>> => {
  const reasons = [...causes].values();
  const entries = names.split(' ').flatMap((name, index): [string, Recorded][] => {
    const value = values[index];
    if (value === undefined) return [];
    return [[name, value === null ? { unknown: causeOf.get(reasons.next().value ?? '') ?? 'not-recorded' } : { value }]];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
};
