/** A step back of up to this, milliseconds, is waited out. */
const waitedOut = 2_000;

export type SteadyClock = {
  /** Milliseconds UTC; never less than an answer before. */
  now(): number;
  /** Seconds, whole, that it is ahead of the machine's clock, because that was set back; 0 where they agree within 2 s. */
  aheadBySeconds(): number;
};

/**
 * Time that does not go back when the machine's clock is set back: what has expired stays so. A larger step is never taken back while
 * the process runs; it goes on counting elapsed time.
 *
 * @param wall - The machine's clock, milliseconds UTC.
 * @param elapsed - A monotonic clock, milliseconds.
 */
export const steadyClock = (wall: () => number = Date.now, elapsed: () => number = () => performance.now()): SteadyClock => {
  let last = wall();
  let lastElapsed = elapsed();
  const now = (): number => {
    const at = wall();
    const ticks = elapsed();
    const isFarBack = last - at > waitedOut;
    last = Math.max(last, at, isFarBack ? last + ticks - lastElapsed : 0);
    lastElapsed = ticks;
    return Math.floor(last);
  };
  return {
    now,
    aheadBySeconds: () => {
      const ahead = now() - wall();
      return ahead > waitedOut ? Math.round(ahead / 1000) : 0;
    },
  };
};
