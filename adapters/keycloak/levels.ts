import { acrLevels } from './layout.ts';
import type { InstallOptions } from './options.ts';
import type { Previous } from './previous.ts';
import type { Snapshot } from './snapshot.ts';

/** The attribute by which Keycloak knows which acr is which level. */
export const acrLoaMap = 'acr.loa.map';

const levelsIn = (text: string | null | undefined): Readonly<Record<string, unknown>> => {
  try {
    return JSON.parse(text || '{}') as Record<string, unknown>;
  } catch {
    return {};
  }
};

/** The realm's levels with ours among them. */
export const withOurLevels = (text: string | null | undefined): string => JSON.stringify({ ...levelsIn(text), ...acrLevels });

/** What the map was before, where it is still as we wrote it; else what somebody made of it since. */
export const levelsBefore = ({ attributes }: Snapshot, { acrLoaMap: before }: Previous): string | undefined => {
  const present = attributes[acrLoaMap];
  return before !== undefined && present === withOurLevels(before) ? (before ?? undefined) : present;
};

/** The map as it should be, and what is to be remembered of it. */
export const planLevels = (snapshot: Snapshot, { layout }: InstallOptions, previous: Previous) => {
  if (layout !== 'acr') return { value: levelsBefore(snapshot, previous) };
  const present = snapshot.attributes[acrLoaMap];
  const isThere = Object.entries(acrLevels).every(([acr, level]) => levelsIn(present)[acr] === level);
  const before = previous.acrLoaMap === undefined ? (present ?? null) : previous.acrLoaMap;
  return { value: isThere ? present : withOurLevels(present), before };
};
