import type { Condition, RuleEnvironment } from './condition.ts';
import { jsonProblem } from './json-check.ts';
import { ruleLimits } from './limits.ts';
import { nearestName } from './nearest.ts';
import { isObject, isVariableNode, type Parsing, report } from './operand.ts';
import { comparisonOperator, isLogicalOperator, type LogicalOperator, operatorNames } from './operators.ts';
import { parseBareVariable, parseComparison } from './parse-comparison.ts';
import { meant, refusal, step } from './problems.ts';

export type { Condition, RuleEnvironment } from './condition.ts';

const rootPointer = '/conditions';

const parseNegation = (
  parsing: Parsing,
  operator: '!' | '!!',
  operands: unknown,
  pointer: string,
  depth: number,
): Condition | undefined => {
  const listed = Array.isArray(operands);
  if (listed && operands.length !== 1) return report(parsing, pointer, 'one condition', operands);
  const child = parseNode(parsing, listed ? operands[0] : operands, listed ? step(pointer, 0) : pointer, depth + 1);
  return child && (operator === '!' ? { kind: 'not', child } : child);
};

const parseGroup = (parsing: Parsing, operator: 'and' | 'or', operands: unknown, pointer: string, depth: number): Condition | undefined => {
  if (!Array.isArray(operands) || operands.length === 0) return report(parsing, pointer, 'an array of one or more conditions', operands);
  const children = operands.map((operand, index) => parseNode(parsing, operand, step(pointer, index), depth + 1));
  const known = children.filter((child) => child !== undefined);
  return known.length === children.length ? { kind: operator === 'and' ? 'all' : 'any', children: known } : undefined;
};

const parseLogical = (
  parsing: Parsing,
  operator: LogicalOperator,
  operands: unknown,
  pointer: string,
  depth: number,
): Condition | undefined =>
  operator === 'and' || operator === 'or'
    ? parseGroup(parsing, operator, operands, pointer, depth)
    : parseNegation(parsing, operator, operands, pointer, depth);

const parseNode = (parsing: Parsing, node: unknown, pointer: string, depth: number): Condition | undefined => {
  if (depth > ruleLimits.depth) return report(parsing, pointer, `conditions nested at most ${ruleLimits.depth} deep`, node);
  if (isVariableNode(node)) return parseBareVariable(parsing, node, pointer);
  const keys = isObject(node) ? Object.keys(node) : [];
  const [name] = keys;
  if (!isObject(node) || name === undefined || keys.length > 1) return report(parsing, pointer, 'an object with one operator', node);
  const operands = node[name];
  const at = step(pointer, name);
  if (isLogicalOperator(name)) return parseLogical(parsing, name, operands, at, depth);
  const operator = comparisonOperator(name);
  if (operator) return parseComparison(parsing, name, operator, operands, at);
  return report(parsing, at, 'a known operator', name, {
    gotWords: `\`${name.slice(0, 80)}\``,
    ...meant(nearestName(name, operatorNames)),
  });
};

/**
 * Reads a rule's JsonLogic into conditions with canonical literals and resolved names; the input is not changed.
 *
 * @throws StepwardError `invalid_rule`, with a pointer for each place refused.
 * @example
 * parseCondition({ '==': [{ var: 'device.isNew' }, true] }, environment);
 */
export const parseCondition = (conditions: unknown, environment: RuleEnvironment): Condition => {
  const unbearable = jsonProblem(conditions, rootPointer);
  if (unbearable) throw refusal([unbearable]);
  const parsing: Parsing = { environment, problems: [], comparisons: 0 };
  const condition = parseNode(parsing, conditions, rootPointer, 1);
  if (parsing.comparisons > ruleLimits.comparisons) {
    report(parsing, rootPointer, `at most ${ruleLimits.comparisons} comparisons`, undefined, { gotWords: `${parsing.comparisons}` });
  }
  if (condition === undefined || parsing.problems.length > 0) throw refusal(parsing.problems);
  return condition;
};
