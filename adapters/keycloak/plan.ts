import { planScope, type ScopePlan } from './claims-scope.ts';
import { type ChosenFrame, chooseFrame, type WantedFrame } from './frames.ts';
import type { Frame } from './layout.ts';
import { acrLoaMap, planLevels } from './levels.ts';
import type { InstallOptions } from './options.ts';
import { type PlacePlan, planClients, planProviders, planSlots, type Rebinding } from './place-plans.ts';
import { ownFlows, placesNaming } from './places.ts';
import { attributesOf, type Previous, previousOf, previousPrefix } from './previous.ts';
import type { FlowOfRealm, Snapshot } from './snapshot.ts';
import type { Difference } from './tree.ts';

/** `undefined`: it goes. */
export type AttributeChanges = Readonly<Record<string, string | undefined>>;

/** All that would change, as data. */
export type Plan = {
  /** Flows of ours that nothing names: an interrupted run left them. */
  readonly leftovers: readonly FlowOfRealm[];
  readonly scope: ScopePlan;
  readonly build: readonly Frame[];
  readonly settings: readonly Extract<Difference, { readonly kind: 'settings' }>[];
  /** Of the realm, before and after flows are bound; what is not named here stays. What a place had is forgotten when it has it again. */
  readonly attributes: { readonly before: AttributeChanges; readonly after: AttributeChanges };
  readonly bind: readonly Rebinding[];
  /** Flows of ours that nothing will name any more. */
  readonly retired: readonly FlowOfRealm[];
  /** Bound flows that differ from what they were made from. */
  readonly drift: readonly string[];
};

const recordOf = (places: readonly PlacePlan[], snapshot: Snapshot): Omit<Previous, 'acrLoaMap'> => {
  const record = {
    realm: {} as Record<string, string>,
    identityProviders: {} as Record<string, string>,
    clients: {} as Record<string, Record<string, string>>,
  };
  for (const { change, base } of places) {
    if (change.kind === 'realm') record.realm[change.slot] = base;
    if (change.kind === 'identity-provider') record.identityProviders[change.alias] = base;
    if (change.kind !== 'client') continue;
    const { clientId = '' } = snapshot.clients.find(({ id }) => id === change.id) ?? {};
    record.clients[clientId] = { ...record.clients[clientId], [change.slot]: base };
  }
  return record;
};

const attributeChanges = (present: Readonly<Record<string, string>>, wanted: AttributeChanges): AttributeChanges =>
  Object.fromEntries(Object.entries(wanted).filter(([key, value]) => present[key] !== value));

const planAttributes = (places: readonly PlacePlan[], snapshot: Snapshot, options: InstallOptions): Plan['attributes'] => {
  const levels = planLevels(snapshot, options, previousOf(snapshot));
  const map = { [acrLoaMap]: levels.value };
  const ofLevels = levels.before === undefined ? {} : { acrLoaMap: levels.before };
  const covered = places.filter(({ isCovered }) => isCovered);
  const leaving = places.filter(({ base, change, isCovered }) => isCovered || change.from !== base);
  const before = attributeChanges(snapshot.attributes, { ...attributesOf({ ...recordOf(leaving, snapshot), ...ofLevels }), ...map });
  const between = Object.entries({ ...snapshot.attributes, ...before }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const record: AttributeChanges = attributesOf({ ...recordOf(covered, snapshot), ...ofLevels });
  const stale = between.map(([key]) => key).filter((key) => key.startsWith(previousPrefix) && record[key] === undefined);
  const after = { ...Object.fromEntries(stale.map((key) => [key, undefined])), ...record };
  return { before, after: attributeChanges(Object.fromEntries(between), after) };
};

/** What makes the realm as the options say. @throws Refusal where the operator must decide something first. */
export const planInstall = (snapshot: Snapshot, options: InstallOptions): Plan => {
  const before = previousOf(snapshot);
  const own = ownFlows(snapshot);
  const leftovers = own.filter(({ alias }) => placesNaming(snapshot, alias).length === 0);
  const chosen = new Map<string, ChosenFrame>();
  const use = (wanted: WantedFrame): string => {
    const key = `${wanted.kind} ${wanted.base}`;
    const found = chosen.get(key) ?? chooseFrame(snapshot, wanted, options, leftovers);
    chosen.set(key, found);
    return found.alias;
  };
  const given = { snapshot, options, before, use };
  const places = [...planSlots(given), ...planProviders(given), ...planClients(given)];
  const bind = places.map(({ change }) => change).filter(({ from, to }) => from !== to);

  const all = [...chosen.values()];
  const found = all.flatMap((one) => one.differences);
  const isKept = ({ alias }: FlowOfRealm): boolean => all.some((one) => one.alias === alias && !one.build);
  const moved = new Set(bind.map(({ place }) => place));
  return {
    leftovers: leftovers.filter((flow) => !isKept(flow)),
    scope: planScope(snapshot),
    build: all.flatMap(({ build }) => build ?? []),
    settings: found.filter((one) => one.kind === 'settings'),
    attributes: planAttributes(places, snapshot, options),
    bind,
    retired: own.filter((flow) => {
      const naming = placesNaming(snapshot, flow.alias);
      return !isKept(flow) && naming.length > 0 && naming.every((place) => moved.has(place));
    }),
    drift: found.filter(({ kind }) => kind === 'structure').map(({ told }) => told),
  };
};

/** Both kinds of changes to attributes. */
export const allAttributes = ({ attributes: { before, after } }: Pick<Plan, 'attributes'>): AttributeChanges => ({ ...before, ...after });

/** Whether there is nothing to write. */
export const isEmpty = ({ leftovers, scope, build, settings, attributes, bind, retired }: Plan): boolean =>
  !scope.create &&
  !scope.toRealm &&
  [leftovers, build, settings, bind, retired, scope.mappers, scope.toClients, Object.keys(allAttributes({ attributes }))].every(
    (list) => list.length === 0,
  );
