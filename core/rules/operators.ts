import type { SignalType, Variable } from '../signals/define.ts';

/** Which types each comparison operator reads. */
export const comparisonOperators = {
  '==': ['boolean', 'number', 'string', 'ip'],
  '===': ['boolean', 'number', 'string', 'ip'],
  '!=': ['boolean', 'number', 'string', 'ip'],
  '!==': ['boolean', 'number', 'string', 'ip'],
  '<': ['number'],
  '<=': ['number'],
  '>': ['number'],
  '>=': ['number'],
  in: ['string', 'number', 'ip', 'strings'],
  contains: ['string'],
  startsWith: ['string'],
  endsWith: ['string'],
  ipIn: ['ip'],
  inList: ['string', 'number', 'ip'],
  hasAny: ['strings'],
  hasAll: ['strings'],
  hasNone: ['strings'],
  exists: ['boolean', 'number', 'string', 'strings', 'ip'],
} as const satisfies Record<string, readonly SignalType[]>;
export type ComparisonOperator = keyof typeof comparisonOperators;

export const logicalOperators = ['and', 'or', '!', '!!'] as const;
export type LogicalOperator = (typeof logicalOperators)[number];

/** Other spellings that an import may bring. */
const spellings: ReadonlyMap<string, ComparisonOperator> = new Map([
  ['CONTAINS', 'contains'],
  ['STARTS_WITH', 'startsWith'],
  ['starts_with', 'startsWith'],
  ['ENDS_WITH', 'endsWith'],
  ['ends_with', 'endsWith'],
]);

const names = new Map(Object.keys(comparisonOperators).map((name) => [name, name as ComparisonOperator]));

/** The comparison operator of this spelling. */
export const comparisonOperator = (spelling: string): ComparisonOperator | undefined => names.get(spelling) ?? spellings.get(spelling);

export const isLogicalOperator = (name: string): name is LogicalOperator => (logicalOperators as readonly string[]).includes(name);

/** Every operator name, for hints. */
export const operatorNames: readonly string[] = [...logicalOperators, ...names.keys()];

/** Whether the variable restricts itself to some operators and this is none of them; `exists` tells no value and is always free. */
export const isRestricted = (variable: Variable, operator: ComparisonOperator): boolean => {
  if (variable.operators === undefined || operator === 'exists') return false;
  return !variable.operators.includes(operator === '===' ? '==' : operator);
};

/** The operators that may read a variable, as a rule editor offers them. */
export const operatorsFor = (variable: Variable): readonly string[] => {
  const comparisons = [...names.values()].filter(
    (operator) => (comparisonOperators[operator] as readonly SignalType[]).includes(variable.type) && !isRestricted(variable, operator),
  );
  return variable.type === 'boolean' ? [...comparisons, '!', '!!'] : comparisons;
};
