import type { Work } from '../../core/ports/store.ts';
import type { Basis } from './load.ts';
import { type EventIds, type Write, writesOf } from './plan.ts';
import type { SignalNames } from './signal-names.ts';
import { noteUnwritten, type Unwritten, withUnwritten } from './unwritten.ts';

/** What a unit of work came to; settled only after the commit. */
export type Result = { readonly answer: unknown } | { readonly refusal: unknown };

/** How a batch ended without success. */
export type Failure = {
  /** `again`: nothing was written and another try may succeed; `unknown`: it may have been committed; `final`: neither. */
  readonly kind: 'again' | 'unknown' | 'final';
  readonly reason: unknown;
};
export type Ended<T> = { readonly kind: 'committed'; readonly value: T } | Failure;

/**
 * Runs each on what was loaded; a throw is the answer of that one alone. `elsewhere` is what others have under way that was not
 * loaded, `own` takes what these add: each sees those before it.
 */
export const runAll = (
  works: readonly Work<unknown>[],
  bases: readonly Basis[],
  elsewhere: readonly Unwritten[],
  own: Unwritten,
  nextEventId: EventIds,
) => {
  const writes: Write[] = [];
  const names: SignalNames = new Map();
  const unwritten = [...elsewhere, own];
  const results = works.map((work, index): Result => {
    const basis = bases[index];
    if (!basis) return { refusal: new TypeError('nothing was loaded') };
    try {
      const { answer, changes } = work.run(withUnwritten(basis.loaded, work.load, unwritten));
      if (!changes) return { answer };
      writes.push(...writesOf(work.userId, changes, basis, names, nextEventId));
      noteUnwritten(own, changes, basis);
      return { answer };
    } catch (refusal) {
      return { refusal };
    }
  });
  for (const row of names) writes.push({ statement: 'nameSignals', values: row });
  return { results, writes };
};
