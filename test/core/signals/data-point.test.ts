import { describe, expect, it } from 'vitest';
import { type DataPoint, takeCustom } from '../../../core/signals/data-point.ts';
import type { CustomValue } from '../../../core/user.ts';

const point = (name: string, dataType: DataPoint['dataType'], change: Partial<DataPoint> = {}): DataPoint => ({
  id: name,
  name,
  dataType,
  modelType: 'action',
  createdAt: 0,
  ...change,
});
const declared = [
  point('text', 'text'),
  point('number', 'number'),
  point('boolean', 'boolean'),
  point('roles', 'multiselect'),
  point('plan', 'multiselect', { options: ['free', 'pro'] }),
  point('tier', 'text', { modelType: 'user' }),
];
const take = (sent: Record<string, CustomValue | null>) => takeCustom(sent, declared);

describe('declared data points', () => {
  it.each([
    ['text', 'ﬁve', 'five'],
    ['text', 'x'.repeat(1_024), 'x'.repeat(1_024)],
    ['text', '', ''],
    ['number', -1.5, -1.5],
    ['boolean', false, false],
    ['roles', ['ﬁ', 'b'], ['fi', 'b']],
    ['roles', [], []],
    ['roles', new Array<string>(256).fill('x'), new Array<string>(256).fill('x')],
    ['plan', ['pro'], ['pro']],
  ] as const)('`%s` takes %j', (name, sent, taken) => {
    const result = take({ [name]: sent });
    expect(result.taken.get(name)).toEqual(taken);
    expect(result.ignored).toEqual([]);
    expect(result.causes.has(name)).toBe(false);
  });

  it.each([
    ['text', 1, 'ill-typed', 'ill-typed'],
    ['text', null, 'ill-typed', 'ill-typed'],
    ['text', ['x'], 'ill-typed', 'ill-typed'],
    ['text', 'x'.repeat(1_025), 'too-long', 'too-long'],
    ['text', 'ﬁ'.repeat(513), 'too-long', 'too-long'],
    ['number', '1', 'ill-typed', 'ill-typed'],
    ['number', null, 'non-finite', 'non-finite'],
    ['number', Number.POSITIVE_INFINITY, 'non-finite', 'non-finite'],
    ['number', Number.NaN, 'non-finite', 'non-finite'],
    ['boolean', 'true', 'ill-typed', 'ill-typed'],
    ['boolean', 0, 'ill-typed', 'ill-typed'],
    ['boolean', null, 'ill-typed', 'ill-typed'],
    ['roles', 'a', 'ill-typed', 'ill-typed'],
    ['roles', ['a', 1 as unknown as string], 'ill-typed', 'ill-typed'],
    ['roles', ['x'.repeat(1_025)], 'too-long', 'too-long'],
    ['roles', new Array<string>(257).fill('x'), 'too-many', 'too-long'],
    ['plan', ['pro', 'enterprise'], 'not-an-option', 'ill-typed'],
  ] as const)('`%s` keeps out %j: %s', (name, sent, reason, cause) => {
    const result = take({ [name]: sent });
    expect(result.taken.size).toBe(0);
    expect(result.ignored).toEqual([{ attribute: `custom.${name}`, reason }]);
    expect(result.causes.get(name)).toBe(cause);
  });

  it('names what nobody declared, also for this model, and what was not sent', () => {
    const result = takeCustom(JSON.parse('{"other":1,"tier":"gold","__proto__":"x","constructor":2}'), declared);
    expect(result.taken.size).toBe(0);
    expect(result.ignored.map(({ attribute, reason }) => `${attribute} ${reason}`)).toEqual([
      'custom.other not-declared',
      'custom.tier not-declared',
      'custom.__proto__ not-declared',
      'custom.constructor not-declared',
    ]);
    expect(Object.fromEntries(result.causes)).toEqual({
      text: 'no-input',
      number: 'no-input',
      boolean: 'no-input',
      roles: 'no-input',
      plan: 'no-input',
    });
  });

  it('takes those of the user apart', () => {
    expect(takeCustom({ tier: 'gold', text: 'x' }, declared, 'user').taken).toEqual(new Map([['tier', 'gold']]));
    expect(takeCustom(undefined, declared, 'user').causes).toEqual(new Map([['tier', 'no-input']]));
  });
});
