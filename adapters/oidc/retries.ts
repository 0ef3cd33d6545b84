/** Milliseconds after which what could not be delivered is tried again. */
const waits = [5_000, 60_000, 600_000] as const;
const mostWaiting = 1_000;

/**
 * Tries again later what a page did not wait for. It lives in this process: a restart forgets it, and a client that was not told
 * learns of it at its next refresh, whose grant is gone.
 */
export const createRetries = (failed: (name: string, cause: unknown) => void) => {
  const waiting = new Set<NodeJS.Timeout>();
  const later = (name: string, work: () => Promise<void>, tries: number, cause: unknown): void => {
    const wait = waits[tries];
    if (wait === undefined || waiting.size >= mostWaiting) {
      failed(name, cause);
      return;
    }
    const timer = setTimeout(() => {
      waiting.delete(timer);
      work().catch((again: unknown) => later(name, work, tries + 1, again));
    }, wait);
    timer.unref();
    waiting.add(timer);
  };
  return {
    later: (name: string, work: () => Promise<void>, cause: unknown): void => later(name, work, 0, cause),
    stop: (): void => {
      for (const timer of waiting) clearTimeout(timer);
      waiting.clear();
    },
  };
};
