import type { Work } from '../../core/ports/store.ts';
import type { Ended, Result } from './batch.ts';
import { unavailable } from './failure.ts';

type Entry = {
  readonly work: Work<unknown>;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (reason: unknown) => void;
  /** Monotonic milliseconds. */
  readonly deadline: number;
  tries: number;
};

/** Most units of work in one transaction: the wait of the first stays short. */
const batchSize = 64;
const mostTries = 5;
const longestQueue = 10_000;
/** Milliseconds from the call to an answer, whatever happens. */
const patience = 7_500;

export type Lanes = {
  /** Most transactions at once. */
  readonly lanes: number;
  /** While a transaction is under way, a further one starts only for this many: fewer, fuller transactions cost less. */
  readonly worthwhile: number;
};

/**
 * Gathers units of work into batches. INVARIANT: two of the same user are never under way at once, in one batch or in two; they
 * would only wait for each other in the database.
 */
export const openLanes = (
  run: (works: readonly Work<unknown>[]) => Promise<Ended<readonly Result[]>>,
  { lanes, worthwhile }: Lanes,
  warn: (message: string, cause?: unknown) => void,
) => {
  let ready: Entry[] = [];
  /** Entries that go alone: their batch failed. */
  let alone: Entry[] = [];
  /** By user: those that wait for the one that is ready or under way. */
  const behind = new Map<string, Entry[]>();
  let underWay = 0;
  let scheduled = false;
  let closed = false;
  let drained: (() => void) | undefined;
  let sweeper: NodeJS.Timeout | undefined;

  const next = ({ work: { userId } }: Entry): void => {
    const entry = behind.get(userId)?.shift();
    if (entry) ready.push(entry);
    else behind.delete(userId);
  };

  const settle = (entry: Entry, result: Result): void => {
    if ('answer' in result) entry.resolve(result.answer);
    else entry.reject(result.refusal);
    next(entry);
  };

  const repeat = (entry: Entry, reason: unknown): void => {
    entry.tries++;
    const wait = entry.tries === 1 ? 0 : 25 * 2 ** entry.tries;
    if (entry.tries > mostTries || performance.now() + wait > entry.deadline) {
      settle(entry, { refusal: unavailable(reason) });
      return;
    }
    setTimeout(() => {
      alone.push(entry);
      schedule();
    }, wait);
  };

  const start = async (entries: readonly Entry[]): Promise<void> => {
    underWay++;
    const ended = await run(entries.map((entry) => entry.work));
    underWay--;
    if (ended.kind === 'committed') {
      entries.forEach((entry, index) => {
        settle(entry, ended.value[index] ?? { refusal: unavailable(new Error('no result')) });
      });
    } else {
      warn('a transaction failed', ended.reason);
      for (const entry of entries) {
        if (ended.kind === 'again' || (ended.kind === 'final' && entries.length > 1)) repeat(entry, ended.reason);
        else settle(entry, { refusal: unavailable(ended.reason) });
      }
    }
    schedule();
  };

  const dispatch = (): void => {
    scheduled = false;
    while (underWay < lanes && (alone.length > 0 || ready.length >= (underWay === 0 ? 1 : worthwhile))) {
      const first = alone.shift();
      const entries = first ? [first] : ready.slice(0, batchSize);
      if (!first) ready = ready.slice(batchSize);
      start(entries);
    }
    if (behind.size === 0) {
      clearInterval(sweeper);
      sweeper = undefined;
      drained?.();
    }
  };

  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(dispatch);
  };

  /** Refuses what has waited too long; what is under way is cut off by the database's own limits. */
  const sweep = (): void => {
    const now = performance.now();
    const late = (entry: Entry): boolean => entry.deadline <= now;
    const refuse = (entry: Entry): void => entry.reject(unavailable(new Error('waited too long for the database')));
    for (const [userId, entries] of behind) {
      entries.filter(late).forEach(refuse);
      behind.set(
        userId,
        entries.filter((entry) => !late(entry)),
      );
    }
    const waiting = [...ready, ...alone].filter(late);
    ready = ready.filter((entry) => !late(entry));
    alone = alone.filter((entry) => !late(entry));
    for (const entry of waiting) {
      refuse(entry);
      next(entry);
    }
    schedule();
  };

  return {
    add: <T>(work: Work<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        if (closed) return reject(unavailable(new Error('the store is closed')));
        if (behind.size >= longestQueue) return reject(unavailable(new Error('too many units of work are waiting')));
        const deadline = performance.now() + patience;
        const entry: Entry = { work, resolve: (answer) => resolve(answer as T), reject, deadline, tries: 0 };
        const queue = behind.get(work.userId);
        if (queue) queue.push(entry);
        else {
          behind.set(work.userId, []);
          ready.push(entry);
        }
        sweeper ??= setInterval(sweep, 250).unref();
        schedule();
      }),
    /** Resolves when everything accepted is answered. */
    finish: (): Promise<void> => {
      closed = true;
      return new Promise((resolve) => {
        drained = resolve;
        schedule();
      });
    },
  };
};
