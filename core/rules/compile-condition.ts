import type { SignalValue } from '../signals/define.ts';
import { type Comparison, type Condition, isVariableOperand, type Literal, type ValueTest, type VariableOperand } from './condition.ts';
import { FALSE, type Ruling, ruling, TRUE, UNKNOWN } from './kleene.ts';
import { load, type Reading } from './reading.ts';
import type { Slots } from './slots.ts';
import { ALL, ANY, ASK, NOT, type Step, TEST } from './steps.ts';
import { compileValueTest } from './value-tests.ts';

const never = (): never => {
  throw new RangeError('not what this step does');
};

/** Fills in what a step does not use, always in one order: the engine gives all steps one shape. */
const stepOf = ({
  op,
  slot = 0,
  low = Number.NEGATIVE_INFINITY,
  high = Number.POSITIVE_INFINITY,
  yes = 0,
  no = 0,
  open = 0,
  ask = never,
  children = [],
}: Pick<Step, 'op'> & Partial<Step>): Step => ({ op, slot, low, high, yes, no, open, ask, children });

/** The three rulings that a comparison can come to, the known ones swapped where it is negated. */
type Rulings = Pick<Step, 'yes' | 'no' | 'open'>;
const rulingsOf = (index: number, negated = false): Rulings => ({
  yes: ruling(negated ? FALSE : TRUE, index),
  no: ruling(negated ? TRUE : FALSE, index),
  open: ruling(UNKNOWN, index),
});

/** A step that runs code of its own. */
export const ask = (run: (reading: Reading) => Ruling): Step => stepOf({ op: ASK, ask: run });

/** The slot of an operand; one with a default has its own, which is never unknown. */
const slotOf = ({ variable, fallback }: VariableOperand, slots: Slots): number => {
  const slot = slots.slotOf(variable);
  return fallback === undefined ? slot : slots.derived(slot, ['default', fallback], (value) => value ?? fallback);
};

const isTrue = { low: 1, high: 1 };

const exactly = (literal: Literal, slot: number, slots: Slots): Pick<Step, 'low' | 'high'> => {
  const number = typeof literal === 'string' ? slots.textOf(slot, literal) : Number(literal);
  return { low: number, high: number };
};

const compileEquals = ({ index, left, right, negated }: Comparison & { form: 'equals' }, slots: Slots): Step => {
  const rulings = rulingsOf(index, negated);
  const slot = slotOf(left, slots);
  if (!isVariableOperand(right)) return stepOf({ op: TEST, slot, ...exactly(right, slot, slots), ...rulings });
  const other = slotOf(right, slots);
  return ask((reading) => {
    const first = load(reading, slot);
    const second = load(reading, other);
    if (first === null || second === null) return rulings.open;
    return first === second ? rulings.yes : rulings.no;
  });
};

/** What is strictly below a bound is what is not from it upwards: a known number is never NaN. */
const compileBound = (slot: number, low: number | undefined, high: number | undefined, strict: boolean, index: number): Step =>
  strict
    ? stepOf({ op: TEST, slot, low: high, high: low, ...rulingsOf(index, true) })
    : stepOf({ op: TEST, slot, low, high, ...rulingsOf(index) });

const compileAscending = ({ index, operands, strict }: Comparison & { form: 'ascending' }, slots: Slots): Step => {
  const [low, high] = operands;
  if (operands.length === 2 && typeof low === 'object' && typeof high === 'number') {
    return compileBound(slotOf(low, slots), undefined, high, strict, index);
  }
  if (operands.length === 2 && typeof low === 'number' && typeof high === 'object') {
    return compileBound(slotOf(high, slots), low, undefined, strict, index);
  }
  const rulings = rulingsOf(index);
  const inOrder = (one: SignalValue, next: SignalValue): boolean => (strict ? one < next : one <= next);
  const values = operands.map((operand): ((reading: Reading) => SignalValue | null) => {
    if (typeof operand === 'number') return () => operand;
    const slot = slotOf(operand, slots);
    return (reading) => load(reading, slot);
  });
  return ask((reading) => {
    const read = values.map((value) => value(reading));
    const known = read.filter((value) => value !== null);
    if (known.length < read.length) return rulings.open;
    return known.every((value, at) => at === 0 || inOrder(known[at - 1] ?? value, value)) ? rulings.yes : rulings.no;
  });
};

const keyOf = (test: ValueTest): readonly unknown[] =>
  test.test === 'in-list' ? [test.test, test.list.alias, test.of] : [test.test, test.items];

const compileValue = ({ index, operand, test }: Comparison & { form: 'value' }, slots: Slots): Step => {
  const holds = compileValueTest(test);
  const slot = slots.derived(slotOf(operand, slots), keyOf(test), (value, now) => (value === null ? null : holds(value, now)));
  return stepOf({ op: TEST, slot, ...isTrue, ...rulingsOf(index) });
};

const compileExists = ({ index, operand, negated }: Comparison & { form: 'exists' }, slots: Slots): Step => {
  const slot = slots.derived(slotOf(operand, slots), ['exists'], (value) => value !== null);
  return stepOf({ op: TEST, slot, ...isTrue, ...rulingsOf(index, negated) });
};

const compileComparison = (comparison: Comparison, slots: Slots): Step => {
  switch (comparison.form) {
    case 'equals':
      return compileEquals(comparison, slots);
    case 'ascending':
      return compileAscending(comparison, slots);
    case 'exists':
      return compileExists(comparison, slots);
    case 'value':
      return compileValue(comparison, slots);
  }
};

/** Compiles conditions to steps over slots. */
export const compileCondition = (condition: Condition, slots: Slots): Step => {
  switch (condition.kind) {
    case 'comparison':
      return compileComparison(condition, slots);
    case 'not':
      return stepOf({ op: NOT, children: [compileCondition(condition.child, slots)] });
    case 'all':
    case 'any': {
      const children = condition.children.map((child) => compileCondition(child, slots));
      return stepOf({ op: condition.kind === 'all' ? ALL : ANY, children });
    }
  }
};
