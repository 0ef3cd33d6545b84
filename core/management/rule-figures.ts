import type { Store } from '../ports/store.ts';

const DAY = 86_400_000;
/** How far back `lastMatchedAt` looks. */
const longestDays = 90;

/** UTC day, `YYYY-MM-DD`. */
export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

export type RuleFigures = { readonly matches7d: number; readonly lastMatchedAt?: string };

/** How often each rule of an action matched in the last seven days, and when last within 90. */
export const ruleFigures = async (store: Store, action: string, now: number): Promise<ReadonlyMap<string, RuleFigures>> => {
  const days = await store.ruleDays({ action, fromDay: dayOf(now - longestDays * DAY), toDay: dayOf(now) });
  const week = dayOf(now - 6 * DAY);
  const sums = new Map<string, { matches7d: number; last: number }>();
  for (const { ruleId, day, matched, lastMatchedAt = 0 } of days) {
    const sum = sums.get(ruleId) ?? { matches7d: 0, last: 0 };
    sums.set(ruleId, { matches7d: sum.matches7d + (day >= week ? matched : 0), last: Math.max(sum.last, lastMatchedAt) });
  }
  return new Map(
    [...sums].map(([ruleId, { matches7d, last }]) => [
      ruleId,
      { matches7d, ...(last > 0 && { lastMatchedAt: new Date(last).toISOString() }) },
    ]),
  );
};
