import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anInstance, write } from '../../contract/store/builders.ts';
import { type Settled, settled } from './settled.ts';

const start = Date.UTC(2026, 0, 1);
const now = start + 3_600_000;
let here: Settled;
const keys = Array.from({ length: 7 }, (_, n) => `k-${n}`);

beforeAll(async () => {
  here = await settled(() => now);
  for (const [n, idempotencyKey] of keys.entries()) {
    const userId = n % 2 === 0 ? 'even' : 'odd';
    const waits = n >= 4;
    const base = anInstance(userId, { idempotencyKey, createdAt: start + n * 1000, action: 'withdraw' });
    await write(here.store, userId, {
      instances: [{ ...base, ...(waits && { state: 'REVIEW_REQUIRED' as const, outcome: 'REVIEW' as const }) }],
    });
  }
  await write(here.store, 'lapsed', {
    instances: [
      anInstance('lapsed', { idempotencyKey: 'k-x', action: 'signIn', state: 'CHALLENGE_REQUIRED', outcome: 'CHALLENGE', expiresAt: now }),
    ],
  });
});
afterAll(() => here.stop());

const keysOf = (items: readonly Readonly<Record<string, unknown>>[]): readonly unknown[] =>
  items.map(({ idempotencyKey }) => idempotencyKey);

describe('the list of action instances', () => {
  it('is newest first, and its pages make the whole', async () => {
    const seen: unknown[] = [];
    let after: { readonly createdAt: number; readonly instanceId: string } | undefined;
    do {
      const page = await here.management.listActions({ action: 'withdraw', limit: 3, ...(after && { after }) });
      expect(page.items.length).toBeLessThanOrEqual(3);
      seen.push(...keysOf(page.items));
      after = page.next;
    } while (after);
    expect(seen).toEqual(keys.toReversed());
  });

  it('a page that is exactly full says that nothing follows', async () => {
    expect((await here.management.listActions({ action: 'withdraw', limit: 7 })).next).toBeUndefined();
    expect((await here.management.listActions({ action: 'withdraw', limit: 6 })).next).toBeDefined();
  });

  it('stays as it was under inserts', async () => {
    const first = await here.management.listActions({ action: 'withdraw', limit: 3 });
    await write(here.store, 'late', { instances: [anInstance('late', { idempotencyKey: 'new', createdAt: now, action: 'withdraw' })] });
    const second = await here.management.listActions({ action: 'withdraw', limit: 3, ...(first.next && { after: first.next }) });
    expect(keysOf(second.items)).toEqual(['k-3', 'k-2', 'k-1']);
    await write(here.store, 'late', { erase: true });
  });

  it('can be narrowed', async () => {
    expect(keysOf((await here.management.listActions({ userId: 'odd', limit: 50 })).items)).toEqual(['k-5', 'k-3', 'k-1']);
    expect(keysOf((await here.management.listActions({ outcome: 'REVIEW', limit: 50 })).items)).toEqual(['k-6', 'k-5', 'k-4']);
    expect(keysOf((await here.management.listActions({ action: 'withdraw', from: start + 5000, limit: 50 })).items)).toEqual([
      'k-6',
      'k-5',
    ]);
  });

  it('shows a lapsed challenge as failed', async () => {
    const { items } = await here.management.listActions({ userId: 'lapsed', limit: 50 });
    expect(items).toEqual([expect.objectContaining({ state: 'CHALLENGE_FAILED', failureReason: 'expired', outcome: 'CHALLENGE' })]);
  });

  it('shows no hash, no sealed value and no ceremony', async () => {
    const { items } = await here.management.listActions({ limit: 50 });
    for (const item of items)
      expect(Object.keys(item).filter((key) => /hash|sealed|ticket|visit|ceremon|challengeHash|grant/i.test(key))).toEqual([]);
  });
});

describe('the list of reviews', () => {
  it('is what waits, oldest first, page by page', async () => {
    const first = await here.management.listReviews({ limit: 2 });
    expect(keysOf(first.items)).toEqual(['k-4', 'k-5']);
    const second = await here.management.listReviews({ limit: 2, ...(first.next && { after: first.next }) });
    expect([keysOf(second.items), second.next]).toEqual([['k-6'], undefined]);
  });
});

describe('an action configuration', () => {
  it('tells when its action was last tracked', async () => {
    const { answer } = await here.management.createActionConfiguration('a', 'withdraw', {});
    expect(answer.lastActionCreatedAt).toBe(new Date(start + 6000).toISOString());
  });
});
