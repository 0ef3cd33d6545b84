import type { SignalValue, Variable } from '../signals/define.ts';
import type { CompiledList } from './value-list.ts';

/** What conditions may name: signals, declared data points and named lists. */
export type RuleEnvironment = {
  readonly variables: ReadonlyMap<string, Variable>;
  readonly lists: ReadonlyMap<string, CompiledList>;
};

export type Literal = string | number | boolean;

/** A variable read by a comparison; `fallback` stands in where it is unknown. */
export type VariableOperand = { readonly variable: Variable; readonly fallback?: SignalValue };

/** A question about one value whose right side is fixed. */
export type ValueTest =
  | { readonly test: 'one-of'; readonly items: readonly Literal[] }
  | { readonly test: 'in-blocks'; readonly items: readonly string[] }
  | { readonly test: 'in-list'; readonly list: CompiledList; readonly of: 'values' | 'addresses' }
  | { readonly test: 'contains' | 'starts-with' | 'ends-with'; readonly items: readonly string[] }
  | { readonly test: 'has-any' | 'has-all' | 'has-none'; readonly items: readonly string[] };

type Position = {
  readonly kind: 'comparison';
  /** Counts the rule's comparisons in the author's order, from 0. */
  readonly index: number;
  /** RFC 6901, from the rule. */
  readonly pointer: string;
  /** The operator as the author spelled it; `==` for a bare variable. */
  readonly operator: string;
};

export type Comparison = Position &
  (
    | { readonly form: 'exists'; readonly operand: VariableOperand; readonly negated: boolean }
    | { readonly form: 'equals'; readonly left: VariableOperand; readonly right: Literal | VariableOperand; readonly negated: boolean }
    | { readonly form: 'ascending'; readonly operands: readonly (number | VariableOperand)[]; readonly strict: boolean }
    | { readonly form: 'value'; readonly operand: VariableOperand; readonly test: ValueTest }
  );

/** Parsed conditions: canonical literals, every name resolved. */
export type Condition =
  | { readonly kind: 'all' | 'any'; readonly children: readonly Condition[] }
  | { readonly kind: 'not'; readonly child: Condition }
  | Comparison;

export const isVariableOperand = (operand: Literal | VariableOperand): operand is VariableOperand => typeof operand === 'object';

/** The variables that a comparison reads, in order. */
export const operandsOf = (comparison: Comparison): readonly VariableOperand[] => {
  switch (comparison.form) {
    case 'exists':
    case 'value':
      return [comparison.operand];
    case 'equals':
      return isVariableOperand(comparison.right) ? [comparison.left, comparison.right] : [comparison.left];
    case 'ascending':
      return comparison.operands.filter(isVariableOperand);
  }
};

/** All comparisons in the author's order. */
export const comparisonsOf = (condition: Condition): readonly Comparison[] => {
  switch (condition.kind) {
    case 'comparison':
      return [condition];
    case 'not':
      return comparisonsOf(condition.child);
    case 'all':
    case 'any':
      return condition.children.flatMap(comparisonsOf);
  }
};
