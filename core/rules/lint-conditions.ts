import { type Cidr, compareWords, parseCidr } from './cidr.ts';
import { type Comparison, type Condition, isVariableOperand, type Literal } from './condition.ts';

export type Finding = { readonly code: string; readonly message: string };

/** Counts stop here (signals catalogue). */
const saturation = 1_000;
const counts =
  /^velocity\.|^device\.(count|userCount)$|^ip\.(userCount1h|deviceCount1h|challengeFailures1h)$|^challenge\.(failures|consecutiveFailures)/;

/** Numbers a value may lie between. */
type Range = { low: number; high: number; lowOpen: boolean; highOpen: boolean };

/** What an `ascending` comparison asks of each variable that stands beside literals. */
const boundsOf = (comparison: Comparison): readonly { name: string; range: Range }[] => {
  if (comparison.form !== 'ascending') return [];
  const { operands, strict } = comparison;
  return operands.flatMap((operand, index) => {
    if (typeof operand === 'number') return [];
    const before = operands.slice(0, index).findLast((other) => typeof other === 'number');
    const after = operands.slice(index + 1).find((other) => typeof other === 'number');
    const low = typeof before === 'number' ? before : Number.NEGATIVE_INFINITY;
    const high = typeof after === 'number' ? after : Number.POSITIVE_INFINITY;
    return [{ name: operand.variable.name, range: { low, high, lowOpen: strict, highOpen: strict } }];
  });
};

/** Thresholds on counts that no count reaches. */
export const saturationFindings = (comparison: Comparison): readonly Finding[] => {
  const beyond = (name: string, threshold: number): readonly Finding[] =>
    counts.test(name)
      ? [{ code: 'threshold-never-reached', message: `\`${name}\` stops at ${saturation}, so it never passes ${threshold}` }]
      : [];
  if (comparison.form === 'equals' && typeof comparison.right === 'number' && comparison.right > saturation) {
    return beyond(comparison.left.variable.name, comparison.right);
  }
  return boundsOf(comparison).flatMap(({ name, range: { low, lowOpen } }) =>
    low > saturation || (low === saturation && lowOpen) ? beyond(name, low) : [],
  );
};

/** Blocks that say more, less or other than they seem to; `cidrs` as written. */
export const blockFindings = (cidrs: readonly string[]): readonly Finding[] => {
  const parsed = cidrs
    .map((text) => ({ text, block: parseCidr(text) }))
    .filter((entry): entry is { text: string; block: Cidr } => entry.block !== undefined);
  const findings: Finding[] = [];
  for (const { text, block } of parsed) {
    if (block.prefix === 0) findings.push({ code: 'cidr-everything', message: `\`${text}\` is every address` });
    if (block.hostBits) findings.push({ code: 'cidr-host-bits', message: `\`${text}\` has bits set behind its prefix` });
  }
  const sorted = parsed.toSorted(
    (left, right) =>
      left.block.family - right.block.family || compareWords(left.block.first, right.block.first) || left.block.prefix - right.block.prefix,
  );
  let widest: (typeof sorted)[number] | undefined;
  for (const entry of sorted) {
    const inside = widest && widest.block.family === entry.block.family && compareWords(entry.block.first, widest.block.last) <= 0;
    if (inside) findings.push({ code: 'cidr-overlap', message: `\`${entry.text}\` lies within \`${widest?.text}\`` });
    else widest = entry;
  }
  return findings;
};

/** An empty array of items makes a comparison constant. */
export const constantFindings = (comparison: Comparison): readonly Finding[] => {
  if (comparison.form !== 'value' || comparison.test.test === 'in-list' || comparison.test.items.length > 0) return [];
  const always = comparison.test.test === 'has-all' || comparison.test.test === 'has-none' ? 'always' : 'never';
  return [{ code: 'constant-condition', message: `\`${comparison.operator}\` with an empty array ${always} holds` }];
};

/** All comparisons that must hold together. */
const together = (condition: Condition): readonly Comparison[] =>
  condition.kind === 'comparison' ? [condition] : condition.kind === 'all' ? condition.children.flatMap(together) : [];

const allowedValues = (comparison: Comparison): { name: string; values: readonly Literal[] } | undefined => {
  if (comparison.form === 'equals' && !comparison.negated && !isVariableOperand(comparison.right)) {
    return { name: comparison.left.variable.name, values: [comparison.right] };
  }
  if (comparison.form !== 'value' || comparison.test.test !== 'one-of') return undefined;
  return { name: comparison.operand.variable.name, values: comparison.test.items };
};

const within = (value: Literal, { low, high, lowOpen, highOpen }: Range): boolean =>
  typeof value !== 'number' || ((lowOpen ? value > low : value >= low) && (highOpen ? value < high : value <= high));

const isEmpty = (low: Range, high: Range): boolean => low.low > high.high || (low.low === high.high && (low.lowOpen || high.highOpen));

const contradictionIn = (comparisons: readonly Comparison[]): string | undefined => {
  const allowed = new Map<string, readonly Literal[]>();
  const ranges = new Map<string, Range[]>();
  for (const comparison of comparisons) {
    const choice = allowedValues(comparison);
    if (choice) allowed.set(choice.name, allowed.get(choice.name)?.filter((value) => choice.values.includes(value)) ?? choice.values);
    for (const { name, range } of boundsOf(comparison)) ranges.set(name, [...(ranges.get(name) ?? []), range]);
  }
  for (const [name, list] of ranges) if (list.some((low) => list.some((high) => isEmpty(low, high)))) return name;
  for (const [name, values] of allowed)
    if (!values.some((value) => (ranges.get(name) ?? []).every((range) => within(value, range)))) return name;
  return undefined;
};

/** Groups whose parts cannot hold together. */
export const contradictionFindings = (condition: Condition): readonly Finding[] => {
  if (condition.kind === 'comparison') return [];
  const children = condition.kind === 'not' ? [condition.child] : condition.children;
  const name = condition.kind === 'all' ? contradictionIn(together(condition)) : undefined;
  if (name !== undefined) return [{ code: 'contradiction', message: `what is asked of \`${name}\` cannot hold together` }];
  return children.flatMap(contradictionFindings);
};
