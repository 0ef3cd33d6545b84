import type { Rule } from '../action.ts';
import type { RuleResult, RuleTrace } from '../decision.ts';

const letters = { matched: 'm', 'not-matched': 'n', unknown: 'u', 'not-reached': 'r', error: 'e' } as const satisfies Record<
  RuleResult,
  string
>;
const results = Object.fromEntries(Object.entries(letters).map(([result, letter]) => [letter, result])) as Readonly<
  Record<string, RuleResult>
>;
const part = /([mnure])(!?)(\d*)/g;

/**
 * A trace as it is stored: a letter for each active rule of the policy version by priority, `!` where unknown counted as a match,
 * and the number of the comparison that decided. The rules themselves are in the frozen version.
 */
export const packTrace = (trace: readonly RuleTrace[]): string => {
  let packed = '';
  for (const { result, byUnknown, decidedBy } of trace) packed += letters[result] + (byUnknown ? '!' : '') + (decidedBy ?? '');
  return packed;
};

/** Reads a stored trace beside the rules of the version that made it. */
export const unpackTrace = (packed: string, rules: readonly Rule[]): readonly RuleTrace[] => {
  const active = rules.filter((rule) => rule.isActive).toSorted((a, b) => a.priority - b.priority);
  return [...packed.matchAll(part)].flatMap(([, letter = '', by, number], index): RuleTrace[] => {
    const ruleId = active[index]?.ruleId;
    const result = results[letter];
    return ruleId === undefined || result === undefined
      ? []
      : [{ ruleId, result, ...(by && { byUnknown: true as const }), ...(number && { decidedBy: Number(number) }) }];
  });
};
