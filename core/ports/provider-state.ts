/** One thing that an OpenID provider keeps: a session, a grant, a code, a token. Everything that names it is a keyed hash. */
export type ProviderRow = {
  readonly model: string;
  readonly idHash: string;
  readonly sealed: string;
  readonly grantHash?: string;
  readonly uidHash?: string;
  readonly accountHash?: string;
  /** Milliseconds; absent: never. */
  readonly expiresAt?: number;
  /** Milliseconds. */
  readonly consumedAt?: number;
};

/** What a host has to remember between requests, on every node the same. Rejects with `unavailable` when the database cannot be had. */
export interface ProviderState {
  /**
   * Insert or replace; a replaced row keeps its `consumedAt`. A `uidHash` has one row of its model: under another id it takes the
   * place of the one before. An id never changes its `uidHash`.
   */
  put(row: ProviderRow): Promise<void>;
  /** The same where the id is there; false, and nothing written, where it is not. */
  replace(row: Omit<ProviderRow, 'uidHash'>): Promise<boolean>;
  /** False, and nothing changed, where the id is there already and not past its time. */
  insert(row: Omit<ProviderRow, 'uidHash'>): Promise<boolean>;
  /** Rows past their time may still be found until they are swept. */
  find(model: string, idHash: string): Promise<ProviderRow | undefined>;
  findByUid(model: string, uidHash: string): Promise<ProviderRow | undefined>;
  findByAccount(model: string, accountHash: string): Promise<readonly ProviderRow[]>;
  /** True for the one caller that consumed it; false where it was consumed before or is gone. */
  consume(model: string, idHash: string, at: number): Promise<boolean>;
  /** Reads and removes, for the one caller that gets it. */
  take(model: string, idHash: string): Promise<ProviderRow | undefined>;
  remove(model: string, idHash: string): Promise<void>;
  /** Everything of the grant, in every model. */
  removeGrant(grantHash: string): Promise<void>;
  /** Everything of the account in these models. */
  removeByAccount(models: readonly string[], accountHash: string): Promise<void>;
}
