import { ruleCounts } from '../../core/index.ts';
import type { Event, Store } from '../../core/ports/store.ts';

const most = 500;

/**
 * Takes events out of the outbox: rules are counted in the transaction that removes them, then each is handed on. Runs until
 * `stop`, which takes what is left.
 */
export const startRelay = (options: {
  readonly store: Store;
  readonly hash: (userId: string) => string;
  readonly handle: (event: Event) => void;
  readonly failed: (cause: unknown) => void;
  readonly everyMs?: number;
}): { stop(): Promise<void> } => {
  const { store, hash, handle, failed, everyMs = 250 } = options;
  let stopped = false;
  let running: Promise<void> | undefined;

  const drain = async (): Promise<void> => {
    for (;;) {
      const events = await store.drainOutbox(most, (taken) => ({ ruleDays: ruleCounts(taken, hash) }));
      for (const event of events) handle(event);
      if (events.length < most) return;
    }
  };
  const run = (): Promise<void> => {
    running ??= drain()
      .catch(failed)
      .finally(() => {
        running = undefined;
      });
    return running;
  };
  const timer = setInterval(() => {
    if (!stopped) void run();
  }, everyMs);
  timer.unref();
  return {
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await running;
      await run();
    },
  };
};
