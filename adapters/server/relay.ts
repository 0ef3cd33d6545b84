import { type CoreSettings, type Policies, queuedDeliveries, ruleCounts } from '../../core/index.ts';
import type { Event, Store, TakenEvent } from '../../core/ports/store.ts';

const most = 500;

/**
 * Takes events out of the outbox: in the transaction that removes them rules are counted and what webhooks want is put up for
 * delivery; then each is handed on. Runs until `stop`, which takes what is left.
 */
export const startRelay = (options: {
  readonly store: Store;
  readonly policies: Policies;
  readonly settings: CoreSettings;
  readonly hash: (userId: string) => string;
  /** What it answers is waited for by `stop` alone. */
  readonly handle: (event: Event) => void | Promise<void>;
  readonly failed: (cause: unknown) => void;
  readonly everyMs?: number;
}): { stop(): Promise<void> } => {
  const { store, policies, settings, hash, handle, failed, everyMs = 250 } = options;
  let stopped = false;
  let running: Promise<void> | undefined;
  const working = new Set<Promise<void>>();

  const drain = async (): Promise<void> => {
    for (;;) {
      const set = await policies.current();
      let isStale = false;
      const digest = (taken: readonly TakenEvent[], revision: number) => {
        // a webhook that was made before an event must hear of it
        isStale = revision > set.revision;
        return isStale ? undefined : { ruleDays: ruleCounts(taken, hash), deliveries: queuedDeliveries(taken, set, settings) };
      };
      const events = await store.drainOutbox(most, digest);
      for (const event of events) {
        const work = Promise.resolve(handle(event)).finally(() => working.delete(work));
        working.add(work);
      }
      if (isStale) await policies.fresh();
      else if (events.length < most) return;
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
      await Promise.all(working);
    },
  };
};
