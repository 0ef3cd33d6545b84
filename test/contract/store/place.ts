import type { Store } from '../../../core/ports/store.ts';

/** An empty database, and as many nodes on it as a test asks for. */
export type Place = {
  /** A further node; its schema is not yet made. */
  readonly node: () => Promise<Store>;
  /** Runs SQL beside the store, as an operator or a fault would. */
  readonly sql: (statement: string) => Promise<void>;
  /** The clock of every node here. */
  readonly clock: { now: number };
  /** Closes every node. */
  readonly close: () => Promise<void>;
};

export type Subject = {
  readonly dialect: 'sqlite' | 'postgres';
  readonly place: () => Promise<Place>;
};
