export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;
/** Counts stop here; history keeps no more. */
export const saturation = 1_000;

/** How many of the ascending `times` lie in `now - window < t <= now`. */
export const countRecent = (times: readonly number[], window: number, now: number): number =>
  firstAfter(times, now) - firstAfter(times, now - window);

/** Index of the first of the ascending `times` that is greater than `limit`. */
const firstAfter = (times: readonly number[], limit: number): number => {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** The value of an own key: history is keyed by text from outside, so inherited names must not answer. */
export const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/** `key` was last seen in `now - window < t`. */
export const seenWithin = (record: Readonly<Record<string, number>>, key: string, window: number, now: number): boolean => {
  const at = own(record, key);
  return at !== undefined && at > now - window;
};

/** No success has taught this list anything yet. */
export const isEmpty = (record: Readonly<Record<string, unknown>>): boolean => {
  for (const _ in record) return false;
  return true;
};
