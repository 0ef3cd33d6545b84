import fc from 'fast-check';
import jsonLogic, { type RulesLogic } from 'json-logic-js';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../../../core/rules/compile.ts';
import type { SignalValue } from '../../../core/signals/define.ts';
import { environment, evaluate, reader, resultOf, rule, v } from './build.ts';

const holds = { '==': [v('device.isNew'), true] };
const fails = { '==': [v('device.isNew'), false] };
const open = { '==': [v('ip.isAnonymous'), true] };
const signals = { 'device.isNew': true };
const byTruth = [
  [true, holds],
  [false, fails],
  ['unknown', open],
] as const;

describe('Kleene logic', () => {
  const and = (left: unknown, right: unknown) =>
    left === false || right === false ? false : left === true && right === true ? true : 'unknown';
  const or = (left: unknown, right: unknown) =>
    left === true || right === true ? true : left === false && right === false ? false : 'unknown';
  const pairs = byTruth.flatMap(([left, one]) => byTruth.map(([right, other]) => [left, right, one, other] as const));

  it.each(pairs)('%s and %s', (left, right, one, other) => {
    expect(resultOf({ and: [one, other] }, signals)).toBe(and(left, right));
  });
  it.each(pairs)('%s or %s', (left, right, one, other) => {
    expect(resultOf({ or: [one, other] }, signals)).toBe(or(left, right));
  });
  it.each([
    [true, false],
    [false, true],
    ['unknown', 'unknown'],
  ] as const)('not %s is %s', (given, negated) => {
    const condition = byTruth.find(([truth]) => truth === given)?.[1];
    expect(resultOf({ '!': [condition] }, signals)).toBe(negated);
    expect(resultOf({ '!': condition }, signals)).toBe(negated);
    expect(resultOf({ '!!': [condition] }, signals)).toBe(given);
  });
});

type Case = readonly [name: string, conditions: unknown, signals: Record<string, SignalValue>, expected: boolean];

