import { hash } from 'node:crypto';
import type { Decision, Instance } from '../../core/index.ts';
import type { Request, Rows } from './load.ts';

/**
 * The names in a snapshot are the same for every decision of one policy, and longer than its values: they are stored once, and an
 * instance refers to them. Inside a unit of work, where nobody reads them, the reference stands in their place.
 */
export type SignalNames = Map<string, string>;

const mark = '#';
const mostKnown = 1_000;
const references = new Map<string, string>();

const remember = (known: Map<string, string>, key: string, value: string): string => {
  if (known.size >= mostKnown) known.clear();
  known.set(key, value);
  return value;
};

const referenceTo = (names: string): string =>
  references.get(names) ?? remember(references, names, mark + hash('sha256', names, 'base64url').slice(0, 22));

const isLiteral = (names: string): boolean => names !== '' && !names.startsWith(mark);

const referring = (decision: Decision, to: SignalNames): Decision => {
  const { names } = decision.signals;
  if (!isLiteral(names)) return decision;
  const reference = referenceTo(names);
  to.set(reference, names);
  return { ...decision, signals: { ...decision.signals, names: reference } };
};

/** The instance as it is stored; `to` takes the names that it refers to. */
export const withReferences = (instance: Instance, to: SignalNames): Instance => ({
  ...instance,
  decision: referring(instance.decision, to),
  ...(instance.deferredDecision && { deferredDecision: referring(instance.deferredDecision, to) }),
});

/** Puts names in the place of references in instances that were read. */
export const namesReader = (fetch: (requests: readonly Request[]) => Promise<readonly Rows[]>) => {
  const known = new Map<string, string>();
  const namesOf = async (reference: string): Promise<string> => {
    const [rows] = await fetch([{ statement: 'signalNames', values: [reference] }]);
    return remember(known, reference, String(rows?.[0]?.[1] ?? ''));
  };
  const literal = async (decision: Decision): Promise<Decision> => {
    const { names } = decision.signals;
    if (!names.startsWith(mark)) return decision;
    return { ...decision, signals: { ...decision.signals, names: known.get(names) ?? (await namesOf(names)) } };
  };
  return async (instance: Instance): Promise<Instance> => ({
    ...instance,
    decision: await literal(instance.decision),
    ...(instance.deferredDecision && { deferredDecision: await literal(instance.deferredDecision) }),
  });
};
