import type { Value } from './load.ts';
import type { Write } from './plan.ts';
import type { WriteName } from './writes.ts';

type Row = readonly Value[];

/** Makes one row of all that fall on the same key, since one statement cannot write a row twice. */
const merging =
  (keyOf: (row: Row) => string, merge: (a: Row, b: Row) => Row) =>
  (rows: readonly Row[]): readonly Row[] => {
    const merged = new Map<string, Row>();
    for (const row of rows) {
      const before = merged.get(keyOf(row));
      merged.set(keyOf(row), before ? merge(before, row) : row);
    }
    return [...merged.values()];
  };

const later = (a: Value | undefined, b: Value | undefined): number => Math.max(Number(a), Number(b));

/** Statements whose rows of several units of work can fall on one key. */
const merges: Readonly<Partial<Record<WriteName, (rows: readonly Row[]) => readonly Row[]>>> = {
  count: merging(
    ([key]) => String(key),
    ([key, at, times], [, at2, times2]) => [key ?? null, later(at, at2), Number(times) + Number(times2)],
  ),
  see: merging(
    ([key, subject]) => JSON.stringify([key, subject]),
    ([key, subject, at], [, , at2]) => [key ?? null, subject ?? null, later(at, at2)],
  ),
};

/** The rows of a batch by statement. */
export const merged = (writes: readonly Write[]): ReadonlyMap<WriteName, readonly Row[]> => {
  const rows = new Map<WriteName, Row[]>();
  for (const { statement, values } of writes) {
    const before = rows.get(statement);
    if (before) before.push(values);
    else rows.set(statement, [values]);
  }
  return new Map([...rows].map(([name, all]) => [name, merges[name]?.(all) ?? all]));
};
