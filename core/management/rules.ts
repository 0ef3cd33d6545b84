import type { Rule } from '../action.ts';
import { StepwardError } from '../errors.ts';
import { environmentOf } from '../policy/compiled.ts';
import type { PolicySet } from '../policy/policies.ts';
import { ruleLimits } from '../rules/limits.ts';
import { validateRule } from '../rules/validate-rule.ts';
import { changePolicy, type IfMatch, policyOf } from './policy-change.ts';
import type { ManagementPorts, Versioned } from './ports.ts';
import type { RuleAnswer } from './rule-answer.ts';
import { type RuleInput, withInput } from './rule-input.ts';
import { missingRule, shownRule, shownRules } from './rule-shown.ts';

/** Largest priority: smaller comes first. */
const lastPriority = 999;

/** The priority behind all others. */
const behind = (rules: readonly Rule[]): number => {
  const next = Math.max(-1, ...rules.map(({ priority }) => priority)) + 1;
  if (next > lastPriority)
    throw new StepwardError('priority_taken', `priority \`${lastPriority}\` is taken: give a free one, or renumber with the rule order`);
  return next;
};

const checkPriority = (rules: readonly Rule[], { ruleId, priority }: Rule): void => {
  const other = rules.find((rule) => rule.priority === priority && rule.ruleId !== ruleId);
  if (!other) return;
  throw new StepwardError('priority_taken', `priority \`${priority}\` belongs to rule \`${other.name}\``, {
    details: [{ pointer: '/priority', expected: 'a priority that is free', got: priority, ruleId: other.ruleId }],
  });
};

const checked = (rules: readonly Rule[], rule: Rule, set: PolicySet): Rule => {
  checkPriority(rules, rule);
  validateRule(rule, environmentOf(set));
  return rule;
};

/** The rules of an action by priority. */
export const listRules = async (ports: ManagementPorts, action: string): Promise<Versioned<readonly RuleAnswer[]>> => {
  const set = await ports.policies.fresh();
  const policy = policyOf(set, action);
  return { answer: await shownRules(ports, set, policy, policy.rules), policyVersion: policy.version };
};

export const getRule = async (ports: ManagementPorts, action: string, ruleId: string): Promise<Versioned<RuleAnswer>> => {
  const set = await ports.policies.fresh();
  return shownRule(ports, set, policyOf(set, action), ruleId);
};

/** A rule that was never saved; its defaults are those of a new one. */
export const draftRule = (ruleId: string, priority: number, input: RuleInput & Pick<Rule, 'name' | 'type'>, now: number): Rule =>
  withInput(
    { ruleId, name: input.name, type: input.type, priority, isActive: true, mode: 'production', createdAt: now },
    { ...input, priority: input.priority ?? priority },
  );

/**
 * Adds a rule; without a priority it comes last.
 *
 * @throws StepwardError `invalid_rule`, `priority_taken`, `not_found`, `precondition_failed`.
 */
export const createRule = async (
  ports: ManagementPorts,
  actor: string,
  action: string,
  input: RuleInput & Pick<Rule, 'name' | 'type'>,
  ifMatch?: IfMatch,
): Promise<Versioned<RuleAnswer>> => {
  const ruleId = ports.uuid();
  const now = ports.now();
  const { policy, set } = await changePolicy(
    ports,
    { action, actor, ifMatch, what: 'rule.created', subject: `${action}/${ruleId}` },
    ({ configuration, rules }, settings) => {
      if (rules.length >= ruleLimits.rulesPerAction)
        throw new StepwardError('invalid_rule', `an action holds at most ${ruleLimits.rulesPerAction} rules`);
      const rule = checked(rules, draftRule(ruleId, input.priority ?? behind(rules), input, now), settings);
      return { policy: { configuration, rules: [...rules, rule] }, detail: { after: rule }, answer: () => undefined };
    },
  );
  return shownRule(ports, set, policy, ruleId);
};

/** Changes what is said of a rule; `null` clears. */
export const updateRule = async (
  ports: ManagementPorts,
  actor: string,
  action: string,
  ruleId: string,
  input: RuleInput,
  ifMatch?: IfMatch,
): Promise<Versioned<RuleAnswer>> => {
  const { policy, set } = await changePolicy(
    ports,
    { action, actor, ifMatch, what: 'rule.updated', subject: `${action}/${ruleId}` },
    ({ configuration, rules }, settings) => {
      const before = rules.find((rule) => rule.ruleId === ruleId);
      if (!before) throw missingRule(ruleId);
      const others = rules.filter((rule) => rule.ruleId !== ruleId);
      const priority = input.priority === null ? behind(others) : input.priority;
      const after = checked(rules, withInput(before, { ...input, priority }), settings);
      return { policy: { configuration, rules: [...others, after] }, detail: { before, after }, answer: () => undefined };
    },
  );
  return shownRule(ports, set, policy, ruleId);
};

export const deleteRule = async (
  ports: ManagementPorts,
  actor: string,
  action: string,
  ruleId: string,
  ifMatch?: IfMatch,
): Promise<Versioned<undefined>> => {
  const { policy } = await changePolicy(
    ports,
    { action, actor, ifMatch, what: 'rule.deleted', subject: `${action}/${ruleId}` },
    ({ configuration, rules }) => {
      const before = rules.find((rule) => rule.ruleId === ruleId);
      if (!before) throw missingRule(ruleId);
      return {
        policy: { configuration, rules: rules.filter((rule) => rule !== before) },
        detail: { before },
        answer: () => undefined,
      };
    },
  );
  return { answer: undefined, policyVersion: policy.version };
};
