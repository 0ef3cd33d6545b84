import type { Work } from '../../core/ports/store.ts';
import type { Dialect } from './dialect.ts';
import type { Request, Rows } from './load.ts';
import type { EventIds } from './plan.ts';
import type { Unit } from './unit.ts';

/** One database, as the store uses it. Every method rejects with `unavailable` when it cannot be had. */
export type Driver = {
  readonly dialect: Dialect['name'];
  /** One unit of work on one user, together with others. */
  readonly transact: <T>(work: Work<T>) => Promise<T>;
  /** Statements of the hot path, outside any transaction. */
  readonly fetch: (requests: readonly Request[]) => Promise<readonly Rows[]>;
  /** Committed state, each statement by itself. */
  readonly read: <T>(unit: () => Unit<T>) => Promise<T>;
  /** One statement that is a transaction by itself; on SQLite those that come together share a commit. Run again only where it is known to be undone. */
  readonly single: <T>(unit: () => Unit<T>) => Promise<T>;
  /** A transaction of its own; starts afresh after a `LostRace`. */
  readonly write: <T>(unit: () => Unit<T>) => Promise<T>;
  readonly ping: () => Promise<void>;
  readonly clock?: () => Promise<number>;
  readonly close: () => Promise<void>;
};

export type StoreOptions = {
  /** Milliseconds UTC. */
  readonly now: () => number;
  /** UUIDv7 of the present time. */
  readonly uuid: () => string;
  /** Told of trouble that is survived (a connection lost, a batch repeated); never told data. */
  readonly warn: (message: string, cause?: unknown) => void;
};

/** What a driver is given besides its url. */
export type DriverOptions = { readonly nextEventId: EventIds; readonly warn: StoreOptions['warn'] };
