import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rule } from '../../../core/action.ts';
import { compilePolicy } from '../../../core/rules/compile.ts';
import { environment, evaluate, preview, reader, rule, v } from './build.ts';

const isNew = { '==': [v('device.isNew'), true] };
const anonymous = v('ip.isAnonymous');
const large = { '>': [v('custom.amount'), 500] };
const signals = { 'device.isNew': true, 'custom.amount': 900 };

describe('preview changes nothing', () => {
  const live = [rule(10, large, { type: 'ALLOW' }), rule(20, anonymous, { type: 'BLOCK' }), rule(30)];
  const fifty = Array.from({ length: 50 }, (_, index) =>
    preview(index < 10 ? index : index + 31, [isNew, large, { hasAny: [v('custom.colours'), ['red']] }, undefined][index % 4], {
      type: 'BLOCK',
      onUnknown: 'match',
    }),
  );
  const throwing = preview(99, { '==': [v('user.id'), 'x'] });
  const read = (name: string) => {
    if (name === 'user.id') throw new Error('this signal is broken');
    return reader(signals)(name);
  };

  it('50 preview rules, one of them throwing', () => {
    const without = compilePolicy(live, environment).evaluate(read, 0);
    const beside = compilePolicy([...fifty, throwing, ...live], environment).evaluate(read, 0);
    const ofLive = (ruleId: string) => live.some((one) => one.ruleId === ruleId);
    expect(beside.winner).toEqual(without.winner);
    expect(beside.ruleIds).toEqual(without.ruleIds);
    expect(beside.degraded).toEqual(without.degraded);
    expect(beside.trace.filter(({ ruleId }) => ofLive(ruleId))).toEqual(without.trace);
    expect(beside.trace.find(({ ruleId }) => ruleId === 'r99')).toEqual({ ruleId: 'r99', result: 'error' });
    expect(beside.previewMatches.length).toBe(50);
  });
  it('a signal that throws is read once and fails each preview rule that reads it, and those alone', () => {
    let reads = 0;
    const counting = (name: string) => {
      if (name === 'user.id') reads += 1;
      return read(name);
    };
    const rules = [preview(1, throwing.conditions), preview(2, throwing.conditions), preview(3, isNew)];
    const { trace } = compilePolicy(rules, environment).evaluate(counting, 0);
    expect(trace.map(({ result }) => result)).toEqual(['error', 'error', 'matched']);
    expect(reads).toBe(1);
  });
  it('a preview rule that no longer parses is an error; a production rule is refused', () => {
    const gone = { '==': [v('custom.gone'), 1] };
    expect(evaluate([preview(1, gone), rule(2)]).trace).toEqual([
      { ruleId: 'r1', result: 'error' },
      { ruleId: 'r2', result: 'matched' },
    ]);
    expect(() => compilePolicy([rule(1, gone)], environment)).toThrow(expect.objectContaining({ code: 'invalid_rule' }));
  });
  it('what preview alone found unknown has its own list', () => {
    const { degraded, previewDegraded } = evaluate([rule(1, anonymous), preview(2, { or: [anonymous, large] })]);
    expect(degraded).toEqual([{ signal: 'ip.isAnonymous', cause: 'no-input' }]);
    expect(previewDegraded).toEqual([{ signal: 'custom.amount', cause: 'no-input' }]);
  });
  it('production reads are not spared because preview reads the same', () => {
    expect(evaluate([preview(1, anonymous), rule(2, anonymous)]).degraded).toEqual([{ signal: 'ip.isAnonymous', cause: 'no-input' }]);
  });
});

describe('what preview would have given', () => {
  it('its own result for every rule, also behind the first match', () => {
    const { trace } = evaluate([rule(1), preview(2, isNew), preview(3, anonymous), preview(4, { '!': isNew })], signals);
    expect(trace.map(({ result }) => result)).toEqual(['matched', 'matched', 'unknown', 'not-matched']);
  });
  it('`decidesAlone`: matched, and no production rule before it did', () => {
    const { previewMatches } = evaluate([preview(1, isNew), rule(2, anonymous), preview(3, isNew), rule(4), preview(5, isNew)], signals);
    expect(previewMatches.map(({ ruleId, decidesAlone }) => [ruleId, decidesAlone])).toEqual([
      ['r1', true],
      ['r3', true],
      ['r5', false],
    ]);
  });
  it('`previewWinner`: the first match of both modes', () => {
    expect(evaluate([preview(1, anonymous), preview(2, isNew, { type: 'BLOCK' }), rule(3)], signals).previewWinner).toEqual({
      ruleId: 'r2',
      outcome: 'BLOCK',
    });
    expect(evaluate([rule(1), preview(2, isNew)], signals).previewWinner).toBeUndefined();
    expect(evaluate([preview(1, anonymous), rule(2)], signals).previewWinner).toBeUndefined();
  });
  it('`previewChanges`: its outcome differs from the live one', () => {
    expect(evaluate([preview(1, isNew, { type: 'BLOCK' }), rule(2)], signals).previewChanges).toBe(true);
    expect(evaluate([preview(1, isNew), rule(2)], signals).previewChanges).toBeUndefined();
    expect(evaluate([rule(1), preview(2, isNew, { type: 'BLOCK' })], signals).previewChanges).toBeUndefined();
  });
  it('where no production rule matched, the default outcome is the live one', () => {
    const { evaluate: run } = compilePolicy([preview(1, isNew, { type: 'BLOCK' })], environment);
    expect(run(reader(signals), 0, 'ALLOW').previewChanges).toBe(true);
    expect(run(reader(signals), 0, 'BLOCK').previewChanges).toBeUndefined();
  });

  it('equals what promotion would give, over random policies of both modes', () => {
    const conditions = fc.constantFrom(isNew, anonymous, large, { '!': isNew }, undefined);
    const outcome = fc.constantFrom('ALLOW', 'CHALLENGE', 'BLOCK') as fc.Arbitrary<Rule['type']>;
    const mode = fc.constantFrom('production', 'preview') as fc.Arbitrary<Rule['mode']>;
    const policy = fc
      .array(fc.tuple(conditions, outcome, mode), { maxLength: 7 })
      .map((parts) => parts.map(([given, type, as], priority) => rule(priority, given, { type, mode: as })));
    const promoted = (one: Rule): Rule => ({ ...one, mode: 'production' });
    fc.assert(
      fc.property(policy, (rules) => {
        const { previewMatches, previewWinner } = evaluate(rules, signals);
        const merged = evaluate(rules.map(promoted), signals).winner;
        const live = rules.find(({ ruleId }) => ruleId === merged?.ruleId);
        expect(previewWinner?.ruleId).toBe(live?.mode === 'preview' ? merged?.ruleId : undefined);
        for (const one of rules.filter((other) => other.mode === 'preview')) {
          const alone =
            evaluate(
              rules.map((other) => (other === one ? promoted(one) : other)),
              signals,
            ).winner?.ruleId === one.ruleId;
          expect(previewMatches.some(({ ruleId, decidesAlone }) => ruleId === one.ruleId && decidesAlone)).toBe(alone);
        }
      }),
    );
  });
});
