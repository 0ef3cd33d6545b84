import type { Query } from '../unit.ts';
import type { Packed } from './packed.ts';

/** What the writing thread does in one go, in this order; where a part fails nothing of its transaction is left. */
export type Task = {
  /** Takes the write lock, unless it is held from the task before. */
  readonly begin?: true;
  /** Refuses where another connection has written since this version. */
  readonly since?: number;
  /** Statements of the hot path, each a row: its name and its values. */
  readonly fetch?: Packed;
  readonly queries?: readonly Query[];
  readonly write?: Packed;
  readonly end?: 'commit' | 'rollback';
};

export type Done = {
  /** Of the database, before the rows were read. */
  readonly version: number;
  /** Of `fetch`; each row begins with the place of its statement. */
  readonly rows: Packed;
  /** Of each of `queries`. */
  readonly found: readonly (readonly unknown[])[];
};

/** Where a task failed; at `race` somebody else was first. */
export type Stage = 'begin' | 'race' | 'work' | 'commit';
export type Reply = { readonly done: Done } | { readonly failedAt: Stage; readonly reason: unknown };
