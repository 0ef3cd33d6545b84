import { StepwardError } from '../errors.ts';

/** What is wrong with one field of a record. */
export type Problem = { readonly pointer: string; readonly expected: string };

/** A problem as a list, so that checks can be put together; none where nothing is said. */
export const problem = (pointer: string, expected: string | undefined | false): readonly Problem[] =>
  expected === undefined || expected === false ? [] : [{ pointer, expected }];

/** Each entry of a list on its own, and none of them twice. */
export const eachOf = (
  pointer: string,
  entries: readonly string[],
  check: (entry: string) => string | undefined | false,
): readonly Problem[] =>
  entries.flatMap((entry, index) => problem(`${pointer}/${index}`, entries.indexOf(entry) < index ? 'must be there once' : check(entry)));

/** A domain belongs to one record of its kind, called `what`: else it would not say which of them is meant. */
export const takenDomains = (
  what: string,
  { id, domains }: { readonly id: string; readonly domains: readonly string[] },
  all: Iterable<{ readonly id: string; readonly domains: readonly string[] }>,
): readonly Problem[] => {
  const others = [...all].filter((one) => one.id !== id);
  return domains.flatMap((domain, index) => {
    const other = others.find((one) => one.domains.includes(domain));
    return problem(`/domains/${index}`, other && `must not be one of the ${what} \`${other.id}\` too`);
  });
};

const mostTold = 20;

/** Throws `invalid_configuration` that names each field once, where there is a problem. */
export const refuseProblems = (found: readonly Problem[]): void => {
  const problems = found.filter(({ pointer }, index) => found.findIndex((other) => other.pointer === pointer) === index);
  const [first] = problems;
  if (!first) return;
  const field = first.pointer.slice(1).replaceAll('/', '.');
  throw new StepwardError('invalid_configuration', `\`${field}\` ${first.expected}`, { details: problems.slice(0, mostTold) });
};
