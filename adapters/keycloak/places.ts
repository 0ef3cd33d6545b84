import { isOurs } from './names.ts';
import { bindingSlots, type FlowOfRealm, flowWithId, type Snapshot } from './snapshot.ts';

/** One place that names a flow, as it is told: `browserFlow`, `identity provider acme`, `client shop (browser)`, `flow x`. */
export type Place = { readonly place: string; readonly alias: string };

export const realmPlace = (slot: string): string => slot;
export const identityProviderPlace = (alias: string): string => `identity provider ${alias}`;
export const clientPlace = (clientId: string, slot: string): string => `client ${clientId} (${slot})`;

/** Every place that names a flow; of flows that hold another one, only those that are not ours. */
export const placesOf = (snapshot: Snapshot): readonly Place[] => [
  ...bindingSlots.flatMap((slot) => {
    const alias = snapshot.bindings[slot];
    return alias === undefined ? [] : [{ place: realmPlace(slot), alias }];
  }),
  ...snapshot.identityProviders.flatMap(({ alias, postBrokerLoginFlow, firstBrokerLoginFlow }) => [
    ...(postBrokerLoginFlow ? [{ place: identityProviderPlace(alias), alias: postBrokerLoginFlow }] : []),
    ...(firstBrokerLoginFlow ? [{ place: `${identityProviderPlace(alias)} (first login)`, alias: firstBrokerLoginFlow }] : []),
  ]),
  ...snapshot.clients.flatMap(({ clientId, overrides }) =>
    Object.entries(overrides).flatMap(([slot, id]) => {
      const flow = flowWithId(snapshot, id);
      return flow ? [{ place: clientPlace(clientId, slot), alias: flow.alias }] : [];
    }),
  ),
  ...snapshot.flows.flatMap(({ alias, executions }) =>
    isOurs(alias) ? [] : executions.flatMap(({ flow }) => (flow === undefined ? [] : [{ place: `flow ${alias}`, alias: flow }])),
  ),
];

/** Aliases of a flow and of all that is nested in it. */
const reach = (snapshot: Snapshot, alias: string, found = new Set<string>()): ReadonlySet<string> => {
  if (found.has(alias)) return found;
  found.add(alias);
  for (const { flow } of snapshot.flows.find((one) => one.alias === alias)?.executions ?? [])
    if (flow !== undefined) reach(snapshot, flow, found);
  return found;
};

/** Places outside that name this flow or one inside it. */
export const placesNaming = (snapshot: Snapshot, alias: string): readonly string[] => {
  const inside = reach(snapshot, alias);
  return placesOf(snapshot)
    .filter((one) => inside.has(one.alias))
    .map(({ place }) => place);
};

/** Flows of ours to delete by themselves: those at the top, and those that an interruption left outside of every flow. */
export const ownFlows = (snapshot: Snapshot): readonly FlowOfRealm[] => {
  const nested = new Set(snapshot.flows.flatMap(({ executions }) => executions.flatMap(({ flow }) => flow ?? [])));
  // one that is nested is deleted with what holds it, even where Keycloak still lists it at the top
  return snapshot.flows.filter(({ alias }) => isOurs(alias) && !nested.has(alias));
};
