import type { Outcome } from './action.ts';
import type { Decision, Degraded, Recommendation, RuleTrace } from './decision.ts';
import type { CompiledAction } from './policy/compiled.ts';
import type { Ignored } from './request.ts';
import { recommend, riskModelVersion, riskVariables } from './risk/index.ts';
import { packTrace } from './rules/packed-trace.ts';
import { type SignalInput, Unknown } from './signals/define.ts';
import { createReader } from './signals/reader.ts';
import { snapshotOf } from './signals/snapshot.ts';

export type DecideInput = {
  readonly compiled: CompiledAction;
  readonly input: SignalInput;
  readonly ignored: readonly Ignored[];
  readonly dataVersions: readonly string[];
  /** Keyed hash for signals that are never recorded in clear. */
  readonly hash: (value: string) => string;
};

/** The decision, before freshness, approvals and a requested acr are looked at; and whether risk took part in it. */
export type Decided = { readonly decision: Decision; readonly usedRisk: boolean; readonly trace: readonly RuleTrace[] };

/**
 * The pure decision: recommendation, rules in order, default. The same input, policy, lists and clock give the same decision.
 */
export const decide = ({ compiled, input, ignored, dataVersions, hash }: DecideInput): Decided => {
  let recommended: Recommendation | undefined;
  const recommendation = (): Recommendation => {
    const made = recommended ?? recommend(read);
    recommended = made;
    return made;
  };
  const read = createReader(input, recommendation);
  const { defaultUserActionResult } = compiled.policy.configuration;
  const byDefault: Outcome = defaultUserActionResult === 'RECOMMENDED' ? recommendation().outcome : defaultUserActionResult;
  const evaluation = compiled.rules.evaluate(read, input.now, byDefault);
  const { winner } = evaluation;
  const byRisk = !winner && defaultUserActionResult === 'RECOMMENDED';
  const outcome = winner?.type ?? byDefault;
  const usedRisk = byRisk || (winner !== undefined && compiled.riskRules.has(winner.ruleId));
  return {
    usedRisk,
    trace: evaluation.trace,
    decision: {
      outcome,
      decidedBy: winner ? 'rule' : byRisk ? 'recommendation' : 'default',
      ruleId: winner?.ruleId,
      ruleIds: evaluation.ruleIds,
      recommendation: recommendation(),
      policyVersion: compiled.policy.version,
      decidedAt: input.now,
      trace: packTrace(evaluation.trace),
      signals: snapshotOf(read, compiled.recorded, hash),
      previewMatches: evaluation.previewMatches,
      previewWinner: evaluation.previewWinner,
      previewChanges: evaluation.previewChanges,
      degraded: withRisk(evaluation.degraded, usedRisk, read),
      ignored,
      versions: { lists: compiled.rules.lists, data: dataVersions, risk: riskModelVersion },
    },
  };
};

/** Where risk decided, what the model read without knowing is degraded too. */
const withRisk = (degraded: readonly Degraded[], usedRisk: boolean, read: ReturnType<typeof createReader>): readonly Degraded[] => {
  if (!usedRisk) return degraded;
  const named = new Set(degraded.map(({ signal }) => signal));
  const more = riskVariables.flatMap((signal) => {
    const value = read(signal);
    return value instanceof Unknown && !named.has(signal) ? [{ signal, cause: value.cause }] : [];
  });
  return [...degraded, ...more];
};
