import type { SignalValue, Variable } from '../signals/define.ts';
import type { Reading } from './reading.ts';

/** What a slot holds: a variable's value or, with `of`, what follows from the value of that slot (null: unknown). */
export type Source = {
  readonly variable: Variable;
  readonly of: number | undefined;
  readonly derive: (value: SignalValue | null, now: number) => SignalValue | null;
  /** The number of each text that some rule compares the value with. */
  readonly texts: Map<string, number>;
};

/** Numbers what a policy reads and asks, so that evaluation indexes arrays and looks nothing up. */
export type Slots = {
  /** In the order first named. */
  readonly variables: readonly Variable[];
  /** The slot of a variable, a new one where it has none. */
  readonly slotOf: (variable: Variable) => number;
  /** The slot of what follows from another; the same `key` in another rule has the same. */
  readonly derived: (of: number, key: readonly unknown[], derive: Source['derive']) => number;
  /** The number that stands for a text where the value of this slot is compared with it. */
  readonly textOf: (slot: number, text: string) => number;
  /** One evaluation's view, nothing read yet. */
  readonly open: (read: Reading['read'], now: number) => Reading;
};

export const createSlots = (): Slots => {
  const variables: Variable[] = [];
  const sources: Source[] = [];
  /** A number for each slot; NaN where none is read yet. */
  const unread: number[] = [];
  const numbers = new Map<string, number>();
  const numbered = (key: readonly unknown[], source: Source): number => {
    const name = JSON.stringify(key);
    const known = numbers.get(name);
    if (known !== undefined) return known;
    numbers.set(name, sources.length);
    unread.push(Number.NaN);
    return sources.push(source) - 1;
  };
  return {
    variables,
    slotOf: (variable) => {
      const slot = numbered([variable.name], { variable, of: undefined, derive: (value) => value, texts: new Map() });
      if (slot === sources.length - 1) variables.push(variable);
      return slot;
    },
    derived: (of, key, derive) => numbered([of, ...key], { variable: (sources[of] as Source).variable, of, derive, texts: new Map() }),
    textOf: (slot, text) => {
      const { texts } = sources[slot] as Source;
      const number = texts.get(text) ?? texts.size;
      texts.set(text, number);
      return number;
    },
    open: (read, now) => ({
      now,
      read,
      sources,
      values: new Array(sources.length),
      numbers: unread.slice(),
      unknowns: [],
      failures: undefined,
    }),
  };
};
