import type pg from 'pg';
import type { Ended, Failure } from '../batch.ts';
import { DatabaseFailure, LostRace } from '../failure.ts';
import { asked, isConnectionLoss, isRepeatable, patience } from './pool.ts';

const failedBeforeCommit = (reason: unknown): Failure => {
  const again = reason instanceof LostRace || (reason instanceof DatabaseFailure && (isRepeatable(reason) || isConnectionLoss(reason)));
  return { kind: again ? 'again' : 'final', reason };
};

const commit = async <T>(client: pg.ClientBase, value: T): Promise<Ended<T>> => {
  try {
    const { command } = await asked(client.query({ text: 'COMMIT', query_timeout: patience.step } as pg.QueryConfig));
    if (command === 'COMMIT') return { kind: 'committed', value };
    return { kind: 'final', reason: new DatabaseFailure(new Error('the commit was answered with a rollback')) };
  } catch (reason) {
    // INVARIANT: a commit without an answer is neither repeated nor acknowledged.
    return { kind: reason instanceof DatabaseFailure && isRepeatable(reason) ? 'again' : 'unknown', reason };
  }
};

/** Runs `body`, which begins the transaction itself, and commits. Never rejects. */
export const transaction = async <T>(pool: pg.Pool, body: (client: pg.PoolClient) => Promise<T>): Promise<Ended<T>> => {
  let client: pg.PoolClient;
  try {
    client = await asked(pool.connect());
  } catch (reason) {
    return { kind: 'again', reason };
  }
  let broken = false;
  try {
    const ended = await commit(client, await body(client));
    broken = ended.kind !== 'committed';
    return ended;
  } catch (reason) {
    broken = await client.query('ROLLBACK').then(
      () => false,
      () => true,
    );
    return failedBeforeCommit(reason);
  } finally {
    client.release(broken);
  }
};
