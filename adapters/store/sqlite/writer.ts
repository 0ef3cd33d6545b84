import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DatabaseFailure, LostRace } from '../failure.ts';
import type { Done, Reply, Stage, Task } from './task.ts';

/** A task failed; the cause is what SQLite said. */
export class TaskFailure extends DatabaseFailure {
  readonly stage: Stage;
  constructor(stage: Stage, cause: unknown) {
    super(cause);
    this.stage = stage;
  }
}

export type Ask = (task: Task) => Promise<Done>;

/** The writing thread, as the main thread sees it. */
export type Writer = {
  /** Tasks are done in the order in which they are asked for. Rejects with `TaskFailure`, or `LostRace`. */
  readonly ask: Ask;
  /** Nobody else asks between the tasks of `use`: they may share a transaction. */
  readonly alone: <T>(use: (ask: Ask) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
};

type Waiting = { readonly resolve: (done: Done) => void; readonly reject: (reason: unknown) => void };

/** Starts the thread; rejects where it cannot open the file. */
export const startWriter = async (path: string): Promise<Writer> => {
  const thread = new Worker(new URL(`./writing-thread${extname(import.meta.url)}`, import.meta.url), {
    workerData: path,
  });
  await once(thread, 'message');
  thread.unref();

  const waiting: Waiting[] = [];
  let ended: unknown;
  let turn: Promise<void> | undefined;

  const settle = (reply: Reply): void => {
    const first = waiting.shift();
    if (waiting.length === 0) thread.unref();
    if ('done' in reply) first?.resolve(reply.done);
    else first?.reject(reply.failedAt === 'race' ? new LostRace() : new TaskFailure(reply.failedAt, reply.reason));
  };
  const fail = (reason: unknown): void => {
    ended ??= reason;
    for (const { reject } of waiting.splice(0)) reject(new TaskFailure('commit', reason));
  };
  thread.on('message', settle);
  thread.on('error', fail);
  thread.on('exit', () => fail(new Error('the writing thread has ended')));

  const send: Ask = (task) =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) return reject(new TaskFailure('begin', ended));
      if (waiting.length === 0) thread.ref();
      waiting.push({ resolve, reject });
      thread.postMessage(task);
    });

  return {
    ask: async (task) => {
      while (turn) await turn;
      return send(task);
    },
    alone: async (use) => {
      while (turn) await turn;
      const { promise, resolve } = Promise.withResolvers<void>();
      turn = promise;
      try {
        return await use(send);
      } finally {
        turn = undefined;
        resolve();
      }
    },
    close: async () => {
      thread.ref();
      const exit = once(thread, 'exit');
      thread.postMessage('close');
      await exit;
    },
  };
};
