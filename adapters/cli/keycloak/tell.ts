import type { UncoveredWay } from '../../keycloak/coverage.ts';
import { allAttributes, isEmpty, type Plan } from '../../keycloak/plan.ts';
import type { Snapshot } from '../../keycloak/snapshot.ts';
import { written } from '../../keycloak/target.ts';
import type { Tree } from '../../keycloak/tree.ts';
import type { Removal } from '../../keycloak/uninstall.ts';

type Print = (line: string) => void;

const shown = (alias: string): string => alias || 'none';

const treeLines = (node: Tree, depth: number): readonly string[] => {
  const name = node.kind === 'flow' ? node.alias : node.authenticator;
  const line = `${'  '.repeat(depth)}${name}`.padEnd(64);
  return [`${line} ${node.requirement}`, ...(node.kind === 'flow' ? node.nodes.flatMap((inner) => treeLines(inner, depth + 1)) : [])];
};

/** A plan as a person reads it; each line is one change. */
export const tellPlan = (plan: Plan, snapshot: Snapshot, print: Print): void => {
  for (const { alias } of plan.leftovers) print(`delete flow ${alias}: an interrupted run left it`);
  if (plan.scope.create) print('create client scope stepward');
  for (const { name } of plan.scope.mappers) print(`change mapper ${name} of client scope stepward`);
  if (plan.scope.toRealm) print('give client scope stepward to new clients');
  for (const { clientId } of plan.scope.toClients) print(`give client scope stepward to client ${clientId}`);
  for (const frame of plan.build) {
    const tree = written(snapshot, frame, 'new');
    print(`create flow ${frame.alias}`);
    if (tree.kind === 'flow') for (const line of tree.nodes.flatMap((node) => treeLines(node, 1))) print(line);
  }
  for (const { told } of plan.settings) print(`change settings of ${told}`);
  for (const [name, value] of Object.entries(allAttributes(plan)))
    print(value === undefined ? `remove attribute ${name}` : `write attribute ${name}: ${value}`);
  for (const { place, from, to } of plan.bind) print(`bind ${place}: ${shown(from)} -> ${shown(to)}`);
  for (const { alias } of plan.retired) print(`delete flow ${alias}`);
  if (isEmpty(plan)) print('nothing to change');
};

export const tellDrift = ({ drift }: Plan, print: Print): void => {
  for (const line of drift) print(`drift: ${line}`);
  if (drift.length > 0) print('flows were changed since they were copied: `stepward keycloak apply --refresh` makes them anew');
};

export const tellUncovered = (ways: readonly UncoveredWay[], print: Print): void => {
  for (const { way, why } of ways) print(`not covered: ${way}: ${why}`);
};

export const tellRemoval = ({ bind, flows, scope, attributes, kept }: Removal, print: Print): void => {
  for (const { place, from, to } of bind) print(`bind ${place}: ${shown(from)} -> ${shown(to)}`);
  for (const { alias } of flows) print(`delete flow ${alias}`);
  if (scope !== undefined) print('delete client scope stepward');
  for (const [name, value] of Object.entries(attributes))
    print(value === undefined ? `remove attribute ${name}` : `write attribute ${name}: ${value}`);
  for (const line of kept) print(line);
};
