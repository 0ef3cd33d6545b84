import { describe, expect, it } from 'vitest';
import { parseCondition } from '../../../core/rules/parse.ts';
import { validateRule } from '../../../core/rules/validate-rule.ts';
import { environment, problemsOf, rule, v } from './build.ts';

const refused = (conditions: unknown) => problemsOf(() => parseCondition(conditions, environment))[0];
const accepted = (conditions: unknown) => expect(() => parseCondition(conditions, environment)).not.toThrow();
const holds = { '==': [v('device.isNew'), true] };

/** What is refused, where, and what the refusal must say. */
const constructs: readonly (readonly [name: string, conditions: unknown, pointer: string, says?: RegExp])[] = [
  ['`if`', { if: [holds, true, false] }, '/conditions/if', /`if`/],
  ['`missing`', { missing: ['custom.amount'] }, '/conditions/missing'],
  ['`cat`', { '==': [{ cat: ['a', 'b'] }, v('custom.channel')] }, '/conditions/==/0', /no arithmetic/],
  ['arithmetic', { '>': [{ '+': [v('custom.amount'), 1] }, v('custom.amount')] }, '/conditions/>/0'],
  ['`map`', { and: [holds, { map: [v('custom.colours'), 1] }] }, '/conditions/and/1/map'],
  ['`reduce`', { reduce: [] }, '/conditions/reduce'],
  ['`log`', { log: 'x' }, '/conditions/log'],
  ['an empty `var`', { '==': [v(''), 1] }, '/conditions/==/0/var'],
  ['a `var` by index', { '==': [{ var: 0 }, 1] }, '/conditions/==/0/var'],
  ['a `var` beside other keys', { '==': [{ var: 'custom.amount', or: [] }, 1] }, '/conditions/==/0'],
  ['a misspelled operator', { contians: [v('custom.channel'), 'w'] }, '/conditions/contians', /did you mean `contains`/],
  ['a misspelled signal', { '==': [v('device.isNwe'), true] }, '/conditions/==/0/var', /known signal.*did you mean `device.isNew`/],
  [
    'an undeclared data point',
    { '>': [v('custom.ammount'), 5] },
    '/conditions/>/0/var',
    /declared data point.*`custom.ammount`.*did you mean `custom.amount`/,
  ],
  ['an unknown list', { inList: [v('ip.countryCode'), 'risky-country'] }, '/conditions/inList/1', /did you mean `risky-countries`/],
  ['a list of another type', { inList: [v('custom.amount'), 'risky-countries'] }, '/conditions/inList/1', /list of numbers/],
  ['a string for a number', { '==': [v('custom.amount'), '1'] }, '/conditions/==/1', /a number.*the string `1`/],
  ['a number for a boolean', { '==': [v('device.isNew'), 1] }, '/conditions/==/1'],
  ['null among items', { in: [v('custom.amount'), [1, null]] }, '/conditions/in/1/1'],
  ['two variables of different types', { '==': [v('custom.amount'), v('custom.channel')] }, '/conditions/==/1'],
  ['equality of a multiselect', { '==': [v('custom.colours'), 'red'] }, '/conditions/==', /hasAny/],
  ['order of strings', { '<': [v('custom.channel'), 'b'] }, '/conditions/<'],
  ['a null bound', { '<': [v('custom.amount'), null] }, '/conditions/</1'],
  ['a bad address', { '==': [v('ip.address'), '1.2.3'] }, '/conditions/==/1', /IP address/],
  ['a block where an address belongs', { '==': [v('ip.address'), '10.0.0.0/8'] }, '/conditions/==/1'],
  ['a bad CIDR', { ipIn: [v('ip.address'), ['10.0.0.0/8', '10.0.0.0/33']] }, '/conditions/ipIn/1/1', /CIDR/],
  ['a value that is no option', { hasAny: [v('custom.colours'), ['red', 'gren']] }, '/conditions/hasAny/1/1', /did you mean `green`/],
  ['an operator that the variable does not take', { contains: [v('user.email'), '@'] }, '/conditions/contains', /==.*inList/],
  ['part of a value that only equality may read', { in: ['@', v('user.email')] }, '/conditions/in'],
  ['no variable', { '==': [1, 1] }, '/conditions/==/1', /`var`/],
  ['no variable in an order', { '<': [1, 2] }, '/conditions/<', /`var`/],
  ['too few operands', { '==': [v('custom.amount')] }, '/conditions/=='],
  ['too many operands', { '>': [3, v('custom.amount'), 1] }, '/conditions/>'],
  ['an empty group', { and: [] }, '/conditions/and'],
  ['a group without array', { or: holds }, '/conditions/or'],
  ['two negated conditions', { '!': [holds, holds] }, '/conditions/!'],
  ['a literal for a condition', { and: [true] }, '/conditions/and/0'],
  ['a bare number', v('custom.amount'), '/conditions'],
  ['two operators', { and: [holds], or: [holds] }, '/conditions'],
  ['no operator', {}, '/conditions'],
  ['an array', [holds], '/conditions'],
  ['an ill-typed default', { '==': [v('custom.amount', 'x'), 1] }, '/conditions/==/0/var/1'],
  ['two defaults', { '==': [v('custom.amount', 1, 2), 1] }, '/conditions/==/0/var'],
  ['a non-finite number', { '<': [v('custom.amount'), Number.POSITIVE_INFINITY] }, '/conditions/</1'],
  ['what is no JSON', { '==': [v('custom.amount'), () => 1] }, '/conditions/==/1'],
  ['`constructor` as name', { '==': [v('constructor'), 1] }, '/conditions/==/0/var'],
  ['`__proto__` in a path', { '==': [v('custom.__proto__'), 1] }, '/conditions/==/0/var'],
  ['`prototype` as key', { prototype: [] }, '/conditions/prototype', /the key `prototype`/],
  ['`__proto__` as key', JSON.parse('{"and":[{"__proto__":[1]}]}'), '/conditions/and/0/__proto__', /the key `__proto__`/],
  ['`constructor` as list', { inList: [v('ip.countryCode'), 'constructor'] }, '/conditions/inList/1'],
  ['`toString` as operator', { toString: [v('custom.amount'), 1] }, '/conditions/toString'],
];

