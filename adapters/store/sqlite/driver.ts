import type { Work } from '../../../core/ports/store.ts';
import type { Ended, Result } from '../batch.ts';
import type { Driver, DriverOptions } from '../driver.ts';
import { DatabaseFailure, LostRace, unavailable } from '../failure.ts';
import { openLanes } from '../lanes.ts';
import { run, runSingle, type Unit } from '../unit.ts';
import { openReader } from './open.ts';
import { openSingles } from './singles.ts';
import { prepareOn } from './statements.ts';
import { batches, unitOn } from './transact.ts';
import { startWriter } from './writer.ts';

/** Runs what talks to SQLite; so any other error is known to come from elsewhere. */
const orUnavailable = <T>(use: () => T): T => {
  try {
    return use();
  } catch (error) {
    throw unavailable(error);
  }
};

/** Opens a SQLite file: a thread writes, in batches; a connection here reads what is committed. */
export const openSqlite = async (path: string, { nextEventId, warn }: DriverOptions): Promise<Driver> => {
  const writer = await startWriter(path).catch((reason) => Promise.reject(unavailable(reason)));
  const reader = orUnavailable(() => openReader(path));
  const reading = prepareOn(reader);
  const runBatch = batches(writer, nextEventId);
  let closed: Promise<void> | undefined;
  let commitFailed = false;

  const transact = async (works: readonly Work<unknown>[]): Promise<Ended<readonly Result[]>> => {
    const ended = await runBatch(works);
    commitFailed = ended.kind === 'unknown';
    return ended;
  };
  const lanes = openLanes(transact, { lanes: 2, worthwhile: 16 }, warn);

  const singles = openSingles(writer);

  const written = async <T>(by: () => Promise<T>): Promise<T> => {
    if (closed) throw unavailable(new Error('the store is closed'));
    try {
      const answer = await by();
      commitFailed = false;
      return answer;
    } catch (reason) {
      if (!(reason instanceof DatabaseFailure || reason instanceof LostRace)) throw reason;
      warn('a transaction was rolled back', reason);
      commitFailed = true;
      throw unavailable(reason);
    }
  };
  const write = <T>(unit: () => Unit<T>): Promise<T> => written(() => unitOn(writer, unit));
  const close = async (): Promise<void> => {
    await Promise.all([lanes.finish(), singles.finish()]);
    await writer.close();
    reader.close();
  };

  return {
    dialect: 'sqlite',
    transact: <T>(work: Work<T>) => lanes.add(work),
    fetch: async (requests) => orUnavailable(() => requests.map(reading.fetch)),
    read: async (unit) => {
      const steps = unit();
      let step = steps.next();
      while (!step.done) {
        const query = step.value;
        step = steps.next(orUnavailable(() => reading.query(query)));
      }
      return step.value;
    },
    single: (unit) => written(() => runSingle(unit(), singles.add)),
    write,
    ping: async () => {
      orUnavailable(() => reading.query({ sql: 'SELECT 1', parameters: [] }));
      // After a failed commit only a commit shows that the disk takes writes again.
      await write(function* () {
        if (!commitFailed) return;
        // a row that is set to what it was is not written
        yield* run('UPDATE tenant_revision SET revision = revision + 1');
        yield* run('UPDATE tenant_revision SET revision = revision - 1');
      });
    },
    close: () => {
      closed ??= close();
      return closed;
    },
  };
};
