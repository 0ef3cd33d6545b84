import type { Rule } from '../../core/action.ts';
import type { Variable } from '../../core/signals/define.ts';

/** 20 rules of 3 conditions over 8 signals; each fails at another of its conditions, only the last matches. */
export const variables: readonly Variable[] = [
  { name: 'device.isNew', type: 'boolean' },
  { name: 'ip.isAnonymous', type: 'boolean' },
  { name: 'ip.countryCode', type: 'string' },
  { name: 'ip.asn', type: 'number' },
  { name: 'velocity.user1h', type: 'number' },
  { name: 'risk.score', type: 'number' },
  { name: 'custom.amount', type: 'number' },
  { name: 'custom.channel', type: 'string' },
];

export const facts = {
  device: { isNew: true },
  ip: { isAnonymous: false, countryCode: 'DE', asn: 3320 },
  velocity: { user1h: 3 },
  risk: { score: 41.5 },
  custom: { amount: 750, channel: 'web' },
};

/** A reader of the same object that the others read. */
export const readFact = (name: string): boolean | number | string => {
  switch (name) {
    case 'device.isNew':
      return facts.device.isNew;
    case 'ip.isAnonymous':
      return facts.ip.isAnonymous;
    case 'ip.countryCode':
      return facts.ip.countryCode;
    case 'ip.asn':
      return facts.ip.asn;
    case 'velocity.user1h':
      return facts.velocity.user1h;
    case 'risk.score':
      return facts.risk.score;
    case 'custom.amount':
      return facts.custom.amount;
    case 'custom.channel':
      return facts.custom.channel;
    default:
      throw new TypeError(`no fact \`${name}\``);
  }
};

/** The same values by flat name. */
export const values: ReadonlyMap<string, boolean | number | string> = new Map(
  Object.entries(facts).flatMap(([family, fields]) => Object.entries(fields).map(([field, value]) => [`${family}.${field}`, value])),
);

const countries = ['NL', 'FR', 'BE'];

/** The conditions of rule `n`: which of the three fails goes round. */
const conditionsOf = (n: number): unknown => {
  if (n === 19)
    return {
      and: [
        { '==': [{ var: 'device.isNew' }, true] },
        { '>': [{ var: 'custom.amount' }, 500] },
        { '==': [{ var: 'custom.channel' }, 'web'] },
      ],
    };
  const shapes = [
    [
      { '==': [{ var: 'device.isNew' }, true] },
      { '>': [{ var: 'custom.amount' }, 100 + n] },
      { in: [{ var: 'ip.countryCode' }, countries] },
    ],
    [
      { '==': [{ var: 'custom.channel' }, 'web'] },
      { '>=': [{ var: 'velocity.user1h' }, 10 + n] },
      { '==': [{ var: 'device.isNew' }, true] },
    ],
    [{ '<': [{ var: 'risk.score' }, 50 + n] }, { '!=': [{ var: 'ip.asn' }, 1000 + n] }, { '==': [{ var: 'ip.isAnonymous' }, true] }],
    [
      { '>': [{ var: 'custom.amount' }, 1000 + n] },
      { '==': [{ var: 'device.isNew' }, true] },
      { in: [{ var: 'ip.countryCode' }, countries] },
    ],
  ];
  return { and: shapes[n % shapes.length] };
};

export const rules: readonly Rule[] = Array.from({ length: 20 }, (_, n) => ({
  ruleId: `rule-${n}`,
  name: `rule ${n}`,
  type: 'CHALLENGE',
  priority: n,
  isActive: true,
  mode: 'production',
  conditions: conditionsOf(n),
  createdAt: 0,
}));

type Facts = typeof facts;

/** What one would write by hand: no trace, no unknowns. */
export const handWritten = (n: number): ((given: Facts) => boolean) => {
  if (n === 19) return (f) => f.device.isNew === true && f.custom.amount > 500 && f.custom.channel === 'web';
  switch (n % 4) {
    case 0:
      return (f) => f.device.isNew === true && f.custom.amount > 100 + n && countries.includes(f.ip.countryCode);
    case 1:
      return (f) => f.custom.channel === 'web' && f.velocity.user1h >= 10 + n && f.device.isNew === true;
    case 2:
      return (f) => f.risk.score < 50 + n && f.ip.asn !== 1000 + n && f.ip.isAnonymous === true;
    default:
      return (f) => f.custom.amount > 1000 + n && f.device.isNew === true && countries.includes(f.ip.countryCode);
  }
};

const engineOperators: Readonly<Record<string, string>> = {
  '==': 'equal',
  '!=': 'notEqual',
  '<': 'lessThan',
  '>': 'greaterThan',
  '>=': 'greaterThanInclusive',
  in: 'in',
};

/** A rule in the words of json-rules-engine, with its first match winning by priority. */
export const engineRule = (rule: Rule) => {
  const { and } = rule.conditions as { and: Record<string, [{ var: string }, unknown]>[] };
  return {
    conditions: {
      all: and.flatMap((condition) =>
        Object.entries(condition).map(([operator, [{ var: fact }, value]]) => ({
          fact,
          operator: engineOperators[operator] ?? operator,
          value,
        })),
      ),
    },
    event: { type: rule.ruleId },
    priority: 100 - rule.priority,
  };
};
