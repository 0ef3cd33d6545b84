import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { createStore } from '../../../adapters/store/create-store.ts';
import type { Store } from '../../../core/ports/store.ts';
import type { TestPostgres } from '../../support/postgres.ts';
import { uuidOf } from './builders.ts';
import type { Place } from './place.ts';

const placeAt = (url: string, sql: Place['sql'], remove: () => void = () => undefined): Place => {
  const clock = { now: 1_000 };
  const nodes: Store[] = [];
  // Event ids must sort by the time at which they are given out, whatever the test's clock says.
  const options = { now: () => clock.now, uuid: () => uuidOf(Date.now()), warn: () => undefined };
  return {
    clock,
    sql,
    node: async () => {
      const store = await createStore(url, options);
      nodes.push(store);
      return store;
    },
    close: async () => {
      await Promise.all(nodes.map((node) => node.close()));
      remove();
    },
  };
};

/** A SQLite file in a folder of its own, which does not exist yet. */
export const sqlitePlace = async (): Promise<Place> => {
  const folder = mkdtempSync(join(tmpdir(), 'stepward-store-'));
  const path = join(folder, 'made', 'by', 'store.db');
  const sql = async (statement: string): Promise<void> => {
    const db = new DatabaseSync(path, { timeout: 5_000 });
    db.exec(statement);
    db.close();
  };
  return placeAt(`sqlite:${path}`, sql, () => rmSync(folder, { recursive: true }));
};

/** An empty database on a server of ours. */
export const postgresPlace = async (server: TestPostgres): Promise<Place> => {
  const url = await server.database();
  const sql = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  return placeAt(url, sql);
};
