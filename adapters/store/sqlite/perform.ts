import type { Work } from '../../../core/ports/store.ts';
import { LostRace, unavailable } from '../failure.ts';
import { basisOf, requestsOf } from '../load.ts';
import { type EventIds, type Write, writesOf } from '../plan.ts';
import type { Unit } from '../unit.ts';
import { guarded } from '../writes.ts';
import type { Prepared } from './statements.ts';

/**
 * Loads, runs and writes one unit of work within the open transaction. What `run` throws is thrown by the function that comes
 * back: nothing of the work was written then, so its neighbours go on.
 */
export const performWork = <T>(work: Work<T>, on: Prepared, revision: number, nextEventId: EventIds): (() => T) => {
  const results = requestsOf(work.userId, work.load).map(on.fetch);
  const basis = basisOf(work.load, results.values(), revision);
  let answer: T;
  let writes: readonly Write[];
  try {
    const outcome = work.run(basis.loaded);
    answer = outcome.answer;
    writes = outcome.changes ? writesOf(work.userId, outcome.changes, basis, nextEventId) : [];
  } catch (refusal) {
    return () => {
      throw refusal;
    };
  }
  for (const { statement, values } of writes) {
    // The write lock excludes it; were it to happen, the transaction must not commit.
    if (on.write(statement, values) !== 1 && guarded.has(statement)) throw unavailable(new LostRace());
  }
  return () => answer;
};

/** Runs several statements without a pause. */
export const driveUnit = <T>(unit: Unit<T>, on: Prepared): T => {
  let step = unit.next();
  while (!step.done) step = unit.next(on.query(step.value));
  return step.value;
};
