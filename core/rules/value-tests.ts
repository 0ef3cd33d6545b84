import type { SignalValue } from '../signals/define.ts';
import { parseCidr } from './cidr.ts';
import type { Literal, ValueTest } from './condition.ts';
import { compileAddressSet } from './intervals.ts';

export type Holds = (value: SignalValue, now: number) => boolean;

/** Below this many items a walk is quicker than a hash. */
const fewItems = 8;

const member = (items: readonly Literal[]): ((value: Literal) => boolean) => {
  if (items.length <= fewItems) return (value) => items.includes(value);
  const set = new Set(items);
  return (value) => set.has(value);
};

const blocks = (items: readonly string[]): ((text: string, now: number) => boolean) =>
  compileAddressSet(
    items
      .map(parseCidr)
      .filter((block) => block !== undefined)
      .map((block) => ({ block, expiresAt: Number.POSITIVE_INFINITY })),
  );

const onText =
  (holds: (text: string, now: number) => boolean): Holds =>
  (value, now) =>
    typeof value === 'string' && holds(value, now);

const onStrings =
  (holds: (values: readonly string[]) => boolean): Holds =>
  (value) =>
    typeof value === 'object' && holds(value);

/** How a value of a multiselect is held against the items; each walks either side once. */
const multiselect = (items: readonly string[]) => {
  const isItem = member(items);
  return {
    'has-any': onStrings((values) => values.some(isItem)),
    'has-none': onStrings((values) => !values.some(isItem)),
    'has-all': onStrings((values) => {
      if (items.length <= fewItems) return items.every((item) => values.includes(item));
      const present = new Set(values);
      return items.every((item) => present.has(item));
    }),
  };
};

/** Compiles the question that a comparison asks of one known value. */
export const compileValueTest = (test: ValueTest): Holds => {
  switch (test.test) {
    case 'one-of': {
      const isItem = member(test.items);
      return (value) => typeof value !== 'object' && isItem(value);
    }
    case 'in-blocks':
      return onText(blocks(test.items));
    case 'in-list': {
      const { list } = test;
      if (test.of === 'addresses') return onText(list.hasAddress);
      return (value, now) => (typeof value === 'string' || typeof value === 'number') && list.has(value, now);
    }
    case 'contains':
      return onText((text) => test.items.some((item) => text.includes(item)));
    case 'starts-with':
      return onText((text) => test.items.some((item) => text.startsWith(item)));
    case 'ends-with':
      return onText((text) => test.items.some((item) => text.endsWith(item)));
    case 'has-any':
    case 'has-all':
    case 'has-none':
      return multiselect(test.items)[test.test];
  }
};
