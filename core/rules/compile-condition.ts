import type { SignalValue } from '../signals/define.ts';
import { type Comparison, type Condition, isVariableOperand, type VariableOperand } from './condition.ts';
import { FALSE, type Ruling, ruling, TRUE, truthOf, UNKNOWN } from './kleene.ts';
import { load, type Reading } from './reading.ts';
import { compileValueTest } from './value-tests.ts';

/** A condition ready to run. */
export type Run = (reading: Reading) => Ruling;
/** A value, or null where it is unknown. */
type Value = (reading: Reading) => SignalValue | null;

/** Gives the slot of a variable, a new one where it has none. */
export type SlotOf = (operand: VariableOperand) => number;

const compileOperand = (operand: VariableOperand, slotOf: SlotOf): Value => {
  const slot = slotOf(operand);
  const { fallback } = operand;
  if (fallback !== undefined)
    return (reading) => (reading.values[slot] === undefined ? load(reading, slot) : reading.values[slot]) ?? fallback;
  return (reading) => {
    const value = reading.values[slot];
    return value === undefined ? load(reading, slot) : value;
  };
};

/** The three rulings that a comparison can come to, the known ones swapped where it is negated. */
const rulingsOf = ({ index }: Comparison, negated = false): { yes: Ruling; no: Ruling; open: Ruling } => ({
  yes: ruling(negated ? FALSE : TRUE, index),
  no: ruling(negated ? TRUE : FALSE, index),
  open: ruling(UNKNOWN, index),
});

const compileEquals = (comparison: Comparison & { form: 'equals' }, slotOf: SlotOf): Run => {
  const { yes, no, open } = rulingsOf(comparison, comparison.negated);
  const left = compileOperand(comparison.left, slotOf);
  const { right } = comparison;
  if (isVariableOperand(right)) {
    const other = compileOperand(right, slotOf);
    return (reading) => {
      const one = left(reading);
      const two = other(reading);
      if (one === null || two === null) return open;
      return one === two ? yes : no;
    };
  }
  return (reading) => {
    const value = left(reading);
    if (value === null) return open;
    return value === right ? yes : no;
  };
};

const compileAscending = (comparison: Comparison & { form: 'ascending' }, slotOf: SlotOf): Run => {
  const { yes, no, open } = rulingsOf(comparison);
  const { strict } = comparison;
  const inOrder = (low: number, high: number): boolean => (strict ? low < high : low <= high);
  const values = comparison.operands.map(
    (operand): Value => (typeof operand === 'number' ? () => operand : compileOperand(operand, slotOf)),
  );
  const [first, second] = comparison.operands;
  if (comparison.operands.length === 2 && typeof second === 'number' && typeof first === 'object') {
    const value = compileOperand(first, slotOf);
    return (reading) => {
      const low = value(reading);
      if (low === null) return open;
      return inOrder(low as number, second) ? yes : no;
    };
  }
  return (reading) => {
    const known = values.map((value) => value(reading));
    if (known.includes(null)) return open;
    return known.every((high, index) => index === 0 || inOrder(known[index - 1] as number, high as number)) ? yes : no;
  };
};

const compileComparison = (comparison: Comparison, slotOf: SlotOf): Run => {
  switch (comparison.form) {
    case 'equals':
      return compileEquals(comparison, slotOf);
    case 'ascending':
      return compileAscending(comparison, slotOf);
    case 'exists': {
      const { yes, no } = rulingsOf(comparison, comparison.negated);
      const value = compileOperand(comparison.operand, slotOf);
      return (reading) => (value(reading) === null ? no : yes);
    }
    case 'value': {
      const { yes, no, open } = rulingsOf(comparison);
      const value = compileOperand(comparison.operand, slotOf);
      const holds = compileValueTest(comparison.test);
      return (reading) => {
        const known = value(reading);
        if (known === null) return open;
        return holds(known, reading.now) ? yes : no;
      };
    }
  }
};

/** `decisive` ends the walk; else the first unknown child decides, else the last. */
const compileGroup =
  (children: readonly Run[], decisive: typeof TRUE | typeof FALSE): Run =>
  (reading) => {
    let open: Ruling = 0;
    let last: Ruling = 0;
    for (let index = 0; index < children.length; index += 1) {
      last = (children[index] as Run)(reading);
      const truth = last & 3;
      if (truth === decisive) return last;
      if (truth === UNKNOWN && open === 0) open = last;
    }
    return open === 0 ? last : open;
  };

/** Compiles conditions to closures over slots; Kleene's three values. */
export const compileCondition = (condition: Condition, slotOf: SlotOf): Run => {
  switch (condition.kind) {
    case 'comparison':
      return compileComparison(condition, slotOf);
    case 'not': {
      const child = compileCondition(condition.child, slotOf);
      return (reading) => {
        const given = child(reading);
        return truthOf(given) === UNKNOWN ? given : given ^ 1;
      };
    }
    case 'all':
    case 'any':
      return compileGroup(
        condition.children.map((child) => compileCondition(child, slotOf)),
        condition.kind === 'all' ? FALSE : TRUE,
      );
  }
};