/** Each operator on values that fulfil it and on values that do not. */
const cases: readonly Case[] = [
  ['== equal', { '==': [v('custom.amount'), 5] }, { 'custom.amount': 5 }, true],
  ['== not equal', { '==': [v('custom.amount'), 5] }, { 'custom.amount': 6 }, false],
  ['== literal first', { '===': ['web', v('custom.channel')] }, { 'custom.channel': 'web' }, true],
  ['== two variables', { '==': [v('custom.amount'), v('custom.limit')] }, { 'custom.amount': 5, 'custom.limit': 5 }, true],
  ['== two variables apart', { '==': [v('custom.amount'), v('custom.limit')] }, { 'custom.amount': 5, 'custom.limit': 6 }, false],
  ['!=', { '!=': [v('custom.amount'), 5] }, { 'custom.amount': 6 }, true],
  ['!== equal', { '!==': [v('custom.amount'), 5] }, { 'custom.amount': 5 }, false],
  ['bare true', v('device.isNew'), { 'device.isNew': true }, true],
  ['bare false', v('device.isNew'), { 'device.isNew': false }, false],
  ['< at the bound', { '<': [v('custom.amount'), 5] }, { 'custom.amount': 5 }, false],
  ['< below', { '<': [v('custom.amount'), 5] }, { 'custom.amount': 4 }, true],
  ['< literal first', { '<': [5, v('custom.amount')] }, { 'custom.amount': 6 }, true],
  ['< literal first at the bound', { '<': [5, v('custom.amount')] }, { 'custom.amount': 5 }, false],
  ['<= at the bound', { '<=': [v('custom.amount'), 5] }, { 'custom.amount': 5 }, true],
  ['<= literal first at the bound', { '<=': [5, v('custom.amount')] }, { 'custom.amount': 5 }, true],
  ['<= above', { '<=': [v('custom.amount'), 5] }, { 'custom.amount': 6 }, false],
  ['> at the bound', { '>': [v('custom.amount'), 5] }, { 'custom.amount': 5 }, false],
  ['> above', { '>': [v('custom.amount'), 5] }, { 'custom.amount': 6 }, true],
  ['>= at the bound', { '>=': [v('custom.amount'), 5] }, { 'custom.amount': 5 }, true],
  ['>= below', { '>=': [v('custom.amount'), 5] }, { 'custom.amount': 4 }, false],
  ['> two variables', { '>': [v('custom.amount'), v('custom.limit')] }, { 'custom.amount': 6, 'custom.limit': 5 }, true],
  ['between, inside', { '<': [1, v('custom.amount'), 10] }, { 'custom.amount': 5 }, true],
  ['between exclusive, at the low end', { '<': [1, v('custom.amount'), 10] }, { 'custom.amount': 1 }, false],
  ['between exclusive, at the high end', { '<': [1, v('custom.amount'), 10] }, { 'custom.amount': 10 }, false],
  ['between inclusive, at the high end', { '<=': [1, v('custom.amount'), 10] }, { 'custom.amount': 10 }, true],
  ['between inclusive, above', { '<=': [1, v('custom.amount'), 10] }, { 'custom.amount': 11 }, false],
  ['in strings', { in: [v('ip.countryCode'), ['DE', 'FR']] }, { 'ip.countryCode': 'FR' }, true],
  ['not in strings', { in: [v('ip.countryCode'), ['DE', 'FR']] }, { 'ip.countryCode': 'GB' }, false],
  ['in many', { in: [v('custom.amount'), [...Array(500).keys()]] }, { 'custom.amount': 499 }, true],
  ['not in many', { in: [v('custom.amount'), [...Array(500).keys()]] }, { 'custom.amount': 500 }, false],
  ['in nothing', { in: [v('custom.amount'), []] }, { 'custom.amount': 5 }, false],
  ['in blocks', { in: [v('ip.address'), ['10.0.0.0/8', '2001:db8::1']] }, { 'ip.address': '10.9.8.7' }, true],
  ['not in blocks', { in: [v('ip.address'), ['10.0.0.0/8']] }, { 'ip.address': '11.0.0.0' }, false],
  ['literal in a string', { in: ['Firefox', v('device.userAgent')] }, { 'device.userAgent': 'Mozilla Firefox/1' }, true],
  ['literal not in a string', { in: ['firefox', v('device.userAgent')] }, { 'device.userAgent': 'Mozilla Firefox/1' }, false],
  ['literal in a multiselect', { in: ['red', v('custom.colours')] }, { 'custom.colours': ['green', 'red'] }, true],
  ['literal not in a multiselect', { in: ['red', v('custom.colours')] }, { 'custom.colours': ['green'] }, false],
  ['contains', { contains: [v('device.userAgent'), 'Fire'] }, { 'device.userAgent': 'Firefox' }, true],
  ['contains is case sensitive', { contains: [v('device.userAgent'), 'fire'] }, { 'device.userAgent': 'Firefox' }, false],
  ['contains any of', { contains: [v('device.userAgent'), ['curl', 'fox']] }, { 'device.userAgent': 'Firefox' }, true],
  ['CONTAINS', { CONTAINS: [v('device.userAgent'), 'fox'] }, { 'device.userAgent': 'Firefox' }, true],
  ['startsWith', { startsWith: [v('device.userAgent'), 'Fire'] }, { 'device.userAgent': 'Firefox' }, true],
  ['STARTS_WITH, not the start', { STARTS_WITH: [v('device.userAgent'), 'fox'] }, { 'device.userAgent': 'Firefox' }, false],
  ['endsWith', { endsWith: [v('device.userAgent'), 'fox'] }, { 'device.userAgent': 'Firefox' }, true],
  ['ENDS_WITH, not the end', { ENDS_WITH: [v('device.userAgent'), 'Fire'] }, { 'device.userAgent': 'Firefox' }, false],
  ['ipIn', { ipIn: [v('ip.address'), ['2001:db8::/32']] }, { 'ip.address': '2001:db8:1::1' }, true],
  ['ipIn, outside', { ipIn: [v('ip.address'), ['2001:db8::/32']] }, { 'ip.address': '2001:db9::1' }, false],
  ['inList', { inList: [v('ip.countryCode'), 'risky-countries'] }, { 'ip.countryCode': 'XA' }, true],
  ['inList, not there', { inList: [v('ip.countryCode'), 'risky-countries'] }, { 'ip.countryCode': 'DE' }, false],
  ['inList of numbers', { inList: [v('custom.amount'), 'numbers'] }, { 'custom.amount': 2 }, true],
  ['inList of blocks', { inList: [v('ip.address'), 'office'] }, { 'ip.address': '192.0.2.77' }, true],
  ['hasAny', { hasAny: [v('custom.colours'), ['red', 'blue']] }, { 'custom.colours': ['green', 'blue'] }, true],
  ['hasAny, none', { hasAny: [v('custom.colours'), ['red', 'blue']] }, { 'custom.colours': ['green'] }, false],
  ['hasAll', { hasAll: [v('custom.colours'), ['red', 'blue']] }, { 'custom.colours': ['blue', 'red', 'green'] }, true],
  ['hasAll, one missing', { hasAll: [v('custom.colours'), ['red', 'blue']] }, { 'custom.colours': ['blue'] }, false],
  ['hasNone', { hasNone: [v('custom.colours'), ['red']] }, { 'custom.colours': ['blue'] }, true],
  ['hasNone of an empty multiselect', { hasNone: [v('custom.colours'), ['red']] }, { 'custom.colours': [] }, true],
  ['hasNone, one there', { hasNone: [v('custom.colours'), ['red']] }, { 'custom.colours': ['red'] }, false],
];

