import { setTimeout } from 'node:timers/promises';
import type pg from 'pg';
import type { Work } from '../../../core/ports/store.ts';
import type { Driver, DriverOptions } from '../driver.ts';
import { DatabaseFailure, LostRace, unavailable } from '../failure.ts';
import { openLanes } from '../lanes.ts';
import type { Request, Rows } from '../load.ts';
import { type Query, runSingle, type Unit } from '../unit.ts';
import { prepareBatch } from './batch.ts';
import { asked, isConnectionLoss, isRepeatable, openPool, patience } from './pool.ts';
import { type Runner, readAll } from './statements.ts';
import { transaction } from './transaction.ts';

const mostTries = 5;

const drive = async <T>(unit: Unit<T>, on: Runner): Promise<T> => {
  const query = async ({ sql, parameters, patient }: Query): Promise<readonly unknown[]> => {
    const timeout = patient ? { query_timeout: patience.migration } : {};
    return (await asked(on.query({ text: sql, values: [...parameters], ...timeout } as pg.QueryConfig))).rows;
  };
  let step = unit.next();
  while (!step.done) step = unit.next(await query(step.value));
  return step.value;
};

/** Reads again once where the connection was found dead: after a restart of the server the pool still holds such. */
const readTwice = async <T>(read: () => Promise<T>): Promise<T> => {
  try {
    return await read().catch((error) => (error instanceof DatabaseFailure && isConnectionLoss(error) ? read() : Promise.reject(error)));
  } catch (error) {
    throw error instanceof DatabaseFailure ? unavailable(error) : error;
  }
};

/** Connects to PostgreSQL, lazily: it need not be there yet. */
export const openPostgres = (url: string, { nextEventId, warn }: DriverOptions): Driver => {
  const pool = openPool(url, warn);
  const lanes = openLanes(
    (works) => transaction(pool, (client) => prepareBatch(client, works, nextEventId)),
    { lanes: 3, worthwhile: 12 },
    warn,
  );
  let closed: Promise<void> | undefined;

  const fetch = async (requests: readonly Request[]): Promise<readonly Rows[]> => {
    const results = new Map<Request, Rows>();
    const groups = [...Map.groupBy(requests, (request) => request.statement)];
    await Promise.all(
      groups.map(async ([name, group]) => {
        const rows = await readAll(
          pool as unknown as Runner,
          name,
          group.map((request) => request.values),
        );
        group.forEach((request, index) => {
          results.set(request, rows[index] ?? []);
        });
      }),
    );
    return requests.map((request) => results.get(request) ?? []);
  };

  const write = async <T>(unit: () => Unit<T>): Promise<T> => {
    for (let tries = 1; ; tries++) {
      const ended = await transaction(pool, async (client) => {
        await asked(client.query('BEGIN'));
        return drive(unit(), client);
      });
      if (ended.kind === 'committed') return ended.value;
      const { kind, reason } = ended;
      const own = !(reason instanceof DatabaseFailure || reason instanceof LostRace);
      if (own) throw reason;
      if (kind !== 'again' || tries >= mostTries) throw unavailable(reason);
      warn('a transaction failed and is repeated', reason);
      await setTimeout(10 * 2 ** tries);
    }
  };

  const singles = new Set<Promise<unknown>>();
  /** What is known to be undone is run again; where only the answer is missing it is not. */
  const single = async ({ sql, parameters }: Query): Promise<readonly unknown[]> => {
    for (let tries = 1; ; tries++) {
      try {
        return (await asked(pool.query(sql, [...parameters]))).rows;
      } catch (reason) {
        if (!(reason instanceof DatabaseFailure && isRepeatable(reason)) || tries >= mostTries) throw unavailable(reason);
        warn('a statement failed and is repeated', reason);
        await setTimeout(10 * 2 ** tries);
      }
    }
  };

  return {
    dialect: 'postgres',
    transact: <T>(work: Work<T>) => lanes.add(work),
    fetch: (requests) => readTwice(() => fetch(requests)),
    read: (unit) => readTwice(() => drive(unit(), pool as unknown as Runner)),
    single: (unit) => {
      if (closed) return Promise.reject(unavailable(new Error('the store is closed')));
      const answer = runSingle(unit(), single);
      singles.add(answer);
      return answer.finally(() => singles.delete(answer));
    },
    write,
    clock: () =>
      readTwice(async () => {
        const { rows } = await asked(pool.query('SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS at'));
        return Number(rows[0]?.at);
      }),
    ping: () => readTwice(async () => void (await asked(pool.query('SELECT 1')))),
    close: () => {
      closed ??= Promise.all([lanes.finish(), Promise.allSettled(singles)]).then(() => pool.end());
      return closed;
    },
  };
};
