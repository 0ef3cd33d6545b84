import { z } from 'zod';
import { type Field, isObject, refused } from './fields.ts';

const money = z.object({ minor: z.number().int(), currency: z.string().regex(/^[A-Z]{3}$/) });
const schema = z
  .array(
    z.union([
      z.object({ label: z.string().min(1).max(100), type: z.enum(['text', 'account', 'date']).optional(), value: z.string().max(500) }),
      z.object({ label: z.string().min(1).max(100), type: z.literal('money'), value: money }),
    ]),
  )
  .max(10);

const currency = /^[A-Z]{3}$/;
const texts: readonly unknown[] = [undefined, null, 'text', 'account', 'date'];

const readItem = (item: unknown): unknown => {
  if (!isObject(item)) return refused;
  const { label, value, type } = item;
  if (typeof label !== 'string' || label.length === 0 || label.length > 100) return refused;
  if (type === 'money') {
    if (!isObject(value) || !Number.isSafeInteger(value.minor) || typeof value.currency !== 'string') return refused;
    return currency.test(value.currency) ? { label, type, value: { minor: value.minor, currency: value.currency } } : refused;
  }
  if (!texts.includes(type) || typeof value !== 'string' || value.length > 500) return refused;
  return type === undefined || type === null ? { label, value } : { label, type, value };
};

/** What the user is approving: at most 10 lines, bound into the proof. */
export const display: Field = {
  schema,
  must: 'an array of at most 10 `{label, value, type?}`, for money `value: {minor, currency}`',
  read: (value) => {
    if (!Array.isArray(value) || value.length > 10) return refused;
    const items = value.map(readItem);
    return items.includes(refused) ? refused : items;
  },
};
