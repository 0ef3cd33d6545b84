import type { Request, Rows } from '../load.ts';
import type { Write } from '../plan.ts';
import type { Query } from '../unit.ts';

/** What the writing thread does in one go, in this order; where a part fails nothing of its transaction is left. */
export type Task = {
  /** Takes the write lock, unless it is held from the task before. */
  readonly begin?: true;
  /** Refuses where another connection has written since this version. */
  readonly since?: number;
  readonly fetch?: readonly Request[];
  readonly query?: Query;
  readonly write?: readonly Write[];
  readonly end?: 'commit' | 'rollback';
};

export type Done = {
  /** Of the database, before the rows were read. */
  readonly version: number;
  /** Parallel to `fetch`. */
  readonly rows: readonly Rows[];
  /** Of `query`. */
  readonly found: readonly unknown[];
};

/** Where a task failed; at `race` somebody else was first. */
export type Stage = 'begin' | 'race' | 'work' | 'commit';
export type Reply = { readonly done: Done } | { readonly failedAt: Stage; readonly reason: unknown };
