import type { Variable } from '../signals/define.ts';
import type { RuleEnvironment, VariableOperand } from './condition.ts';
import { forbiddenNames } from './json-check.ts';
import { canonicalValue, typeWords } from './literals.ts';
import { nearestName } from './nearest.ts';
import { describe, meant, type Problem, step } from './problems.ts';

/** What parsing one rule gathers. */
export type Parsing = { readonly environment: RuleEnvironment; readonly problems: Problem[]; comparisons: number };

export const report = (
  parsing: Parsing,
  pointer: string,
  expected: string,
  got: unknown,
  more?: { readonly hint?: string; readonly gotWords?: string },
): undefined => {
  const problem = { pointer, expected, got: more?.gotWords ?? describe(got) };
  parsing.problems.push(more?.hint === undefined ? problem : { ...problem, hint: more.hint });
  return undefined;
};

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether the author means a variable here, well-formed or not. */
export const isVariableNode = (node: unknown): node is { readonly var: unknown } => isObject(node) && Object.hasOwn(node, 'var');

const variableNamed = (parsing: Parsing, name: unknown, pointer: string): Variable | undefined => {
  const { variables } = parsing.environment;
  if (typeof name !== 'string' || name === '' || name.split('.').some((part) => forbiddenNames.has(part))) {
    return report(parsing, pointer, 'the name of a signal or data point', name);
  }
  const variable = variables.get(name);
  if (variable) return variable;
  const kind = /^(user\.)?custom\./.test(name)
    ? 'a declared data point'
    : /^counter\./.test(name)
      ? 'a declared counter'
      : 'a known signal';
  return report(parsing, pointer, kind, name, { gotWords: `\`${name.slice(0, 80)}\``, ...meant(nearestName(name, variables.keys())) });
};

/** Reads `{"var": "name"}` or `{"var": ["name", default]}`, the default of the variable's own type. */
export const parseVariable = (parsing: Parsing, node: { readonly var: unknown }, pointer: string): VariableOperand | undefined => {
  if (Object.keys(node).length > 1) return report(parsing, pointer, 'an object with `var` alone', node);
  const at = step(pointer, 'var');
  const named = node.var;
  if (!Array.isArray(named)) {
    const variable = variableNamed(parsing, named, at);
    return variable && { variable };
  }
  if (named.length < 1 || named.length > 2) return report(parsing, at, 'a name and at most one default', named);
  const variable = variableNamed(parsing, named[0], step(at, 0));
  if (variable === undefined || named.length === 1) return variable && { variable };
  const fallback = canonicalValue(variable, named[1]);
  return fallback === undefined ? report(parsing, step(at, 1), `${typeWords[variable.type]} as default`, named[1]) : { variable, fallback };
};
