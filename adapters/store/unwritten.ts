import type { Changes, Load, Loaded } from '../../core/ports/store.ts';
import type { Basis } from './load.ts';

/** What units of work have counted and seen that is not in the database yet, or was not when others were loaded. */
export type Unwritten = {
  /** Times by key. */
  readonly counted: Map<string, number[]>;
  /** Subjects by key that no window had before. */
  readonly seen: Map<string, Set<string>>;
};

export const nothingUnwritten = (): Unwritten => ({ counted: new Map(), seen: new Map() });

/** Adds what one unit of work changes. */
export const noteUnwritten = ({ counted, seen }: Unwritten, changes: Changes, { newSubjects }: Basis): void => {
  for (const { key, at } of changes.counted ?? []) {
    const times = counted.get(key);
    if (times) times.push(at);
    else counted.set(key, [at]);
  }
  for (const { key, subject } of changes.seen ?? []) {
    if (newSubjects.get(key) !== subject) continue;
    const subjects = seen.get(key);
    if (subjects) subjects.add(subject);
    else seen.set(key, new Set([subject]));
  }
};

/** What was loaded, as it would be if it were all written. */
export const withUnwritten = (loaded: Loaded, { counts = [], distinct = [] }: Load, unwritten: readonly Unwritten[]): Loaded => {
  if (!unwritten.some(({ counted, seen }) => counted.size > 0 || seen.size > 0)) return loaded;
  return {
    ...loaded,
    counts: counts.map(({ key, since }, index) => {
      const times = unwritten.flatMap(({ counted }) => counted.get(key) ?? []);
      const found = loaded.counts[index] ?? [];
      return times.length === 0 ? found : found.map((count, window) => count + times.filter((at) => at > (since[window] ?? 0)).length);
    }),
    distinct: distinct.map(({ key, except }, index) => {
      const subjects = new Set(unwritten.flatMap(({ seen }) => [...(seen.get(key) ?? [])]));
      subjects.delete(except ?? '');
      return (loaded.distinct[index] ?? 0) + subjects.size;
    }),
  };
};
