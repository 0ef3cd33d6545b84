import { describe, expect, it } from 'vitest';
import type { ActionConfiguration, Rule } from '../../../core/action.ts';
import { defaultConfiguration } from '../../../core/policy/defaults.ts';
import { lintPolicy } from '../../../core/rules/lint.ts';
import { operatorsFor } from '../../../core/rules/operators.ts';
import { references } from '../../../core/rules/references.ts';
import { environment, preview, rule, v } from './build.ts';

const everything = { available: new Set(environment.variables.keys()), emailEnabled: true };
const lint = (rules: readonly Rule[], deployment = everything, configuration: Partial<ActionConfiguration> = {}) =>
  lintPolicy(
    { version: 1, configuration: { ...defaultConfiguration('pay', 'ALLOW', 0), ...configuration }, rules },
    environment,
    deployment,
  );
const codesOf = (conditions: unknown, more: Partial<Rule> = {}) =>
  lint([rule(1, conditions, { onUnknown: 'skip', ...more })]).map(({ code }) => code);

const isNew = { '==': [v('device.isNew'), true] };
const amount = (operator: string, value: number) => ({ [operator]: [v('custom.amount'), value] });

describe('lint is silent', () => {
  it.each([
    ['on a rule that says all', isNew],
    ['on a range', { and: [amount('>', 1), amount('<', 5)] }],
    ['on choices that overlap', { and: [{ in: [v('ip.countryCode'), ['DE', 'FR']] }, { '==': [v('ip.countryCode'), 'FR'] }] }],
    ['on alternatives that exclude each other', { or: [amount('==', 1), amount('==', 2)] }],
    ['on blocks side by side', { ipIn: [v('ip.address'), ['10.0.0.0/8', '192.0.2.0/24', '2001:db8::/32']] }],
    ['on a threshold that a count can pass', { '>': [v('velocity.user1h'), 999] }],
    ['on a large amount', amount('>', 1_000_000)],
  ])('%s', (_name, conditions) => {
    expect(codesOf(conditions)).toEqual([]);
  });
});

