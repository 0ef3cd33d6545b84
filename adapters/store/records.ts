import type { Event, Lasting } from '../../core/ports/store.ts';
import type { Dialect } from './dialect.ts';
import type { Driver } from './driver.ts';
import { LostRace } from './failure.ts';
import { appendEvents } from './outbox.ts';
import type { EventIds } from './plan.ts';
import type { Builder } from './schema.ts';
import { rowsOf, type Unit } from './unit.ts';

type Run<R, T> = (record: R | undefined) => { readonly record?: R; readonly answer: T; readonly events?: readonly Event[] };

function* stored<R extends Lasting>(
  build: Builder,
  key: string,
  now: number,
  lock: boolean,
): Unit<{ readonly rev: number; readonly record: R | undefined } | undefined> {
  const [row] = yield* rowsOf(
    build
      .selectFrom('records')
      .select(['rev', 'until', 'doc'])
      .where('key', '=', key)
      .$if(lock, (q) => q.forUpdate()),
  );
  return row && { rev: row.rev, record: row.until > now ? JSON.parse(row.doc) : undefined };
}

export function* findRecord<R extends Lasting>(build: Builder, key: string, now: number): Unit<R | undefined> {
  return (yield* stored<R>(build, key, now, false))?.record;
}

/** The row that takes the place of the one of revision `rev`; 0: of none. False where somebody else has written it meanwhile. */
function* put(build: Builder, key: string, rev: number, record: Lasting): Unit<boolean> {
  // INVARIANT: as for users, a row is replaced only by who has read its present revision.
  const written = yield* rowsOf(
    build
      .insertInto('records')
      .values({ key, rev: rev + 1, until: record.until, doc: JSON.stringify(record) })
      .onConflict((conflict) =>
        conflict
          .column('key')
          .doUpdateSet((eb) => ({ rev: eb.ref('excluded.rev'), until: eb.ref('excluded.until'), doc: eb.ref('excluded.doc') }))
          .whereRef('records.rev', '=', (eb) => eb('excluded.rev', '-', 1)),
      )
      .returning('records.rev'),
  );
  return written.length === 1;
}

/**
 * Reads, runs and writes one record, in a transaction that holds it meanwhile.
 *
 * @throws LostRace when another node has written it meanwhile.
 */
export function* changeRecord<R extends Lasting, T>(
  build: Builder,
  dialect: Dialect['name'],
  key: string,
  now: number,
  run: Run<R, T>,
  nextEventId: EventIds,
): Unit<T> {
  const was = yield* stored<R>(build, key, now, dialect === 'postgres');
  const { record, answer, events = [] } = run(was?.record);
  if (!record) return answer;
  if (!(yield* put(build, key, was?.rev ?? 0, record))) throw new LostRace();
  yield* appendEvents(build, events, nextEventId);
  return answer;
}

/**
 * The same where a record is written alone: without a transaction of its own, so that many share a commit. Undefined, and nothing
 * written, where there are events or somebody else was first.
 */
export const tryRecord = async <R extends Lasting, T>(
  { read, single }: Pick<Driver, 'read' | 'single'>,
  build: Builder,
  key: string,
  now: number,
  run: Run<R, T>,
): Promise<{ readonly answer: T } | undefined> => {
  const was = await read(() => stored<R>(build, key, now, false));
  const { record, answer, events = [] } = run(was?.record);
  if (!record) return { answer };
  if (events.length > 0) return undefined;
  return (await single(() => put(build, key, was?.rev ?? 0, record))) ? { answer } : undefined;
};
