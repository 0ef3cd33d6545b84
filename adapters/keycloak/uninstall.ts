import { changeAttributes, type Run, rebind } from './apply.ts';
import { scopeName } from './claims-scope.ts';
import { acrLoaMap, levelsBefore } from './levels.ts';
import { isKind, isOurs } from './names.ts';
import type { Rebinding } from './place-plans.ts';
import { clientPlace, identityProviderPlace, ownFlows, placesNaming, realmPlace } from './places.ts';
import type { AttributeChanges } from './plan.ts';
import { boundSlots, type Previous, previousOf, previousPrefix } from './previous.ts';
import { type FlowOfRealm, flowNamed, flowWithId, overrideSlots, type Snapshot } from './snapshot.ts';

/** All that would be taken away, as data. */
export type Removal = {
  readonly bind: readonly Rebinding[];
  readonly flows: readonly FlowOfRealm[];
  readonly scope: string | undefined;
  readonly attributes: AttributeChanges;
  /** Places that stay bound to a flow of ours, and why. */
  readonly kept: readonly string[];
};

type Back = { readonly change: Rebinding } | { readonly kept: string };

const back = (snapshot: Snapshot, change: Rebinding, base: string | undefined): Back => {
  if (base === undefined) return { kept: `${change.place} keeps ${change.from}: nobody knows what was bound before; bind it by hand` };
  if (base !== '' && !flowNamed(snapshot, base))
    return { kept: `${change.place} keeps ${change.from}: the flow \`${base}\` that was bound before is gone; bind it by hand` };
  return { change: { ...change, to: base } };
};

/** Only what is bound to a flow of ours goes back: what somebody bound since is his. */
const changesBack = (snapshot: Snapshot, before: Previous): readonly Back[] => [
  ...boundSlots.flatMap((slot): readonly Back[] => {
    const from = snapshot.bindings[slot] ?? '';
    if (!isOurs(from)) return [];
    return [back(snapshot, { kind: 'realm', slot, place: realmPlace(slot), from, to: '' }, before.realm[slot])];
  }),
  ...snapshot.identityProviders.flatMap(({ alias, postBrokerLoginFlow: from = '' }): readonly Back[] => {
    if (!isOurs(from)) return [];
    const change = { kind: 'identity-provider', alias, place: identityProviderPlace(alias), from, to: '' } as const;
    return [back(snapshot, change, before.identityProviders[alias])];
  }),
  ...snapshot.clients.flatMap(({ id, clientId, overrides }) =>
    overrideSlots.flatMap((slot): readonly Back[] => {
      const from = flowWithId(snapshot, overrides[slot])?.alias ?? '';
      if (!isOurs(from)) return [];
      const ofRealm = isKind(from, slot === 'browser' ? 'browser' : 'directGrant') ? '' : undefined;
      const change = { kind: 'client', id, slot, place: clientPlace(clientId, slot), from, to: '' } as const;
      return [back(snapshot, change, before.clients[clientId]?.[slot] ?? ofRealm)];
    }),
  ),
];

/** What puts the realm back. @param remembered where the realm's own record is lost: that of the snapshot file. */
export const planRemoval = (snapshot: Snapshot, remembered?: Previous): Removal => {
  const own = previousOf(snapshot);
  const before = remembered ?? own;
  const all = changesBack(snapshot, before);
  const bind = all.flatMap((one) => ('change' in one ? [one.change] : []));
  const kept = all.flatMap((one) => ('kept' in one ? [one.kept] : []));
  const freed = new Set(bind.map(({ place }) => place));
  const flows = ownFlows(snapshot).filter(({ alias }) => placesNaming(snapshot, alias).every((place) => freed.has(place)));
  const others = ownFlows(snapshot).filter((flow) => !flows.includes(flow));
  const levels = levelsBefore(snapshot, before);
  const isDone = kept.length === 0 && others.length === 0;
  return {
    bind,
    flows,
    scope: isDone ? snapshot.scopes.find(({ name }) => name === scopeName)?.id : undefined,
    attributes: Object.fromEntries([
      // the record is needed as long as something is still bound
      ...(isDone ? Object.keys(snapshot.attributes).filter((key) => key.startsWith(previousPrefix)) : []).map((key) => [key, undefined]),
      ...(levels === snapshot.attributes[acrLoaMap] ? [] : [[acrLoaMap, levels]]),
    ]),
    kept: [
      ...kept,
      ...others
        .filter(({ alias }) => !kept.some((line) => line.includes(alias)))
        .map(
          ({ alias }) =>
            `flow ${alias} stays: ${placesNaming(snapshot, alias)
              .filter((place) => !freed.has(place))
              .join(', ')} names it`,
        ),
    ],
  };
};

export const isNothing = ({ bind, flows, scope, attributes }: Removal): boolean =>
  bind.length === 0 && flows.length === 0 && scope === undefined && Object.keys(attributes).length === 0;

/** Puts the realm back: bindings first, so that nobody's login meets a flow that is going; the record last, so that it can be done again. */
export const applyRemoval = async (run: Run, removal: Removal): Promise<void> => {
  const { admin, tell } = run;
  await rebind(run, removal.bind);
  const now = removal.flows.length > 0 ? await admin.snapshot() : undefined;
  for (const { id, alias } of removal.flows) {
    const places = now ? placesNaming(now, alias) : [];
    if (places.length > 0) {
      tell(`keep flow ${alias}: ${places.join(', ')} names it`);
      continue;
    }
    await admin.deleteFlow(id);
    tell(`delete flow ${alias}`);
  }
  if (removal.scope !== undefined) {
    await admin.deleteScope(removal.scope);
    tell(`delete client scope ${scopeName}`);
  }
  await changeAttributes(run, removal.attributes);
};
