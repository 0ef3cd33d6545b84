import type { Work } from '../../../core/ports/store.ts';
import type { Driver, DriverOptions } from '../driver.ts';
import { unavailable } from '../failure.ts';
import { startCheckpoints } from './checkpoints.ts';
import { openReader, openWriter } from './open.ts';
import { driveUnit, performWork } from './perform.ts';
import { writeQueue } from './queue.ts';
import { orUnavailable, prepareOn } from './statements.ts';

/** Beyond this many waiting jobs new ones are refused: they would only time out. */
const longestQueue = 10_000;

/** Opens a SQLite file: one connection writes, in batches, another reads what is committed. */
export const openSqlite = (path: string, { nextEventId, warn }: DriverOptions): Driver => {
  const writer = orUnavailable(() => openWriter(path));
  const reader = orUnavailable(() => openReader(path));
  const checkpoints = startCheckpoints(path, writer);
  const writing = prepareOn(writer);
  const reading = prepareOn(reader);
  let closed = false;
  let commitFailed = false;
  let revision: number | undefined;

  const queue = writeQueue({
    begin: () => {
      orUnavailable(() => writer.exec('BEGIN IMMEDIATE'));
      revision = undefined;
    },
    commit: () => {
      commitFailed = true;
      orUnavailable(() => writer.exec('COMMIT'));
      commitFailed = false;
      checkpoints.noteCommit();
    },
    rollback: () => {
      if (writer.isTransaction) writer.exec('ROLLBACK');
    },
  });

  const revisionOfBatch = (): number => {
    revision ??= Number(writing.fetch({ statement: 'revision', values: [] })[0]?.[1] ?? 0);
    return revision;
  };

  /** `perform` answers what to settle the promise with after the commit. */
  const enqueue = <T>(alone: boolean, perform: () => () => T): Promise<T> =>
    new Promise((resolve, reject) => {
      if (closed) return reject(unavailable(new Error('the store is closed')));
      if (queue.length() >= longestQueue) return reject(unavailable(new Error('too many units of work are waiting')));
      let answer: (() => T) | undefined;
      queue.add({
        alone,
        perform: () => {
          answer = perform();
        },
        committed: () => {
          try {
            if (answer) resolve(answer());
          } catch (refusal) {
            reject(refusal);
          }
        },
        failed: (reason) => {
          warn('a transaction was rolled back', reason);
          reject(reason);
        },
      });
    });

  return {
    dialect: 'sqlite',
    transact: <T>(work: Work<T>) => enqueue(false, () => performWork(work, writing, revisionOfBatch(), nextEventId)),
    fetch: async (requests) => requests.map(reading.fetch),
    read: async (unit) => driveUnit(unit(), reading),
    write: (unit) =>
      enqueue(true, () => {
        const answer = driveUnit(unit(), writing);
        return () => answer;
      }),
    ping: async () => {
      reading.query({ sql: 'SELECT 1', parameters: [] });
      // After a failed commit only a commit shows that the disk takes writes again.
      if (commitFailed)
        await enqueue(true, () => () => writing.query({ sql: 'UPDATE tenant_revision SET revision = revision', parameters: [] }));
    },
    close: async () => {
      if (closed) return;
      closed = true;
      queue.finish();
      await checkpoints.close();
      reader.close();
      writer.close();
    },
  };
};
