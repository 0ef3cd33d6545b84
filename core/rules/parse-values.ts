import type { Variable } from '../signals/define.ts';
import type { Literal, ValueTest, VariableOperand } from './condition.ts';
import { ruleLimits } from './limits.ts';
import { canonicalBlock, canonicalLiteral, typeWords } from './literals.ts';
import { nearestName } from './nearest.ts';
import { isObject, type Parsing, report } from './operand.ts';
import type { ComparisonOperator } from './operators.ts';
import { meant, step } from './problems.ts';

const elementWords = (variable: Variable): string => (variable.type === 'strings' ? 'a string' : typeWords[variable.type]);

/** One literal of the variable's type, an allowed one where the variable says which are. */
export const parseLiteral = (parsing: Parsing, variable: Variable, value: unknown, pointer: string): Literal | undefined => {
  const literal = canonicalLiteral(variable, value);
  if (literal === undefined) {
    const operator = isObject(value) ? Object.keys(value)[0] : undefined;
    const hint = operator === undefined ? undefined : { hint: 'an operand is a `var` or a literal; there is no arithmetic' };
    return report(parsing, pointer, elementWords(variable), value, hint);
  }
  if (variable.options && typeof literal === 'string' && !variable.options.includes(literal)) {
    return report(parsing, pointer, `an option of \`${variable.name}\``, value, meant(nearestName(literal, variable.options)));
  }
  return literal;
};

const parseItems = <Item>(
  parsing: Parsing,
  value: unknown,
  pointer: string,
  words: string,
  parseItem: (item: unknown, at: string) => Item | undefined,
): readonly Item[] | undefined => {
  if (!Array.isArray(value)) return report(parsing, pointer, words, value);
  if (value.length > ruleLimits.literalItems) return report(parsing, pointer, `at most ${ruleLimits.literalItems} items`, value);
  const items = value.map((item, index) => parseItem(item, step(pointer, index)));
  const known = items.filter((item) => item !== undefined);
  return known.length === items.length ? known : undefined;
};

type ParseTest = (parsing: Parsing, variable: Variable, value: unknown, pointer: string) => ValueTest | undefined;

const literals: ParseTest = (parsing, variable, value, pointer) => {
  const items = parseItems(parsing, value, pointer, `an array, each item ${elementWords(variable)}`, (item, at) =>
    parseLiteral(parsing, variable, item, at),
  );
  return items && { test: 'one-of', items };
};

const blocks: ParseTest = (parsing, _variable, value, pointer) => {
  const items = parseItems(parsing, value, pointer, 'an array of addresses and CIDR blocks', (item, at) => {
    return canonicalBlock(item) ?? report(parsing, at, 'an address or CIDR block', item);
  });
  return items && { test: 'in-blocks', items };
};

const strings =
  (test: 'has-any' | 'has-all' | 'has-none' | 'contains'): ParseTest =>
  (parsing, variable, value, pointer) => {
    const items = parseItems(parsing, value, pointer, 'an array of strings', (item, at) => {
      const literal = parseLiteral(parsing, variable, item, at);
      return literal === undefined ? undefined : String(literal);
    });
    return items && { test, items };
  };

const oneString =
  (test: 'contains' | 'starts-with' | 'ends-with' | 'has-any'): ParseTest =>
  (parsing, variable, value, pointer) => {
    const literal = parseLiteral(parsing, variable, value, pointer);
    return literal === undefined ? undefined : { test, items: [String(literal)] };
  };

const list: ParseTest = (parsing, variable, alias, pointer) => {
  const { lists } = parsing.environment;
  if (typeof alias !== 'string') return report(parsing, pointer, 'the alias of a list', alias);
  const found = lists.get(alias);
  if (!found) return report(parsing, pointer, 'the alias of a list', alias, meant(nearestName(alias, lists.keys())));
  if (variable.type === 'ip' || variable.type === found.itemType) {
    return { test: 'in-list', list: found, of: variable.type === 'ip' ? 'addresses' : 'values' };
  }
  return report(parsing, pointer, `a list of ${variable.type}s for \`${variable.name}\``, alias, {
    gotWords: `\`${alias}\`, a list of ${found.itemType}s`,
  });
};

/** How the right side of each operator with one variable on the left is read. */
const rightSides: Partial<Record<ComparisonOperator, ParseTest>> = {
  in: (parsing, variable, value, pointer) => (variable.type === 'ip' ? blocks : literals)(parsing, variable, value, pointer),
  ipIn: blocks,
  inList: list,
  contains: (parsing, variable, value, pointer) =>
    (Array.isArray(value) ? strings('contains') : oneString('contains'))(parsing, variable, value, pointer),
  startsWith: oneString('starts-with'),
  endsWith: oneString('ends-with'),
  hasAny: strings('has-any'),
  hasAll: strings('has-all'),
  hasNone: strings('has-none'),
};

/** Reads the right side of an operator that asks about one value. */
export const parseValueTest = (
  parsing: Parsing,
  operator: ComparisonOperator,
  { variable }: VariableOperand,
  value: unknown,
  pointer: string,
): ValueTest | undefined => rightSides[operator]?.(parsing, variable, value, pointer);

/** `{"in": [literal, var]}`: a part of a string, an element of a multiselect. */
export const parseLiteralInVariable = (
  parsing: Parsing,
  { variable }: VariableOperand,
  value: unknown,
  pointer: string,
): ValueTest | undefined => oneString(variable.type === 'strings' ? 'has-any' : 'contains')(parsing, variable, value, pointer);
