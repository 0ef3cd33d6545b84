import { z } from 'zod';
import type { CustomValue, Ignored } from '../../core/index.ts';
import { isObject, refusal } from './fields.ts';

/** Most data points of one request. */
const mostKeys = 100;

export const customSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()]));

const isCustomValue = (value: unknown): value is CustomValue | null => {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return true;
    default:
      return value === null || (Array.isArray(value) && value.every((item) => typeof item === 'string'));
  }
};

/** Data points that can be evaluated, and the names of those of a type that none has. */
export type ReadCustom = { readonly custom: Readonly<Record<string, CustomValue | null>>; readonly ignored: readonly Ignored[] };

const none: readonly Ignored[] = [];

/**
 * Reads `custom`.
 *
 * @throws StepwardError `invalid_request` for what is no object, or over 100 keys.
 */
export const readCustom = (value: unknown): ReadCustom => {
  if (!isObject(value)) throw refusal('/custom', 'an object');
  const names = Object.keys(value);
  if (names.length > mostKeys) throw refusal('/custom', `an object of at most ${mostKeys} keys`);
  let ignored: Ignored[] | undefined;
  for (const name of names) {
    if (isCustomValue(value[name])) continue;
    ignored ??= [];
    ignored.push({ attribute: `custom.${name}`, reason: 'ill-typed' });
  }
  if (!ignored) return { custom: value as ReadCustom['custom'], ignored: none };
  const out = new Set(ignored.map(({ attribute }) => attribute));
  const kept = names.filter((name) => !out.has(`custom.${name}`)).map((name) => [name, value[name]] as const);
  return { custom: Object.fromEntries(kept) as ReadCustom['custom'], ignored };
};
