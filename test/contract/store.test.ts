import { afterAll, describe, it } from 'vitest';
import { startPostgres } from '../support/postgres.ts';
import { postgresPlace, sqlitePlace } from './store/places.ts';
import { storeContract } from './store-contract.ts';

storeContract('the store on SQLite', { dialect: 'sqlite', place: sqlitePlace });

const server = await startPostgres();
if (server) {
  storeContract('the store on PostgreSQL', { dialect: 'postgres', place: () => postgresPlace(server) });
  afterAll(() => server.stop());
} else {
  describe('the store on PostgreSQL', () => it.skip('cannot be tried here'));
}
