import type { Outcome, Rule } from '../action.ts';
import type { Degraded, PreviewMatch, RuleTrace } from '../decision.ts';
import type { SignalValue, Unknown } from '../signals/define.ts';
import { type CompiledRule, compileRule, isMatch } from './compiled-rule.ts';
import { comparisonsOf, operandsOf, type RuleEnvironment } from './condition.ts';
import { FALSE } from './kleene.ts';
import { previewOf } from './preview.ts';
import { createSlots } from './slots.ts';
import { runStep } from './steps.ts';

/** What a policy's rules came to on one set of signals. */
export type Evaluation = {
  /** The first match among active production rules. */
  readonly winner?: Rule;
  /** All matching active production rules by priority, also those behind the first match. */
  readonly ruleIds: readonly string[];
  /** Every active rule of both modes, by priority. */
  readonly trace: readonly RuleTrace[];
  readonly previewMatches: readonly PreviewMatch[];
  readonly previewWinner?: { readonly ruleId: string; readonly outcome: Outcome };
  /** The preview winner's outcome differs from that of the winner, or of `defaultOutcome` where no production rule matched. */
  readonly previewChanges?: true;
  /** What production rules found unknown, in the order read. */
  readonly degraded: readonly Degraded[];
  /** What preview rules alone found unknown. */
  readonly previewDegraded: readonly Degraded[];
};

export type CompiledRules = {
  /** Every variable that some active rule reads. */
  readonly variables: readonly string[];
  readonly productionVariables: ReadonlySet<string>;
  readonly previewVariables: ReadonlySet<string>;
  /** Versions of the lists that active rules read, by alias. */
  readonly lists: Readonly<Record<string, number>>;
  /**
   * Reads each variable at most once, and only where a rule asks for it. What a read for a production rule throws is thrown; what
   * a read for a preview rule throws is that rule's `error`. `now` is milliseconds.
   */
  readonly evaluate: (read: (variableName: string) => SignalValue | Unknown, now: number, defaultOutcome?: Outcome) => Evaluation;
};

const none: readonly never[] = Object.freeze([]);

/** By priority; the id settles what should not occur, so that the order in which rules were inserted never counts. */
const byPriority = (left: Rule, right: Rule): number => left.priority - right.priority || (left.ruleId < right.ruleId ? -1 : 1);

const variablesOf = (rules: readonly CompiledRule[]): ReadonlySet<string> => {
  const conditions = rules.flatMap(({ condition }) => (condition ? [condition] : []));
  return new Set(
    conditions
      .flatMap(comparisonsOf)
      .flatMap(operandsOf)
      .map(({ variable }) => variable.name),
  );
};

const listVersions = (rules: readonly CompiledRule[]): Readonly<Record<string, number>> => {
  const conditions = rules.flatMap(({ condition }) => (condition ? [condition] : []));
  const lists = conditions
    .flatMap(comparisonsOf)
    .flatMap((comparison) => (comparison.form === 'value' && comparison.test.test === 'in-list' ? [comparison.test.list] : []));
  return Object.fromEntries(lists.map(({ alias, version }) => [alias, version]));
};

/**
 * Compiles the active rules of a policy.
 *
 * @throws StepwardError `invalid_rule` where a production rule does not parse; a preview rule that does not is `error` in each trace.
 */
export const compilePolicy = (rules: readonly Rule[], environment: RuleEnvironment): CompiledRules => {
  const slots = createSlots();
  const compiled = rules
    .filter(({ isActive }) => isActive)
    .toSorted(byPriority)
    .map((rule, position) => compileRule(rule, position, environment, slots));
  const production = compiled.filter(({ rule }) => rule.mode === 'production');
  const preview = compiled.filter(({ rule }) => rule.mode === 'preview');

  const notReached = compiled.map((entry) => entry.notReached);

  const evaluate: CompiledRules['evaluate'] = (read, now, defaultOutcome) => {
    const reading = slots.open(read, now);
    const trace = notReached.slice();
    let winner: CompiledRule | undefined;
    let next = 0;
    while (next < production.length && winner === undefined) {
      const entry = production[next] as CompiledRule;
      const given = runStep(entry.step, reading);
      trace[entry.position] = entry.traces[given] as RuleTrace;
      // most rules do not match
      if ((given & 3) !== FALSE && isMatch(entry, given)) winner = entry;
      next += 1;
    }
    const ruleIds = winner === undefined ? [] : [winner.rule.ruleId];
    for (; next < production.length; next += 1) {
      const entry = production[next] as CompiledRule;
      if (isMatch(entry, runStep(entry.step, reading))) ruleIds.push(entry.rule.ruleId);
    }
    const degraded = reading.unknowns.length === 0 ? none : reading.unknowns.slice();
    // one shape, whatever matched: it is made for every decision
    const live = { winner: winner?.rule, ruleIds, trace, degraded, previewMatches: none, previewDegraded: none };
    if (preview.length === 0) return live;
    const previewed = previewOf(preview, reading, trace, winner, winner?.rule.type ?? defaultOutcome);
    return { ...live, ...previewed, previewDegraded: reading.unknowns.slice(degraded.length) };
  };

  return {
    variables: slots.variables.map(({ name }) => name),
    productionVariables: variablesOf(production),
    previewVariables: variablesOf(preview),
    lists: listVersions(compiled),
    evaluate,
  };
};
