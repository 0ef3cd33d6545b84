import type { Outcome } from '../action.ts';
import type { PreviewMatch, RuleTrace } from '../decision.ts';
import { type CompiledRule, isMatch } from './compiled-rule.ts';
import type { Reading } from './reading.ts';
import { runStep } from './steps.ts';

export type Preview = {
  readonly previewMatches: readonly PreviewMatch[];
  readonly previewWinner?: { readonly ruleId: string; readonly outcome: Outcome };
  readonly previewChanges?: true;
};

/** Whether the rule matches; its trace is put in place, `error` where evaluating it threw. */
const tryRule = (entry: CompiledRule, reading: Reading, trace: RuleTrace[]): boolean => {
  try {
    const given = runStep(entry.step, reading);
    trace[entry.position] = entry.traces[given] as RuleTrace;
    return isMatch(entry, given);
  } catch {
    trace[entry.position] = entry.failed;
    return false;
  }
};

/**
 * What each preview rule would have given: alone in production (`decidesAlone`), and all of them at once (`previewWinner`, the
 * first match of both modes merged by priority). `liveOutcome` is what was decided without them.
 */
export const previewOf = (
  preview: readonly CompiledRule[],
  reading: Reading,
  trace: RuleTrace[],
  winner: CompiledRule | undefined,
  liveOutcome: Outcome | undefined,
): Preview => {
  const matches = preview.filter((entry) => tryRule(entry, reading, trace));
  const decidesAlone = ({ position }: CompiledRule): boolean => winner === undefined || position < winner.position;
  const previewMatches = matches.map((entry) => ({
    ruleId: entry.rule.ruleId,
    name: entry.rule.name,
    outcome: entry.rule.type,
    decidesAlone: decidesAlone(entry),
  }));
  const [first] = matches;
  if (first === undefined || !decidesAlone(first)) return { previewMatches };
  const previewWinner = { ruleId: first.rule.ruleId, outcome: first.rule.type };
  if (liveOutcome === undefined || liveOutcome === previewWinner.outcome) return { previewMatches, previewWinner };
  return { previewMatches, previewWinner, previewChanges: true };
};