describe('refused, with its place', () => {
  it.each(constructs.map(([name, conditions, pointer, says = /./]) => ({ name, conditions, pointer, says })))(
    '$name',
    ({ conditions, pointer, says }) => {
      const problem = refused(conditions);
      expect(problem?.pointer).toBe(pointer);
      expect(JSON.stringify(problem)).toMatch(says);
    },
  );
  it('every place at once', () => {
    const problems = problemsOf(() => parseCondition({ and: [{ '==': [v('custom.amount'), 'x'] }, { nope: [] }] }, environment));
    expect(problems.map(({ pointer }) => pointer)).toEqual(['/conditions/and/0/==/1', '/conditions/and/1/nope']);
  });
  it('a name that reaches into a prototype, even where something of that name is declared', () => {
    const variables = new Map([['custom.constructor', { name: 'custom.constructor', type: 'number' as const }]]);
    const attempt = () => parseCondition({ '==': [v('custom.constructor'), 1] }, { ...environment, variables });
    expect(problemsOf(attempt)[0]?.pointer).toBe('/conditions/==/0/var');
  });
  it('a rule that lets through what is unknown', () => {
    for (const type of ['ALLOW', 'TRUST'] as const) {
      expect(problemsOf(() => validateRule(rule(1, holds, { type, onUnknown: 'match' }), environment))[0]?.pointer).toBe('/onUnknown');
      expect(() => validateRule(rule(1, holds, { type, onUnknown: 'skip' }), environment)).not.toThrow();
    }
    expect(() => validateRule(rule(1, holds, { type: 'BLOCK', onUnknown: 'match' }), environment)).not.toThrow();
  });
});

const nestedIn = (levels: number): unknown => (levels === 1 ? holds : { and: [nestedIn(levels - 1)] });
const ofBytes = (bytes: number): unknown => {
  const sized = (length: number) => ({ '==': [v('custom.channel'), 'x'.repeat(length)] });
  return sized(bytes - JSON.stringify(sized(0)).length);
};

describe('limits hold at the limit and fail one above', () => {
  it.each([
    ['depth', nestedIn(8), nestedIn(9)],
    ['comparisons', { or: Array(64).fill(holds) }, { or: Array(65).fill(holds) }],
    ['items', { in: [v('custom.amount'), Array(1000).fill(1)] }, { in: [v('custom.amount'), Array(1001).fill(1)] }],
    ['bytes', ofBytes(64 * 1024), ofBytes(64 * 1024 + 1)],
  ])('%s', (_name, at, above) => {
    accepted(at);
    refused(above);
  });
  it('bytes are counted, not characters', () => {
    accepted({ '==': [v('custom.channel'), 'é'.repeat(30_000)] });
    expect(refused({ '==': [v('custom.channel'), 'é'.repeat(33_000)] })?.got).toMatch(/bytes/);
  });
  it('10,000 levels of nesting', () => {
    let deep: unknown = holds;
    for (let level = 0; level < 10_000; level += 1) deep = level % 2 === 0 ? { '!': deep } : { and: [deep] };
    expect(refused(deep)?.expected).toMatch(/at most 8 deep/);
  });
  it('what contains itself', () => {
    const loop: { and: unknown[] } = { and: [] };
    loop.and.push(loop);
    expect(refused(loop)?.expected).toMatch(/at most 8 deep/);
  });
});

describe('what was submitted', () => {
  it('comes back value for value', () => {
    const conditions = { and: [{ in: [v('ip.countryCode'), ['de']] }, { '==': [v('ip.address', '::FFFF:1.2.3.4'), '2001:DB8::1'] }] };
    const before = structuredClone(conditions);
    parseCondition(conditions, environment);
    expect(conditions).toEqual(before);
  });
  it('may be frozen', () => {
    accepted(Object.freeze({ and: Object.freeze([Object.freeze(holds)]) }));
  });
  it('leaves Object.prototype alone', () => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    for (const [, conditions] of constructs) refused(conditions);
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
  });
});

describe('code generation from strings', () => {
  it('is off in these tests', () => {
    expect(() => new Function('return 1')).toThrow(/[Cc]ode generation/);
  });
});
