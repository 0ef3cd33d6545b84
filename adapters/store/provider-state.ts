import type { ProviderRow, ProviderState } from '../../core/ports/provider-state.ts';
import type { Driver } from './driver.ts';
import type { Builder, Database } from './schema.ts';
import { rowsOf, type Unit } from './unit.ts';

type Row = Database['provider_state'];

const stored = ({ model, idHash, sealed, grantHash, uidHash, accountHash, expiresAt, consumedAt }: ProviderRow): Row => ({
  ...{ model, id_hash: idHash, sealed, grant_hash: grantHash ?? null, uid_hash: uidHash ?? null },
  ...{ account_hash: accountHash ?? null, expires_at: expiresAt ?? null, consumed_at: consumedAt ?? null },
});

const shown = ({ model, id_hash, sealed, grant_hash, uid_hash, account_hash, expires_at, consumed_at }: Row): ProviderRow => ({
  ...{ model, idHash: id_hash, sealed },
  ...(grant_hash !== null && { grantHash: grant_hash }),
  ...(uid_hash !== null && { uidHash: uid_hash }),
  ...(account_hash !== null && { accountHash: account_hash }),
  ...(expires_at !== null && { expiresAt: expires_at }),
  ...(consumed_at !== null && { consumedAt: consumed_at }),
});

/** What a row that is there already takes over; it stays consumed. */
const taken = ['id_hash', 'sealed', 'grant_hash', 'uid_hash', 'account_hash', 'expires_at'] as const;

function* put(build: Builder, row: ProviderRow): Unit<void> {
  yield* rowsOf(
    build
      .insertInto('provider_state')
      .values(stored(row))
      .onConflict((conflict) =>
        (row.uidHash === undefined
          ? conflict.columns(['id_hash', 'model'])
          : conflict.columns(['model', 'uid_hash']).where('uid_hash', 'is not', null)
        ).doUpdateSet((eb) => Object.fromEntries(taken.map((column) => [column, eb.ref(`excluded.${column}`)]))),
      ),
  );
}

function* replace(build: Builder, row: ProviderRow): Unit<boolean> {
  const { model, id_hash, consumed_at: _, ...rest } = stored(row);
  const rows = yield* rowsOf(
    build.updateTable('provider_state').set(rest).where('id_hash', '=', id_hash).where('model', '=', model).returning('model'),
  );
  return rows.length === 1;
}

/** INVARIANT: of any number that insert one id at once, the database itself lets one through. */
function* insert(build: Builder, row: ProviderRow, now: number): Unit<boolean> {
  const written = yield* rowsOf(
    build
      .insertInto('provider_state')
      .values(stored(row))
      .onConflict((conflict) =>
        conflict
          .columns(['id_hash', 'model'])
          .doUpdateSet((eb) => Object.fromEntries([...taken, 'consumed_at' as const].map((name) => [name, eb.ref(`excluded.${name}`)])))
          .where('provider_state.expires_at', '<=', now),
      )
      .returning('provider_state.model'),
  );
  return written.length === 1;
}

function* rowsWhere(build: Builder, model: string, column: 'id_hash' | 'uid_hash' | 'account_hash', value: string): Unit<ProviderRow[]> {
  return (yield* rowsOf(build.selectFrom('provider_state').selectAll().where(column, '=', value).where('model', '=', model))).map(shown);
}

/** INVARIANT: found unconsumed and made consumed by one statement, so that one caller alone is told so. */
function* consume(build: Builder, model: string, idHash: string, at: number): Unit<boolean> {
  const rows = yield* rowsOf(
    build
      .updateTable('provider_state')
      .set({ consumed_at: at })
      .where('id_hash', '=', idHash)
      .where('model', '=', model)
      .where('consumed_at', 'is', null)
      .returning('model'),
  );
  return rows.length === 1;
}

function* take(build: Builder, model: string, idHash: string): Unit<ProviderRow | undefined> {
  const [row] = yield* rowsOf(build.deleteFrom('provider_state').where('id_hash', '=', idHash).where('model', '=', model).returningAll());
  return row && shown(row);
}

function* removeGrant(build: Builder, grantHash: string): Unit<void> {
  yield* rowsOf(build.deleteFrom('provider_state').where('grant_hash', '=', grantHash));
}

function* removeByAccount(build: Builder, models: readonly string[], accountHash: string): Unit<void> {
  if (models.length === 0) return;
  yield* rowsOf(build.deleteFrom('provider_state').where('account_hash', '=', accountHash).where('model', 'in', models));
}

/** Rows removed in one statement: others must not wait long for it. */
const stride = 500;

/** Removes the oldest of what is past its time; answers whether there may be more. */
export function* pruneProviderState(build: Builder, now: number): Unit<boolean> {
  const expired = build.selectFrom('provider_state').select('expires_at').where('expires_at', '<', now);
  const [bound] = yield* rowsOf(
    expired
      .orderBy('expires_at')
      .limit(1)
      .offset(stride - 1),
  );
  yield* rowsOf(build.deleteFrom('provider_state').where('expires_at', bound ? '<=' : '<', bound?.expires_at ?? now));
  return bound !== undefined;
}

/** Every call is one statement, so that each is a whole or nothing however many nodes make it. */
export const providerStateOver = ({ read, single }: Driver, build: Builder, now: () => number): ProviderState => ({
  put: (row) => single(() => put(build, row)),
  replace: (row) => single(() => replace(build, row)),
  insert: (row) => single(() => insert(build, row, now())),
  find: async (model, idHash) => (await read(() => rowsWhere(build, model, 'id_hash', idHash)))[0],
  findByUid: async (model, uidHash) => (await read(() => rowsWhere(build, model, 'uid_hash', uidHash)))[0],
  findByAccount: (model, accountHash) => read(() => rowsWhere(build, model, 'account_hash', accountHash)),
  consume: (model, idHash, at) => single(() => consume(build, model, idHash, at)),
  take: (model, idHash) => single(() => take(build, model, idHash)),
  remove: async (model, idHash) => void (await single(() => take(build, model, idHash))),
  removeGrant: (grantHash) => single(() => removeGrant(build, grantHash)),
  removeByAccount: (models, accountHash) => single(() => removeByAccount(build, models, accountHash)),
});
