import type { Columns, Keys } from './dialect.ts';
import { template } from './statement.ts';

/** Windows that one row of `counts` answers; a query with more takes several rows. */
export const windowsPerRow = 3;

const newestFirst = 'ORDER BY created_at DESC, instance_id DESC';

const instances = <C extends Columns>(columns: C, where: (of: Keys<C>['of']) => string) =>
  template(
    columns,
    ({ of, position, each }) => `SELECT ${position}, t.rev, t.doc FROM ${each} (SELECT rev, doc FROM instances WHERE ${where(of)}) t`,
  );

const newestNumber = (key: string) => `(SELECT n FROM activity WHERE key = ${key} ORDER BY at DESC, n DESC LIMIT 1)`;
const firstNumber = (key: string, since: string) => `(SELECT n FROM activity WHERE key = ${key} AND at > ${since} ORDER BY at, n LIMIT 1)`;

/** What transactions and single look-ups read. */
export const reads = {
  revision: template({}, () => 'SELECT 0, revision FROM tenant_revision'),
  user: template(
    { user_id: 'text' },
    ({ of, position, each }) =>
      `SELECT ${position}, t.rev, t.doc FROM ${each} (SELECT rev, doc FROM users WHERE user_id = ${of.user_id}) t`,
  ),
  instance: instances(
    { user_id: 'text', action: 'text', idempotency_key: 'text' },
    (of) => `user_id = ${of.user_id} AND action = ${of.action} AND idempotency_key = ${of.idempotency_key}`,
  ),
  approvals: instances(
    { user_id: 'text', action: 'text' },
    (of) => `user_id = ${of.user_id} AND action = ${of.action} AND state = 'REVIEW_SUCCEEDED' AND consumed = 0 ${newestFirst} LIMIT 20`,
  ),
  /** The newest number of a key, and the first after each time: their distance is the count of that window. */
  counts: template(
    { key: 'text', a: 'bigint', b: 'bigint', c: 'bigint' },
    ({ of, position, from }) =>
      `SELECT ${position}, ${newestNumber(of.key)}, ${[of.a, of.b, of.c].map((since) => firstNumber(of.key, since)).join(', ')} ${from}`,
  ),
  /** The subjects but one, and whether that one is there too. */
  distinct: template(
    { key: 'text', since: 'bigint', other: 'text' },
    ({ of, position, from }) => `SELECT ${position}, (SELECT count(*) FROM (
      SELECT 1 FROM seen WHERE key = ${of.key} AND last_at > ${of.since} AND subject IS DISTINCT FROM ${of.other} LIMIT 1000) s),
      (SELECT count(*) FROM seen WHERE key = ${of.key} AND subject = ${of.other} AND last_at > ${of.since}) ${from}`,
  ),
  credentialOwner: template(
    { credential_id: 'text' },
    ({ of, position, each }) => `SELECT ${position}, t.user_id
      FROM ${each} (SELECT user_id FROM credentials WHERE credential_id = ${of.credential_id}) t`,
  ),
  signalNames: template(
    { id: 'text' },
    ({ of, position, each }) => `SELECT ${position}, t.names FROM ${each} (SELECT names FROM signal_names WHERE id = ${of.id}) t`,
  ),
  locate: template(
    { instance_id: 'text' },
    ({ of, position, each }) => `SELECT ${position}, t.user_id, t.action, t.idempotency_key
      FROM ${each} (SELECT user_id, action, idempotency_key FROM instances WHERE instance_id = ${of.instance_id}) t`,
  ),
} as const;

export type ReadName = keyof typeof reads;
