import { z } from 'zod';
import { StepwardError } from '../../core/index.ts';

/**
 * One attribute of a hot body: how it is documented, and a reader written by hand that is called with values other than
 * `undefined` and `null`. It answers the value to take or `refused`.
 */
export type Field = { readonly schema: z.ZodType; readonly must: string; readonly read: (value: unknown) => unknown };

/** What a reader answers for a value that it does not take. */
export const refused: unique symbol = Symbol('refused');

export type Fields = Readonly<Record<string, Field>>;

export const text = (max: number, min = 0): Field => ({
  schema: z.string().min(min).max(max),
  must: min > 0 ? `a string of ${min}-${max} characters` : `a string of at most ${max} characters`,
  read: (value) => (typeof value === 'string' && value.length <= max && value.length >= min ? value : refused),
});

export const flag: Field = {
  schema: z.boolean(),
  must: 'true or false',
  read: (value) => (typeof value === 'boolean' ? value : refused),
};

export const amount = (min: number, max: number): Field => ({
  schema: z.number().min(min).max(max),
  must: `a number of ${min} to ${max}`,
  read: (value) => (typeof value === 'number' && value >= min && value <= max ? value : refused),
});

export const oneOf = (...values: readonly [string, ...string[]]): Field => ({
  schema: z.enum(values),
  must: `one of ${values.map((value) => `\`${value}\``).join(', ')}`,
  read: (value) => (typeof value === 'string' && values.includes(value) ? value : refused),
});

export const matching = (pattern: RegExp, must: string, holds: (text: string) => boolean = (given) => pattern.test(given)): Field => ({
  schema: z.string().regex(pattern),
  must,
  read: (value) => (typeof value === 'string' && holds(value) ? value : refused),
});

export const listOf = (item: Field, max: number): Field => ({
  schema: z.array(item.schema).max(max),
  must: `an array of at most ${max}, each ${item.must}`,
  read: (value) => {
    if (!Array.isArray(value) || value.length > max) return refused;
    const taken: unknown[] = [];
    for (const each of value) {
      const read = item.read(each);
      if (read === refused) return refused;
      taken.push(read);
    }
    return taken;
  },
});

/** Anything that was JSON. */
export const anything: Field = { schema: z.unknown(), must: 'anything', read: (value) => value };

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const schemaOf = (fields: Fields): z.ZodObject =>
  z.object(Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema.nullable().optional()])));

export type FieldReader = (value: Readonly<Record<string, unknown>>, pointer: string) => Record<string, unknown>;

/**
 * A reader of known attributes: unknown ones are left out, `null` counts as absent.
 *
 * @throws StepwardError `invalid_request` that names the attribute (thrown by the reader).
 */
export const readerOf = (fields: Fields): FieldReader => {
  const names = Object.keys(fields);
  const readers = Object.values(fields);
  return (value, pointer) => {
    const taken: Record<string, unknown> = {};
    for (let index = 0; index < names.length; index += 1) {
      const name = names[index] as string;
      const given = value[name];
      if (given === undefined || given === null) continue;
      const field = readers[index] as Field;
      const read = field.read(given);
      if (read === refused) throw refusal(`${pointer}/${name}`, field.must);
      taken[name] = read;
    }
    return taken;
  };
};

/** A nested object of fields; what is wrong inside is named by its own place. */
export const group = (fields: Fields, pointer: string, required: readonly string[] = []): Field => {
  const read = readerOf(fields);
  return {
    schema: schemaOf(fields),
    must: required.length > 0 ? `an object with ${required.map((name) => `\`${name}\``).join(', ')}` : 'an object',
    read: (value) => {
      if (!isObject(value)) return refused;
      const taken = read(value, pointer);
      return required.every((name) => taken[name] !== undefined) ? taken : refused;
    },
  };
};

export const refusal = (pointer: string, must: string): StepwardError =>
  new StepwardError('invalid_request', `\`${pointer.slice(1).replaceAll('/', '.')}\` must be ${must}`, {
    details: [{ pointer, expected: must }],
  });
