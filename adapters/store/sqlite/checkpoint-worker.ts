import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

/** Copies what is committed from the write-ahead log into the database when asked, and says so when done. Writers never wait for it. */
const db = new DatabaseSync(String(workerData), { timeout: 0 });
db.exec('PRAGMA synchronous = FULL');
parentPort?.on('message', (message) => {
  if (message === 'close') {
    db.close();
    parentPort?.close();
    return;
  }
  let frames = 0;
  try {
    frames = Number(db.prepare('PRAGMA wal_checkpoint(PASSIVE)').get()?.log ?? 0);
  } catch {
    // another process makes one: there will be a next time
  }
  parentPort?.postMessage(frames);
});
