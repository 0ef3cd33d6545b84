import type { Query } from '../unit.ts';
import { TaskFailure, type Writer } from './writer.ts';

type Rows = readonly unknown[];
type Entry = { readonly query: Query; readonly resolve: (rows: Rows) => void; readonly reject: (reason: unknown) => void };

/** Most statements in one transaction: the wait of the first stays short. */
const batchSize = 64;

/** Statements that are a transaction each: those that come while one is synced share the next commit. */
export const openSingles = (writer: Writer) => {
  let waiting: Entry[] = [];
  let flushing: Promise<void> | undefined;
  let closed = false;

  const commit = async (entries: readonly Entry[]): Promise<void> => {
    try {
      const { found } = await writer.ask({ begin: true, queries: entries.map(({ query }) => query), end: 'commit' });
      entries.forEach(({ resolve }, index) => {
        resolve(found[index] ?? []);
      });
    } catch (reason) {
      // nothing of it was written: each again by itself, so that one that cannot be run harms no other
      const anew = entries.length > 1 && reason instanceof TaskFailure && reason.stage === 'work';
      for (const entry of entries) {
        if (anew) await commit([entry]);
        else entry.reject(reason);
      }
    }
  };

  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      const entries = waiting.slice(0, batchSize);
      waiting = waiting.slice(batchSize);
      await commit(entries);
    }
    flushing = undefined;
  };

  return {
    add: (query: Query): Promise<Rows> =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new TaskFailure('begin', new Error('the store is closed')));
        waiting.push({ query, resolve, reject });
        flushing ??= Promise.resolve().then(flush);
      }),
    /** Resolves when everything accepted is answered. */
    finish: async (): Promise<void> => {
      closed = true;
      await flushing;
    },
  };
};
