import { StepwardError } from '../../core/index.ts';

/** The database cannot be had; `cause` stays in the process. */
export const unavailable = (cause: unknown): StepwardError =>
  cause instanceof StepwardError && cause.code === 'unavailable'
    ? cause
    : new StepwardError('unavailable', 'the database cannot be had, try again', { retryAfter: 1, cause });

/** What the database or the way to it said; so any other error is known to come from the unit of work itself. */
export class DatabaseFailure extends Error {
  constructor(cause: unknown) {
    super('the database refused a statement or could not be reached', { cause });
    this.name = 'DatabaseFailure';
  }
}

/** Somebody else wrote a row between our reading and our writing; the same work succeeds on fresh data. */
export class LostRace extends Error {
  constructor() {
    super('lost a race for a row');
    this.name = 'LostRace';
  }
}
