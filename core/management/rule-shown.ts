import type { Policy, Rule } from '../action.ts';
import { StepwardError } from '../errors.ts';
import type { PolicySet } from '../policy/policies.ts';
import type { ManagementPorts, Versioned } from './ports.ts';
import { type RuleAnswer, ruleAnswer, warningsOf } from './rule-answer.ts';
import { ruleFigures } from './rule-figures.ts';

export const missingRule = (ruleId: string): StepwardError => new StepwardError('not_found', `no rule \`${ruleId}\` in this action`);

/** Rules of a policy with their figures and warnings. */
export const shownRules = async (
  ports: ManagementPorts,
  set: PolicySet,
  policy: Policy,
  rules: readonly Rule[],
): Promise<readonly RuleAnswer[]> => {
  const action = policy.configuration.actionCode;
  const figures = await ruleFigures(ports.store, action, ports.now());
  const warnings = warningsOf(ports, set, policy);
  return rules.map((rule) => ruleAnswer(ports, action, rule, figures.get(rule.ruleId), warnings));
};

/** One rule of a policy; throws `not_found`. */
export const shownRule = async (ports: ManagementPorts, set: PolicySet, policy: Policy, ruleId: string): Promise<Versioned<RuleAnswer>> => {
  const [answer] = await shownRules(
    ports,
    set,
    policy,
    policy.rules.filter((rule) => rule.ruleId === ruleId),
  );
  if (!answer) throw missingRule(ruleId);
  return { answer, policyVersion: policy.version };
};
