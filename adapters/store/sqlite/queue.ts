/** Something to be done inside a transaction of the one writer. */
export type Job = {
  /** Alone: has a transaction of its own. Else it shares one with its neighbours. */
  readonly alone: boolean;
  /** Runs inside the transaction, perhaps more than once; what it throws rolls the transaction back. */
  readonly perform: () => void;
  /** The transaction is durable. */
  readonly committed: () => void;
  readonly failed: (reason: unknown) => void;
};

/** The writer's transaction, in three steps that fail differently. */
export type Transaction = { readonly begin: () => void; readonly commit: () => void; readonly rollback: () => void };

/** Most jobs of one transaction: the wait of the first stays short. */
const batchSize = 64;

/** Runs jobs in the order they came; those that arrive in one turn of the event loop share a commit. */
export const writeQueue = ({ begin, commit, rollback }: Transaction) => {
  let waiting: Job[] = [];
  let scheduled = false;

  const failAll = (jobs: readonly Job[], reason: unknown): void => {
    for (const job of jobs) job.failed(reason);
  };

  const perform = (jobs: readonly Job[]): void => {
    try {
      begin();
    } catch (error) {
      failAll(jobs, error);
      return;
    }
    try {
      for (const job of jobs) job.perform();
    } catch (error) {
      rollback();
      // Whichever of them it was: the others do not fail for it.
      if (jobs.length === 1) failAll(jobs, error);
      else for (const job of jobs) perform([job]);
      return;
    }
    try {
      commit();
    } catch (error) {
      rollback();
      failAll(jobs, error);
      return;
    }
    // INVARIANT: no answer leaves before the commit, refusals and repeated answers included.
    for (const job of jobs) job.committed();
  };

  const next = (): readonly Job[] => {
    let end = 0;
    while (end < batchSize && waiting[end]?.alone === false) end++;
    const jobs = waiting.slice(0, Math.max(end, 1));
    waiting = waiting.slice(jobs.length);
    return jobs;
  };

  const flush = (): void => {
    scheduled = false;
    if (waiting.length > 0) perform(next());
    if (waiting.length > 0) schedule();
  };

  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(flush);
  };

  return {
    add: (job: Job): void => {
      waiting.push(job);
      schedule();
    },
    /** Does at once whatever is waiting. */
    finish: (): void => {
      while (waiting.length > 0) perform(next());
    },
    length: (): number => waiting.length,
  };
};
