import type { EventIds } from './plan.ts';

/** Ids of outbox rows that sort by time and, within one process, strictly in the order in which they were given out. */
export const eventIds = (uuid: () => string): EventIds => {
  let newest = '';
  let number = 0;
  return () => {
    const fresh = uuid();
    number = fresh > newest ? 0 : number + 1;
    if (number === 0) newest = fresh;
    return `${newest}-${String(number).padStart(8, '0')}`;
  };
};
