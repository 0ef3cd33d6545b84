import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startCheckpoints } from '../../adapters/store/sqlite/checkpoints.ts';
import { openWriter } from '../../adapters/store/sqlite/open.ts';

const mebibyte = 2 ** 20;

describe('the write-ahead log', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stepward-checkpoints-'));
    path = join(folder, 'stepward.db');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Commits `megabytes` in transactions of one, telling of each. */
  const write = async (db: DatabaseSync, megabytes: number, note: () => void): Promise<void> => {
    const insert = db.prepare('INSERT INTO t (text) VALUES (?)');
    for (let n = 0; n < megabytes; n += 1) {
      insert.run('x'.repeat(mebibyte));
      note();
      await new Promise((done) => setTimeout(done, 15));
    }
  };

  it('is copied into the database while commits go on, and begun anew when it is long', async () => {
    const db = openWriter(path);
    db.exec('CREATE TABLE t (text TEXT)');
    const checkpoints = startCheckpoints(path, db);
    await write(db, 160, checkpoints.noteCommit);
    await expect.poll(() => statSync(path).size, { timeout: 20_000 }).toBeGreaterThan(100 * mebibyte);
    // 160 MiB were written; a log that is never begun anew would hold them all
    expect(statSync(`${path}-wal`).size).toBeLessThan(140 * mebibyte);
    await checkpoints.close();
    db.close();
  });

  it('loses nothing over it', async () => {
    const db = openWriter(path);
    db.exec('CREATE TABLE t (text TEXT)');
    const checkpoints = startCheckpoints(path, db);
    await write(db, 20, checkpoints.noteCommit);
    await checkpoints.close();
    db.close();
    const again = new DatabaseSync(path);
    expect(again.prepare('SELECT count(*) AS rows FROM t').get()?.rows).toBe(20);
    again.close();
  });

  // Each wait for the reader would take the five seconds of the writer's patience: the test would not end in time.
  it('does not keep commits waiting while another process reads for long', { timeout: 15_000 }, async () => {
    const db = openWriter(path);
    db.exec('CREATE TABLE t (text TEXT)');
    const checkpoints = startCheckpoints(path, db);
    await write(db, 70, checkpoints.noteCommit);
    const backup = new DatabaseSync(path);
    backup.exec('BEGIN; SELECT count(*) FROM t');
    await write(db, 100, checkpoints.noteCommit);
    backup.close();
    await checkpoints.close();
    expect(db.prepare('SELECT count(*) AS rows FROM t').get()?.rows).toBe(170);
    db.close();
  });
});
