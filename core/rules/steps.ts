import type { SignalValue } from '../signals/define.ts';
import { FALSE, type Ruling, TRUE, UNKNOWN } from './kleene.ts';
import { load, type Reading } from './reading.ts';

/** What a step does. Those before `ASK` compare one slot with one literal, which is what nearly all conditions do. */
export const EQUAL_TEXT = 0;
export const LESS = 1;
export const LESS_OR_EQUAL = 2;
export const MORE = 3;
export const MORE_OR_EQUAL = 4;
export const HOLDS = 5;
/** Equality is told apart by type: comparing values of one type each is several times quicker than comparing any with any. */
export const EQUAL_NUMBER = 6;
export const IS_TRUE = 7;
export const IS_FALSE = 8;
export const ASK = 9;
export const ALL = 10;
export const ANY = 11;
export const NOT = 12;

/**
 * One condition, ready to run. All steps have one shape and are told apart by a small integer: a loop over such records
 * is quicker than calling a closure for each.
 */
export type Step = {
  readonly op: number;
  readonly slot: number;
  /** Under which a `HOLDS` keeps its answer for other rules that ask the same. */
  readonly question: number;
  readonly text: string;
  readonly number: number;
  readonly holds: (value: SignalValue, now: number) => boolean;
  readonly ask: (reading: Reading) => Ruling;
  readonly children: readonly Step[];
  readonly yes: Ruling;
  readonly no: Ruling;
  readonly open: Ruling;
};

const runComparison = (step: Step, reading: Reading): Ruling => {
  const value = reading.values[step.slot] ?? load(reading, step.slot);
  if (value === null) return step.open;
  switch (step.op) {
    case IS_TRUE:
      return value === true ? step.yes : step.no;
    case IS_FALSE:
      return value === false ? step.yes : step.no;
    case EQUAL_TEXT:
      return (value as string) === step.text ? step.yes : step.no;
    case EQUAL_NUMBER:
      return (value as number) === step.number ? step.yes : step.no;
    case LESS:
      return (value as number) < step.number ? step.yes : step.no;
    case LESS_OR_EQUAL:
      return (value as number) <= step.number ? step.yes : step.no;
    case MORE:
      return (value as number) > step.number ? step.yes : step.no;
    case MORE_OR_EQUAL:
      return (value as number) >= step.number ? step.yes : step.no;
    default: {
      reading.answers[step.question] ??= step.holds(value, reading.now);
      return reading.answers[step.question] ? step.yes : step.no;
    }
  }
};

/** One child with this truth ends the walk; else the first unknown child decides, else the last. */
const runGroup = ({ op, children }: Step, reading: Reading): Ruling => {
  const decisive = op === ALL ? FALSE : TRUE;
  let open: Ruling = 0;
  let last: Ruling = 0;
  for (let index = 0; index < children.length; index += 1) {
    const child = children[index] as Step;
    last = child.op < ASK ? runComparison(child, reading) : runStep(child, reading);
    const truth = last & 3;
    if (truth === decisive) return last;
    if (truth === UNKNOWN && open === 0) open = last;
  }
  return open === 0 ? last : open;
};

const runNegation = (child: Step, reading: Reading): Ruling => {
  const given = runStep(child, reading);
  return (given & 3) === UNKNOWN ? given : given ^ 1;
};

/** Runs a condition over one reading; Kleene's three values. */
export const runStep = (step: Step, reading: Reading): Ruling => {
  if (step.op < ASK) return runComparison(step, reading);
  switch (step.op) {
    case ALL:
    case ANY:
      return runGroup(step, reading);
    case NOT:
      return runNegation(step.children[0] as Step, reading);
    default:
      return step.ask(reading);
  }
};
