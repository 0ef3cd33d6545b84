import type { Recorded } from '../decision.ts';
import { type SignalValue, Unknown, type UnknownCause } from './define.ts';
import { signalByName } from './index.ts';
import type { Reader } from './reader.ts';

/** What was read for a decision, as it is stored: values by name, names of the unknown by cause. No secrets, no raw identifiers. */
export type Snapshot = {
  readonly known: Readonly<Record<string, SignalValue>>;
  readonly unknown: Readonly<Partial<Record<UnknownCause, readonly string[]>>>;
};

const sensitive: ReadonlySet<string> = new Set(
  [...signalByName.values()].filter((signal) => signal.sensitive).map((signal) => signal.name),
);

/** The snapshot of some variables; identifiers only as keyed hash. */
export const snapshotOf = (reader: Reader, names: readonly string[], hash: (value: string) => string): Snapshot => {
  const known: Record<string, SignalValue> = {};
  const unknown: Partial<Record<UnknownCause, string[]>> = {};
  for (const name of names) {
    const value = reader(name);
    if (value instanceof Unknown) {
      const same = unknown[value.cause];
      if (same) same.push(name);
      else unknown[value.cause] = [name];
    } else known[name] = typeof value === 'string' && sensitive.has(name) ? hash(value) : value;
  }
  return { known, unknown };
};

/** A snapshot variable by variable, by name. */
export const recordedOf = ({ known, unknown }: Snapshot): Readonly<Record<string, Recorded>> => {
  const entries: [string, Recorded][] = Object.entries(known).map(([name, value]) => [name, { value }]);
  for (const [cause, names] of Object.entries(unknown)) for (const name of names) entries.push([name, { unknown: cause as UnknownCause }]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
};
