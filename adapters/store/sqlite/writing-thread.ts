import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { guarded } from '../writes.ts';
import { startCheckpoints } from './checkpoints.ts';
import { openWriter } from './open.ts';
import { prepareOn } from './statements.ts';
import type { Done, Reply, Stage, Task } from './task.ts';

/** The one connection that writes, in a thread of its own: while it writes and syncs, the main thread decides. */
const serve = (port: MessagePort, path: string): void => {
  const db = openWriter(path);
  const on = prepareOn(db);
  const checkpoints = startCheckpoints(path, db);
  const version = db.prepare('PRAGMA data_version');
  let stage: Stage = 'begin';

  const read = ({ fetch = [], query }: Task): Done => {
    // one reading transaction for all: a lock for each statement would cost as much as the statement
    const own = fetch.length > 1 && !db.isTransaction;
    if (own) db.exec('BEGIN');
    const done = {
      version: Number(version.get()?.data_version),
      rows: fetch.map(on.fetch),
      found: query ? on.query(query) : [],
    };
    if (own) db.exec('COMMIT');
    return done;
  };

  const perform = (task: Task): Done => {
    stage = 'begin';
    if (task.begin && !db.isTransaction) db.exec('BEGIN IMMEDIATE');
    stage = 'race';
    if (task.since !== undefined && task.since !== Number(version.get()?.data_version)) throw new Error('somebody else has written');
    stage = 'work';
    const done = read(task);
    for (const { statement, values } of task.write ?? []) {
      if (on.write(statement, values) === 1 || !guarded.has(statement)) continue;
      stage = 'race';
      throw new Error('a row has changed');
    }
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
