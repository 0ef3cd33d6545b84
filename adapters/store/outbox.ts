import type { Event, Store, TakenEvent } from '../../core/ports/store.ts';
import { addDeliveries } from './deliveries.ts';
import type { Dialect } from './dialect.ts';
import type { EventIds } from './plan.ts';
import { addRuleDays } from './rule-days.ts';
import type { Builder } from './schema.ts';
import { rowsOf, type Unit } from './unit.ts';

type Digest = Parameters<Store['drainOutbox']>[1];

/** Read after the events: whoever wrote one of them after a change of the settings wrote it before this looks. */
function* presentRevision(build: Builder): Unit<number> {
  const [row] = yield* rowsOf(build.selectFrom('tenant_revision').select('revision'));
  return row?.revision ?? 0;
}

export function* appendEvents(build: Builder, events: readonly Event[], nextEventId: EventIds): Unit<void> {
  for (const { type, at, data } of events)
    yield* rowsOf(build.insertInto('outbox').values({ id: nextEventId(), type, at, data: JSON.stringify(data) }));
}

/** Takes the oldest events. INVARIANT: what is made of them is added in the transaction that removes them, so each counts once. */
export function* drainOutbox(build: Builder, dialect: Dialect['name'], limit: number, digest: Digest): Unit<readonly Event[]> {
  const rows = yield* rowsOf(
    build
      .selectFrom('outbox')
      .selectAll()
      .orderBy('id')
      .limit(limit)
      .$if(dialect === 'postgres', (q) => q.forUpdate().skipLocked()),
  );
  if (rows.length === 0) return [];
  const taken = rows.map(({ id, type, at, data }): TakenEvent => ({ id, type, at, data: JSON.parse(data) }));
  const digested = digest(taken, yield* presentRevision(build));
  if (!digested) return [];
  yield* addRuleDays(build, digested.ruleDays);
  yield* addDeliveries(build, digested.deliveries ?? []);
  yield* rowsOf(
    build.deleteFrom('outbox').where(
      'id',
      'in',
      rows.map((row) => row.id),
    ),
  );
  return taken.map(({ id: _, ...event }) => event);
}
