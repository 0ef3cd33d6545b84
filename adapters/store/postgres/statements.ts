import type pg from 'pg';
import { postgres } from '../dialect.ts';
import type { Rows, Value } from '../load.ts';
import { type ReadName, reads } from '../reads.ts';
import { compile, type Statement } from '../statement.ts';
import { type WriteName, writes } from '../writes.ts';
import { asked, patience } from './pool.ts';

const readTexts = compile<ReadName>(postgres, reads);
const writeTexts = compile<WriteName>(postgres, writes);

/** What can run a statement: a connection, or the pool. */
export type Runner = Pick<pg.ClientBase, 'query'>;

/** Rows turned into one array for each column. */
const transposed = (rows: readonly (readonly Value[])[], columns: Statement['columns']): Value[][] =>
  Object.keys(columns).map((_, column) => rows.map((row) => row[column] ?? null));

const query = ({ name, sql, columns }: Statement, on: Runner, rows: readonly (readonly Value[])[]) =>
  named(on, name, sql, transposed(rows, columns));

/** A statement that the server compiles once for each connection. */
const named = (on: Runner, name: string, text: string, values: unknown[]): Promise<pg.QueryArrayResult> =>
  asked(on.query({ name, text, values, rowMode: 'array', query_timeout: patience.step } as pg.QueryArrayConfig));

/** Runs a reading statement for many keys at once; answers the rows of each key. */
export const readAll = async (on: Runner, name: ReadName, keys: readonly (readonly Value[])[]): Promise<readonly Rows[]> => {
  const results: unknown[][][] = keys.map(() => []);
  const { rows } = await query(readTexts[name], on, keys);
  for (const row of rows) results[Number(row[0])]?.push(row);
  return results;
};

/** Runs a writing statement for many rows at once; answers how many were written. */
export const writeAll = async (on: Runner, name: WriteName, rows: readonly (readonly Value[])[]): Promise<number> =>
  (await query(writeTexts[name], on, rows)).rowCount ?? 0;

/** Statements that only PostgreSQL needs: there the lock of a user is that of his row. */
const lockTexts = {
  /** INVARIANT: users are locked in the order of their ids, so that two batches never wait for each other in a circle. */
  lock: 'SELECT user_id, rev, doc FROM users WHERE user_id = ANY($1::text[]) ORDER BY user_id FOR UPDATE',
  /** An unknown user is locked by a row that no other transaction ever sees: revision 0, replaced or removed before the commit. */
  holdPlace: `INSERT INTO users (user_id, created_at, rev, doc)
    SELECT id, 0, 0, '' FROM unnest($1::text[]) AS id WHERE NOT EXISTS (SELECT 1 FROM users WHERE user_id = id)
    ORDER BY id ON CONFLICT (user_id) DO NOTHING RETURNING user_id`,
  freePlace: 'DELETE FROM users WHERE user_id = ANY($1::text[]) AND rev = 0',
} as const;

export const onUsers = (on: Runner, name: keyof typeof lockTexts, userIds: readonly string[]) =>
  named(on, name, lockTexts[name], [userIds]);
