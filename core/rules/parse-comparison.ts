import type { Comparison, Literal, VariableOperand } from './condition.ts';
import { typeWords } from './literals.ts';
import { isVariableNode, type Parsing, parseVariable, report } from './operand.ts';
import { type ComparisonOperator, comparisonOperators, isRestricted, operatorsFor } from './operators.ts';
import { parseLiteral, parseLiteralInVariable, parseValueTest } from './parse-values.ts';
import { step } from './problems.ts';

type Site = {
  readonly parsing: Parsing;
  readonly operator: ComparisonOperator;
  readonly args: readonly unknown[];
  readonly pointer: string;
};

/** A comparison before it is numbered. */
type Unplaced<Each = Comparison> = Each extends Comparison ? Omit<Each, 'kind' | 'index' | 'pointer' | 'operator'> : never;

type ParseOperands = (site: Site) => Unplaced | undefined;

/** The variable at this place, if the operator may read it. */
const readable = (site: Site, index: number, operator = site.operator): VariableOperand | undefined => {
  const { parsing, pointer } = site;
  const node = site.args[index];
  const at = step(pointer, index);
  if (!isVariableNode(node)) return report(parsing, at, 'a `var`', node);
  const operand = parseVariable(parsing, node, at);
  if (operand === undefined) return undefined;
  const { variable } = operand;
  const types: readonly string[] = comparisonOperators[operator];
  if (types.includes(variable.type) && !isRestricted(variable, operator)) return operand;
  return report(parsing, pointer, `an operator for \`${variable.name}\` (${typeWords[variable.type]})`, site.operator, {
    gotWords: `\`${site.operator}\``,
    hint: `it takes ${operatorsFor(variable).join(', ')}`,
  });
};

/** `null` on either side asks whether the other is known, whatever its type. */
const existence = (site: Site, index: number, negated: boolean): Unplaced | undefined => {
  const operand = readable(site, index, 'exists');
  return operand && { form: 'exists', operand, negated };
};

const equality =
  (negated: boolean): ParseOperands =>
  (site) => {
    const { parsing, args, pointer } = site;
    if (args[1] === null) return existence(site, 0, !negated);
    if (args[0] === null) return existence(site, 1, !negated);
    const first = isVariableNode(args[0]) ? 0 : 1;
    const left = readable(site, first);
    const other = step(pointer, 1 - first);
    if (!isVariableNode(args[1 - first])) {
      const right = left && parseLiteral(parsing, left.variable, args[1 - first], other);
      return left === undefined || right === undefined ? undefined : { form: 'equals', left, right, negated };
    }
    const right = readable(site, 1 - first);
    if (left === undefined || right === undefined) return undefined;
    if (left.variable.type === right.variable.type) return { form: 'equals', left, right, negated };
    return report(parsing, other, `${typeWords[left.variable.type]}, as \`${left.variable.name}\` is`, undefined, {
      gotWords: `\`${right.variable.name}\`, ${typeWords[right.variable.type]}`,
    });
  };

const numberOrVariable = (site: Site, index: number): number | VariableOperand | undefined => {
  const value = site.args[index];
  if (isVariableNode(value)) return readable(site, index);
  return typeof value === 'number' ? value : report(site.parsing, step(site.pointer, index), 'a number', value);
};

const order =
  (strict: boolean, descending: boolean): ParseOperands =>
  (site) => {
    const { parsing, args, pointer } = site;
    if (!args.some(isVariableNode)) return report(parsing, pointer, 'at least one `var`', args);
    const operands = args.map((_, index) => numberOrVariable(site, index)).filter((operand) => operand !== undefined);
    if (operands.length < args.length) return undefined;
    return { form: 'ascending', operands: descending ? operands.toReversed() : operands, strict };
  };

const value: ParseOperands = (site) => {
  const operand = readable(site, 0);
  const test = operand && parseValueTest(site.parsing, site.operator, operand, site.args[1], step(site.pointer, 1));
  return operand && test && { form: 'value', operand, test };
};

