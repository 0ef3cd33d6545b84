import { StepwardError } from '../errors.ts';
import { environmentOf } from '../policy/compiled.ts';
import type { PolicySet } from '../policy/policies.ts';
import { references } from '../rules/references.ts';
import { validateRule } from '../rules/validate-rule.ts';

export type Use = { readonly actionCode: string; readonly ruleId?: string; readonly name: string };

type Named = { readonly variable?: string; readonly list?: string };

const names = (conditions: unknown, { variable, list }: Named): boolean => {
  const read = references(conditions);
  return (variable !== undefined && read.variables.has(variable)) || (list !== undefined && read.lists.has(list));
};

const reads = (conditions: unknown, named: Named, next: PolicySet, rule: Parameters<typeof validateRule>[0]): boolean => {
  if (!names(conditions, named)) return false;
  try {
    validateRule(rule, environmentOf(next));
    return false;
  } catch {
    return true;
  }
};

/** Rules and actions that name this data point or list and could not be saved as they are under the next settings. */
const broken = (set: PolicySet, next: PolicySet, named: Named): readonly Use[] =>
  [...set.actions.values()].flatMap(({ configuration: { actionCode, recordSignals }, rules }) => [
    ...rules.filter((rule) => reads(rule.conditions, named, next, rule)).map(({ ruleId, name }) => ({ actionCode, ruleId, name })),
    ...(named.variable !== undefined && recordSignals.includes(named.variable) && !environmentOf(next).variables.has(named.variable)
      ? [{ actionCode, name: 'recordSignals' }]
      : []),
  ]);

/** Throws `in_use`, naming each rule, where a change of a list or data point would break one. */
export const checkUnused = (set: PolicySet, next: PolicySet, named: Named): void => {
  const uses = broken(set, next, named);
  const [first] = uses;
  if (!first) return;
  throw new StepwardError(
    'in_use',
    `\`${named.variable ?? named.list}\` is used by \`${first.name}\` of \`${first.actionCode}\`${uses.length > 1 ? ` and ${uses.length - 1} more` : ''}: change that first`,
    { details: uses.slice(0, 50) },
  );
};
