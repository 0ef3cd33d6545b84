import { type RawBuilder, sql } from 'kysely';
import type { Dialect } from './dialect.ts';
import type { Builder } from './schema.ts';
import { rowsOf, type Unit } from './unit.ts';

const day = 86_400_000;

/** How long what is counted stays, milliseconds: longer than the longest window that can be asked for. */
export const retention = { activity: 92 * day, seen: 92 * day, ruleDayUsers: 3 * day, deliveries: 14 * day } as const;

/** Rows looked at in one transaction: others must not wait long for the lock. */
const stride = 2_000;

/** A growing table, walked along its leading column; rows whose `column` is below `before` are dead. */
export type Walk = { readonly table: string; readonly lead: string; readonly column: string; readonly before: number };

/** What `prune` walks. Heads go before what they number: a head that is gone starts again with no older row left. */
export const walks = (dialect: Dialect['name'], now: number): readonly Walk[] => [
  ...(dialect === 'postgres' ? [{ table: 'activity_heads', lead: 'key', column: 'at', before: now - retention.activity }] : []),
  { table: 'activity', lead: 'key', column: 'at', before: now - retention.activity },
  { table: 'seen', lead: 'key', column: 'last_at', before: now - retention.seen },
  { table: 'records', lead: 'key', column: 'until', before: now },
];

/** Removes the dead among the rows after `after`, and answers where to go on; undefined at the end. */
export function* pruneStride(build: Builder, { table, lead, column, before }: Walk, after: string): Unit<string | undefined> {
  const [t, key, at] = [sql.table(table), sql.ref(lead), sql.ref(column)];
  const plain = <Row>(statement: RawBuilder<Row>) => rowsOf({ compile: () => statement.compile(build) });
  const [bound] = yield* plain(
    sql<{
      readonly until: string;
    }>`SELECT ${key} AS until FROM ${t} WHERE ${key} > ${after} ORDER BY ${key} LIMIT 1 OFFSET ${sql.lit(stride)}`,
  );
  const upTo = bound ? sql`AND ${key} <= ${bound.until}` : sql``;
  yield* plain(sql`DELETE FROM ${t} WHERE ${key} > ${after} ${upTo} AND ${at} < ${before}`);
  return bound?.until;
}

/** Forgets which users a rule was counted for, once its day is over for good. */
export function* pruneRuleDayUsers(build: Builder, now: number): Unit<void> {
  const before = new Date(now - retention.ruleDayUsers).toISOString().slice(0, 10);
  const actions = yield* rowsOf(build.selectFrom('rule_days').select('action').distinct());
  for (const { action } of actions)
    yield* rowsOf(build.deleteFrom('rule_day_users').where('action', '=', action).where('day', '<', before));
}

/** Forgets deliveries that are old, and those of webhooks that are gone. */
export function* pruneDeliveries(build: Builder, now: number): Unit<void> {
  const old = yield* rowsOf(
    build
      .selectFrom('deliveries')
      .select(['webhook_id', 'id'])
      .where('created_at', '<', now - retention.deliveries)
      .orderBy('created_at')
      .limit(stride),
  );
  for (const [webhookId, rows] of Map.groupBy(old, ({ webhook_id }) => webhook_id))
    yield* rowsOf(
      build
        .deleteFrom('deliveries')
        .where('webhook_id', '=', webhookId)
        .where(
          'id',
          'in',
          rows.map(({ id }) => id),
        ),
    );
  const gone = yield* rowsOf(build.selectFrom('documents').select('id').where('kind', '=', 'webhook').where('deleted', '=', 1));
  for (const { id } of gone) yield* rowsOf(build.deleteFrom('deliveries').where('webhook_id', '=', id));
}