describe('operators', () => {
  it.each(cases)('%s', (_name, conditions, given, expected) => {
    expect(resultOf(conditions, given)).toBe(expected);
  });
  it.each(cases)('%s: unknown where an operand is, negated too', (_name, conditions) => {
    expect(resultOf(conditions)).toBe('unknown');
    expect(resultOf({ '!': [conditions] })).toBe('unknown');
  });
  it('an unknown is never a number below a threshold, nor a string equal to a number', () => {
    expect(jsonLogic.apply({ '<': [{ var: 'custom.amount' }, 5] } as RulesLogic, {})).toBe(true);
    expect(resultOf({ '<': [v('custom.amount'), 5] })).toBe('unknown');
    expect(resultOf({ '==': [v('custom.amount'), 1] }, { 'custom.amount': '1' })).toBe('unknown');
  });
});

describe('existence', () => {
  it.each([
    [{ exists: [v('custom.amount')] }, true],
    [{ exists: v('custom.amount') }, true],
    [{ '!=': [v('custom.amount'), null] }, true],
    [{ '==': [null, v('custom.amount')] }, false],
    [{ '!==': [v('custom.colours'), null] }, true],
  ])('%j is known either way', (conditions, whenKnown) => {
    expect(resultOf(conditions, { 'custom.amount': 0, 'custom.colours': [] })).toBe(whenKnown);
    expect(resultOf(conditions)).toBe(!whenKnown);
  });
});

describe('defaults', () => {
  it('stand in for what is unknown, which stays in degraded', () => {
    const { winner, degraded } = evaluate([rule(1, { '>': [v('custom.amount', 1000), 500] })]);
    expect(winner?.ruleId).toBe('r1');
    expect(degraded).toEqual([{ signal: 'custom.amount', cause: 'no-input' }]);
  });
  it.each([
    [{ '==': [v('custom.channel', 'web'), 'web'] }, true],
    [{ '<': [1, v('custom.amount', 5), 10] }, true],
    [{ hasAny: [v('custom.colours', ['red']), ['red']] }, true],
    [{ '!': [v('device.isNew', false)] }, true],
    [{ in: [v('ip.address', '::ffff:10.0.0.1'), ['10.0.0.0/8']] }, true],
    [{ '==': [v('custom.limit', 0), v('custom.amount')] }, 'unknown'],
  ])('%j', (conditions, expected) => {
    expect(resultOf(conditions)).toBe(expected);
  });
  it('do not stand in for what is known', () => {
    expect(resultOf({ '==': [v('custom.channel', 'web'), 'web'] }, { 'custom.channel': 'app' })).toBe(false);
  });
});

