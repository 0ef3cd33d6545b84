import { StepwardError } from '../errors.ts';

/** Why part of a rule is refused; `pointer` is RFC 6901, from the rule. */
export type Problem = { readonly pointer: string; readonly expected: string; readonly got: string; readonly hint?: string };

const longestShown = 80;
const mostShown = 20;

/** An input value in a few words, for `got`. */
export const describe = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'string') return `the string \`${value.slice(0, longestShown)}\``;
  if (typeof value === 'object') {
    const [key, ...rest] = Object.keys(value);
    if (key === undefined) return 'an empty object';
    return rest.length === 0 ? `an object with \`${key.slice(0, longestShown)}\`` : `an object with ${rest.length + 1} keys`;
  }
  return `${typeof value} \`${String(value).slice(0, longestShown)}\``;
};

/** One more step of an RFC 6901 pointer. */
export const step = (pointer: string, key: string | number): string =>
  `${pointer}/${String(key).slice(0, longestShown).replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** `did you mean …` where there is something to mean. */
export const meant = (name: string | undefined): { hint: string } | undefined =>
  name === undefined ? undefined : { hint: `did you mean \`${name}\`` };

/** The refusal of a rule, its first problem as the sentence and all as details. */
export const refusal = (problems: readonly Problem[]): StepwardError => {
  const [first] = problems;
  const sentence = first
    ? `rule refused at \`${first.pointer}\`: expected ${first.expected}, got ${first.got}${first.hint ? `; ${first.hint}` : ''}`
    : 'rule refused';
  return new StepwardError('invalid_rule', sentence, { details: problems.slice(0, mostShown) });
};
