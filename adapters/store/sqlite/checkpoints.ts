import { statSync } from 'node:fs';
import { extname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { writerTimeout } from './open.ts';

/** Pages that are written again and again meanwhile are copied once. */
const everyMs = 500;

export type Checkpoints = {
  /** Something was committed. */
  noteCommit(): void;
  close(): Promise<void>;
};

/**
 * Bytes of log from which the thread is worth its memory (at rest there is none), and frames (pages) from which the writer begins
 * the log anew: 4 and 64 MiB.
 */
const usual = { threadFrom: 4 * 2 ** 20, restartFrom: 16_384 } as const;

/**
 * Keeps the write-ahead log short without making commits wait for it: a thread copies what is committed into the database and syncs
 * it; only a long log is begun anew by the writer, right after the thread has copied nearly all of it.
 */
export const startCheckpoints = (
  path: string,
  writer: DatabaseSync,
  { threadFrom, restartFrom }: { readonly threadFrom: number; readonly restartFrom: number } = usual,
): Checkpoints => {
  let worker: Worker | undefined;
  let committed = false;
  let copying = false;
  let failed = false;

  const copied = (frames: number): void => {
    copying = false;
    if (frames < restartFrom || writer.isTransaction) return;
    // a reader of another process (a backup) may be in the way for long: nobody waits for it, there will be a next time
    writer.exec('PRAGMA busy_timeout = 0');
    try {
      writer.exec('PRAGMA wal_checkpoint(RESTART)');
    } catch {
      // a full or failing disk: the next commit says so to whom it concerns
    } finally {
      writer.exec(`PRAGMA busy_timeout = ${writerTimeout}`);
    }
  };
  const started = (): Worker => {
    const thread = new Worker(new URL(`./checkpoint-worker${extname(import.meta.url)}`, import.meta.url), {
      workerData: path,
    });
    thread.unref();
    thread.on('message', copied);
    thread.on('error', () => {
      // without the thread the writer copies by itself, as SQLite does by default: slower, but the log stays bounded
      failed = true;
      worker = undefined;
      writer.exec('PRAGMA wal_autocheckpoint = 1000');
    });
    return thread;
  };
  const isLong = (): boolean => (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) >= threadFrom;

  const timer = setInterval(() => {
    if (failed || copying || !committed) return;
    committed = false;
    if (worker === undefined && !isLong()) return;
    worker ??= started();
    copying = true;
    worker.postMessage('checkpoint');
  }, everyMs);
  timer.unref();

  return {
    noteCommit: () => {
      committed = true;
    },
    close: async () => {
      clearInterval(timer);
      if (worker === undefined) return;
      worker.removeAllListeners('message');
      worker.ref();
      const closed = new Promise((resolve) => worker?.once('exit', resolve));
      worker.postMessage('close');
      await closed;
    },
  };
};
