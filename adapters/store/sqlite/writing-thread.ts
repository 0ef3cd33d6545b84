import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { Value } from '../load.ts';
import type { ReadName } from '../reads.ts';
import { guarded, type WriteName } from '../writes.ts';
import { startCheckpoints } from './checkpoints.ts';
import { openWriter } from './open.ts';
import { type Packed, pack, unpack } from './packed.ts';
import { prepareOn } from './statements.ts';
import type { Done, Reply, Stage, Task } from './task.ts';

type Row = readonly Value[];

/** The one connection that writes, in a thread of its own: while it writes and syncs, the main thread decides. */
const serve = (port: MessagePort, path: string): void => {
  const db = openWriter(path);
  const on = prepareOn(db);
  const checkpoints = startCheckpoints(path, db);
  const version = db.prepare('PRAGMA data_version');
  let stage: Stage = 'begin';

  const fetched = (statements: Packed): Row[] => {
    const rows: Row[] = [];
    let place = 0;
    for (const [name, ...values] of unpack(statements)) {
      for (const row of on.fetch({ statement: name as ReadName, values }) as Value[][]) {
        row[0] = place;
        rows.push(row);
      }
      place += 1;
    }
    return rows;
  };

  const read = ({ fetch, queries = [] }: Task): Done => {
    // one reading transaction for all: a lock for each statement would cost as much as the statement
    const own = fetch !== undefined && !db.isTransaction;
    if (own) db.exec('BEGIN');
    const done = {
      version: Number(version.get()?.data_version),
      rows: pack(fetch ? fetched(fetch) : []),
      found: queries.map(on.query),
    };
    if (own) db.exec('COMMIT');
    return done;
  };

  const write = (statements: Packed): void => {
    for (const [name, ...values] of unpack(statements)) {
      const statement = name as WriteName;
      if (on.write(statement, values) === 1 || !guarded.has(statement)) continue;
      stage = 'race';
      throw new Error('a row has changed');
    }
  };

  const perform = (task: Task): Done => {
    stage = 'begin';
    if (task.begin && !db.isTransaction) db.exec('BEGIN IMMEDIATE');
    stage = 'race';
    if (task.since !== undefined && task.since !== Number(version.get()?.data_version)) throw new Error('somebody else has written');
    stage = 'work';
    const done = read(task);
    if (task.write) write(task.write);
    stage = 'commit';
    if (task.end === 'commit') {
      db.exec('COMMIT');
      checkpoints.noteCommit();
    } else if (task.end === 'rollback' && db.isTransaction) db.exec('ROLLBACK');
    return done;
  };

  const answer = (task: Task): Reply => {
    try {
      return { done: perform(task) };
    } catch (reason) {
      if (db.isTransaction) db.exec('ROLLBACK');
      return { failedAt: stage, reason };
    }
  };

  port.on('message', async (task: Task | 'close') => {
    if (task !== 'close') return port.postMessage(answer(task));
    await checkpoints.close();
    db.close();
    port.close();
  });
  port.postMessage('open');
};

// on the main thread this module does nothing, as any other
if (parentPort) serve(parentPort, String(workerData));
