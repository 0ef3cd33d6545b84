import type { Dialect } from './dialect.ts';

/** Words of a table definition that differ between the databases. */
type Words = { readonly text: string; readonly integer: string; readonly clustered: string; readonly postgres: boolean };

const words: Readonly<Record<Dialect['name'], Words>> = {
  sqlite: { text: 'TEXT', integer: 'INTEGER', clustered: ' WITHOUT ROWID', postgres: false },
  postgres: { text: 'text COLLATE "C"', integer: 'bigint', clustered: '', postgres: true },
};

/** A step forward; once released it never changes. Newer code and older code both read what it makes. */
type Migration = { readonly id: number; readonly statements: (words: Words) => readonly string[] };

const first: Migration = {
  id: 1,
  statements: ({ text, integer, clustered, postgres }) => [
    `CREATE TABLE users (user_id ${text} NOT NULL PRIMARY KEY, username ${text}, email ${text}, phone_number ${text},
       created_at ${integer} NOT NULL, rev ${integer} NOT NULL, doc ${text} NOT NULL)`,
    'CREATE INDEX users_username ON users (username) WHERE username IS NOT NULL',
    'CREATE INDEX users_email ON users (email) WHERE email IS NOT NULL',
    'CREATE INDEX users_phone_number ON users (phone_number) WHERE phone_number IS NOT NULL',
    // INVARIANT: a WebAuthn credential is one user's; written with its user, so that it is never known without him.
    `CREATE TABLE credentials (credential_id ${text} NOT NULL PRIMARY KEY, user_id ${text} NOT NULL)`,
    'CREATE INDEX credentials_of_user ON credentials (user_id)',
    `CREATE TABLE instances (user_id ${text} NOT NULL, action ${text} NOT NULL, idempotency_key ${text} NOT NULL,
       instance_id ${text} NOT NULL, state ${text} NOT NULL, outcome ${text} NOT NULL, rule_id ${text},
       degraded ${integer} NOT NULL, consumed ${integer} NOT NULL, created_at ${integer} NOT NULL, rev ${integer} NOT NULL,
       doc ${text} NOT NULL, PRIMARY KEY (user_id, action, idempotency_key))`,
    // On SQLite a user's instances are found by the key and sorted: one more index would cost every track a page.
    ...(postgres ? ['CREATE INDEX instances_of_user ON instances (user_id, created_at)'] : []),
    'CREATE UNIQUE INDEX instances_by_id ON instances (instance_id)',
    'CREATE INDEX instances_by_time ON instances (created_at)',
    "CREATE INDEX instances_under_review ON instances (created_at) WHERE state = 'REVIEW_REQUIRED'",
    "CREATE INDEX instances_approved ON instances (user_id, action, created_at) WHERE state = 'REVIEW_SUCCEEDED' AND consumed = 0",
    `CREATE TABLE activity (key ${text} NOT NULL, at ${integer} NOT NULL, n ${integer} NOT NULL, PRIMARY KEY (key, at, n))${clustered}`,
    ...(postgres ? [`CREATE TABLE activity_heads (key ${text} NOT NULL PRIMARY KEY, at ${integer} NOT NULL, n ${integer} NOT NULL)`] : []),
    `CREATE TABLE seen (key ${text} NOT NULL, subject ${text} NOT NULL, last_at ${integer} NOT NULL, PRIMARY KEY (key, subject))${clustered}`,
    'CREATE INDEX seen_by_time ON seen (key, last_at, subject)',
    `CREATE TABLE records (key ${text} NOT NULL PRIMARY KEY, rev ${integer} NOT NULL, until ${integer} NOT NULL, doc ${text} NOT NULL)`,
    `CREATE TABLE documents (kind ${text} NOT NULL, id ${text} NOT NULL, revision ${integer} NOT NULL, deleted ${integer} NOT NULL,
       body ${text} NOT NULL, PRIMARY KEY (kind, id))`,
    'CREATE INDEX documents_by_revision ON documents (revision)',
    `CREATE TABLE tenant_revision (id ${integer} NOT NULL PRIMARY KEY, revision ${integer} NOT NULL)`,
    'INSERT INTO tenant_revision (id, revision) VALUES (1, 0)',
    `CREATE TABLE policy_versions (action ${text} NOT NULL, version ${integer} NOT NULL, at ${integer} NOT NULL, body ${text} NOT NULL,
       PRIMARY KEY (action, version))`,
    `CREATE TABLE rule_days (action ${text} NOT NULL, day ${text} NOT NULL, rule_id ${text} NOT NULL, evaluated ${integer} NOT NULL,
       matched ${integer} NOT NULL, unknown ${integer} NOT NULL, errors ${integer} NOT NULL, decides_alone ${integer} NOT NULL,
       wins ${integer} NOT NULL, changes ${integer} NOT NULL, users ${integer} NOT NULL, last_matched_at ${integer},
       PRIMARY KEY (action, day, rule_id))`,
    `CREATE TABLE rule_day_users (action ${text} NOT NULL, day ${text} NOT NULL, rule_id ${text} NOT NULL, user_hash ${text} NOT NULL,
       PRIMARY KEY (action, day, rule_id, user_hash))${clustered}`,
    `CREATE TABLE audit (id ${text} NOT NULL PRIMARY KEY, at ${integer} NOT NULL, actor ${text} NOT NULL, what ${text} NOT NULL,
       subject ${text} NOT NULL, detail ${text})`,
    'CREATE INDEX audit_by_actor ON audit (actor, id)',
    'CREATE INDEX audit_by_subject ON audit (subject, id)',
    `CREATE TABLE outbox (id ${text} NOT NULL PRIMARY KEY, type ${text} NOT NULL, at ${integer} NOT NULL, data ${text} NOT NULL)${clustered}`,
    `CREATE TABLE provider_state (model ${text} NOT NULL, id_hash ${text} NOT NULL, sealed ${text} NOT NULL, grant_hash ${text},
       uid_hash ${text}, account_hash ${text}, expires_at ${integer}, consumed_at ${integer}, PRIMARY KEY (id_hash, model))`,
    // INVARIANT: a session has one id at a time, however many requests give it a new one at once.
    'CREATE UNIQUE INDEX provider_state_by_uid ON provider_state (model, uid_hash) WHERE uid_hash IS NOT NULL',
    'CREATE INDEX provider_state_of_grant ON provider_state (grant_hash) WHERE grant_hash IS NOT NULL',
    'CREATE INDEX provider_state_of_account ON provider_state (account_hash) WHERE account_hash IS NOT NULL',
    'CREATE INDEX provider_state_by_expiry ON provider_state (expires_at) WHERE expires_at IS NOT NULL',
  ],
};

