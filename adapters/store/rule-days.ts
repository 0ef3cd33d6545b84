import { sql } from 'kysely';
import type { RuleDay, RuleDayDelta, Store } from '../../core/ports/store.ts';
import type { Builder } from './schema.ts';
import { rowsOf, type Unit } from './unit.ts';

const counters = ['evaluated', 'matched', 'unknown', 'errors', 'decides_alone', 'wins', 'changes', 'users'] as const;

/** Users of a rule and day that were not counted before; they are counted now. */
function* newUsers(build: Builder, { action, ruleId, day, matchedUsers }: RuleDayDelta): Unit<number> {
  let users = 0;
  for (const user_hash of [...new Set(matchedUsers)].sort()) {
    const added = yield* rowsOf(
      build
        .insertInto('rule_day_users')
        .values({ action, day, rule_id: ruleId, user_hash })
        .onConflict((conflict) => conflict.doNothing())
        .returning('day'),
    );
    users += added.length;
  }
  return users;
}

/** Adds increments, rule by rule in one order, so that two nodes never wait for each other in a circle. */
export function* addRuleDays(build: Builder, deltas: readonly RuleDayDelta[]): Unit<void> {
  const name = ({ action, day, ruleId }: RuleDayDelta) => JSON.stringify([action, day, ruleId]);
  for (const delta of deltas.toSorted((a, b) => (name(a) < name(b) ? -1 : 1))) {
    const { action, ruleId, day, evaluated, matched, unknown, errors, decidesAlone, wins, changes, lastMatchedAt } = delta;
    const users = yield* newUsers(build, delta);
    yield* rowsOf(
      build
        .insertInto('rule_days')
        .values({
          ...{ action, day, rule_id: ruleId, evaluated, matched, unknown, errors, decides_alone: decidesAlone, wins, changes, users },
          last_matched_at: lastMatchedAt ?? null,
        })
        .onConflict((conflict) =>
          conflict.columns(['action', 'day', 'rule_id']).doUpdateSet({
            ...Object.fromEntries(counters.map((name) => [name, sql`${sql.ref(`rule_days.${name}`)} + ${sql.ref(`excluded.${name}`)}`])),
            last_matched_at: sql<
              number | null
            >`CASE WHEN rule_days.last_matched_at IS NULL OR excluded.last_matched_at > rule_days.last_matched_at
              THEN excluded.last_matched_at ELSE rule_days.last_matched_at END`,
          }),
        ),
    );
  }
}

/** Counts of an action's rules, by day and rule, both days included. */
export function* findRuleDays(build: Builder, query: Parameters<Store['ruleDays']>[0]): Unit<readonly RuleDay[]> {
  const rows = yield* rowsOf(
    build
      .selectFrom('rule_days')
      .selectAll()
      .where('action', '=', query.action)
      .where('day', '>=', query.fromDay)
      .where('day', '<=', query.toDay)
      .orderBy('day')
      .orderBy('rule_id'),
  );
  return rows.map(({ rule_id, decides_alone, last_matched_at, ...rest }) => ({
    ...rest,
    ruleId: rule_id,
    decidesAlone: decides_alone,
    ...(last_matched_at === null ? {} : { lastMatchedAt: last_matched_at }),
  }));
}
