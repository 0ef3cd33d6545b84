import { StepwardError } from '../errors.ts';
import type { PolicySet, ValueList } from '../policy/policies.ts';
import { compileValueList } from '../rules/value-list.ts';
import { said } from './compact.ts';
import { checkUnused } from './in-use.ts';
import type { ManagementPorts } from './ports.ts';

export type ValueListInput = {
  readonly name?: string | null;
  readonly itemType?: ValueList['itemType'];
  readonly valueListItems?: ValueList['valueListItems'] | null;
  readonly isActive?: boolean | null;
};

export type ValueListAnswer = Omit<ValueList, 'createdAt'> & { readonly createdAt: string };

const shown = (list: ValueList): ValueListAnswer => ({ ...list, createdAt: new Date(list.createdAt).toISOString() });

const listOf = (set: PolicySet, alias: string): ValueList => {
  const list = set.lists.get(alias);
  if (!list) throw new StepwardError('not_found', `no value list \`${alias}\``);
  return list;
};

const withLists = (set: PolicySet, lists: Iterable<readonly [string, ValueList]>): PolicySet => ({ ...set, lists: new Map(lists) });

/** Throws `invalid_request` for entries that cannot serve. */
const check = (list: ValueList): ValueList => {
  compileValueList({ alias: list.alias, itemType: list.itemType, items: list.valueListItems, version: list.version });
  return list;
};

/** A list in the audit log: its entries may be many. */
const audited = ({ valueListItems, ...list }: ValueList): unknown => ({ ...list, entries: valueListItems.length });

export const listValueLists = async ({ policies }: ManagementPorts): Promise<readonly ValueListAnswer[]> =>
  [...(await policies.fresh()).lists.values()].toSorted((left, right) => (left.alias < right.alias ? -1 : 1)).map(shown);

export const getValueList = async ({ policies }: ManagementPorts, alias: string): Promise<ValueListAnswer> =>
  shown(listOf(await policies.fresh(), alias));

/** Makes a named list; throws `already_exists`. */
export const createValueList = async (
  ports: ManagementPorts,
  actor: string,
  alias: string,
  input: ValueListInput,
): Promise<ValueListAnswer> => {
  const list = check({
    alias,
    name: input.name ?? alias,
    itemType: input.itemType ?? 'string',
    valueListItems: input.valueListItems ?? [],
    isActive: input.isActive ?? true,
    version: 1,
    createdAt: ports.now(),
  });
  return ports.policies.change((set) => {
    if (set.lists.has(alias)) throw new StepwardError('already_exists', `the value list \`${alias}\` exists: change it with PATCH`);
    return {
      put: [{ kind: 'list', id: alias, body: list }],
      audit: [{ actor, what: 'value-list.created', subject: alias, detail: { after: audited(list) } }],
      answer: shown(list),
    };
  });
};

/** Changes a list; entries are replaced as a whole. Throws `in_use` where a rule could not read it any more. */
export const updateValueList = (ports: ManagementPorts, actor: string, alias: string, input: ValueListInput): Promise<ValueListAnswer> =>
  ports.policies.change((set) => {
    const before = listOf(set, alias);
    const { name, valueListItems, isActive, itemType } = said(input);
    const after = check({
      ...before,
      version: before.version + 1,
      ...(name !== undefined && { name: name ?? alias }),
      ...(itemType !== undefined && { itemType }),
      ...(valueListItems !== undefined && { valueListItems: valueListItems ?? [] }),
      ...(isActive !== undefined && { isActive: isActive ?? true }),
    });
    checkUnused(set, withLists(set, [...set.lists, [alias, after]]), { list: alias });
    return {
      put: [{ kind: 'list', id: alias, body: after }],
      audit: [{ actor, what: 'value-list.updated', subject: alias, detail: { before: audited(before), after: audited(after) } }],
      answer: shown(after),
    };
  });

/** Removes a list that no rule names; throws `in_use`. */
export const deleteValueList = (ports: ManagementPorts, actor: string, alias: string): Promise<void> =>
  ports.policies.change((set) => {
    const before = listOf(set, alias);
    checkUnused(
      set,
      withLists(
        set,
        [...set.lists].filter(([name]) => name !== alias),
      ),
      { list: alias },
    );
    return {
      remove: [{ kind: 'list', id: alias }],
      audit: [{ actor, what: 'value-list.deleted', subject: alias, detail: { before: audited(before) } }],
      answer: undefined,
    };
  });
