import type { SignalValue } from '../signals/define.ts';
import type { Literal } from './condition.ts';
import { FALSE, type Ruling, TRUE, UNKNOWN } from './kleene.ts';
import { load, type Reading } from './reading.ts';

/** What a step does. Those before `ASK` compare one slot with one literal, which is what nearly all conditions do. */
export const IS_TRUE = -1;
export const EQUAL = 0;
export const LESS = 1;
export const LESS_OR_EQUAL = 2;
export const MORE = 3;
export const MORE_OR_EQUAL = 4;
export const HOLDS = 5;
export const ASK = 6;
export const ALL = 7;
export const ANY = 8;
export const NOT = 9;

/**
 * One condition, ready to run. All steps have one shape and are told apart by a small integer: a loop over such records costs
 * about half of what calling a closure for each does.
 */
export type Step = {
  readonly op: number;
  readonly slot: number;
  /** Under which a `HOLDS` keeps its answer for other rules that ask the same. */
  readonly question: number;
  readonly literal: Literal;
  readonly holds: (value: SignalValue, now: number) => boolean;
  readonly ask: (reading: Reading) => Ruling;
  readonly children: readonly Step[];
  readonly yes: Ruling;
  readonly no: Ruling;
  readonly open: Ruling;
};

const isInOrder = (step: Step, value: number): boolean => {
  const literal = step.literal as number;
  switch (step.op) {
    case LESS:
      return value < literal;
    case LESS_OR_EQUAL:
      return value <= literal;
    case MORE:
      return value > literal;
    default:
      return value >= literal;
  }
};

const answer = (step: Step, value: SignalValue, reading: Reading): boolean => {
  const given = reading.answers[step.question];
  if (given !== undefined) return given;
  const holds = step.holds(value, reading.now);
  reading.answers[step.question] = holds;
  return holds;
};

const runComparison = (step: Step, reading: Reading): Ruling => {
  const value = reading.values[step.slot] ?? load(reading, step.slot);
  if (value === null) return step.open;
  if (step.op === IS_TRUE) return value === true ? step.yes : step.no;
  if (step.op === EQUAL) return (value as string) === (step.literal as string) ? step.yes : step.no;
  return (step.op === HOLDS ? answer(step, value, reading) : isInOrder(step, value as number)) ? step.yes : step.no;
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
