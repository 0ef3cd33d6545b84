import { StepwardError } from '../../core/index.ts';

/** The database cannot be had; `cause` stays in the process. */
export const unavailable = (cause: unknown): StepwardError =>
  cause instanceof StepwardError && cause.code === 'unavailable'
    ? cause
    : new StepwardError('unavailable', 'the database cannot be had, try again', { retryAfter: 1, cause });

/** Somebody else wrote a row between our reading and our writing; the same work succeeds on fresh data. */
export class LostRace extends Error {
  constructor() {
    super('lost a race for a row');
    this.name = 'LostRace';
  }
}
