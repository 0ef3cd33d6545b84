import type { Outcome, Rule, RuleMode } from '../action.ts';
import { StepwardError } from '../errors.ts';
import type { VerificationMethod } from '../policy/methods.ts';
import { cleared, said } from './compact.ts';

/** What a caller says of a rule. `null` clears, absent leaves as it is. */
export type RuleInput = {
  readonly name?: string;
  readonly description?: string | null;
  readonly type?: Outcome;
  readonly priority?: number | null;
  readonly isActive?: boolean | null;
  readonly status?: 'active' | 'inactive' | null;
  readonly mode?: RuleMode | null;
  readonly onUnknown?: 'skip' | 'match' | null;
  readonly conditions?: unknown;
  readonly verificationMethods?: readonly VerificationMethod[] | null;
  readonly defaultVerificationMethod?: VerificationMethod | null;
  readonly promptToEnrollVerificationMethods?: readonly VerificationMethod[] | null;
};

/** `isActive` and `status` are one thing; undefined where neither is said. */
const activeOf = ({ isActive, status }: RuleInput): boolean | undefined => {
  const byStatus = status === undefined || status === null ? undefined : status === 'active';
  const byFlag = isActive ?? undefined;
  if (byStatus !== undefined && byFlag !== undefined && byStatus !== byFlag)
    throw new StepwardError('invalid_request', '`isActive` and `status` contradict each other');
  return byFlag ?? byStatus;
};

const checkMethods = ({ verificationMethods, defaultVerificationMethod }: Rule): void => {
  if (!verificationMethods || !defaultVerificationMethod || verificationMethods.includes(defaultVerificationMethod)) return;
  throw new StepwardError('invalid_rule', '`defaultVerificationMethod` is not among `verificationMethods`', {
    details: [{ pointer: '/defaultVerificationMethod', expected: 'one of `verificationMethods`', got: defaultVerificationMethod }],
  });
};

/** The rule after a change; `before` is the rule as it was, or a new one's defaults. */
export const withInput = (before: Rule, input: RuleInput): Rule => {
  const { status: _, isActive: __, priority, mode, name, type, ...rest } = input;
  const active = activeOf(input) ?? (input.isActive === null || input.status === null ? true : before.isActive);
  const rule = cleared({
    ...before,
    ...said(rest),
    name: name ?? before.name,
    type: type ?? before.type,
    priority: priority ?? before.priority,
    mode: mode === undefined ? before.mode : (mode ?? 'production'),
    isActive: active,
  }) as Rule;
  checkMethods(rule);
  return rule;
};