const webhookDeliveries: Migration = {
  id: 2,
  statements: ({ text, integer }) => [
    `CREATE TABLE deliveries (webhook_id ${text} NOT NULL, id ${text} NOT NULL, type ${text} NOT NULL, state ${text} NOT NULL,
       created_at ${integer} NOT NULL, due_at ${integer} NOT NULL, tries ${integer} NOT NULL, last_at ${integer},
       last_status ${integer}, last_reason ${text}, body ${text} NOT NULL, PRIMARY KEY (webhook_id, id))`,
    "CREATE INDEX deliveries_due ON deliveries (webhook_id, due_at) WHERE state = 'pending'",
    'CREATE INDEX deliveries_by_time ON deliveries (created_at)',
  ],
};

const signalNames: Migration = {
  id: 3,
  statements: ({ text, clustered }) => [`CREATE TABLE signal_names (id ${text} NOT NULL PRIMARY KEY, names ${text} NOT NULL)${clustered}`],
};

const migrations: readonly Migration[] = [first, webhookDeliveries, signalNames];

/** Statements of every migration, in order, for one database. */
export const migrationsFor = (name: Dialect['name']): readonly { readonly id: number; readonly statements: readonly string[] }[] =>
  migrations.map(({ id, statements }) => ({ id, statements: statements(words[name]) }));
