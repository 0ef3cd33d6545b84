import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { Dialect } from './dialect.ts';

type RuleDayRow = {
  action: string;
  rule_id: string;
  day: string;
  evaluated: number;
  matched: number;
  unknown: number;
  errors: number;
  decides_alone: number;
  wins: number;
  changes: number;
  users: number;
  last_matched_at: number | null;
};

/** Tables as Kysely sees them; those that only compiled statements touch are left out. */
export type Database = {
  users: { user_id: string; username: string | null; email: string | null; phone_number: string | null; doc: string };
  instances: {
    user_id: string;
    action: string;
    idempotency_key: string;
    instance_id: string;
    state: string;
    outcome: string;
    rule_id: string | null;
    degraded: number;
    created_at: number;
    doc: string;
  };
  activity: { key: string; at: number; n: number };
  activity_heads: { key: string; at: number; n: number };
  seen: { key: string; subject: string; last_at: number };
  records: { key: string; rev: number; until: number; doc: string };
  documents: { kind: string; id: string; revision: number; deleted: number; body: string };
  tenant_revision: { id: number; revision: number };
  policy_versions: { action: string; version: number; at: number; body: string };
  rule_days: RuleDayRow;
  rule_day_users: { action: string; rule_id: string; day: string; user_hash: string };
  audit: { id: string; at: number; actor: string; what: string; subject: string; detail: string | null };
  outbox: { id: string; type: string; at: number; data: string };
  deliveries: {
    webhook_id: string;
    id: string;
    type: string;
    state: string;
    created_at: number;
    due_at: number;
    tries: number;
    last_at: number | null;
    last_status: number | null;
    last_reason: string | null;
    body: string;
  };
  provider_state: {
    model: string;
    id_hash: string;
    sealed: string;
    grant_hash: string | null;
    uid_hash: string | null;
    account_hash: string | null;
    expires_at: number | null;
    consumed_at: number | null;
  };
};

/** Builds statements and runs none. */
export type Builder = Kysely<Database>;

const dialects = {
  sqlite: { adapter: SqliteAdapter, introspector: SqliteIntrospector, compiler: SqliteQueryCompiler },
  postgres: { adapter: PostgresAdapter, introspector: PostgresIntrospector, compiler: PostgresQueryCompiler },
} as const;

export const builderFor = (name: Dialect['name']): Builder => {
  const parts = dialects[name];
  return new Kysely<Database>({
    dialect: {
      createAdapter: () => new parts.adapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new parts.introspector(db),
      createQueryCompiler: () => new parts.compiler(),
    },
  });
};
