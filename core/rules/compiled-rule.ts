import type { Rule } from '../action.ts';
import type { RuleTrace } from '../decision.ts';
import { ask, compileCondition } from './compile-condition.ts';
import { type Condition, comparisonsOf, type RuleEnvironment } from './condition.ts';
import { deciderOf, type Ruling, ruling, TRUE, truthOf, UNKNOWN } from './kleene.ts';
import { parseCondition } from './parse.ts';
import type { Slots } from './slots.ts';
import type { Step } from './steps.ts';

export type CompiledRule = {
  readonly rule: Rule;
  /** Place among all active rules by priority. */
  readonly position: number;
  /** Absent: always matches, or does not parse. */
  readonly condition?: Condition;
  /** Run for its ruling; throws, at each evaluation, where the conditions of a preview rule do not parse. */
  readonly step: Step;
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

/** What the conditions of a rule compile to; without any it always matches. */
const compiled = (rule: Rule, environment: RuleEnvironment, slots: Slots): Pick<CompiledRule, 'condition' | 'step'> => {
  if (rule.conditions === undefined || rule.conditions === null) return { step: ask(() => ruling(TRUE, -1)) };
  try {
    const condition = parseCondition(rule.conditions, environment);
    return { condition, step: compileCondition(condition, slots) };
  } catch (failure) {
    // a preview rule never stops production
    if (rule.mode !== 'preview') throw failure;
    return {
      step: ask(() => {
        throw failure;
      }),
    };
  }
};

/** Compiles one rule at its place. */
export const compileRule = (rule: Rule, position: number, environment: RuleEnvironment, slots: Slots): CompiledRule => {
  const { ruleId } = rule;
  const matchesUnknown = rule.onUnknown === 'match';
  const { condition, step } = compiled(rule, environment, slots);
  const rulings = 4 * (1 + (condition ? comparisonsOf(condition).length : 0));
  return {
    rule,
    position,
    condition,
    step,
    traces: Array.from({ length: rulings }, (_, given) => traceOf(rule, given, matchesUnknown)),
    notReached: Object.freeze({ ruleId, result: 'not-reached' }),
    failed: Object.freeze({ ruleId, result: 'error' }),
    matchesUnknown,
  };
};
