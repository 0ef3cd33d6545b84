import type { z } from 'zod';
import { StepwardError } from '../../core/index.ts';
import type { Body } from './route.ts';

const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((key) => `/${String(key).slice(0, 80).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/**
 * Reads untrusted input by a schema.
 *
 * @throws StepwardError `invalid_request`, each problem with its place in `details`.
 */
export const parseWith = <S extends z.ZodType>(schema: S, value: unknown, place: 'body' | 'query'): z.output<S> => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const details = result.error.issues.slice(0, 20).map(({ path, message }) => ({ pointer: pointerOf(path), expected: message }));
  const [first] = details;
  throw new StepwardError('invalid_request', `${place} refused at \`${first?.pointer ?? ''}\`: ${first?.expected ?? 'not readable'}`, {
    details,
  });
};

/** A body read by a schema. */
export const bodyOf = <S extends z.ZodType>(schema: S): Body<z.output<S>> => ({
  schema,
  parse: (value) => parseWith(schema, value, 'body'),
});
