import { acrFrame, directGrantFrame, type Frame, postBrokerFrame, resetFrame, resetRefusal, riskFrame } from './layout.ts';
import { type FrameKind, frameAlias, isFrame } from './names.ts';
import type { InstallOptions } from './options.ts';
import { Refusal } from './refusal.ts';
import type { FlowOfRealm, Snapshot } from './snapshot.ts';
import { written } from './target.ts';
import { type Difference, differences, type TreeFlow, treeOf } from './tree.ts';

/** A flow of ours that a place is to have: of which kind, made from which flow, and which of them the place has already. */
export type WantedFrame = { readonly kind: FrameKind; readonly base: string; readonly bound?: string };
/** What it comes to: one that is there, with what is different about it, or one to build. */
export type ChosenFrame = { readonly alias: string; readonly build?: Frame; readonly differences: readonly Difference[] };

/** Kinds of which there is one for each flow that they are made from. */
const oneForEachBase: ReadonlySet<FrameKind> = new Set(['postBrokerAfter', 'clientBrowser', 'clientDirectGrant']);

const makers = {
  browser: (snapshot, alias, base, options) =>
    options.layout === 'acr' ? acrFrame(snapshot, alias, base, options) : riskFrame(alias, base, options),
  directGrant: (_, alias, base, options) => directGrantFrame(alias, base, options),
  resetCredentials: (snapshot, alias, base, options) => {
    const refusal = resetRefusal(snapshot, base);
    if (refusal)
      throw new Refusal(`reset credentials cannot be covered: ${refusal}; change that flow, or leave the way \`reset-credentials\``);
    return resetFrame(snapshot, alias, base, options);
  },
  postBroker: (_, alias, _base, options) => postBrokerFrame(alias, undefined, options),
  postBrokerAfter: (_, alias, base, options) => postBrokerFrame(alias, base, options),
  clientBrowser: (_, alias, base, options) => riskFrame(alias, base, options),
  clientDirectGrant: (_, alias, base, options) => directGrantFrame(alias, base, options),
} as const satisfies Record<FrameKind, (snapshot: Snapshot, alias: string, base: string, options: InstallOptions) => Frame>;

const isFree = ({ flows }: Snapshot, leftovers: readonly FlowOfRealm[], alias: string): boolean => {
  const taken = new Set([alias, `${alias}-login`, `${alias}-step-up`]);
  return !flows.some((flow) => taken.has(flow.alias) && !leftovers.some((one) => one.alias === alias));
};

/** The flow for a place: the one that it has, one that an interrupted run finished, or a new one. */
export const chooseFrame = (
  snapshot: Snapshot,
  { kind, base, bound }: WantedFrame,
  options: InstallOptions,
  leftovers: readonly FlowOfRealm[],
): ChosenFrame => {
  const ofBase = oneForEachBase.has(kind) ? base : undefined;
  const make = (alias: string): Frame => makers[kind](snapshot, alias, base, options);
  const candidates = bound === undefined ? leftovers.map(({ alias }) => alias).filter((alias) => isFrame(alias, kind, ofBase)) : [bound];
  for (const alias of candidates) {
    const present = treeOf(snapshot, alias);
    if (!present) continue;
    const found = differences(written(snapshot, make(alias)) as TreeFlow, present);
    const isWhole = found.every((one) => one.kind === 'settings');
    if (isWhole || (bound !== undefined && !options.refresh)) return { alias, differences: found };
  }
  for (let generation = 1; ; generation++) {
    const alias = frameAlias(kind, ofBase, generation);
    if (alias !== bound && isFree(snapshot, leftovers, alias)) return { alias, build: make(alias), differences: [] };
  }
};