const membership: ParseOperands = (site) => {
  const { parsing, args, pointer } = site;
  const [item, within] = args;
  if (!isVariableNode(within)) {
    const operand = readable(site, 0);
    if (operand === undefined || operand.variable.type !== 'strings') return operand && value(site);
    return report(parsing, pointer, 'a literal in a multiselect', undefined, {
      gotWords: 'a multiselect in an array',
      hint: 'use `hasAny`',
    });
  }
  if (isVariableNode(item)) return report(parsing, step(pointer, 1), 'an array', within);
  const operand = readable(site, 1);
  if (operand === undefined) return undefined;
  const { type } = operand.variable;
  if (type !== 'string' && type !== 'strings') return report(parsing, step(pointer, 1), 'a string or an array of strings', within);
  // a substring tells more of a value than equality does
  if (type === 'string' && readable(site, 1, 'contains') === undefined) return undefined;
  const test = parseLiteralInVariable(parsing, operand, item, step(pointer, 0));
  return test && { form: 'value', operand, test };
};

type Grammar = { readonly operands: readonly [least: number, most: number]; readonly parse: ParseOperands };

const grammar: Record<ComparisonOperator, Grammar> = {
  '==': { operands: [2, 2], parse: equality(false) },
  '===': { operands: [2, 2], parse: equality(false) },
  '!=': { operands: [2, 2], parse: equality(true) },
  '!==': { operands: [2, 2], parse: equality(true) },
  '<': { operands: [2, 3], parse: order(true, false) },
  '<=': { operands: [2, 3], parse: order(false, false) },
  '>': { operands: [2, 2], parse: order(true, true) },
  '>=': { operands: [2, 2], parse: order(false, true) },
  in: { operands: [2, 2], parse: membership },
  contains: { operands: [2, 2], parse: value },
  startsWith: { operands: [2, 2], parse: value },
  endsWith: { operands: [2, 2], parse: value },
  ipIn: { operands: [2, 2], parse: value },
  inList: { operands: [2, 2], parse: value },
  hasAny: { operands: [2, 2], parse: value },
  hasAll: { operands: [2, 2], parse: value },
  hasNone: { operands: [2, 2], parse: value },
  exists: { operands: [1, 1], parse: (site) => existence(site, 0, false) },
};

/** Reads the operands of a comparison; `pointer` is that of the operands. */
export const parseComparison = (
  parsing: Parsing,
  spelling: string,
  operator: ComparisonOperator,
  operands: unknown,
  pointer: string,
): Comparison | undefined => {
  const index = parsing.comparisons;
  parsing.comparisons += 1;
  const args: readonly unknown[] = operator === 'exists' && isVariableNode(operands) ? [operands] : Array.isArray(operands) ? operands : [];
  const { operands: counts, parse } = grammar[operator];
  const [least, most] = counts;
  if (args.length < least || args.length > most) {
    const expected = least === most ? `an array of ${least}` : `an array of ${least} or ${most}`;
    return report(parsing, pointer, `${expected} operands`, operands);
  }
  const comparison = parse({ parsing, operator, args, pointer });
  return comparison && { kind: 'comparison', index, pointer, operator: spelling, ...comparison };
};

/** A bare boolean variable: true is what it asks for. */
export const parseBareVariable = (parsing: Parsing, node: { readonly var: unknown }, pointer: string): Comparison | undefined => {
  const index = parsing.comparisons;
  parsing.comparisons += 1;
  const left = parseVariable(parsing, node, pointer);
  if (left === undefined) return undefined;
  if (left.variable.type !== 'boolean') {
    return report(parsing, pointer, 'a comparison', node, {
      hint: `\`${left.variable.name}\` is ${typeWords[left.variable.type]}; a boolean alone is a condition`,
    });
  }
  return { kind: 'comparison', index, pointer, operator: '==', form: 'equals', left, right: true as Literal, negated: false };
};
