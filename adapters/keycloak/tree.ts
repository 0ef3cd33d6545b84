import { Refusal } from './refusal.ts';
import { type FlowOfRealm, flowNamed, type Requirement, type Snapshot } from './snapshot.ts';

export type Settings = Readonly<Record<string, string>>;

/** A flow as it stands in a realm, or as it will once it is written. */
export type Tree = TreeExecution | TreeFlow;
export type TreeExecution = {
  readonly kind: 'execution';
  readonly authenticator: string;
  readonly requirement: Requirement;
  readonly settings: Settings;
  /** Settings of ours: a value that is not named here is the operator's. */
  readonly isOurs?: true;
};
export type TreeFlow = {
  readonly kind: 'flow';
  readonly alias: string;
  /** `basic-flow`; `form-flow` for a page with parts, which has an authenticator of its own. */
  readonly type: string;
  readonly authenticator?: string;
  readonly requirement: Requirement;
  readonly nodes: readonly Tree[];
};

/** Deeper is no flow that somebody made; a flow inside itself would be read for ever. */
const deepest = 30;

const nodesOf = (snapshot: Snapshot, flow: FlowOfRealm, depth: number): readonly Tree[] => {
  if (depth > deepest) throw new Refusal(`the flow \`${flow.alias}\` is nested too deep`);
  return flow.executions
    .toSorted((left, right) => left.priority - right.priority)
    .map(({ authenticator, config, flow: alias, requirement }): Tree => {
      const nested = flowNamed(snapshot, alias);
      if (nested) {
        const form = authenticator === undefined ? {} : { authenticator };
        const nodes = nodesOf(snapshot, nested, depth + 1);
        return { kind: 'flow', alias: nested.alias, type: nested.providerId, requirement, nodes, ...form };
      }
      const settings = config === undefined ? {} : (snapshot.configs[config] ?? {});
      return { kind: 'execution', authenticator: authenticator ?? '', requirement, settings };
    });
};

/** A flow of the realm with all that is nested in it; its own requirement says nothing. */
export const treeOf = (snapshot: Snapshot, alias: string): TreeFlow | undefined => {
  const flow = flowNamed(snapshot, alias);
  return flow && { kind: 'flow', alias, type: flow.providerId, requirement: 'REQUIRED', nodes: nodesOf(snapshot, flow, 0) };
};

/** A difference between two trees, in words for an operator; `settings` can be changed where they are. */
export type Difference =
  | { readonly kind: 'structure'; readonly told: string }
  | {
      readonly kind: 'settings';
      readonly told: string;
      readonly flow: string;
      readonly authenticator: string;
      readonly settings: Settings;
    };

const nameOf = (node: Tree): string => (node.kind === 'flow' ? node.alias : node.authenticator);
const shapeOf = (node: Tree): string =>
  node.kind === 'flow' ? `flow ${node.type} ${node.authenticator ?? ''}` : `execution ${node.authenticator}`;

/** What Keycloak shows in place of a value that it takes for a secret: nothing can be said of it. */
const masked = '**********';

const settingsDiffer = (wanted: TreeExecution, present: TreeExecution, flow: string): readonly Difference[] => {
  const keys = Object.keys(wanted.isOurs ? wanted.settings : { ...wanted.settings, ...present.settings });
  const changed = keys.filter((key) => present.settings[key] !== masked && wanted.settings[key] !== present.settings[key]);
  if (changed.length === 0) return [];
  const { authenticator } = wanted;
  const told = `${authenticator} in ${flow}: ${changed
    .map((key) => `${key} ${present.settings[key] ?? 'unset'} -> ${wanted.settings[key] ?? 'unset'}`)
    .join(', ')}`;
  if (!wanted.isOurs) return [{ kind: 'structure', told }];
  return [{ kind: 'settings', told, flow, authenticator, settings: wanted.settings }];
};

/** What must change for `present` to be `wanted`: order, kind, requirement and settings of all that is in it. */
export const differences = (wanted: TreeFlow, present: TreeFlow): readonly Difference[] => {
  if (wanted.nodes.length !== present.nodes.length || wanted.nodes.some((node, at) => shapeOf(node) !== shapeOf(present.nodes[at] as Tree)))
    return [
      {
        kind: 'structure',
        told: `${present.alias} holds ${present.nodes.map(nameOf).join(', ') || 'nothing'}; it should hold ${wanted.nodes.map(nameOf).join(', ')}`,
      },
    ];
  return wanted.nodes.flatMap((node, at): readonly Difference[] => {
    const other = present.nodes[at] as Tree;
    const own: readonly Difference[] =
      node.requirement === other.requirement
        ? []
        : [{ kind: 'structure', told: `${nameOf(other)} in ${present.alias} is ${other.requirement}, not ${node.requirement}` }];
    if (node.kind === 'flow' && other.kind === 'flow') return [...own, ...differences(node, other)];
    if (node.kind === 'execution' && other.kind === 'execution') return [...own, ...settingsDiffer(node, other, present.alias)];
    return own;
  });
};
