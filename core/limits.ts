import type { Lasting } from './ports/store.ts';
import type { Ports } from './settings.ts';

/** Requests in a window of time that one token, address or visit may make, over all nodes together. */
export const limits = {
  'client-token': { most: 60, windowMs: 60_000 },
  'client-address': { most: 300, windowMs: 60_000 },
  'page-address': { most: 300, windowMs: 60_000 },
  'page-visit': { most: 60, windowMs: 60_000 },
  /** What a browser asks of a host on our origin, several requests a sign-in. */
  'host-address': { most: 1_200, windowMs: 60_000 },
  /** Pages that links in mails lead to. */
  'page-link': { most: 60, windowMs: 60_000 },
} as const satisfies Record<string, { readonly most: number; readonly windowMs: number }>;
export type LimitName = keyof typeof limits;

/** `retryAfter` in whole seconds, at least 1. */
export type Admission = 'admitted' | { readonly retryAfter: number };

export interface Limiter {
  /** Counts one request of this subject, and says whether it may go on. Never throws. */
  take(name: LimitName, subject: string): Promise<Admission>;
}

/** What all nodes have taken in the window that ends at `until`; it begins with the subject's first request. */
type Count = Lasting & { readonly taken: number };

/** What this node may still give out in that window without asking. */
type Held = { readonly until: number; left: number; readonly isLast: boolean };

/** A node takes a twelfth of a limit at a time: few writes, and little held back from the others. */
const parts = 12;
/** While the database cannot be had, it is not asked for each request. */
const pauseMs = 1_000;
const mostHeld = 50_000;

/**
 * Counts in the store by blocks, so that not each request writes and a flood that is refused writes nothing. INVARIANT: all nodes
 * together admit no more than the limit in a window. What a node took and did not give out is lost to the others: a subject spread
 * over n nodes can be refused (n - 1) blocks early. Where the store fails, each node counts by itself: nobody is locked out by
 * that, and nothing is unlimited.
 */
export const createLimiter = ({ store, secrets, clock, observe }: Pick<Ports, 'store' | 'secrets' | 'clock' | 'observe'>): Limiter => {
  const held = new Map<string, Held>();
  const leasing = new Map<string, Promise<void>>();
  let askAgainAt = 0;

  const keep = (key: string, next: Held): void => {
    held.delete(key);
    // oldest first, and all windows have one length: what has ended stands in front
    for (const [other, { until }] of held) {
      if (clock.now() < until && held.size < mostHeld) break;
      held.delete(other);
    }
    held.set(key, next);
  };

  const lease = async (name: LimitName, key: string): Promise<void> => {
    const { most, windowMs } = limits[name];
    const now = clock.now();
    try {
      if (now < askAgainAt) throw new Error('the store failed a moment ago');
      const granted = await store.transactRecord<Count, Held>(key, (count) => {
        const { until, taken } = count ?? { until: now + windowMs, taken: 0 };
        const left = Math.max(0, Math.min(Math.ceil(most / parts), most - taken));
        const answer = { until, left, isLast: taken + left >= most };
        return left === 0 ? { answer } : { record: { until, taken: taken + left }, answer };
      });
      keep(key, granted);
    } catch (cause) {
      if (now >= askAgainAt) {
        askAgainAt = now + pauseMs;
        observe({ type: 'limit', limit: name, result: 'uncounted', cause });
      }
      keep(key, { until: now + windowMs, left: most, isLast: true });
    }
  };

  const leaseOnce = (name: LimitName, key: string): Promise<void> => {
    const underWay = leasing.get(key) ?? lease(name, key).finally(() => leasing.delete(key));
    leasing.set(key, underWay);
    return underWay;
  };

  return {
    take: async (name, subject) => {
      const key = `limit:${secrets.hash('limit', `${name}|${subject}`)}`;
      for (;;) {
        const now = clock.now();
        const mine = held.get(key);
        if (mine && now < mine.until) {
          if (mine.left > 0) {
            mine.left -= 1;
            return 'admitted';
          }
          if (mine.isLast) {
            observe({ type: 'limit', limit: name, result: 'refused' });
            return { retryAfter: Math.max(1, Math.ceil((mine.until - now) / 1000)) };
          }
        }
        await leaseOnce(name, key);
      }
    },
  };
};
