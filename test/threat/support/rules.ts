import type { Rule } from '../../../core/index.ts';

const v = (name: string) => ({ var: name });

/** Rules whose order, language, time zone and number format would show if any of them mattered. */
export const rulesOf = (createdAt: number): readonly Rule[] =>
  (
    [
      ['BLOCK', { '>': [v('custom.amount'), 1_500.5] }],
      ['REVIEW', { and: [{ '>=': [v('custom.amount'), 1_000] }, { '==': [v('device.isNew'), true] }] }],
      ['CHALLENGE', { startsWith: [v('custom.wörter'), 'İ'] }],
      ['CHALLENGE', { '==': [v('custom.wörter'), 'strasse'] }],
      ['CHALLENGE', { '>=': [v('risk.score'), 40] }],
      ['ALLOW', { '==': [v('device.isBot'), false] }],
    ] as const
  ).map(([type, conditions], priority) => ({
    ruleId: `r-${priority}`,
    name: `rule ${priority}`,
    type,
    priority,
    conditions,
    isActive: true,
    mode: priority === 3 ? 'preview' : 'production',
    createdAt,
  }));
