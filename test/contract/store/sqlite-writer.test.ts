import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createStore } from '../../../adapters/store/create-store.ts';
import { LostRace } from '../../../adapters/store/failure.ts';
import { startWriter, type Writer } from '../../../adapters/store/sqlite/writer.ts';
import type { Store } from '../../../core/ports/store.ts';
import { ascending, aUser, fresh, upTo, uuidOf, write } from './builders.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stepward-writer-'));
  path = join(folder, 'store.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the writing thread', () => {
  let writer: Writer;
  const rowsAsOthersSee = (): number => {
    const db = new DatabaseSync(path, { readOnly: true });
    const rows = Number(db.prepare('SELECT count(*) AS rows FROM t').get()?.rows);
    db.close();
    return rows;
  };
  const insert = (n: number | string) => ({ sql: 'INSERT INTO t (n) VALUES (?)', parameters: [n] });
  beforeEach(async () => {
    writer = await startWriter(path);
    await writer.ask({ queries: [{ sql: 'CREATE TABLE t (n INTEGER NOT NULL PRIMARY KEY) STRICT', parameters: [] }] });
  });
  afterEach(() => writer.close());

  it('does tasks in the order in which they are asked for', async () => {
    const order: number[] = [];
    await Promise.all(upTo(20).map((n) => writer.ask({ begin: true, queries: [insert(n)], end: 'commit' }).then(() => order.push(n))));
    expect(order).toEqual(upTo(20));
    expect(rowsAsOthersSee()).toBe(20);
  });

  it('leaves nothing of a transaction whose task fails, and goes on', async () => {
    await writer.ask({ begin: true, queries: [insert(1)] });
    await expect(writer.ask({ queries: [insert('one')], end: 'commit' })).rejects.toMatchObject({ stage: 'work' });
    expect(rowsAsOthersSee()).toBe(0);
    await writer.ask({ begin: true, queries: [insert(2)], end: 'commit' });
    expect(rowsAsOthersSee()).toBe(1);
  });

  it('refuses what rests on rows that another connection has changed since', async () => {
    const { version } = await writer.ask({});
    await writer.ask({ begin: true, queries: [insert(1)], end: 'commit' });
    await writer.ask({ begin: true, since: version, queries: [insert(2)], end: 'commit' });
    const other = new DatabaseSync(path);
    other.exec('INSERT INTO t (n) VALUES (3)');
    other.close();
    await expect(writer.ask({ begin: true, since: version, queries: [insert(4)], end: 'commit' })).rejects.toThrow(LostRace);
    expect(rowsAsOthersSee()).toBe(3);
  });

  it('lets nobody between the tasks of one who is alone', async () => {
    const inside = writer.alone(async (ask) => {
      await ask({ begin: true, queries: [insert(1)] });
      await new Promise((done) => setTimeout(done, 50));
      await ask({ end: 'rollback' });
    });
    const beside = upTo(3).map((n) => writer.ask({ begin: true, queries: [insert(10 + n)], end: 'commit' }));
    await Promise.all([inside, ...beside]);
    expect(rowsAsOthersSee()).toBe(3);
  });
});

describe('batches of units of work', () => {
  let store: Store;
  beforeEach(async () => {
    store = await createStore(`sqlite:${path}`, { now: Date.now, uuid: () => uuidOf(Date.now()), warn: () => undefined });
    await store.migrate();
  });
  afterEach(() => store.close());

  it('each see what those before them counted, though many are under way', async () => {
    const key = fresh('key');
    const track = (subject: string) =>
      store.transact({
        userId: fresh('user'),
        load: { counts: [{ key, since: [0] }], distinct: [{ key, since: 0, except: subject }] },
        run: ({ counts, distinct }) => ({
          changes: { counted: [{ key, at: 5 }], seen: [{ key, subject, at: 5 }] },
          answer: { before: counts[0]?.[0] ?? -1, others: distinct[0] ?? -1 },
        }),
      });
    const first = await Promise.all(upTo(200).map((index) => track(`s${index}`)));
    expect(ascending(first.map(({ before }) => before))).toEqual(upTo(200));
    expect(ascending(first.map(({ others }) => others))).toEqual(upTo(200));
    const again = await Promise.all(upTo(200).map((index) => track(`s${index}`)));
    expect(ascending(again.map(({ before }) => before))).toEqual(upTo(200).map((index) => 200 + index));
    expect(again.map(({ others }) => others)).toEqual(upTo(200).map(() => 199));
  });

  it('fail alone where a row is refused', async () => {
    const db = new DatabaseSync(path);
    db.exec("CREATE TRIGGER spoil BEFORE INSERT ON users WHEN new.user_id = 'spoilt' BEGIN SELECT raise(ABORT, 'no'); END");
    db.close();
    const userIds = ['spoilt', ...upTo(10).map(() => fresh('user'))];
    const settled = await Promise.allSettled(userIds.map((userId) => write(store, userId, { user: aUser(userId) })));
    expect(settled.map(({ status }) => status)).toEqual(['rejected', ...upTo(10).map(() => 'fulfilled')]);
    expect(settled[0]).toMatchObject({ reason: { code: 'unavailable' } });
  });
});
