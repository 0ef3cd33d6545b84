import type { Rule } from '../action.ts';
import { type Condition, parseCondition, type RuleEnvironment } from './parse.ts';
import { refusal } from './problems.ts';

/** Outcomes that let through: what is unknown must not grant them. */
const letsThrough: ReadonlySet<string> = new Set(['ALLOW', 'TRUST']);

/**
 * Checks a rule before it is saved; gives its conditions, undefined where it has none and always matches.
 *
 * @throws StepwardError `invalid_rule`.
 */
export const validateRule = (
  rule: Pick<Rule, 'type' | 'onUnknown' | 'conditions'>,
  environment: RuleEnvironment,
): Condition | undefined => {
  if (rule.onUnknown === 'match' && letsThrough.has(rule.type)) {
    throw refusal([{ pointer: '/onUnknown', expected: `\`skip\` on a rule of type ${rule.type}`, got: '`match`' }]);
  }
  return rule.conditions === undefined || rule.conditions === null ? undefined : parseCondition(rule.conditions, environment);
};
