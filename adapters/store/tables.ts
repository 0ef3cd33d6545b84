import type { Columns } from './dialect.ts';

/** A table that transactions write by insert-or-replace; the statement is generated from this. */
export type Table = {
  readonly name: string;
  readonly columns: Columns;
  readonly key: readonly string[];
  /** What a row that is there already takes over; absent: it is left alone. */
  readonly set?: Readonly<Record<string, string>>;
  /** Condition for taking over; `was` is the stored row, `excluded` the new one. */
  readonly when?: string;
};

const taken = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, `excluded.${name}`]));

export const tables = {
  users: {
    name: 'users',
    columns: { user_id: 'text', username: 'text', email: 'text', phone_number: 'text', created_at: 'bigint', rev: 'bigint', doc: 'text' },
    key: ['user_id'],
    set: taken('username', 'email', 'phone_number', 'created_at', 'rev', 'doc'),
    // INVARIANT: a row is replaced only by who has read its present revision; anything else has lost a race and runs again.
    when: 'users.rev = excluded.rev - 1',
  },
  credentials: {
    name: 'credentials',
    columns: { credential_id: 'text', user_id: 'text' },
    key: ['credential_id'],
  },
  instances: {
    name: 'instances',
    columns: {
      user_id: 'text',
      action: 'text',
      idempotency_key: 'text',
      instance_id: 'text',
      state: 'text',
      outcome: 'text',
      rule_id: 'text',
      degraded: 'bigint',
      consumed: 'bigint',
      created_at: 'bigint',
      rev: 'bigint',
      doc: 'text',
    },
    key: ['user_id', 'action', 'idempotency_key'],
    set: {
      ...taken('state', 'outcome', 'rule_id', 'degraded', 'consumed', 'doc'),
      rev: 'instances.rev + 1',
    },
    // INVARIANT: as for users; 0 stands for an instance that this unit of work has not read (its user's lock alone guards it).
    when: 'excluded.rev = instances.rev + 1 OR excluded.rev = 0',
  },
  signal_names: {
    name: 'signal_names',
    columns: { id: 'text', names: 'text' },
    key: ['id'],
  },
  seen: {
    name: 'seen',
    columns: { key: 'text', subject: 'text', last_at: 'bigint' },
    key: ['key', 'subject'],
    set: taken('last_at'),
    // A subject seen again within a minute stays as it is: of windows of an hour and more that is little, and most tracks write no page.
    when: 'seen.last_at <= excluded.last_at - 60000',
  },
  outbox: {
    name: 'outbox',
    columns: { id: 'text', type: 'text', at: 'bigint', data: 'text' },
    key: ['id'],
  },
} as const satisfies Record<string, Table>;
