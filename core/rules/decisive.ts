import type { Recorded, RuleTrace } from '../decision.ts';
import { type SignalValue, type Unknown, unknown } from '../signals/define.ts';
import { compileCondition } from './compile-condition.ts';
import { FALSE, TRUE, type Truth, truthOf, UNKNOWN } from './kleene.ts';
import { parseCondition, type RuleEnvironment } from './parse.ts';
import { createSlots } from './slots.ts';
import { runStep } from './steps.ts';

export type LeafResult = 'matched' | 'not-matched' | 'unknown';

/** One comparison as its author wrote it; nothing in it need still exist. */
export type Leaf = {
  readonly kind: 'leaf';
  readonly index: number;
  readonly operator: string;
  readonly operands: readonly unknown[];
  readonly bare: boolean;
  readonly source: unknown;
};

type Outline =
  | { readonly kind: 'and' | 'or'; readonly children: readonly Outline[] }
  | { readonly kind: '!'; readonly child: Outline }
  | Leaf;

const listOf = (operands: unknown): readonly unknown[] => (Array.isArray(operands) ? operands : [operands]);

/** The shape of stored conditions; they were validated when saved, so their structure is sound though names may be gone. */
const outline = (node: unknown, next: { index: number }): Outline => {
  const [[operator, operands] = ['', undefined]] = Object.entries(node ?? {});
  if (operator === 'and' || operator === 'or') return { kind: operator, children: listOf(operands).map((child) => outline(child, next)) };
  if (operator === '!') return { kind: '!', child: outline(listOf(operands)[0], next) };
  if (operator === '!!') return outline(listOf(operands)[0], next);
  const index = next.index;
  next.index += 1;
  const bare = operator === 'var';
  return { kind: 'leaf', index, operator: bare ? '==' : operator, operands: bare ? [node] : listOf(operands), bare, source: node };
};

const holdsIndex = (node: Outline, index: number): boolean => {
  if (node.kind === 'leaf') return node.index === index;
  return node.kind === '!' ? holdsIndex(node.child, index) : node.children.some((child) => holdsIndex(child, index));
};

type Replay = (node: Outline) => Truth | undefined;

const opposite = (truth: Truth): Truth => (truth === UNKNOWN ? UNKNOWN : truth === TRUE ? FALSE : TRUE);

/** What a part of the conditions comes to on the recorded signals; undefined where it can no longer be told. */
const replayOver = (signals: Readonly<Record<string, Recorded>>, environment: RuleEnvironment, now: number): Replay => {
  const read = (name: string): SignalValue | Unknown => {
    const recorded = Object.hasOwn(signals, name) ? signals[name] : undefined;
    if (recorded === undefined) return unknown('not-recorded');
    return 'value' in recorded ? recorded.value : unknown(recorded.unknown);
  };
  const leafTruth = ({ source }: Leaf): Truth | undefined => {
    try {
      const slots = createSlots();
      const step = compileCondition(parseCondition(source, environment), slots);
      return truthOf(runStep(step, slots.open(read, now)));
    } catch {
      return undefined;
    }
  };
  const replay: Replay = (node) => {
    if (node.kind === 'leaf') return leafTruth(node);
    if (node.kind === '!') {
      const child = replay(node.child);
      return child === undefined ? undefined : opposite(child);
    }
    const ends = node.kind === 'and' ? FALSE : TRUE;
    const truths = node.children.map(replay);
    if (truths.includes(ends)) return ends;
    if (truths.includes(undefined)) return undefined;
    return truths.includes(UNKNOWN) ? UNKNOWN : opposite(ends);
  };
  return replay;
};

const leafResults = ['not-matched', 'matched', 'unknown'] as const satisfies readonly LeafResult[];

export type Decided = { readonly leaf: Leaf; readonly result: LeafResult };

/**
 * The comparisons that brought a rule to its traced result: the trace names one; where all of a group had to agree, all of it.
 * What the trace does not settle is replayed, and left out where names are gone.
 */
export const decisive = (
  conditions: unknown,
  { result, byUnknown, decidedBy }: RuleTrace,
  signals: Readonly<Record<string, Recorded>>,
  environment: RuleEnvironment,
  now: number,
): readonly Decided[] => {
  if (decidedBy === undefined) return [];
  const replay = replayOver(signals, environment, now);
  const walk = (node: Outline, truth: Truth): readonly Decided[] => {
    if (node.kind === 'leaf') return [{ leaf: node, result: leafResults[truth] }];
    if (node.kind === '!') return walk(node.child, opposite(truth));
    const ends = node.kind === 'and' ? FALSE : TRUE;
    if (truth === opposite(ends)) return node.children.flatMap((child) => walk(child, truth));
    const decider = node.children.find((child) => holdsIndex(child, decidedBy)) ?? node.children.find((child) => replay(child) === truth);
    return decider === undefined ? [] : walk(decider, truth);
  };
  const truth = result === 'not-matched' ? FALSE : result === 'matched' && !byUnknown ? TRUE : UNKNOWN;
  return walk(outline(conditions, { index: 0 }), truth);
};
