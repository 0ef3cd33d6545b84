import { FALSE, type Ruling, TRUE, UNKNOWN } from './kleene.ts';
import { load, type Reading } from './reading.ts';

/** What a step does. */
export const TEST = 0;
export const ASK = 1;
export const ALL = 2;
export const ANY = 3;
export const NOT = 4;

/**
 * One condition, ready to run. All steps have one shape and are told apart by a small integer: a loop over such records
 * is quicker than calling a closure for each.
 */
export type Step = {
  readonly op: number;
  readonly slot: number;
  /** A `TEST` asks whether the number of its slot is from `low` to `high`: so every comparison with a literal is the same code. */
  readonly low: number;
  readonly high: number;
  readonly yes: Ruling;
  readonly no: Ruling;
  readonly open: Ruling;
  readonly ask: (reading: Reading) => Ruling;
  readonly children: readonly Step[];
};

/** The test of a slot that is not read yet, or unknown. */
const readAndTest = ({ slot, low, high, yes, no, open }: Step, reading: Reading): Ruling => {
  if (load(reading, slot) === null) return open;
  const number = reading.numbers[slot] as number;
  return number >= low && number <= high ? yes : no;
};

const runTest = (step: Step, reading: Reading): Ruling => {
  const number = reading.numbers[step.slot] as number;
  if (number >= step.low && number <= step.high) return step.yes;
  return Number.isNaN(number) ? readAndTest(step, reading) : step.no;
};

/** One child with this truth ends the walk; else the first unknown child decides, else the last. */
const runGroup = ({ op, children }: Step, reading: Reading): Ruling => {
  const decisive = op === ALL ? FALSE : TRUE;
  let open: Ruling = 0;
  let last: Ruling = 0;
  for (let index = 0; index < children.length; index += 1) {
    const child = children[index] as Step;
    last = child.op === TEST ? runTest(child, reading) : runStep(child, reading);
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
  switch (step.op) {
    case TEST:
      return runTest(step, reading);
    case ALL:
    case ANY:
      return runGroup(step, reading);
    case NOT:
      return runNegation(step.children[0] as Step, reading);
    default:
      return step.ask(reading);
  }
};
