import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rule } from '../../../core/action.ts';
import type { RuleTrace } from '../../../core/decision.ts';
import { packTrace, unpackTrace } from '../../../core/rules/packed-trace.ts';

const rule = (priority: number, more: Partial<Rule> = {}): Rule => ({
  ruleId: `r${priority}`,
  name: '',
  type: 'CHALLENGE',
  priority,
  isActive: true,
  mode: 'production',
  createdAt: 0,
  ...more,
});

const traced = fc.array(
  fc.record(
    {
      result: fc.constantFrom('matched', 'not-matched', 'unknown', 'not-reached', 'error'),
      byUnknown: fc.constant(true as const),
      decidedBy: fc.integer({ min: 0, max: 63 }),
    },
    { requiredKeys: ['result'] },
  ),
  { maxLength: 100 },
);

describe('a stored trace', () => {
  it('reads back as it was, beside the rules that made it', () => {
    fc.assert(
      fc.property(traced, (entries) => {
        const trace = entries.map((entry, n): RuleTrace => ({ ruleId: `r${n}`, ...(entry as Omit<RuleTrace, 'ruleId'>) }));
        expect(
          unpackTrace(
            packTrace(trace),
            trace.map((_, n) => rule(n)),
          ),
        ).toEqual(trace);
      }),
    );
  });

  it('knows its rules by priority, inactive ones left out', () => {
    const rules = [rule(9), rule(2), rule(5, { isActive: false })];
    expect(unpackTrace('m0n1', rules)).toEqual([
      { ruleId: 'r2', result: 'matched', decidedBy: 0 },
      { ruleId: 'r9', result: 'not-matched', decidedBy: 1 },
    ]);
  });
});
