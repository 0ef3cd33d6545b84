import type { Policy } from '../action.ts';
import { StepwardError } from '../errors.ts';
import type { PolicySet } from '../policy/policies.ts';
import type { ManagementPorts } from './ports.ts';

/** The action's policy, or `not_found`. */
export const policyOf = (set: PolicySet, action: string): Policy => {
  const policy = set.actions.get(action);
  if (!policy) throw new StepwardError('not_found', `no action configuration \`${action}\``);
  return policy;
};

/** What the caller saw when he decided on this change; absent or `*`: whatever there is. */
export type IfMatch = string | undefined;

/** Throws `precondition_failed` where the caller saw another version of what is called `what`. */
export const checkVersion = (
  what: string,
  { version }: { readonly version: number },
  ifMatch: IfMatch,
  extras?: ConstructorParameters<typeof StepwardError>[2],
): void => {
  if (ifMatch === undefined || ifMatch === '*' || ifMatch === String(version)) return;
  throw new StepwardError('precondition_failed', `the ${what} is at version \`${version}\`, \`If-Match\` names \`${ifMatch}\``, extras);
};

/** The same for a policy, with the present version and order. */
export const checkMatch = (policy: Policy, ifMatch: IfMatch): void =>
  checkVersion('policy', policy, ifMatch, {
    details: [{ policyVersion: policy.version, ruleIds: policy.rules.map(({ ruleId }) => ruleId) }],
  });

/** Rules by priority, as a policy keeps them. */
export const sorted = (rules: Policy['rules']): Policy['rules'] => rules.toSorted((left, right) => left.priority - right.priority);

export type PolicyEdit = {
  readonly action: string;
  readonly actor: string;
  readonly ifMatch: IfMatch;
  /** Name of the change in the audit log. */
  readonly what: string;
  readonly subject?: string;
};

/** Changes one action's policy as its next version and audits what was and what is. `edit` may run again on newer settings. */
export const changePolicy = <T>(
  ports: ManagementPorts,
  { action, actor, ifMatch, what, subject }: PolicyEdit,
  edit: (
    policy: Policy,
    set: PolicySet,
  ) => { readonly policy: Omit<Policy, 'version'>; readonly detail: unknown; readonly answer: (next: Policy) => T },
): Promise<{ readonly answer: T; readonly policy: Policy; readonly set: PolicySet }> =>
  ports.policies.change((set) => {
    const before = policyOf(set, action);
    checkMatch(before, ifMatch);
    const { policy, detail, answer } = edit(before, set);
    const next: Policy = { version: before.version + 1, configuration: policy.configuration, rules: sorted(policy.rules) };
    return {
      put: [{ kind: 'action', id: action, body: next }],
      audit: [{ actor, what, subject: subject ?? action, detail }],
      answer: { answer: answer(next), policy: next, set },
    };
  });
