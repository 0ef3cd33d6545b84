import type { Policy, Rule } from '../action.ts';
import { environmentOf } from '../policy/compiled.ts';
import type { PolicySet } from '../policy/policies.ts';
import { lintPolicy, type Warning } from '../rules/lint.ts';
import { deploymentOf } from './deployment.ts';
import type { ManagementPorts } from './ports.ts';
import type { RuleFigures } from './rule-figures.ts';

export type RuleAnswer = Omit<Rule, 'createdAt' | 'onUnknown'> & {
  readonly onUnknown: 'skip' | 'match';
  readonly actionCode: string;
  readonly tenantId: string;
  readonly status: 'active' | 'inactive';
  readonly createdAt: string;
  readonly matches7d: number;
  readonly lastMatchedAt?: string;
  readonly warnings: readonly Warning[];
};

/** What lint says of a policy as these settings stand. */
export const warningsOf = (ports: ManagementPorts, set: PolicySet, policy: Policy): readonly Warning[] =>
  lintPolicy(policy, environmentOf(set), deploymentOf(ports, set));

/** A rule as the management API shows it; conditions come back value for value. */
export const ruleAnswer = (
  { tenantId }: Pick<ManagementPorts, 'tenantId'>,
  action: string,
  { createdAt, onUnknown = 'skip', conditions = null, ...rule }: Rule,
  figures: RuleFigures | undefined,
  warnings: readonly Warning[],
): RuleAnswer => ({
  ...rule,
  conditions,
  onUnknown,
  status: rule.isActive ? 'active' : 'inactive',
  actionCode: action,
  tenantId,
  createdAt: new Date(createdAt).toISOString(),
  matches7d: figures?.matches7d ?? 0,
  ...(figures?.lastMatchedAt && { lastMatchedAt: figures.lastMatchedAt }),
  warnings: warnings.filter(({ ruleId }) => ruleId === rule.ruleId),
});
