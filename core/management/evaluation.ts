import type { Rule } from '../action.ts';
import { environmentOf } from '../policy/compiled.ts';
import type { TrackRequest } from '../request.ts';
import { validateRule } from '../rules/validate-rule.ts';
import { policyOf } from './policy-change.ts';
import type { ManagementPorts } from './ports.ts';
import type { RuleInput } from './rule-input.ts';
import { draftRule } from './rules.ts';

export type EvaluationInput = {
  readonly userId?: string;
  readonly attributes: Omit<TrackRequest, 'userId' | 'action'>;
  /** In place of the action's own, in this order unless they say priorities. */
  readonly rules?: readonly (RuleInput & Pick<Rule, 'name' | 'type'> & { readonly ruleId?: string })[];
};

/** What would be decided now, explained; nothing is stored. */
export const evaluate = async (ports: ManagementPorts, action: string, input: EvaluationInput): Promise<Record<string, unknown>> => {
  const set = await ports.policies.fresh();
  policyOf(set, action);
  const now = ports.now();
  const rules = input.rules
    ?.map(({ ruleId, ...rule }, position) => draftRule(ruleId ?? ports.uuid(), position, rule, now))
    .toSorted((left, right) => left.priority - right.priority);
  for (const rule of rules ?? []) validateRule(rule, environmentOf(set));
  return ports.evaluate(action, {
    attributes: input.attributes,
    ...(input.userId !== undefined && { userId: input.userId }),
    ...(rules && { rules }),
  });
};