describe('lint warns', () => {
  it.each([
    ['of a range that is empty', { and: [amount('>', 5), { '!!': [amount('<', 3)] }] }, ['contradiction']],
    ['of bounds that exclude each other', { and: [amount('>=', 5), amount('<', 5)] }, ['contradiction']],
    ['of two values at once', { and: [amount('==', 1), { and: [amount('==', 2)] }] }, ['contradiction']],
    ['of a value outside its range', { or: [{ and: [amount('==', 1), amount('>', 5)] }, isNew] }, ['contradiction']],
    ['of true and false at once', { and: [isNew, { '==': [v('device.isNew'), false] }] }, ['contradiction']],
    ['of /0', { ipIn: [v('ip.address'), ['0.0.0.0/0']] }, ['cidr-everything']],
    ['of host bits', { in: [v('ip.address'), ['10.0.0.1/8']] }, ['cidr-host-bits']],
    ['of a block within a block', { ipIn: [v('ip.address'), ['10.1.0.0/16', '10.0.0.0/8']] }, ['cidr-overlap']],
    ['of a threshold that no count passes', { '>': [v('velocity.user1h'), 1000] }, ['threshold-never-reached']],
    ['of a threshold that no count reaches', { '>=': [v('velocity.user1h'), 1001] }, ['threshold-never-reached']],
    ['of a count that is never had', { '==': [v('velocity.user1h'), 1001] }, ['threshold-never-reached']],
    ['of nothing to be in', { in: [v('ip.countryCode'), []] }, ['constant-condition', 'contradiction']],
    ['of conditions that do not parse', { nope: [] }, ['unreadable']],
  ])('%s', (_name, conditions, codes) => {
    const found = codesOf(conditions);
    expect(codes).toEqual(expect.arrayContaining(found));
    expect(found).toContain(codes[0]);
  });

  it('of data that the deployment lacks, where it guards', () => {
    const lacking = { ...everything, available: new Set<string>() };
    for (const type of ['CHALLENGE', 'REVIEW', 'BLOCK'] as const) {
      expect(lint([rule(1, v('ip.isAnonymous'), { type, onUnknown: 'skip' })], lacking)).toMatchObject([
        { code: 'data-unavailable', ruleId: 'r1' },
      ]);
    }
    expect(lint([rule(1, v('ip.isAnonymous'), { type: 'ALLOW' })], lacking)).toEqual([]);
  });
  it('of an absence that the rule does not speak of', () => {
    expect(lint([rule(1, amount('>', 1))])).toMatchObject([
      { code: 'on-unknown-unset', message: expect.stringContaining('custom.amount') },
    ]);
    expect(lint([rule(1, amount('>', 1), { onUnknown: 'match' })])).toEqual([]);
    expect(lint([rule(1, { '>': [v('custom.amount', 0), 1] })])).toEqual([]);
    expect(lint([rule(1, { exists: v('custom.amount') })])).toEqual([]);
    expect(lint([rule(1, { '>': [v('velocity.user1h'), 1] })])).toEqual([]);
  });
  it('of rules behind one without conditions', () => {
    const found = lint([rule(2, isNew, { onUnknown: 'skip' }), rule(1), preview(3, isNew, { onUnknown: 'skip' })]);
    expect(found.map(({ code, ruleId }) => [code, ruleId])).toEqual([
      ['shadowed', 'r2'],
      ['shadowed', 'r3'],
    ]);
    expect(lint([preview(1), rule(2)])).toEqual([]);
    expect(lint([rule(1, undefined, { isActive: false }), rule(2)])).toEqual([]);
  });
  it('of what lets through on the word of the browser', () => {
    const agent = { contains: [v('device.userAgent'), 'Intranet'] };
    expect(codesOf(agent, { type: 'ALLOW' })).toEqual(['client-chosen']);
    expect(codesOf(agent, { type: 'TRUST' })).toEqual(['client-chosen']);
    expect(codesOf({ and: [agent, v('ip.isAnonymous')] }, { type: 'ALLOW' })).toEqual([]);
    expect(codesOf(agent, { type: 'BLOCK' })).toEqual([]);
  });
  it('of settings that weaken the action', () => {
    expect(lint([], everything, { enrollment: 'allow' }).map(({ code }) => code)).toEqual(['enrollment-allow']);
    expect(lint([], everything, { acceptClaimedDevice: true }).map(({ code }) => code)).toEqual(['accept-claimed-device']);
    expect(lint([], { ...everything, emailEnabled: false }).map(({ code }) => code)).toEqual(['email-disabled']);
    expect(lint([], { ...everything, emailEnabled: false }, { enrollment: 'deny' })).toEqual([]);
    const byEmail = rule(1, isNew, { onUnknown: 'skip', verificationMethods: ['EMAIL_OTP'] });
    expect(lint([byEmail], { ...everything, emailEnabled: false }, { enrollment: 'deny' })).toMatchObject([
      { code: 'email-disabled', ruleId: 'r1' },
    ]);
  });
});

describe('references', () => {
  it('are found however deep, and whatever else is wrong', () => {
    const found = references({
      and: [{ nope: [v('custom.gone', 1)] }, { inList: [v('ip.countryCode'), 'risky-countries'] }, { inList: 'x' }, { var: 3 }, null],
    });
    expect([...found.variables].sort()).toEqual(['custom.gone', 'ip.countryCode']);
    expect([...found.lists]).toEqual(['risky-countries']);
  });
  it('of nothing are none', () => {
    for (const nothing of [undefined, null, 'x', []]) expect(references(nothing)).toEqual({ variables: new Set(), lists: new Set() });
  });
});

describe('operators of a variable', () => {
  it('are those of its type, or fewer where it says so', () => {
    expect(operatorsFor({ name: 'x', type: 'boolean' })).toEqual(['==', '===', '!=', '!==', 'exists', '!', '!!']);
    expect(operatorsFor({ name: 'x', type: 'strings' })).toEqual(['in', 'hasAny', 'hasAll', 'hasNone', 'exists']);
    expect(operatorsFor({ name: 'x', type: 'string', operators: ['==', 'in', 'inList'] })).toEqual(['==', '===', 'in', 'inList', 'exists']);
  });
});
