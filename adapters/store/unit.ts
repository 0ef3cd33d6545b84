import type { CompiledQuery } from 'kysely';

/** A statement ready to run. */
export type Query = {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  /** May take minutes. */
  readonly patient?: true;
};

/**
 * Several statements that belong together, written once for both databases: it yields a statement and gets its rows.
 * On SQLite it runs without a pause, on PostgreSQL each statement is awaited.
 */
export type Unit<T> = Generator<Query, T, readonly unknown[]>;

/** A statement built by Kysely. */
export function* rowsOf<Row>(query: { readonly compile: () => CompiledQuery<Row> }): Unit<readonly Row[]> {
  const { sql, parameters } = query.compile();
  return (yield { sql, parameters }) as readonly Row[];
}

/** A statement in plain SQL. */
export function* run(sql: string, ...parameters: readonly unknown[]): Unit<readonly unknown[]> {
  return yield { sql, parameters };
}

/** The same for a statement that may take minutes: of a migration, or waiting for one. */
export function* runPatiently(sql: string): Unit<readonly unknown[]> {
  return yield { sql, parameters: [], patient: true };
}

/** Runs a unit that has one statement. */
export const runSingle = async <T>(unit: Unit<T>, on: (query: Query) => Promise<readonly unknown[]>): Promise<T> => {
  const first = unit.next();
  const last = first.done ? first : unit.next(await on(first.value));
  if (!last.done) throw new TypeError('one statement was expected');
  return last.value;
};
