import { sql } from 'kysely';
import type { LeasedDelivery, NewDelivery, Tried, WebhookDelivery, WebhookQueue } from '../../core/ports/webhook-queue.ts';
import type { Dialect } from './dialect.ts';
import type { Builder, Database } from './schema.ts';
import { rowsOf, type Unit } from './unit.ts';

type Query<Name extends keyof WebhookQueue> = Parameters<WebhookQueue[Name]>[0];
type Row = Database['deliveries'];

/** Rows of one statement: databases bound the number of its parameters. */
const stride = 200;
/** Written out, so that the index of pending rows serves. */
const pending = sql.lit('pending' as const);

const shown = ({ webhook_id, id, type, state, created_at, due_at, tries, last_at, last_status, last_reason }: Omit<Row, 'body'>) =>
  ({
    webhookId: webhook_id,
    id,
    type,
    state,
    createdAt: created_at,
    dueAt: due_at,
    tries,
    ...(last_at !== null && { lastAt: last_at }),
    ...(last_status !== null && { lastStatus: last_status }),
    ...(last_reason !== null && { lastReason: last_reason }),
  }) as WebhookDelivery;

export function* addDeliveries(build: Builder, deliveries: readonly NewDelivery[]): Unit<void> {
  for (let at = 0; at < deliveries.length; at += stride) {
    const rows = deliveries.slice(at, at + stride).map(({ webhookId, id, type, createdAt, body }) => ({
      ...{ webhook_id: webhookId, id, type, state: 'pending', created_at: createdAt, due_at: createdAt, tries: 0, body },
      ...{ last_at: null, last_status: null, last_reason: null },
    }));
    yield* rowsOf(
      build
        .insertInto('deliveries')
        .values(rows)
        .onConflict((conflict) => conflict.doNothing()),
    );
  }
}

/** Ids of what is due, oldest first; locked where a transaction can. */
export function* dueDeliveries(build: Builder, lock: boolean, { webhookId, limit, now }: Query<'take'>): Unit<readonly string[]> {
  const rows = yield* rowsOf(
    build
      .selectFrom('deliveries')
      .select('id')
      .where('webhook_id', '=', webhookId)
      .where('state', '=', pending)
      .where('due_at', '<=', now)
      .orderBy('due_at')
      .limit(limit)
      .$if(lock, (q) => q.forUpdate().skipLocked()),
  );
  return rows.map(({ id }) => id);
}

/** INVARIANT: the lease is written in the transaction that found the row due, so that two nodes never hold one at a time. */
export function* takeDeliveries(build: Builder, dialect: Dialect['name'], query: Query<'take'>): Unit<readonly LeasedDelivery[]> {
  const ids = yield* dueDeliveries(build, dialect === 'postgres', query);
  if (ids.length === 0) return [];
  const rows = yield* rowsOf(
    build
      .updateTable('deliveries')
      .set((eb) => ({ due_at: query.leaseUntil, tries: eb('tries', '+', 1) }))
      .where('webhook_id', '=', query.webhookId)
      .where('id', 'in', ids)
      .returningAll(),
  );
  return rows.map((row) => ({ ...shown(row), body: row.body }));
}

export function* settleDelivery(build: Builder, { webhookId, id, tries }: LeasedDelivery, tried: Tried): Unit<void> {
  yield* rowsOf(
    build
      .updateTable('deliveries')
      .set({
        state: tried.state,
        due_at: tried.dueAt,
        last_at: tried.at,
        last_status: tried.status ?? null,
        last_reason: tried.reason ?? null,
        ...(tried.state === 'delivered' && { body: '' }),
      })
      .where('webhook_id', '=', webhookId)
      .where('id', '=', id)
      .where('state', '=', pending)
      .where('tries', '=', tries),
  );
}

export function* findDeliveries(build: Builder, { webhookId, state, limit, beforeId }: Query<'list'>): Unit<readonly WebhookDelivery[]> {
  const rows = yield* rowsOf(
    build
      .selectFrom('deliveries')
      .select(['webhook_id', 'id', 'type', 'state', 'created_at', 'due_at', 'tries', 'last_at', 'last_status', 'last_reason'])
      .where('webhook_id', '=', webhookId)
      .$if(state !== undefined, (q) => q.where('state', '=', state ?? ''))
      .$if(beforeId !== undefined, (q) => q.where('id', '<', beforeId ?? ''))
      .orderBy('id', 'desc')
      .limit(limit),
  );
  return rows.map(shown);
}

export function* replayDeliveries(build: Builder, { webhookId, id, now }: Query<'replay'>): Unit<number> {
  const rows = yield* rowsOf(
    build
      .updateTable('deliveries')
      .set({ state: 'pending', due_at: now, tries: 0 })
      .where('webhook_id', '=', webhookId)
      .where('state', '=', 'dead')
      .$if(id !== undefined, (q) => q.where('id', '=', id ?? ''))
      .returning('id'),
  );
  return rows.length;
}

export function* dropDeliveries(build: Builder, webhookId: string): Unit<void> {
  yield* rowsOf(build.deleteFrom('deliveries').where('webhook_id', '=', webhookId));
}
