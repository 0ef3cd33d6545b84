import type { Rule } from '../action.ts';
import { StepwardError } from '../errors.ts';
import { changePolicy, type IfMatch } from './policy-change.ts';
import type { ManagementPorts, Versioned } from './ports.ts';
import type { RuleAnswer } from './rule-answer.ts';
import { missingRule, shownRules } from './rule-shown.ts';

const renumbered = (order: readonly Rule[]): readonly Rule[] => order.map((rule, priority) => ({ ...rule, priority }));

const isOrderOf = (rules: readonly Rule[], ruleIds: readonly string[]): boolean => {
  const named = new Set(ruleIds);
  return named.size === ruleIds.length && ruleIds.length === rules.length && rules.every(({ ruleId }) => named.has(ruleId));
};

const reorder = async (
  ports: ManagementPorts,
  edit: { readonly actor: string; readonly action: string; readonly ifMatch: IfMatch; readonly subject: string },
  order: (rules: readonly Rule[]) => readonly string[],
): Promise<Versioned<readonly RuleAnswer[]>> => {
  const { policy, set } = await changePolicy(ports, { ...edit, what: 'rules.reordered' }, ({ configuration, rules }) => {
    const before = rules.map(({ ruleId }) => ruleId);
    const after = order(rules);
    if (!isOrderOf(rules, after)) throw new StepwardError('invalid_request', '`ruleIds` must name every rule of the action once');
    const byId = new Map(rules.map((rule) => [rule.ruleId, rule]));
    const next = after.flatMap((ruleId) => byId.get(ruleId) ?? []);
    return { policy: { configuration, rules: renumbered(next) }, detail: { before, after }, answer: () => undefined };
  });
  return { answer: await shownRules(ports, set, policy, policy.rules), policyVersion: policy.version };
};

/**
 * Puts all rules of an action in this order and renumbers them from 0, in one change.
 *
 * @throws StepwardError `precondition_required` without `expected`; `precondition_failed`, with the present order, where it is stale.
 */
export const orderRules = async (
  ports: ManagementPorts,
  actor: string,
  action: string,
  ruleIds: readonly string[],
  expected: IfMatch,
): Promise<Versioned<readonly RuleAnswer[]>> => {
  if (expected === undefined)
    throw new StepwardError('precondition_required', 'say with `If-Match` which version of the rules this order was made from');
  return reorder(ports, { actor, action, ifMatch: expected, subject: action }, () => ruleIds);
};

export const moves = ['up', 'down', 'top', 'bottom'] as const;
export type Move = (typeof moves)[number];

/** Where a rule at `from` of `count` goes. */
const target = {
  up: (from) => Math.max(0, from - 1),
  down: (from, count) => Math.min(count - 1, from + 1),
  top: () => 0,
  bottom: (_, count) => count - 1,
} as const satisfies Record<Move, (from: number, count: number) => number>;

/** Moves one rule among the others and renumbers them from 0. */
export const moveRule = (
  ports: ManagementPorts,
  actor: string,
  action: string,
  ruleId: string,
  to: Move,
  ifMatch?: IfMatch,
): Promise<Versioned<readonly RuleAnswer[]>> =>
  reorder(ports, { actor, action, ifMatch, subject: `${action}/${ruleId}` }, (rules) => {
    const ids = rules.map((rule) => rule.ruleId);
    const from = ids.indexOf(ruleId);
    if (from < 0) throw missingRule(ruleId);
    return ids.toSpliced(from, 1).toSpliced(target[to](from, ids.length), 0, ruleId);
  });
