import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** How long another process that holds the write lock is waited for, milliseconds. */
export const writerTimeout = 5_000;

/**
 * Takes up write-ahead logging. For this one change SQLite does not itself wait for another process that makes it at the same
 * moment, but fails at once.
 */
const enterWal = (db: DatabaseSync): void => {
  const until = performance.now() + writerTimeout;
  for (;;) {
    try {
      db.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
};

/** Opens (and, with its folder, creates) the database for writing. */
export const openWriter = (path: string): DatabaseSync => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(path, { timeout: writerTimeout });
  enterWal(db);
  for (const pragma of [
    'synchronous = FULL',
    'temp_store = MEMORY',
    'cache_size = -16384',
    // Checkpoints are made beside the event loop (checkpoints.ts).
    'wal_autocheckpoint = 0',
  ])
    db.exec(`PRAGMA ${pragma}`);
  return db;
};

/** A second connection that sees what is committed. */
export const openReader = (path: string): DatabaseSync => {
  const db = new DatabaseSync(path, { timeout: writerTimeout, readOnly: true });
  db.exec('PRAGMA cache_size = -16384');
  return db;
};
