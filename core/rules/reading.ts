import type { Degraded } from '../decision.ts';
import { type SignalType, type SignalValue, Unknown, type UnknownCause, type Variable } from '../signals/define.ts';

/** One evaluation's view of the signals: each slot is read once, when first asked for. */
export type Reading = {
  readonly now: number;
  readonly read: (variableName: string) => SignalValue | Unknown;
  readonly variables: readonly Variable[];
  /** By slot; undefined: not read yet, null: unknown. */
  readonly values: (SignalValue | null | undefined)[];
  /** By question; undefined: not asked yet. */
  readonly answers: (boolean | undefined)[];
  readonly unknowns: Degraded[];
  /** What reading a slot threw, so that it is not read again. */
  failures: Map<number, unknown> | undefined;
};

const isOfType = (type: SignalType, value: unknown): boolean => {
  if (type === 'strings') return Array.isArray(value);
  return typeof value === (type === 'ip' ? 'string' : type);
};

/** Why a value cannot be compared: a snapshot may be older than the declaration of its data point. */
const flaw = (type: SignalType, value: SignalValue | Unknown): UnknownCause | undefined => {
  if (value instanceof Unknown) return value.cause;
  if (!isOfType(type, value)) return 'ill-typed';
  return type === 'number' && !Number.isFinite(value) ? 'non-finite' : undefined;
};

/** The value of a slot that holds none yet, or null where it is unknown. Throws what the signal throws, again for each that asks. */
export const load = (reading: Reading, slot: number): SignalValue | null => {
  if (reading.values[slot] === null) return null;
  if (reading.failures?.has(slot)) throw reading.failures.get(slot);
  const variable = reading.variables[slot];
  if (variable === undefined) throw new RangeError(`no slot ${slot}`);
  let value: SignalValue | Unknown;
  try {
    value = reading.read(variable.name);
  } catch (error) {
    reading.failures ??= new Map();
    reading.failures.set(slot, error);
    throw error;
  }
  const cause = flaw(variable.type, value);
  if (cause !== undefined) reading.unknowns.push({ signal: variable.name, cause });
  const known = cause === undefined && !(value instanceof Unknown) ? value : null;
  reading.values[slot] = known;
  return known;
};
