import { DatabaseSync } from 'node:sqlite';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';

/** Copies what is committed from the write-ahead log into the database when asked, and tells how long the log is. Writers never wait for it. */
const serve = (port: MessagePort, path: string): void => {
  const db = new DatabaseSync(path, { timeout: 0 });
  db.exec('PRAGMA synchronous = FULL');
  port.on('message', (message) => {
    if (message === 'close') {
      db.close();
      port.close();
      return;
    }
    let frames = 0;
    try {
      frames = Number(db.prepare('PRAGMA wal_checkpoint(PASSIVE)').get()?.log ?? 0);
    } catch {
      // another process makes one: there will be a next time
    }
    port.postMessage(frames);
  });
};

// on the main thread this module does nothing, as any other
if (parentPort) serve(parentPort, String(workerData));
