/** Milliseconds. */
export type Limits = {
  /** So long nobody asks again. */
  readonly fresh: number;
  /** So long what was had still serves where asking fails. */
  readonly stale: number;
  /** So long nobody asks again after a failure, or because what was had would not do. */
  readonly pause: number;
};

/**
 * Remembers what `load` answers: one question at a time however many wait for it, and the last good answer while the other side
 * is down, within limits. What is returned takes a test that the answer should pass, else it is asked for anew.
 *
 * @example
 * const keys = remembered(() => read(url), { fresh: 300_000, stale: 3_600_000, pause: 10_000 }, now);
 * const set = await keys((known) => known.has(kid));
 */
export const remembered = <Value>(load: () => Promise<Value>, { fresh, stale, pause }: Limits, now: () => number) => {
  let had: { readonly value: Value; readonly at: number } | undefined;
  let failed: { readonly reason: unknown; readonly at: number } | undefined;
  let renewedAt = Number.NEGATIVE_INFINITY;
  let pending: Promise<Value> | undefined;

  const ask = async (): Promise<Value> => {
    try {
      const value = await load();
      had = { value, at: now() };
      failed = undefined;
      return value;
    } catch (reason) {
      failed = { reason, at: now() };
      throw reason;
    } finally {
      pending = undefined;
    }
  };

  const orHad = (reason: unknown): Value => {
    if (had && now() - had.at < stale) return had.value;
    throw reason;
  };

  return async (serves: (value: Value) => boolean = () => true): Promise<Value> => {
    if (had && now() - had.at < fresh) {
      if (serves(had.value) || now() - renewedAt < pause) return had.value;
      renewedAt = now();
    }
    if (failed && now() - failed.at < pause) return orHad(failed.reason);
    pending ??= ask();
    return pending.catch(orHad);
  };
};
