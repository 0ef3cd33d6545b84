import type { BindingSlot, OverrideSlot, Snapshot } from './snapshot.ts';

/** Places of a realm that the installer binds. */
export const boundSlots = ['browserFlow', 'directGrantFlow', 'resetCredentialsFlow'] as const satisfies readonly BindingSlot[];
export type BoundSlot = (typeof boundSlots)[number];

/** What was bound before; an empty alias: nothing. Kept in attributes of the realm and in the snapshot file. */
export type Previous = {
  readonly realm: Readonly<Partial<Record<BoundSlot, string>>>;
  /** Post-login flow by identity provider. */
  readonly identityProviders: Readonly<Record<string, string>>;
  /** Aliases of flows by client id. */
  readonly clients: Readonly<Record<string, Readonly<Partial<Record<OverrideSlot, string>>>>>;
  /** The realm's `acr.loa.map`; `null`: there was none; absent: it was never changed. */
  readonly acrLoaMap?: string | null;
};

export const previousPrefix = 'stepward.previous.';
const identityProvidersKey = `${previousPrefix}identityProviders`;
const clientsKey = `${previousPrefix}clients`;
const acrLoaMapKey = `${previousPrefix}acrLoaMap`;

const objectIn = (text: string | undefined): Record<string, never> => {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, never>) : {};
  } catch {
    return {};
  }
};

/** Reads the record from a realm's attributes. */
export const previousOf = ({ attributes }: Pick<Snapshot, 'attributes'>): Previous => ({
  realm: Object.fromEntries(
    boundSlots.flatMap((slot) => {
      const alias = attributes[previousPrefix + slot];
      return alias === undefined ? [] : [[slot, alias]];
    }),
  ),
  identityProviders: objectIn(attributes[identityProvidersKey]),
  clients: objectIn(attributes[clientsKey]),
  ...(attributes[acrLoaMapKey] !== undefined && { acrLoaMap: attributes[acrLoaMapKey] === 'none' ? null : attributes[acrLoaMapKey] }),
});

const sorted = (value: Readonly<Record<string, unknown>>): string => {
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify(Object.fromEntries(entries));
};

/** The record as attributes. */
export const attributesOf = ({ realm, identityProviders, clients, acrLoaMap }: Previous): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(Object.entries(realm).map(([slot, alias]) => [previousPrefix + slot, alias])),
  ...(Object.keys(identityProviders).length > 0 && { [identityProvidersKey]: sorted(identityProviders) }),
  ...(Object.keys(clients).length > 0 && { [clientsKey]: sorted(clients) }),
  ...(acrLoaMap !== undefined && { [acrLoaMapKey]: acrLoaMap ?? 'none' }),
});
