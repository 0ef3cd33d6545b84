import { StepwardError } from '../../core/index.ts';

/**
 * Reads a raw query string; a parameter given twice is refused, pollution keys and empty values are dropped.
 *
 * @throws StepwardError `invalid_request`.
 */
export const parseQuery = (raw: string): Readonly<Record<string, string>> => {
  const query: Record<string, string> = {};
  if (raw === '') return query;
  const seen = new Set<string>();
  for (const [name, value] of new URLSearchParams(raw)) {
    if (seen.has(name)) throw new StepwardError('invalid_request', `the query parameter \`${name.slice(0, 64)}\` is repeated`);
    seen.add(name);
    if (value.includes('\0')) throw new StepwardError('invalid_request', `the query parameter \`${name.slice(0, 64)}\` holds U+0000`);
    if (value !== '' && name !== '__proto__' && name !== 'constructor' && name !== 'prototype') query[name] = value;
  }
  return query;
};
