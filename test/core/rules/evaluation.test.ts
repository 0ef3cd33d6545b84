import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rule } from '../../../core/action.ts';
import { compilePolicy } from '../../../core/rules/compile.ts';
import type { CompiledList } from '../../../core/rules/value-list.ts';
import { unknown } from '../../../core/signals/define.ts';
import { environment, evaluate, reader, rule, v } from './build.ts';

const isNew = { '==': [v('device.isNew'), true] };
const anonymous = v('ip.isAnonymous');
const large = { '>': [v('custom.amount'), 500] };

describe('first match', () => {
  it('wins by priority, whatever the order of insertion', () => {
    const rules = [rule(0, anonymous), rule(1, isNew, { type: 'BLOCK' }), rule(2), rule(3, large)];
    const signals = { 'device.isNew': true, 'ip.isAnonymous': false, 'custom.amount': 900 };
    const expected = evaluate(rules, signals);
    expect(expected.winner?.ruleId).toBe('r1');
    expect(expected.ruleIds).toEqual(['r1', 'r2', 'r3']);
    fc.assert(
      fc.property(fc.shuffledSubarray(rules, { minLength: rules.length }), (shuffled) => {
        expect(JSON.stringify(evaluate(shuffled, signals))).toBe(JSON.stringify(expected));
      }),
    );
  });
  it('same snapshot and versions give the same evaluation, byte for byte, from rules that went through storage', () => {
    const rules = [rule(5, { or: [anonymous, large] }), rule(7, isNew)];
    const stored = JSON.parse(JSON.stringify(rules)) as Rule[];
    const signals = { 'device.isNew': true, 'custom.amount': 1 };
    expect(JSON.stringify(evaluate(stored, signals))).toBe(JSON.stringify(evaluate(rules, signals)));
  });
  it('absent and null conditions always match', () => {
    expect(evaluate([rule(1)]).trace).toEqual([{ ruleId: 'r1', result: 'matched' }]);
    expect(evaluate([rule(1, null)]).winner?.ruleId).toBe('r1');
  });
  it('no rule, no winner', () => {
    expect(evaluate([]).winner).toBeUndefined();
    expect(evaluate([rule(1, isNew)], { 'device.isNew': false }).winner).toBeUndefined();
  });
  it('inactive rules are left out', () => {
    const { trace, ruleIds } = evaluate([rule(1, undefined, { isActive: false }), rule(2)]);
    expect(trace).toEqual([{ ruleId: 'r2', result: 'matched' }]);
    expect(ruleIds).toEqual(['r2']);
  });
});

describe('unknown', () => {
  it('does not match by itself', () => {
    const { winner, trace, degraded } = evaluate([rule(1, anonymous)]);
    expect(winner).toBeUndefined();
    expect(trace).toEqual([{ ruleId: 'r1', result: 'unknown', decidedBy: 0 }]);
    expect(degraded).toEqual([{ signal: 'ip.isAnonymous', cause: 'no-input' }]);
  });
  it('matches under `onUnknown: match`, and the trace says so', () => {
    const { winner, trace, ruleIds } = evaluate([rule(1, { and: [isNew, anonymous] }, { onUnknown: 'match' })], { 'device.isNew': true });
    expect(winner?.ruleId).toBe('r1');
    expect(ruleIds).toEqual(['r1']);
    expect(trace).toEqual([{ ruleId: 'r1', result: 'matched', byUnknown: true, decidedBy: 1 }]);
  });
  it('`onUnknown: match` does not match what is false', () => {
    expect(evaluate([rule(1, { and: [anonymous, isNew] }, { onUnknown: 'match' })], { 'device.isNew': false }).winner).toBeUndefined();
  });
  it.each([
    ['NaN', { 'custom.amount': Number.NaN }, 'non-finite'],
    ['another type', { 'custom.amount': '900' }, 'ill-typed'],
    ['its own cause', { 'custom.amount': unknown('stale-data-file') }, 'stale-data-file'],
  ] as const)('%s', (_name, signals, cause) => {
    expect(evaluate([rule(1, large)], signals).degraded).toEqual([{ signal: 'custom.amount', cause }]);
  });
});

describe('the deciding condition', () => {
  const signals = { 'device.isNew': true, 'custom.amount': 1 };
  const no = large;
  it.each([
    ['the first false of an `and`', { and: [isNew, anonymous, no, no] }, 2],
    ['the first true of an `or`', { or: [no, anonymous, isNew, isNew] }, 2],
    ['else the first unknown', { and: [isNew, anonymous, anonymous] }, 1],
    ['else the first unknown, nested', { or: [no, { and: [isNew, anonymous] }, anonymous] }, 2],
    ['the one that completed an `and`', { and: [isNew, isNew] }, 1],
    ['counted over the whole rule, in the order written', { and: [{ or: [no, isNew] }, { '!': [{ and: [isNew, isNew] }] }] }, 3],
  ])('%s', (_name, conditions, index) => {
    expect(evaluate([rule(1, conditions)], signals).trace[0]?.decidedBy).toBe(index);
  });
});

describe('behind the first match', () => {
  it('rules are not reached, yet fill `ruleIds` and `degraded`', () => {
    const { trace, ruleIds, degraded } = evaluate([rule(1), rule(2, isNew), rule(3, anonymous)], { 'device.isNew': true });
    expect(trace.map(({ result }) => result)).toEqual(['matched', 'not-reached', 'not-reached']);
    expect(trace[1]).toEqual({ ruleId: 'r2', result: 'not-reached' });
    expect(ruleIds).toEqual(['r1', 'r2']);
    expect(degraded).toEqual([{ signal: 'ip.isAnonymous', cause: 'no-input' }]);
  });
});

