import type { Degraded } from '../decision.ts';
import { type SignalType, type SignalValue, Unknown, type UnknownCause, type Variable } from '../signals/define.ts';
import type { Source } from './slots.ts';

/** One evaluation's view of the signals: each slot is read once, when first asked for. */
export type Reading = {
  readonly now: number;
  readonly read: (variableName: string) => SignalValue | Unknown;
  readonly sources: readonly Source[];
  /** By slot; undefined: not read yet, null: unknown. */
  readonly values: (SignalValue | null | undefined)[];
  /** By slot, what comparisons with a literal look at: a text is its number there, true is 1. NaN: not read yet, or unknown. */
  readonly numbers: number[];
  readonly unknowns: Degraded[];
  /** What reading a slot threw, so that it is not read again. */
  failures: Map<number, unknown> | undefined;
};

/** Why a value cannot be compared: a snapshot may be older than the declaration of its data point. */
const flaw = (type: SignalType, value: SignalValue | Unknown): UnknownCause | undefined => {
  if (value instanceof Unknown) return value.cause;
  if (type === 'strings') return Array.isArray(value) ? undefined : 'ill-typed';
  if (typeof value !== (type === 'ip' ? 'string' : type)) return 'ill-typed';
  return type === 'number' && !Number.isFinite(value) ? 'non-finite' : undefined;
};

const readOnce = (reading: Reading, slot: number, name: string): SignalValue | Unknown => {
  if (reading.failures?.has(slot)) throw reading.failures.get(slot);
  try {
    return reading.read(name);
  } catch (error) {
    reading.failures ??= new Map();
    reading.failures.set(slot, error);
    throw error;
  }
};

const signalOf = (reading: Reading, slot: number, { name, type }: Variable): SignalValue | null => {
  const value = readOnce(reading, slot, name);
  const cause = flaw(type, value);
  if (cause === undefined) return value as SignalValue;
  reading.unknowns.push({ signal: name, cause });
  return null;
};

/** The value of a slot, or null where it is unknown. Throws what the signal throws, again for each that asks. */
export const load = (reading: Reading, slot: number): SignalValue | null => {
  const known = reading.values[slot];
  if (known !== undefined) return known;
  const { variable, of, derive, texts } = reading.sources[slot] as Source;
  const value = of === undefined ? signalOf(reading, slot, variable) : derive(load(reading, of), reading.now);
  reading.values[slot] = value;
  if (typeof value === 'number') reading.numbers[slot] = value;
  else if (typeof value === 'boolean') reading.numbers[slot] = value ? 1 : 0;
  else if (typeof value === 'string' && texts.size > 0) reading.numbers[slot] = texts.get(value) ?? -1;
  return value;
};
