import type { WantedFrame } from './frames.ts';
import { type FrameKind, isFrame, isKind } from './names.ts';
import type { InstallOptions, LeavableWay } from './options.ts';
import { clientPlace, identityProviderPlace, realmPlace } from './places.ts';
import { type BoundSlot, boundSlots, type Previous, previousPrefix } from './previous.ts';
import { Refusal } from './refusal.ts';
import { flowWithId, type OverrideSlot, overrideSlots, type RealmClient, type Snapshot } from './snapshot.ts';

/** A place that gets another flow; an empty alias: none. */
export type Rebinding = { readonly place: string; readonly from: string; readonly to: string } & (
  | { readonly kind: 'realm'; readonly slot: BoundSlot }
  | { readonly kind: 'identity-provider'; readonly alias: string }
  | { readonly kind: 'client'; readonly id: string; readonly slot: OverrideSlot }
);

/** One place as planned: what it had before us, and what it gets. */
export type PlacePlan = { readonly change: Rebinding; readonly base: string; readonly isCovered: boolean };

type Given = {
  readonly snapshot: Snapshot;
  readonly options: InstallOptions;
  readonly before: Previous;
  /** Alias of the flow of ours for a place; asked twice it is the same. */
  readonly use: (wanted: WantedFrame) => string;
};

const known = (what: string, base: string | undefined): string => {
  if (base !== undefined) return base;
  throw new Refusal(
    `nobody knows what was bound before Stepward at ${what}: set the attribute \`${previousPrefix}…\` of the realm again, or bind it by hand`,
  );
};

const slotKinds = {
  browserFlow: { kind: 'browser', override: 'browser', way: undefined },
  directGrantFlow: { kind: 'directGrant', override: 'direct_grant', way: 'direct-grant' },
  resetCredentialsFlow: { kind: 'resetCredentials', override: undefined, way: 'reset-credentials' },
} as const satisfies Record<BoundSlot, { kind: FrameKind; override: OverrideSlot | undefined; way: LeavableWay | undefined }>;

const isTrial = ({ pilots }: InstallOptions): boolean => pilots.length > 0;

/** The realm's own flows. */
export const planSlots = ({ snapshot, options, before, use }: Given): readonly PlacePlan[] =>
  boundSlots.map((slot) => {
    const { kind, way } = slotKinds[slot];
    const from = snapshot.bindings[slot] ?? '';
    const isBound = isKind(from, kind);
    if (isBound && isTrial(options)) throw new Refusal('the realm itself has the flows already: a trial with some clients is over');
    const base = isBound ? known(slot, before.realm[slot]) : from;
    const isCovered = base !== '' && !isTrial(options) && !(way && options.leave.includes(way));
    const bound = isBound ? from : trialFlow(snapshot, kind);
    const to = isCovered ? use({ kind, base, ...(bound !== undefined && { bound }) }) : base;
    return { base, isCovered, change: { kind: 'realm', slot, place: realmPlace(slot), from, to } };
  });

/** A flow that clients of a trial have already is the realm's afterwards. */
const trialFlow = (snapshot: Snapshot, kind: FrameKind): string | undefined =>
  snapshot.clients
    .flatMap(({ overrides }) => Object.values(overrides).map((id) => flowWithId(snapshot, id)?.alias))
    .find((alias) => isFrame(alias, kind));

/** What follows a login at another identity provider: disabled ones too, since they may be enabled. */
export const planProviders = ({ snapshot, options, before, use }: Given): readonly PlacePlan[] =>
  snapshot.identityProviders.map(({ alias, postBrokerLoginFlow: from = '' }) => {
    const place = identityProviderPlace(alias);
    const isBound = isKind(from, 'postBroker') || isKind(from, 'postBrokerAfter');
    const base = isBound ? known(place, before.identityProviders[alias]) : from;
    const isCovered = !isTrial(options) && !options.leave.includes('identity-providers');
    const kind = base === '' ? 'postBroker' : 'postBrokerAfter';
    const bound = isFrame(from, kind, base === '' ? undefined : base) ? { bound: from } : {};
    return {
      base,
      isCovered,
      change: { kind: 'identity-provider', alias, place, from, to: isCovered ? use({ kind, base, ...bound }) : base },
    };
  });

/** Clients whose own flows stay as they are: excepted ones, and the admin console, by which a realm is repaired. */
export const isLeftAlone = (clientId: string, { except, includeAdmins }: InstallOptions): boolean =>
  except.includes(clientId) || (clientId === 'security-admin-console' && !includeAdmins);

const planOverride = (given: Given, { id, clientId, overrides }: RealmClient, slot: OverrideSlot): PlacePlan => {
  const { snapshot, options, before, use } = given;
  const place = clientPlace(clientId, slot);
  const [ownKind, realmKind] =
    slot === 'browser' ? (['clientBrowser', 'browser'] as const) : (['clientDirectGrant', 'directGrant'] as const);
  const from = flowWithId(snapshot, overrides[slot])?.alias ?? '';
  const wasTrial = isKind(from, realmKind);
  const isOfOurs = wasTrial || isKind(from, ownKind);
  const base = isOfOurs ? known(place, before.clients[clientId]?.[slot] ?? (wasTrial ? '' : undefined)) : from;
  const isWanted = isTrial(options) ? options.pilots.includes(clientId) : base !== '';
  const isLeft = isLeftAlone(clientId, options) || (slot === 'direct_grant' && options.leave.includes('direct-grant'));
  if (!isWanted || isLeft) return { base, isCovered: false, change: { kind: 'client', id, slot, place, from, to: base } };
  const ofRealm = { kind: realmKind, base: snapshot.bindings[slot === 'browser' ? 'browserFlow' : 'directGrantFlow'] ?? '' };
  const kind = base === '' ? ofRealm : { kind: ownKind, base };
  const bound = isFrame(from, kind.kind, base === '' ? undefined : base) ? { bound: from } : {};
  return { base, isCovered: true, change: { kind: 'client', id, slot, place, from, to: use({ ...kind, ...bound }) } };
};

/** Flows of single clients, which come before the realm's; in a trial those of its clients alone. */
export const planClients = (given: Given): readonly PlacePlan[] =>
  given.snapshot.clients.flatMap((client) => overrideSlots.map((slot) => planOverride(given, client, slot)));
