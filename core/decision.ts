import type { Outcome } from './action.ts';
import type { Ignored } from './request.ts';
import type { SignalValue, UnknownCause } from './signals/define.ts';
import type { Snapshot } from './signals/snapshot.ts';

export type RiskLevel = 'low' | 'medium' | 'high';

/** What the risk model would do. `score` is 0-100 with one decimal; contributions are in log-odds. */
export type Recommendation = {
  readonly outcome: Outcome;
  readonly score: number;
  readonly level: RiskLevel;
  readonly reasons: readonly string[];
  readonly contributions: readonly { readonly reason: string; readonly logOdds: number; readonly scoreWithout: number }[];
};

/** A signal value as recorded, or why it was unknown. */
export type Recorded = { readonly value: SignalValue } | { readonly unknown: UnknownCause };

export type Degraded = { readonly signal: string; readonly cause: UnknownCause };

export type RuleResult = 'matched' | 'not-matched' | 'unknown' | 'not-reached' | 'error';

/** One rule's part of a trace, small enough to be stored with every instance. */
export type RuleTrace = {
  readonly ruleId: string;
  readonly result: RuleResult;
  /** The rule came out unknown and says `onUnknown: match`. */
  readonly byUnknown?: true;
  /** Index, in the author's order, of the comparison that decided. Absent for a rule without conditions or not reached. */
  readonly decidedBy?: number;
};

export type PreviewMatch = { readonly ruleId: string; readonly name: string; readonly outcome: Outcome; readonly decidesAlone: boolean };

export type DecidedBy = 'rule' | 'default' | 'recommendation' | 'freshness' | 'review' | 'acr';

/** Immutable: what was decided, on what, and why. Everything that explain shows comes from here. */
export type Decision = {
  readonly outcome: Outcome;
  readonly decidedBy: DecidedBy;
  readonly ruleId?: string;
  /** All matching active production rules, by priority. */
  readonly ruleIds: readonly string[];
  readonly recommendation: Recommendation;
  readonly policyVersion: number;
  readonly decidedAt: number;
  /** As `packTrace` writes it, by the active rules of the policy version. */
  readonly trace: string;
  readonly signals: Snapshot;
  readonly previewMatches: readonly PreviewMatch[];
  readonly previewWinner?: { readonly ruleId: string; readonly outcome: Outcome };
  /** The preview winner's outcome differs from the live one. */
  readonly previewChanges?: true;
  readonly degraded: readonly Degraded[];
  readonly ignored: readonly Ignored[];
  /** Versions of what was read besides the policy: lists by alias, data files, the risk model. */
  readonly versions: { readonly lists: Readonly<Record<string, number>>; readonly data: readonly string[]; readonly risk: string };
};
