import type { SignalValue } from '../signals/define.ts';
import { type Comparison, type Condition, isVariableOperand, type Literal, type VariableOperand } from './condition.ts';
import { FALSE, type Ruling, ruling, TRUE, UNKNOWN } from './kleene.ts';
import { load, type Reading } from './reading.ts';
import type { Slots } from './slots.ts';
import {
  ALL,
  ANY,
  ASK,
  EQUAL_NUMBER,
  EQUAL_TEXT,
  HOLDS,
  IS_FALSE,
  IS_TRUE,
  LESS,
  LESS_OR_EQUAL,
  MORE,
  MORE_OR_EQUAL,
  NOT,
  type Step,
} from './steps.ts';
import { compileValueTest } from './value-tests.ts';

const never = (): never => {
  throw new RangeError('not what this step does');
};

/** Fills in what a step does not use, always in one order: the engine gives all steps one shape. */
const stepOf = ({
  op,
  slot = 0,
  question = 0,
  text = '',
  number = 0,
  holds = never,
  ask = never,
  children = [],
  yes = 0,
  no = 0,
  open = 0,
}: Pick<Step, 'op'> & Partial<Step>): Step => ({ op, slot, question, text, number, holds, ask, children, yes, no, open });

/** The three rulings that a comparison can come to, the known ones swapped where it is negated. */
type Rulings = Pick<Step, 'yes' | 'no' | 'open'>;
const rulingsOf = (index: number, negated = false): Rulings => ({
  yes: ruling(negated ? FALSE : TRUE, index),
  no: ruling(negated ? TRUE : FALSE, index),
  open: ruling(UNKNOWN, index),
});

const ask = (run: (reading: Reading) => Ruling): Step => stepOf({ op: ASK, ask: run });

/** Reads an operand, null where it is unknown and has no default. */
const compileOperand = (operand: VariableOperand, slots: Slots): ((reading: Reading) => SignalValue | null) => {
  const slot = slots.slotOf(operand.variable);
  const { fallback = null } = operand;
  return (reading) => reading.values[slot] ?? load(reading, slot) ?? fallback;
};

/** A comparison of one operand with what is fixed; one with a default goes the longer way. */
const compileOne = (
  operand: VariableOperand,
  slots: Slots,
  rulings: Rulings,
  test: Pick<Step, 'op'> & Partial<Step>,
  holds: Step['holds'],
): Step => {
  if (operand.fallback === undefined) return stepOf({ ...rulings, ...test, holds, slot: slots.slotOf(operand.variable) });
  const value = compileOperand(operand, slots);
  return ask((reading) => {
    const read = value(reading);
    if (read === null) return rulings.open;
    return holds(read, reading.now) ? rulings.yes : rulings.no;
  });
};

const equalTo = (literal: Literal): Pick<Step, 'op'> & Partial<Step> => {
  if (typeof literal === 'string') return { op: EQUAL_TEXT, text: literal };
  return typeof literal === 'number' ? { op: EQUAL_NUMBER, number: literal } : { op: literal ? IS_TRUE : IS_FALSE };
};

const compileEquals = ({ index, left, right, negated }: Comparison & { form: 'equals' }, slots: Slots): Step => {
  const rulings = rulingsOf(index, negated);
  if (!isVariableOperand(right)) return compileOne(left, slots, rulings, equalTo(right), (value) => value === right);
  const first = compileOperand(left, slots);
  const second = compileOperand(right, slots);
  return ask((reading) => {
    const one = first(reading);
    const other = second(reading);
    if (one === null || other === null) return rulings.open;
    return one === other ? rulings.yes : rulings.no;
  });
};

const compileAscending = ({ index, operands, strict }: Comparison & { form: 'ascending' }, slots: Slots): Step => {
  const rulings = rulingsOf(index);
  const inOrder = (low: SignalValue, high: SignalValue): boolean => (strict ? low < high : low <= high);
  const [low, high] = operands;
  if (operands.length === 2 && typeof low === 'object' && typeof high === 'number') {
    const test = { op: strict ? LESS : LESS_OR_EQUAL, number: high };
    return compileOne(low, slots, rulings, test, (value) => inOrder(value, high));
  }
  if (operands.length === 2 && typeof low === 'number' && typeof high === 'object') {
    const test = { op: strict ? MORE : MORE_OR_EQUAL, number: low };
    return compileOne(high, slots, rulings, test, (value) => inOrder(low, value));
  }
  const values = operands.map((operand) => (typeof operand === 'number' ? () => operand : compileOperand(operand, slots)));
  return ask((reading) => {
    const read = values.map((value) => value(reading));
    const known = read.filter((value) => value !== null);
    if (known.length < read.length) return rulings.open;
    return known.every((value, at) => at === 0 || inOrder(known[at - 1] ?? value, value)) ? rulings.yes : rulings.no;
  });
};

const compileValue = ({ index, operand, test }: Comparison & { form: 'value' }, slots: Slots): Step => {
  const question = slots.questionOf(slots.slotOf(operand.variable), test);
  return compileOne(operand, slots, rulingsOf(index), { op: HOLDS, question }, compileValueTest(test));
};

const compileComparison = (comparison: Comparison, slots: Slots): Step => {
  switch (comparison.form) {
    case 'equals':
      return compileEquals(comparison, slots);
    case 'ascending':
      return compileAscending(comparison, slots);
    case 'exists': {
      const { yes, no } = rulingsOf(comparison.index, comparison.negated);
      const value = compileOperand(comparison.operand, slots);
      return ask((reading) => (value(reading) === null ? no : yes));
    }
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
