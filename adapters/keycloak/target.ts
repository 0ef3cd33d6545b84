import { Refusal } from './refusal.ts';
import type { Requirement, Snapshot } from './snapshot.ts';
import { type Settings, type Tree, type TreeFlow, treeOf } from './tree.ts';

/** A flow to be made, as data: what is written anew, what Keycloak copies, and what is changed in a copy. */
export type Target = TargetExecution | TargetFlow | TargetCopy;
export type TargetExecution = {
  readonly kind: 'execution';
  readonly authenticator: string;
  readonly requirement: Requirement;
  /** Written, and kept so. */
  readonly settings?: Settings;
  /** Written when it is made; from then on the operator's. */
  readonly initial?: Settings;
};
export type TargetFlow = {
  readonly kind: 'flow';
  readonly alias: string;
  readonly requirement: Requirement;
  readonly nodes: readonly Target[];
};
export type TargetCopy = {
  readonly kind: 'copy';
  readonly alias: string;
  /** Alias of the flow that is copied, by Keycloak itself: secrets among its settings never leave the server. */
  readonly of: string;
  readonly requirement: Requirement;
  readonly edit?: Edit;
};
export type Edit =
  | { readonly kind: 'insert'; readonly into: string; readonly after: string; readonly node: Target }
  | { readonly kind: 'replace'; readonly into: string; readonly row: string; readonly by: Target };

/** How Keycloak names what is nested in a copy. */
export const copiedAlias = (copy: string, alias: string): string => `${copy} ${alias}`;

const renamed = (copy: string, node: Tree): Tree =>
  node.kind === 'execution'
    ? node
    : { ...node, alias: copiedAlias(copy, node.alias), nodes: node.nodes.map((inner) => renamed(copy, inner)) };

const edited = (snapshot: Snapshot, flow: TreeFlow, edit: Edit, when: 'new' | 'kept'): TreeFlow => {
  const nodes = flow.nodes.map((node) => (node.kind === 'flow' ? edited(snapshot, node, edit, when) : node));
  if (flow.alias !== edit.into) return { ...flow, nodes };
  const at = nodes.findIndex((node) =>
    edit.kind === 'insert'
      ? node.kind === 'execution' && node.authenticator === edit.after
      : node.kind === 'flow' && node.alias === edit.row,
  );
  if (edit.kind === 'insert') return { ...flow, nodes: nodes.toSpliced(at + 1, 0, written(snapshot, edit.node, when)) };
  return { ...flow, nodes: nodes.with(at, written(snapshot, edit.by, when)) };
};

/**
 * What a target comes to in this realm: copies stand for the flow that is copied as it is now.
 *
 * @param when `new`: with the settings that are written once; `kept`: with those that are kept so
 * @throws Refusal where the flow that is copied is gone.
 */
export const written = (snapshot: Snapshot, target: Target, when: 'new' | 'kept' = 'kept'): Tree => {
  if (target.kind === 'execution') {
    const { kind, authenticator, requirement, settings, initial } = target;
    const first = when === 'new' ? initial : {};
    return { kind, authenticator, requirement, settings: { ...first, ...settings }, ...((settings ?? initial) && { isOurs: true }) };
  }
  if (target.kind === 'flow') return { ...target, type: 'basic-flow', nodes: target.nodes.map((node) => written(snapshot, node, when)) };
  const base = treeOf(snapshot, target.of);
  if (!base) throw new Refusal(`the flow \`${target.of}\` is not in the realm`);
  const copy: TreeFlow = {
    ...base,
    alias: target.alias,
    requirement: target.requirement,
    nodes: base.nodes.map((node) => renamed(target.alias, node)),
  };
  return target.edit ? edited(snapshot, copy, target.edit, when) : copy;
};