describe('canonical literals', () => {
  it.each([
    ['country codes', { '==': [v('ip.countryCode'), 'de'] }, { 'ip.countryCode': 'DE' }],
    ['e-mail domains', { in: [v('user.emailDomain'), ['Example.ORG']] }, { 'user.emailDomain': 'example.org' }],
    ['addresses', { '==': [v('ip.address'), '::FFFF:1.2.3.4'] }, { 'ip.address': '1.2.3.4' }],
    ['IPv6', { '==': [v('ip.address'), '2001:DB8:0:0:0:0:0:1'] }, { 'ip.address': '2001:db8::1' }],
    ['strings are NFKC', { '==': [v('custom.channel'), 'ﬁn'] }, { 'custom.channel': 'fin' }],
    ['user ids are left alone', { '==': [v('user.id'), 'ﬁn'] }, { 'user.id': 'ﬁn' }],
  ])('%s', (_name, conditions, given) => {
    expect(resultOf(conditions, given)).toBe(true);
  });
});

const numbers = ['custom.amount', 'custom.limit', 'velocity.user1h'];
const comparison = fc.oneof(
  fc
    .tuple(fc.constantFrom('<', '<=', '>', '>=', '==', '!=', '===', '!=='), fc.constantFrom(...numbers), fc.integer({ min: -3, max: 3 }))
    .map(([operator, name, literal]) => ({ [operator]: [v(name), literal] })),
  fc.tuple(fc.constantFrom('<', '<='), fc.constantFrom(...numbers), fc.integer({ min: -3, max: 3 })).map(([operator, name, low]) => ({
    [operator]: [low, v(name), low + 2],
  })),
  fc.tuple(fc.constantFrom(...numbers), fc.array(fc.integer({ min: -3, max: 3 }))).map(([name, items]) => ({ in: [v(name), items] })),
  fc.constantFrom('device.isNew', 'ip.isAnonymous').map((name) => v(name)),
  fc.constantFrom('a', 'b', 'ab').map((part) => ({ in: [part, v('custom.channel')] })),
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    comparison,
    fc
      .tuple(fc.constantFrom('and', 'or'), fc.array(tie('tree'), { minLength: 1, maxLength: 3 }))
      .map(([operator, children]) => ({ [operator]: children })),
    tie('tree').map((child) => ({ '!': [child] })),
  ),
}));
const known = fc.record({
  'custom.amount': fc.integer({ min: -3, max: 3 }),
  'custom.limit': fc.integer({ min: -3, max: 3 }),
  'velocity.user1h': fc.integer({ min: -3, max: 3 }),
  'device.isNew': fc.boolean(),
  'ip.isAnonymous': fc.boolean(),
  'custom.channel': fc.constantFrom('a', 'b', 'ab', 'c'),
});
const nested = (flat: Record<string, SignalValue>) => {
  const facts: Record<string, Record<string, SignalValue>> = {};
  for (const [name, value] of Object.entries(flat)) {
    const [family = '', field = ''] = name.split('.');
    facts[family] = { ...facts[family], [field]: value };
  }
  return facts;
};

describe('properties', () => {
  it('on known values the shared subset agrees with json-logic-js', () => {
    fc.assert(
      fc.property(tree, known, (conditions, given) => {
        expect(resultOf(conditions, given)).toBe(Boolean(jsonLogic.apply(conditions as RulesLogic, nested(given))));
      }),
      { numRuns: 500 },
    );
  });
  it('giving an unknown any value never flips a known result', () => {
    fc.assert(
      fc.property(tree, known, fc.subarray([...numbers, 'device.isNew', 'ip.isAnonymous', 'custom.channel']), (conditions, full, kept) => {
        const partial = Object.fromEntries(Object.entries(full).filter(([name]) => kept.includes(name)));
        const before = resultOf(conditions, partial);
        if (before !== 'unknown') expect(resultOf(conditions, full)).toBe(before);
      }),
      { numRuns: 1000 },
    );
  });
  it('each variable is read at most once, and only where asked for', () => {
    fc.assert(
      fc.property(fc.array(tree, { minLength: 1, maxLength: 5 }), known, (trees, given) => {
        const compiled = compilePolicy(
          trees.map((conditions, index) => rule(index, conditions)),
          environment,
        );
        const reads: string[] = [];
        compiled.evaluate((name) => {
          reads.push(name);
          return reader(given)(name);
        }, 0);
        expect(new Set(reads).size).toBe(reads.length);
        expect(compiled.variables).toEqual(expect.arrayContaining(reads));
      }),
    );
  });
});
