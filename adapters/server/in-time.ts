import { StepwardError, type Visits } from '../../core/index.ts';

const late = (): StepwardError => new StepwardError('unavailable', 'no answer could be had in time, try again', { retryAfter: 1 });

/** The pages' use cases, each refused as `unavailable` after `ms`: a database that hangs must not hang the page. */
export const visitsInTime = (visits: Visits, ms: number): Visits => {
  const within = <T>(promise: Promise<T>): Promise<T> => {
    let timer: NodeJS.Timeout | undefined;
    const expired = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(late()), ms);
    });
    return Promise.race([promise, expired]).finally(() => clearTimeout(timer));
  };
  return {
    open: (request, binds) => within(visits.open(request, binds)),
    act: (request, command) => within(visits.act(request, command)),
    leave: (request) => within(visits.leave(request)),
  };
};
