import type { Policy } from '../action.ts';
import { riskVariables } from '../risk/index.ts';
import { type CompiledRules, compilePolicy } from '../rules/compile.ts';
import type { RuleEnvironment } from '../rules/parse.ts';
import { references } from '../rules/references.ts';
import { type CompiledList, compileValueList } from '../rules/value-list.ts';
import type { Need } from '../signals/define.ts';
import { needsOf, signals, variablesOf } from '../signals/index.ts';
import { type SnapshotNames, snapshotNames } from '../signals/snapshot.ts';
import type { PolicySet, ValueList } from './policies.ts';

/** One action's policy, ready to decide. */
export type CompiledAction = {
  readonly policy: Policy;
  readonly rules: CompiledRules;
  /** What must be loaded for what its rules and the risk model read. */
  readonly needs: ReadonlySet<Need>;
  /** Signals that go into the snapshot: what is read, what needs nothing beyond, and what the action asks for. */
  readonly recorded: SnapshotNames;
  /** A REVIEW is possible, so that approvals must be loaded. */
  readonly mayReview: boolean;
  readonly previewRules: ReadonlySet<string>;
  /** Rules whose conditions read `risk.*`. */
  readonly riskRules: ReadonlySet<string>;
};

const listCache = new WeakMap<ValueList, CompiledList>();
const environmentCache = new WeakMap<PolicySet, RuleEnvironment>();
const actionCache = new WeakMap<PolicySet, Map<string, CompiledAction>>();

const compiledList = (list: ValueList): CompiledList => {
  const known = listCache.get(list);
  if (known) return known;
  const compiled = compileValueList({
    alias: list.alias,
    itemType: list.itemType,
    items: list.isActive ? list.valueListItems : [],
    version: list.version,
  });
  listCache.set(list, compiled);
  return compiled;
};

/** What conditions of this tenant may name. */
export const environmentOf = (set: PolicySet): RuleEnvironment => {
  const known = environmentCache.get(set);
  if (known) return known;
  const environment = {
    variables: variablesOf([...set.dataPoints.values()]),
    lists: new Map([...set.lists].map(([alias, list]) => [alias, compiledList(list)])),
  };
  environmentCache.set(set, environment);
  return environment;
};

/** Compiles a policy; `set` supplies lists and data points. */
export const compileAction = (set: PolicySet, policy: Policy): CompiledAction => {
  const rules = compilePolicy(policy.rules, environmentOf(set));
  const read = [...rules.variables, ...riskVariables, ...policy.configuration.recordSignals];
  const needs = needsOf(read);
  const free = signals.filter((signal) => signal.needs.every((need) => needs.has(need))).map((signal) => signal.name);
  const production = policy.rules.filter((rule) => rule.isActive && rule.mode === 'production');
  return {
    policy,
    rules,
    needs,
    recorded: snapshotNames([...new Set([...free, ...read])].sort()),
    mayReview:
      policy.configuration.defaultUserActionResult === 'REVIEW' ||
      policy.configuration.defaultUserActionResult === 'RECOMMENDED' ||
      production.some((rule) => rule.type === 'REVIEW'),
    previewRules: new Set(policy.rules.filter((rule) => rule.isActive && rule.mode === 'preview').map((rule) => rule.ruleId)),
    riskRules: new Set(
      production
        .filter((rule) => [...references(rule.conditions).variables].some((name) => name.startsWith('risk.')))
        .map((rule) => rule.ruleId),
    ),
  };
};

/** The compiled policy of a configured action; compiled once for each revision of the settings. */
export const compiledAction = (set: PolicySet, action: string): CompiledAction | undefined => {
  let actions = actionCache.get(set);
  if (!actions) {
    actions = new Map();
    actionCache.set(set, actions);
  }
  const known = actions.get(action);
  if (known) return known;
  const policy = set.actions.get(action);
  if (!policy) return undefined;
  const compiled = compileAction(set, policy);
  actions.set(action, compiled);
  return compiled;
};
