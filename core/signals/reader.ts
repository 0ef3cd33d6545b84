import type { Recommendation } from '../decision.ts';
import { type SignalInput, type SignalValue, type Unknown, unknown } from './define.ts';
import { signals } from './index.ts';
import { recommendationParts } from './recommendation.ts';

/** Gives the value of a variable, or why it is unknown. */
export type Reader = (name: string) => SignalValue | Unknown;

const slots: ReadonlyMap<string, number> = new Map(signals.map(({ name }, slot) => [name, slot]));
const parts = new Map(recommendationParts.map((part) => [part.name, part.of]));

/** Reads variables of one decision on demand, each signal computed once; `recommend` is asked once, when a rule reads of it. */
export const createReader = (input: SignalInput, recommend: () => Recommendation): Reader => {
  const values = new Array<SignalValue | Unknown | undefined>(signals.length).fill(undefined);
  let recommendation: Recommendation | undefined;

  return (name) => {
    const slot = slots.get(name);
    if (slot === undefined) {
      const part = parts.get(name);
      if (part === undefined) return readCustom(input, name);
      recommendation ??= recommend();
      return part(recommendation);
    }
    let value = values[slot];
    if (value === undefined) {
      value = signals[slot]?.compute(input) ?? unknown('source-error');
      values[slot] = value;
    }
    return value;
  };
};

const readCustom = (input: SignalInput, name: string): SignalValue | Unknown => {
  if (name.startsWith('custom.')) {
    const point = name.slice('custom.'.length);
    return input.custom.get(point) ?? unknown(input.customIgnored.get(point) ?? 'not-declared');
  }
  if (name.startsWith('user.custom.')) return input.userCustom.get(name.slice('user.custom.'.length)) ?? unknown('no-input');
  return unknown('not-declared');
};
