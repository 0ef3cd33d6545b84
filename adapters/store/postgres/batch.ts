import type pg from 'pg';
import type { Work } from '../../../core/ports/store.ts';
import { type Result, runAll } from '../batch.ts';
import { LostRace } from '../failure.ts';
import { type Basis, basisOf, type Request, type Rows, requestsOf } from '../load.ts';
import { merged } from '../merge.ts';
import type { EventIds, Write } from '../plan.ts';
import type { ReadName } from '../reads.ts';
import { nothingUnwritten } from '../unwritten.ts';
import { guarded, writeOrder } from '../writes.ts';
import { asked } from './pool.ts';
import { onUsers, readAll, writeAll } from './statements.ts';

/** All of them, or the first failure in the order in which they were sent. */
const inOrder = async <const T extends readonly Promise<unknown>[]>(sent: T): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> => {
  await Promise.allSettled(sent);
  return Promise.all(sent);
};

type Locked = { readonly stored: ReadonlyMap<string, Rows>; readonly placeholders: readonly string[] };

const lockedFrom = (userIds: readonly string[], found: readonly unknown[][], held: readonly unknown[][]): Locked => {
  const stored = new Map(found.map((row) => [String(row[0]), [row] satisfies Rows]));
  const placeholders = held.map((row) => String(row[0]));
  // Somebody else has made one of these users between the two statements.
  if (stored.size + placeholders.length < userIds.length) throw new LostRace();
  return { stored, placeholders };
};

/** Locks the users and loads for all units of work, in one round trip. */
const load = async (client: pg.ClientBase, works: readonly Work<unknown>[]) => {
  const userIds = works.map((work) => work.userId);
  const requests = works.map((work) => requestsOf(work.userId, work.load).slice(1));
  const byStatement = Map.groupBy(requests.flat(), (request) => request.statement);
  const names = [...byStatement.keys()] as ReadName[];
  // INVARIANT: the lock is asked for first, so that every later statement sees what the last holder of the lock committed.
  const opening = inOrder([asked(client.query('BEGIN')), onUsers(client, 'lock', userIds), onUsers(client, 'holdPlace', userIds)]);
  const loading = inOrder([
    readAll(client, 'revision', [[]]),
    ...names.map((name) =>
      readAll(
        client,
        name,
        (byStatement.get(name) ?? []).map(({ values }) => values),
      ),
    ),
  ]);
  await Promise.allSettled([opening, loading]);
  const [, found, held] = await opening;
  const [revisions, ...results] = await loading;
  const { stored, placeholders } = lockedFrom(userIds, found.rows, held.rows);
  const revision = Number(revisions?.[0]?.[0]?.[1] ?? 0);
  const queues = new Map(names.map((name, index) => [name, (results[index] ?? []).values()]));
  const next = ({ statement }: Request): Rows => queues.get(statement)?.next().value ?? [];
  const bases = works.map((work, index): Basis => {
    const own = (requests[index] ?? []).map(next);
    return basisOf(work.load, [stored.get(work.userId) ?? [], ...own].values(), revision);
  });
  return { bases, placeholders };
};

/** Writes all rows, in one round trip. */
const writeRows = async (client: pg.ClientBase, writes: readonly Write[], placeholders: readonly string[]): Promise<void> => {
  const rows = merged(writes);
  const names = writeOrder.filter((name) => rows.has(name));
  const written = await inOrder([
    ...names.map((name) => writeAll(client, name, rows.get(name) ?? [])),
    ...(placeholders.length > 0 ? [onUsers(client, 'freePlace', placeholders).then(({ rowCount }) => rowCount ?? 0)] : []),
  ]);
  names.forEach((name, index) => {
    if (guarded.has(name) && written[index] !== rows.get(name)?.length) throw new LostRace();
  });
};

/**
 * Runs units of work of different users up to the point where only the commit is missing: lock, load, run, write in two round
 * trips, whatever their number.
 */
export const prepareBatch = async (
  client: pg.ClientBase,
  works: readonly Work<unknown>[],
  nextEventId: EventIds,
): Promise<readonly Result[]> => {
  const { bases, placeholders } = await load(client, works);
  const { results, writes } = runAll(works, bases, [], nothingUnwritten(), nextEventId);
  await writeRows(client, writes, placeholders);
  return results;
};
