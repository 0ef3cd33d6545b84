import type { Dialect } from './dialect.ts';
import { type Template, template } from './statement.ts';
import { type Table, tables } from './tables.ts';

const put = <T extends Table>(table: T): Template<T['columns']> =>
  template(table.columns, ({ rows }) => {
    const { name, columns, key, set, when }: Table = table;
    const into = `INSERT INTO ${name} (${Object.keys(columns).join(', ')}) ${rows} ON CONFLICT (${key.join(', ')})`;
    if (set === undefined) return `${into} DO NOTHING`;
    const assignments = Object.entries(set).map(([column, sql]) => `${column} = ${sql}`);
    return `${into} DO UPDATE SET ${assignments.join(', ')}${when === undefined ? '' : ` WHERE ${when}`}`;
  });

const erase = (table: string) =>
  template({ user_id: 'text' }, ({ of, from }) => `DELETE FROM ${table} WHERE user_id IN (SELECT ${of.user_id} ${from})`);

/**
 * A counted event gets the number after its key's newest and no earlier time than that one; so a window is counted by two
 * seeks, however much is stored. `times` is how many events a row stands for (one on SQLite).
 */
const counting: Readonly<Record<Dialect['name'], (rows: string) => string>> = {
  sqlite: () =>
    `INSERT INTO activity (key, at, n) VALUES (?1,
       max(?2, coalesce((SELECT at FROM activity WHERE key = ?1 ORDER BY at DESC, n DESC LIMIT 1), ?2)),
       coalesce((SELECT n FROM activity WHERE key = ?1 ORDER BY at DESC, n DESC LIMIT 1), 0) + ?3)`,
  // INVARIANT: numbers of a key are given out under its row of `activity_heads`, since several nodes count at once.
  postgres: (rows) =>
    `WITH head AS (
       INSERT INTO activity_heads (key, at, n) ${rows}
       ON CONFLICT (key) DO UPDATE SET n = activity_heads.n + excluded.n, at = greatest(activity_heads.at, excluded.at)
       RETURNING key, at, n)
     INSERT INTO activity (key, at, n)
     SELECT head.key, head.at, head.n - back FROM head
     JOIN unnest($1::text[], $3::bigint[]) AS counted(key, times) ON counted.key = head.key
     CROSS JOIN LATERAL generate_series(0, counted.times - 1) AS back`,
};

/** What transactions write, in the order in which a batch writes it. */
export const writes = {
  eraseInstances: erase('instances'),
  eraseUser: erase('users'),
  eraseCredentials: erase('credentials'),
  dropCredential: template(
    { credential_id: 'text', user_id: 'text' },
    ({ of, from }) => `DELETE FROM credentials WHERE (credential_id, user_id) IN (SELECT ${of.credential_id}, ${of.user_id} ${from})`,
  ),
  /** A user whose searchable columns stay as they are: no index is touched. */
  touchUser: template(
    { user_id: 'text', rev: 'bigint', doc: 'text' },
    ({ of, from }) =>
      `UPDATE users SET rev = ${of.rev}, doc = ${of.doc} ${from} WHERE users.user_id = ${of.user_id} AND users.rev = ${of.rev} - 1`,
  ),
  putUser: put(tables.users),
  putCredential: put(tables.credentials),
  putInstance: put(tables.instances),
  nameSignals: put(tables.signal_names),
  count: template({ key: 'text', at: 'bigint', times: 'bigint' }, ({ rows }, dialect) => counting[dialect.name](rows)),
  see: put(tables.seen),
  emit: put(tables.outbox),
} as const;

export type WriteName = keyof typeof writes;
export const writeOrder = Object.keys(writes) as readonly WriteName[];
/** A row that was not written as expected: somebody else has written it since it was read. */
export const guarded: ReadonlySet<WriteName> = new Set(['touchUser', 'putUser', 'putInstance']);
