import type { Variable } from '../signals/define.ts';
import type { ValueTest } from './condition.ts';
import type { Reading } from './reading.ts';

/** Numbers what a policy reads and asks, so that evaluation indexes arrays and looks nothing up. */
export type Slots = {
  /** By slot, in the order first named. */
  readonly variables: readonly Variable[];
  /** The slot of a variable, a new one where it has none. */
  readonly slotOf: (variable: Variable) => number;
  /** The number of a question about a slot; the same question in another rule has the same. */
  readonly questionOf: (slot: number, test: ValueTest) => number;
  /** One evaluation's view, nothing read yet. */
  readonly open: (read: Reading['read'], now: number) => Reading;
};

const numbering = () => {
  const numbers = new Map<string, number>();
  return {
    numbers,
    numberOf: (key: string): number => {
      const number = numbers.get(key) ?? numbers.size;
      numbers.set(key, number);
      return number;
    },
  };
};

const keyOf = (test: ValueTest): string =>
  JSON.stringify(test.test === 'in-list' ? [test.test, test.list.alias, test.of] : [test.test, test.items]);

export const createSlots = (): Slots => {
  const variables: Variable[] = [];
  const slots = numbering();
  const questions = numbering();
  return {
    variables,
    slotOf: (variable) => {
      const slot = slots.numberOf(variable.name);
      variables[slot] = variable;
      return slot;
    },
    questionOf: (slot, test) => questions.numberOf(`${slot} ${keyOf(test)}`),
    open: (read, now) => ({
      now,
      read,
      variables,
      values: new Array(variables.length),
      answers: new Array(questions.numbers.size),
      unknowns: [],
      failures: undefined,
    }),
  };
};
