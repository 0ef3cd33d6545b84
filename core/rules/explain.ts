import type { Outcome, Rule, RuleMode } from '../action.ts';
import type { Recorded, RuleResult, RuleTrace } from '../decision.ts';
import type { SignalValue, UnknownCause } from '../signals/define.ts';
import { decisive, type Leaf, type LeafResult } from './decisive.ts';
import type { RuleEnvironment } from './parse.ts';

export type ExplainedCondition = {
  readonly var: string;
  readonly operator: string;
  /** The other side, as the author wrote it. */
  readonly expected: unknown;
  /** The value recorded with the decision, or why there was none and what the rule put in its place. */
  readonly actual: SignalValue | { readonly unknown: UnknownCause; readonly default?: unknown };
  readonly result: LeafResult;
};

export type ExplainedRule = {
  readonly ruleId: string;
  readonly name: string;
  readonly priority: number;
  readonly mode: RuleMode;
  readonly outcome: Outcome;
  readonly result: RuleResult;
  readonly byUnknown?: true;
  /** Every comparison without which the rule would not have come to its result. */
  readonly decidedByConditions: readonly ExplainedCondition[];
};

type Signals = Readonly<Record<string, Recorded>>;

/** The variable that a comparison is about, its default, and what it is held against. */
const sidesOf = (leaf: Leaf): { name: string; fallback?: { default: unknown }; expected: unknown } | undefined => {
  const { operands } = leaf;
  const at = operands.findIndex((operand) => typeof operand === 'object' && operand !== null && 'var' in operand);
  const named = (operands[at] as { readonly var: unknown } | undefined)?.var;
  const [name, ...fallback] = Array.isArray(named) ? named : [named];
  if (typeof name !== 'string') return undefined;
  const others = operands.filter((_, index) => index !== at);
  const expected = leaf.operator === 'exists' || leaf.bare ? true : others.length === 1 ? others[0] : others;
  return { name, expected, ...(fallback.length > 0 && { fallback: { default: fallback[0] } }) };
};

const actualOf = (recorded: Recorded | undefined, fallback?: { readonly default: unknown }): ExplainedCondition['actual'] => {
  if (recorded && 'value' in recorded) return recorded.value;
  return { unknown: recorded?.unknown ?? 'not-recorded', ...fallback };
};

const explainLeaf = (leaf: Leaf, result: LeafResult, signals: Signals): readonly ExplainedCondition[] => {
  const sides = sidesOf(leaf);
  if (sides === undefined) return [];
  const { name, expected, fallback } = sides;
  const recorded = Object.hasOwn(signals, name) ? signals[name] : undefined;
  return [{ var: name, operator: leaf.operator, expected, actual: actualOf(recorded, fallback), result }];
};

/**
 * Says of each traced rule which comparisons decided it, from what was recorded with the decision. Signals, data points and lists
 * that are gone since are no obstacle.
 */
export const explainRules = (
  rules: readonly Rule[],
  trace: readonly RuleTrace[],
  signals: Signals,
  environment: RuleEnvironment,
  decidedAt = 0,
): ExplainedRule[] => {
  const byId = new Map(rules.map((rule) => [rule.ruleId, rule]));
  return trace.flatMap((entry) => {
    const rule = byId.get(entry.ruleId);
    if (rule === undefined) return [];
    const { ruleId, name, priority, mode, type: outcome, conditions } = rule;
    const decidedByConditions = decisive(conditions, entry, signals, environment, decidedAt).flatMap(({ leaf, result }) =>
      explainLeaf(leaf, result, signals),
    );
    return [
      { ruleId, name, priority, mode, outcome, result: entry.result, ...(entry.byUnknown && { byUnknown: true }), decidedByConditions },
    ];
  });
};
