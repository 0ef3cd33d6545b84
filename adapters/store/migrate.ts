import type { Dialect } from './dialect.ts';
import { migrationsFor } from './migrations.ts';
import { run, runPatiently, type Unit } from './unit.ts';

/** Tables that the migrations themselves need; repeatable. */
export function* prepareMigrations(): Unit<void> {
  yield* run('CREATE TABLE IF NOT EXISTS migration_lock (id INTEGER NOT NULL PRIMARY KEY)');
  yield* run('CREATE TABLE IF NOT EXISTS migrations (id INTEGER NOT NULL PRIMARY KEY, at BIGINT NOT NULL)');
  yield* run('INSERT INTO migration_lock (id) VALUES (1) ON CONFLICT (id) DO NOTHING');
}

/** Applies what is missing, all or nothing; another node that starts at the same time waits at the lock row, then finds it done. */
export function* applyMigrations(dialect: Dialect['name'], now: number): Unit<void> {
  if (dialect === 'postgres') {
    yield* run("SET LOCAL lock_timeout = '60s'");
    yield* run("SET LOCAL statement_timeout = '300s'");
    yield* runPatiently('SELECT id FROM migration_lock WHERE id = 1 FOR UPDATE');
  }
  const applied = new Set((yield* run('SELECT id FROM migrations')).map((row) => (row as { readonly id: number }).id));
  for (const { id, statements } of migrationsFor(dialect)) {
    if (applied.has(id)) continue;
    for (const statement of statements) yield* runPatiently(statement);
    yield* run(`INSERT INTO migrations (id, at) VALUES (${id}, ${Math.trunc(now)})`);
  }
}
