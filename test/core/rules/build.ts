import type { Rule } from '../../../core/action.ts';
import { StepwardError } from '../../../core/errors.ts';
import { compilePolicy } from '../../../core/rules/compile.ts';
import type { RuleEnvironment } from '../../../core/rules/parse.ts';
import type { Problem } from '../../../core/rules/problems.ts';
import { compileValueList } from '../../../core/rules/value-list.ts';
import { type SignalValue, type Unknown, unknown, type Variable } from '../../../core/signals/define.ts';

const variables: readonly Variable[] = [
  { name: 'device.isNew', type: 'boolean' },
  { name: 'ip.isAnonymous', type: 'boolean' },
  { name: 'ip.countryCode', type: 'string' },
  { name: 'ip.address', type: 'ip' },
  { name: 'ip.other', type: 'ip' },
  { name: 'user.email', type: 'string', operators: ['==', 'in', 'inList'] },
  { name: 'user.emailDomain', type: 'string' },
  { name: 'user.id', type: 'string' },
  { name: 'device.userAgent', type: 'string' },
  { name: 'velocity.user1h', type: 'number' },
  { name: 'custom.amount', type: 'number' },
  { name: 'custom.limit', type: 'number' },
  { name: 'custom.channel', type: 'string' },
  { name: 'custom.colours', type: 'strings', options: ['red', 'green', 'blue'] },
  { name: 'request.groups', type: 'strings' },
];

export const environment: RuleEnvironment = {
  variables: new Map(variables.map((variable) => [variable.name, variable])),
  lists: new Map([
    ['risky-countries', compileValueList({ alias: 'risky-countries', itemType: 'string', items: ['XA', 'XB'], version: 3 })],
    ['numbers', compileValueList({ alias: 'numbers', itemType: 'number', items: [1, 2], version: 1 })],
    ['office', compileValueList({ alias: 'office', itemType: 'string', items: ['192.0.2.0/24', '2001:db8::/32'], version: 7 })],
  ]),
};

export const v = (name: string, ...fallback: unknown[]): unknown => ({ var: fallback.length > 0 ? [name, ...fallback] : name });

export const rule = (priority: number, conditions?: unknown, more: Partial<Rule> = {}): Rule => ({
  ruleId: `r${priority}`,
  name: `rule ${priority}`,
  type: 'CHALLENGE',
  priority,
  isActive: true,
  mode: 'production',
  conditions,
  createdAt: 0,
  ...more,
});

export const preview = (priority: number, conditions?: unknown, more: Partial<Rule> = {}): Rule =>
  rule(priority, conditions, { mode: 'preview', ...more });

export type Signals = Readonly<Record<string, SignalValue | Unknown>>;

/** What is not named is unknown. */
export const reader =
  (signals: Signals = {}) =>
  (name: string): SignalValue | Unknown =>
    Object.hasOwn(signals, name) ? (signals[name] ?? unknown('no-input')) : unknown('no-input');

export const evaluate = (rules: readonly Rule[], signals: Signals = {}, now = 0) =>
  compilePolicy(rules, environment).evaluate(reader(signals), now);

/** What conditions come to: true, false or unknown. */
export const resultOf = (conditions: unknown, signals: Signals = {}, now = 0): boolean | 'unknown' => {
  const result = evaluate([rule(1, conditions)], signals, now).trace[0]?.result;
  return result === 'unknown' ? 'unknown' : result === 'matched';
};

/** The problems that a refusal names. */
export const problemsOf = (attempt: () => unknown): readonly Problem[] => {
  try {
    attempt();
  } catch (error) {
    if (error instanceof StepwardError && error.code === 'invalid_rule') return error.extras.details as readonly Problem[];
    throw error;
  }
  throw new Error('nothing was refused');
};
