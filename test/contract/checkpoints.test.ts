import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startCheckpoints } from '../../adapters/store/sqlite/checkpoints.ts';
import { openWriter } from '../../adapters/store/sqlite/open.ts';

const page = 4096;
/** As in use, but small: other tests share the disk. */
const limits = { threadFrom: 16 * page, restartFrom: 64 };

describe('the write-ahead log', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stepward-checkpoints-'));
    path = join(folder, 'stepward.db');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Commits so many rows of eight pages, one by one, telling of each. */
  const write = async (db: DatabaseSync, rows: number, note: () => void): Promise<void> => {
    const insert = db.prepare('INSERT INTO t (text) VALUES (?)');
    for (let n = 0; n < rows; n += 1) {
      insert.run('x'.repeat(8 * page));
      note();
      await new Promise((done) => setTimeout(done, 25));
    }
  };

  it('is copied into the database while commits go on, and begun anew when it is long', async () => {
    const db = openWriter(path);
    db.exec('CREATE TABLE t (text TEXT)');
    const checkpoints = startCheckpoints(path, db, limits);
    await write(db, 80, checkpoints.noteCommit);
    await expect.poll(() => statSync(path).size, { timeout: 20_000 }).toBeGreaterThan(400 * page);
    // more than 640 pages were written; a log that is never begun anew would hold them all
    expect(statSync(`${path}-wal`).size).toBeLessThan(500 * page);
    await checkpoints.close();
    db.close();
  });

  it('loses nothing over it', async () => {
    const db = openWriter(path);
    db.exec('CREATE TABLE t (text TEXT)');
    const checkpoints = startCheckpoints(path, db, limits);
    await write(db, 20, checkpoints.noteCommit);
    await checkpoints.close();
    db.close();
    const again = new DatabaseSync(path);
    expect(again.prepare('SELECT count(*) AS rows FROM t').get()?.rows).toBe(20);
    again.close();
  });

  // Each wait for the reader would take the five seconds of the writer's patience: the test would not end in time.
  it('does not keep commits waiting while another process reads for long', { timeout: 20_000 }, async () => {
    const db = openWriter(path);
    db.exec('CREATE TABLE t (text TEXT)');
    const checkpoints = startCheckpoints(path, db, limits);
    await write(db, 10, checkpoints.noteCommit);
    const backup = new DatabaseSync(path);
    backup.exec('BEGIN; SELECT count(*) FROM t');
    await write(db, 80, checkpoints.noteCommit);
    backup.close();
    await checkpoints.close();
    expect(db.prepare('SELECT count(*) AS rows FROM t').get()?.rows).toBe(90);
    db.close();
  });
});
