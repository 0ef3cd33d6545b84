import pg from 'pg';
import { DatabaseFailure } from '../failure.ts';

/** Milliseconds. Three steps of a batch, each cut off after `step`, stay below eight seconds. */
export const patience = { connect: 2_500, lock: 2_000, step: 2_600, statement: 6_000, query: 7_000, migration: 300_000 } as const;

const int8 = 20;
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => (oid === int8 ? Number : pg.types.getTypeParser(oid, format as 'text')),
};

/** Connections to one database. Statements are sent without waiting for the answers of those before. */
export const openPool = (url: string, warn: (message: string, cause?: unknown) => void): pg.Pool => {
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    pipeline: true,
    types,
    keepAlive: true,
    connectionTimeoutMillis: patience.connect,
    lock_timeout: patience.lock,
    statement_timeout: patience.statement,
    idle_in_transaction_session_timeout: patience.query,
    query_timeout: patience.query,
  });
  // Without a listener a connection that breaks while idle would end the process.
  pool.on('error', (error) => warn('lost an idle connection to the database', error));
  pool.on('connect', (client) => {
    client.on('error', (error) => warn('lost a connection to the database', error));
    // Every statement here is meant for an index; a plan made while a table was small must not scan it once it has grown.
    client.query('SET enable_seqscan = off').catch((error) => warn('could not set up a connection', error));
  });
  return pool;
};

/** SQLSTATE, absent where the connection failed. */
const stateOf = (error: unknown): string | undefined => {
  const code = error instanceof Error && 'severity' in error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
};

/** Rolled back for certain, and worth another try: races (for making a table too), deadlocks, a lock waited for in vain. */
const repeatable = /^(40|23505|42710|42P07|55P03)/;
/** The server is going, starting or full. */
const absent = /^(08|57P|53)/;

export const isRepeatable = ({ cause }: DatabaseFailure): boolean => repeatable.test(stateOf(cause) ?? '');

/** The connection or the server is gone; what was under way may be tried again if no commit had been sent. */
export const isConnectionLoss = ({ cause }: DatabaseFailure): boolean => {
  const state = stateOf(cause);
  return state === undefined || absent.test(state);
};

/** Waits for the driver; what it rejects with becomes a `DatabaseFailure`. */
export const asked = async <T>(use: Promise<T>): Promise<T> => {
  try {
    return await use;
  } catch (error) {
    throw new DatabaseFailure(error);
  }
};
