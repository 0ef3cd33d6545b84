import type { Destination } from '../../core/ports/store.ts';
import type { Dialect } from './dialect.ts';
import { LostRace } from './failure.ts';
import type { Builder } from './schema.ts';
import { rowsOf, type Unit } from './unit.ts';

type Run<T> = (destination: Destination | undefined) => { readonly destination?: Destination; readonly answer: T };

function* stored(
  build: Builder,
  key: string,
  lock: boolean,
): Unit<{ readonly rev: number; readonly destination: Destination } | undefined> {
  const [row] = yield* rowsOf(
    build
      .selectFrom('destinations')
      .select(['rev', 'doc'])
      .where('key', '=', key)
      .$if(lock, (q) => q.forUpdate()),
  );
  return row && { rev: row.rev, destination: JSON.parse(row.doc) };
}

export function* findDestination(build: Builder, key: string): Unit<Destination | undefined> {
  return (yield* stored(build, key, false))?.destination;
}

/**
 * Reads, runs and writes one destination.
 *
 * @throws LostRace when another node has written it meanwhile.
 */
export function* changeDestination<T>(build: Builder, dialect: Dialect['name'], key: string, now: number, run: Run<T>): Unit<T> {
  const was = yield* stored(build, key, dialect === 'postgres');
  const { destination, answer } = run(was?.destination);
  if (!destination) return answer;
  if (destination.key !== key) throw new TypeError('a unit of work changes its own destination only');
  const row = { key, rev: (was?.rev ?? 0) + 1, at: now, doc: JSON.stringify(destination) };
  // INVARIANT: as for users, a row is replaced only by who has read its present revision.
  const written = yield* rowsOf(
    build
      .insertInto('destinations')
      .values(row)
      .onConflict((conflict) =>
        conflict
          .column('key')
          .doUpdateSet((eb) => ({ rev: eb.ref('excluded.rev'), at: eb.ref('excluded.at'), doc: eb.ref('excluded.doc') }))
          .whereRef('destinations.rev', '=', (eb) => eb('excluded.rev', '-', 1)),
      )
      .returning('destinations.rev'),
  );
  if (written.length === 0) throw new LostRace();
  return answer;
}
