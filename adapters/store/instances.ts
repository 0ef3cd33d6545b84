import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { Instance } from '../../core/index.ts';
import type { InstanceQuery } from '../../core/ports/store.ts';
import type { Builder, Database } from './schema.ts';
import { rowsOf, type Unit } from './unit.ts';

const conditions = (query: InstanceQuery, eb: ExpressionBuilder<Database, 'instances'>): Expression<SqlBool>[] => {
  const equal = { user_id: query.userId, action: query.action, state: query.state, outcome: query.outcome, rule_id: query.ruleId } as const;
  const all: Expression<SqlBool>[] = Object.entries(equal)
    .filter(([, value]) => value !== undefined)
    .map(([column, value]) => eb(column as keyof typeof equal, '=', value ?? ''));
  if (query.degraded !== undefined) all.push(eb('degraded', '=', query.degraded ? 1 : 0));
  if (query.actions) all.push(eb('action', 'in', query.actions));
  if (query.from !== undefined) all.push(eb('created_at', '>=', query.from));
  if (query.to !== undefined) all.push(eb('created_at', '<=', query.to));
  if (query.after) {
    const { createdAt, instanceId } = query.after;
    const beyond = query.order === 'newest' ? '<' : '>';
    all.push(eb(eb.refTuple('created_at', 'instance_id'), beyond, eb.tuple(createdAt, instanceId)));
  }
  return all;
};

/** A page of instances; pages stay put while others are added, since a page begins after a row and not after a number of rows. */
export function* findInstances(build: Builder, query: InstanceQuery): Unit<readonly Instance[]> {
  if (query.actions?.length === 0) return [];
  const direction = query.order === 'newest' ? 'desc' : 'asc';
  const rows = yield* rowsOf(
    build
      .selectFrom('instances')
      .select('doc')
      .where((eb) => eb.and(conditions(query, eb)))
      .orderBy('created_at', direction)
      .orderBy('instance_id', direction)
      .limit(query.limit),
  );
  return rows.map((row) => JSON.parse(row.doc));
}