describe('reading', () => {
  it('names what active rules read', () => {
    const compiled = compilePolicy(
      [
        rule(1, { and: [isNew, { '==': [v('custom.amount'), v('custom.limit')] }] }),
        rule(2, { inList: [v('ip.countryCode'), 'risky-countries'] }, { mode: 'preview' }),
        rule(3, anonymous, { isActive: false }),
      ],
      environment,
    );
    expect([...compiled.productionVariables]).toEqual(['device.isNew', 'custom.amount', 'custom.limit']);
    expect([...compiled.previewVariables]).toEqual(['ip.countryCode']);
    expect(compiled.variables).toEqual(['device.isNew', 'custom.amount', 'custom.limit', 'ip.countryCode']);
    expect(compiled.lists).toEqual({ 'risky-countries': 3 });
  });
  it('what a production read throws is thrown', () => {
    const { evaluate: run } = compilePolicy([rule(1), rule(2, isNew)], environment);
    const read = () => {
      throw new Error('the store is gone');
    };
    expect(() => run(read, 0)).toThrow('the store is gone');
  });
  it('a failed evaluation leaves nothing behind for the next', () => {
    const { evaluate: run } = compilePolicy([rule(1, isNew)], environment);
    expect(() =>
      run(() => {
        throw new Error('once');
      }, 0),
    ).toThrow('once');
    expect(run(reader({ 'device.isNew': true }), 0).winner?.ruleId).toBe('r1');
  });
  it('expiring list entries are asked with the time of the decision', () => {
    const rules = [rule(1, { inList: [v('ip.countryCode'), 'guests'] })];
    const asked: number[] = [];
    const guests = {
      alias: 'guests',
      itemType: 'string',
      version: 1,
      has: (_: unknown, now: number) => asked.push(now) > 0,
      hasAddress: () => false,
    } as const;
    const { evaluate: run } = compilePolicy(rules, { ...environment, lists: new Map([['guests', guests]]) });
    run(reader({ 'ip.countryCode': 'DE' }), 1234);
    expect(asked).toEqual([1234]);
  });
});

describe('cost', () => {
  /** Asks another list each time. */
  const asking = () => {
    let lists = 0;
    return () => {
      lists += 1;
      return { inList: [v('ip.countryCode'), `list-${lists}`] };
    };
  };
  /** How often lists are asked in one evaluation, where each gives this answer. */
  const asksOf = (rules: readonly Rule[], answer: boolean): number => {
    let asked = 0;
    const list = (alias: string): CompiledList => ({
      alias,
      itemType: 'string',
      version: 1,
      has: () => {
        asked += 1;
        return answer;
      },
      hasAddress: () => false,
    });
    const lists = new Map(Array.from({ length: 64 }, (_, index) => `list-${index + 1}`).map((alias) => [alias, list(alias)]));
    compilePolicy(rules, { ...environment, lists }).evaluate(reader({ 'ip.countryCode': 'DE' }), 0);
    return asked;
  };
  const nested = (levels: number, ask: () => unknown): unknown =>
    levels === 1 ? ask() : { or: [nested(levels - 1, ask), { '!!': [nested(levels - 1, ask)] }] };

  it.each([1, 8, 64])('is linear: %i comparisons of which none can be spared are asked once each', (comparisons) => {
    expect(asksOf([rule(1, { or: Array.from({ length: comparisons }, asking()) })], false)).toBe(comparisons);
    const ask = asking();
    const negated = Array.from({ length: comparisons }, () => ({ '!': { and: [{ '!': ask() }] } }));
    expect(asksOf([rule(1, { and: negated })], true)).toBe(comparisons);
  });
  it.each([1, 2, 3, 4])('is linear in what is nested: level %i', (levels) => {
    expect(asksOf([rule(1, nested(levels, asking()))], false)).toBe(2 ** (levels - 1));
  });
  it('what is decided asks no further', () => {
    expect(asksOf([rule(1, { or: Array.from({ length: 64 }, asking()) })], true)).toBe(1);
    expect(asksOf([rule(1, { and: Array.from({ length: 64 }, asking()) })], false)).toBe(1);
  });
  it('the same question in several rules is asked once in each evaluation, whatever the answer', () => {
    const same = Array.from({ length: 20 }, (_, priority) => rule(priority, asking()()));
    expect(asksOf(same, true)).toBe(1);
    expect(asksOf(same, false)).toBe(1);
  });
  it('an answer is not kept for another question, nor for another signal', () => {
    const questions = [
      { in: [v('ip.countryCode'), ['DE']] },
      { in: [v('custom.channel'), ['DE']] },
      { in: [v('ip.countryCode'), ['FR']] },
      { contains: [v('ip.countryCode'), ['F']] },
      { contains: [v('ip.countryCode'), ['D']] },
      { endsWith: [v('ip.countryCode'), 'D'] },
    ];
    const { ruleIds } = evaluate(
      questions.map((question, priority) => rule(priority, question)),
      { 'ip.countryCode': 'DE', 'custom.channel': 'web' },
    );
    expect(ruleIds).toEqual(['r0', 'r4']);
  });
});
