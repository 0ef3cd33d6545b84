import type { Work } from '../../../core/ports/store.ts';
import { type Ended, type Result, runAll } from '../batch.ts';
import { LostRace } from '../failure.ts';
import { basisOf, type Request, type Rows, requestsOf } from '../load.ts';
import type { EventIds, Write } from '../plan.ts';
import type { Unit } from '../unit.ts';
import { nothingUnwritten, type Unwritten } from '../unwritten.ts';
import { type Packed, pack, unpack } from './packed.ts';
import { type Ask, TaskFailure, type Writer } from './writer.ts';

const packed = (statements: readonly (Request | Write)[]): Packed =>
  pack(statements.map(({ statement, values }) => [statement, ...values]));

/** The rows of each statement, whose place they begin with. */
const byPlace = (rows: Packed, statements: number): readonly Rows[] => {
  const found: (readonly unknown[])[][] = Array.from({ length: statements }, () => []);
  for (const row of unpack(rows)) found[Number(row[0])]?.push(row);
  return found;
};

const revision: Request = { statement: 'revision', values: [] };

/**
 * Runs units of work of different users: the thread reads, they are run here, the thread writes and commits. In between it serves
 * other batches, so one of them decides while another is synced.
 */
export const batches = (writer: Writer, nextEventId: EventIds) => {
  /** Of batches whose rows may not have been written yet when another was read. */
  const underWay = new Set<Unwritten>();

  const attempt = async (works: readonly Work<unknown>[], on: Ask, locked: boolean): Promise<readonly Result[]> => {
    const requests = [revision, ...works.flatMap((work) => requestsOf(work.userId, work.load))];
    const { version, rows } = await on({ fetch: packed(requests), ...(locked && { begin: true }) });
    const next = byPlace(rows, requests.length).values();
    const current = Number(next.next().value?.[0]?.[1] ?? 0);
    const bases = works.map(({ load }) => basisOf(load, next, current));
    const own = nothingUnwritten();
    const { results, writes } = runAll(works, bases, [...underWay], own, nextEventId);
    if (writes.length === 0 && !locked) return results;
    underWay.add(own);
    try {
      // INVARIANT: what is written rests on what was read: no other connection has written meanwhile, and within this process no
      // other batch has the same users.
      await on({ begin: true, ...(!locked && { since: version }), write: packed(writes), end: 'commit' });
    } finally {
      underWay.delete(own);
    }
    return results;
  };

  return async (works: readonly Work<unknown>[]): Promise<Ended<readonly Result[]>> => {
    try {
      const value = await attempt(works, writer.ask, false).catch((reason) => {
        if (!(reason instanceof LostRace)) throw reason;
        return transaction(writer, (on) => attempt(works, on, true));
      });
      return { kind: 'committed', value };
    } catch (reason) {
      const isOne = reason instanceof TaskFailure && reason.stage === 'work';
      return { kind: isOne ? 'final' : 'unknown', reason };
    }
  };
};

/** Several tasks in one transaction, which `body` begins and ends; nothing of it is left where it fails. */
const transaction = <T>({ alone }: Writer, body: (on: Ask) => Promise<T>): Promise<T> =>
  alone(async (on) => {
    try {
      return await body(on);
    } catch (reason) {
      await on({ end: 'rollback' }).catch(() => undefined);
      throw reason;
    }
  });

/** Runs several statements in a transaction of their own. */
export const unitOn = <T>(writer: Writer, unit: () => Unit<T>): Promise<T> =>
  transaction(writer, async (on) => {
    const steps = unit();
    let step = steps.next();
    while (!step.done) step = steps.next((await on({ begin: true, queries: [step.value] })).found[0] ?? []);
    await on({ begin: true, end: 'commit' });
    return step.value;
  });
