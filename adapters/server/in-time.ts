import { type Links, StepwardError, type Visits } from '../../core/index.ts';

const late = (): StepwardError => new StepwardError('unavailable', 'no answer could be had in time, try again', { retryAfter: 1 });

/** The answer of `promise`, refused as `unavailable` after `ms`. */
export const inTime = <T>(promise: Promise<T>, ms: number): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  return Promise.race([promise, expired]).finally(() => clearTimeout(timer));
};

/** The pages' use cases, each in time: a database that hangs must not hang the page. */
export const visitsInTime = (visits: Visits, ms: number): Visits => ({
  open: (request, binds) => inTime(visits.open(request, binds), ms),
  enter: (request, returnUrl) => inTime(visits.enter(request, returnUrl), ms),
  act: (request, command) => inTime(visits.act(request, command), ms),
  moveToWindow: (request, key) => inTime(visits.moveToWindow(request, key), ms),
  waiting: (request, challengeId) => inTime(visits.waiting(request, challengeId), ms),
  leave: (request) => inTime(visits.leave(request), ms),
});

/** The same for links in messages. */
export const linksInTime = (links: Links, ms: number): Links => ({
  open: (request) => inTime(links.open(request), ms),
  press: (request, remember) => inTime(links.press(request, remember), ms),
});
