import type { Rule } from '../action.ts';
import type { RuleTrace } from '../decision.ts';
import { compileCondition } from './compile-condition.ts';
import { type Condition, comparisonsOf, type RuleEnvironment } from './condition.ts';
import { deciderOf, type Ruling, ruling, TRUE, truthOf, UNKNOWN } from './kleene.ts';
import { parseCondition } from './parse.ts';
import type { Reading } from './reading.ts';
import type { Slots } from './slots.ts';
import { runStep, type Step } from './steps.ts';

export type CompiledRule = {
  readonly rule: Rule;
  /** Place among all active rules by priority. */
  readonly position: number;
  /** Absent: always matches. */
  readonly condition?: Condition;
  /** What the conditions compiled to; absent where there are none or they do not parse. */
  readonly step?: Step;
  /** Thrown at each evaluation of a preview rule that does not parse. */
  readonly failure?: unknown;
  /** The trace of every ruling that the rule can come to, by ruling: made once, shared by all decisions. */
  readonly traces: readonly RuleTrace[];
  readonly notReached: RuleTrace;
  readonly failed: RuleTrace;
  readonly matchesUnknown: boolean;
};

/** Whether a rule counts as matched by this ruling. */
export const isMatch = (rule: CompiledRule, given: Ruling): boolean => {
  const truth = given & 3;
  return truth === TRUE || (truth === UNKNOWN && rule.matchesUnknown);
};

const results = ['not-matched', 'matched', 'unknown'] as const;

const traceOf = ({ ruleId }: Rule, given: Ruling, matchesUnknown: boolean): RuleTrace => {
  const truth = truthOf(given);
  const index = deciderOf(given);
  const decidedBy = index < 0 ? undefined : { decidedBy: index };
  if (truth === UNKNOWN && matchesUnknown) return Object.freeze({ ruleId, result: 'matched', byUnknown: true, ...decidedBy });
  return Object.freeze({ ruleId, result: results[truth] ?? 'unknown', ...decidedBy });
};

const alwaysMatches = ruling(TRUE, -1);

/** The conditions of a rule, or what to throw at each evaluation where they no longer parse. */
const parsed = (rule: Rule, environment: RuleEnvironment): { condition?: Condition; failure?: unknown } => {
  if (rule.conditions === undefined || rule.conditions === null) return {};
  try {
    return { condition: parseCondition(rule.conditions, environment) };
  } catch (failure) {
    // a preview rule never stops production
    if (rule.mode === 'preview') return { failure };
    throw failure;
  }
};

/** Runs a rule's conditions; without any it always matches. */
export const runRule = (rule: CompiledRule, reading: Reading): Ruling => {
  if (rule.step !== undefined) return runStep(rule.step, reading);
  if (rule.failure !== undefined) throw rule.failure;
  return alwaysMatches;
};

/** Compiles one rule at its place. */
export const compileRule = (rule: Rule, position: number, environment: RuleEnvironment, slots: Slots): CompiledRule => {
  const { ruleId } = rule;
  const matchesUnknown = rule.onUnknown === 'match';
  const outcome = parsed(rule, environment);
  const rulings = 4 * (1 + (outcome.condition ? comparisonsOf(outcome.condition).length : 0));
  return {
    rule,
    position,
    condition: outcome.condition,
    step: outcome.condition && compileCondition(outcome.condition, slots),
    failure: outcome.failure,
    traces: Array.from({ length: rulings }, (_, given) => traceOf(rule, given, matchesUnknown)),
    notReached: Object.freeze({ ruleId, result: 'not-reached' }),
    failed: Object.freeze({ ruleId, result: 'error' }),
    matchesUnknown,
  };
};
