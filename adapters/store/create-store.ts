import type { Store } from '../../core/ports/store.ts';
import type { Driver, DriverOptions, StoreOptions } from './driver.ts';
import { eventIds } from './event-ids.ts';
import { storeOver } from './store.ts';

type Open = (url: string, options: DriverOptions) => Promise<Driver>;

/** By scheme; each driver is loaded only when it is used. */
const drivers: Readonly<Record<string, Open>> = {
  sqlite: async (url, options) => (await import('./sqlite/driver.ts')).openSqlite(url.slice('sqlite:'.length), options),
  postgres: async (url, options) => (await import('./postgres/driver.ts')).openPostgres(url, options),
  postgresql: async (url, options) => (await import('./postgres/driver.ts')).openPostgres(url, options),
};

/**
 * Opens the store at `sqlite:PATH` (its folder is created) or `postgres://…`; `migrate` must run before anything else.
 *
 * @throws TypeError for another scheme, {@link StepwardError} `unavailable` when SQLite cannot open the file.
 *
 * @example
 * const store = await createStore('sqlite:.stepward/stepward.db', { now: Date.now, uuid, warn: console.warn });
 */
export const createStore = async (url: string, options: StoreOptions): Promise<Store> => {
  const open = drivers[url.slice(0, url.indexOf(':'))];
  if (!open) throw new TypeError('a database url begins with `sqlite:`, `postgres:` or `postgresql:`');
  const nextEventId = eventIds(options.uuid);
  return storeOver(await open(url, { nextEventId, warn: options.warn }), { nextEventId, now: options.now });
};
