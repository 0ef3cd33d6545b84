import { describe, expect, it } from 'vitest';
import type { Recorded } from '../../../core/decision.ts';
import { explainRules } from '../../../core/rules/explain.ts';
import { Unknown } from '../../../core/signals/define.ts';
import { environment, evaluate, preview, rule, type Signals, v } from './build.ts';

const isNew = { '==': [v('device.isNew'), true] };
const large = { '>': [v('custom.amount'), 500] };
const german = { in: [v('ip.countryCode'), ['de', 'AT']] };
const anonymous = v('ip.isAnonymous');

const recorded = (signals: Signals): Record<string, Recorded> =>
  Object.fromEntries(
    Object.entries(signals).map(([name, value]) => [name, value instanceof Unknown ? { unknown: value.cause } : { value }]),
  );

const explain = (rules: Parameters<typeof explainRules>[0], signals: Signals, now = environment) =>
  explainRules(rules, evaluate(rules, signals).trace, recorded(signals), now);

const decidedBy = (conditions: unknown, signals: Signals, now = environment) =>
  explain([rule(1, conditions)], signals, now)[0]?.decidedByConditions.map((one) => [one.var, one.result]);

describe('explain', () => {
  it('says of each rule what it came to, in the order evaluated', () => {
    const rules = [rule(3, isNew), rule(1, large), preview(2, german, { type: 'BLOCK' }), rule(4)];
    expect(explain(rules, { 'device.isNew': true, 'custom.amount': 100, 'ip.countryCode': 'DE' })).toEqual([
      {
        ruleId: 'r1',
        name: 'rule 1',
        priority: 1,
        mode: 'production',
        outcome: 'CHALLENGE',
        result: 'not-matched',
        decidedByConditions: [{ var: 'custom.amount', operator: '>', expected: 500, actual: 100, result: 'not-matched' }],
      },
      {
        ruleId: 'r2',
        name: 'rule 2',
        priority: 2,
        mode: 'preview',
        outcome: 'BLOCK',
        result: 'matched',
        decidedByConditions: [{ var: 'ip.countryCode', operator: 'in', expected: ['de', 'AT'], actual: 'DE', result: 'matched' }],
      },
      {
        ruleId: 'r3',
        name: 'rule 3',
        priority: 3,
        mode: 'production',
        outcome: 'CHALLENGE',
        result: 'matched',
        decidedByConditions: [{ var: 'device.isNew', operator: '==', expected: true, actual: true, result: 'matched' }],
      },
      {
        ruleId: 'r4',
        name: 'rule 4',
        priority: 4,
        mode: 'production',
        outcome: 'CHALLENGE',
        result: 'not-reached',
        decidedByConditions: [],
      },
    ]);
  });

  const signals = { 'device.isNew': true, 'custom.amount': 100, 'ip.countryCode': 'FR' };
  it.each([
    [
      'every part of an `and` that held',
      { and: [isNew, { '<': [v('custom.amount'), 500] }] },
      [
        ['device.isNew', 'matched'],
        ['custom.amount', 'matched'],
      ],
    ],
    ['the part that failed an `and`', { and: [isNew, large, german] }, [['custom.amount', 'not-matched']]],
    ['the part that fulfilled an `or`', { or: [large, isNew, german] }, [['device.isNew', 'matched']]],
    [
      'every part of an `or` that failed',
      { or: [large, german] },
      [
        ['custom.amount', 'not-matched'],
        ['ip.countryCode', 'not-matched'],
      ],
    ],
    ['what is negated, by its own result', { '!': [{ and: [isNew, large] }] }, [['custom.amount', 'not-matched']]],
    ['the first unknown', { and: [isNew, anonymous, anonymous] }, [['ip.isAnonymous', 'unknown']]],
    [
      'the part of each group',
      { and: [{ or: [large, isNew] }, { '!!': [{ or: [german, { '<': [v('custom.amount'), 500] }] }] }] },
      [
        ['device.isNew', 'matched'],
        ['custom.amount', 'matched'],
      ],
    ],
  ])('names %s', (_name, conditions, expected) => {
    expect(decidedBy(conditions, signals)).toEqual(expected);
  });

  it('shows a rule that matched because it could not know', () => {
    expect(explain([rule(1, anonymous, { onUnknown: 'match' })], {})[0]).toMatchObject({
      result: 'matched',
      byUnknown: true,
      decidedByConditions: [{ var: 'ip.isAnonymous', actual: { unknown: 'not-recorded' }, result: 'unknown' }],
    });
  });
  it('shows the default that stood in for an unknown', () => {
    expect(explain([rule(1, { '>': [v('custom.amount', 900), 500] })], {})[0]?.decidedByConditions).toEqual([
      { var: 'custom.amount', operator: '>', expected: 500, actual: { unknown: 'not-recorded', default: 900 }, result: 'matched' },
    ]);
  });
  it('shows both bounds, the other variable, and what exists', () => {
    const conditions = {
      and: [{ '<': [1, v('custom.amount'), 500] }, { '<=': [v('custom.amount'), v('custom.limit')] }, { exists: v('custom.limit') }],
    };
    expect(explain([rule(1, conditions)], { 'custom.amount': 5, 'custom.limit': 6 })[0]?.decidedByConditions).toEqual([
      { var: 'custom.amount', operator: '<', expected: [1, 500], actual: 5, result: 'matched' },
      { var: 'custom.amount', operator: '<=', expected: v('custom.limit'), actual: 5, result: 'matched' },
      { var: 'custom.limit', operator: 'exists', expected: true, actual: 6, result: 'matched' },
    ]);
  });
  it('needs neither variables nor lists to exist still', () => {
    const listed = { inList: [v('ip.countryCode'), 'risky-countries'] };
    const nothing = { variables: new Map(), lists: new Map() };
    expect(decidedBy({ and: [isNew, listed] }, { 'device.isNew': true, 'ip.countryCode': 'XA' }, nothing)).toEqual([
      ['device.isNew', 'matched'],
      ['ip.countryCode', 'matched'],
    ]);
    // which part of the first group held is in no trace, and nothing claims to know it
    expect(
      decidedBy({ and: [{ or: [large, isNew] }, listed] }, { 'device.isNew': true, 'custom.amount': 1, 'ip.countryCode': 'XA' }, nothing),
    ).toEqual([['ip.countryCode', 'matched']]);
  });
  it('leaves out rules that the frozen policy does not have', () => {
    expect(explainRules([], [{ ruleId: 'r9', result: 'matched' }], {}, environment)).toEqual([]);
  });
});
