import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RuleDayDelta } from '../../../core/ports/store.ts';
import { anInstance, write } from '../../contract/store/builders.ts';
import { type Settled, settled } from './settled.ts';

const now = Date.UTC(2026, 0, 10, 12);
let here: Settled;
let preview = '';

const delta = (day: string, matched: number, over: Partial<RuleDayDelta> = {}): RuleDayDelta => ({
  action: 'withdraw',
  ruleId: preview,
  day,
  evaluated: 10,
  matched,
  unknown: 1,
  errors: 0,
  decidesAlone: matched,
  wins: matched,
  changes: 1,
  matchedUsers: Array.from({ length: matched }, (_, n) => `h-${n}`),
  ...over,
});

beforeAll(async () => {
  here = await settled(() => now);
  const { management, store } = here;
  await management.createActionConfiguration('a', 'withdraw', {});
  await management.createRule('a', 'withdraw', { name: 'live', type: 'BLOCK' });
  preview = (await management.createRule('a', 'withdraw', { name: 'tried', type: 'REVIEW', mode: 'preview' })).answer.ruleId;
  const match = { ruleId: preview, name: 'tried', outcome: 'REVIEW' as const, decidesAlone: true };
  for (const n of [1, 2, 3]) {
    const base = anInstance(`u-${n}`, { idempotencyKey: `k-${n}`, action: 'withdraw', createdAt: now - n * 1000 });
    const decision = { ...base.decision, ...(n !== 2 && { previewMatches: [match] }) };
    await write(store, `u-${n}`, { instances: [{ ...base, decision }], events: [{ type: 'test', at: now, data: {} }] });
  }
  await store.drainOutbox(10, () => ({
    ruleDays: [delta('2026-01-09', 2), delta('2026-01-10', 3), delta('2026-01-01', 9), delta('2026-01-10', 4, { ruleId: 'other' })],
  }));
});
afterAll(() => here.stop());

describe('the impact of rules in preview', () => {
  it('sums the days asked for, rule by rule, and shows who would have been met', async () => {
    const impact = await here.management.previewImpact('withdraw', { from: now - 6 * 86_400_000, to: now });
    expect(impact).toEqual([
      {
        ruleId: preview,
        name: 'tried',
        evaluated: 20,
        matched: 5,
        unknown: 2,
        errors: 0,
        decidesAlone: 5,
        wins: 5,
        changes: 2,
        users: 5,
        perDay: [
          { day: '2026-01-09', evaluated: 10, matched: 2, unknown: 1, errors: 0, decidesAlone: 2, wins: 2, changes: 1, users: 2 },
          { day: '2026-01-10', evaluated: 10, matched: 3, unknown: 1, errors: 0, decidesAlone: 3, wins: 3, changes: 1, users: 3 },
        ],
        sample: [
          { userId: 'u-1', idempotencyKey: 'k-1', createdAt: new Date(now - 1000).toISOString(), live: 'ALLOW', preview: 'REVIEW' },
          { userId: 'u-3', idempotencyKey: 'k-3', createdAt: new Date(now - 3000).toISOString(), live: 'ALLOW', preview: 'REVIEW' },
        ],
      },
    ]);
  });

  it('of days without figures is zero', async () => {
    const [impact] = await here.management.previewImpact('withdraw', { from: 0, to: 0 });
    expect(impact).toMatchObject({ ruleId: preview, evaluated: 0, matched: 0, perDay: [], sample: [] });
  });

  it('of an action nobody configured is not found', async () => {
    await expect(here.management.previewImpact('nobody', { from: 0, to: now })).rejects.toMatchObject({ code: 'not_found' });
  });
});
