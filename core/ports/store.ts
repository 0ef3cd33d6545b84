import type { InstanceRef, Outcome, State } from '../action.ts';
import type { Instance } from '../instance.ts';
import type { User } from '../user.ts';
import type { ProviderState } from './provider-state.ts';
import type { NewDelivery, WebhookQueue } from './webhook-queue.ts';

/** A sliding count: how many events of `key` lie in `since < at`. */
export type CountQuery = { readonly key: string; readonly since: readonly number[] };
/** A distinct count: how many subjects of `key`, other than `except`, were seen in `since < lastAt`. Stops at 1,000. */
export type DistinctQuery = { readonly key: string; readonly since: number; readonly except?: string };

/** What one decision needs, besides its user, whose row is always locked and read. */
export type Load = {
  readonly instance?: { readonly action: string; readonly idempotencyKey: string };
  /** REVIEW_SUCCEEDED, not consumed, of this action: newest 20. */
  readonly approvalsOf?: string;
  readonly counts?: readonly CountQuery[];
  readonly distinct?: readonly DistinctQuery[];
};

export type Loaded = {
  /** Undefined: nobody has tracked or created this user. */
  readonly user: User | undefined;
  readonly instance: Instance | undefined;
  readonly approvals: readonly Instance[];
  /** Parallel to `Load.counts`, one number for each `since`. */
  readonly counts: readonly (readonly number[])[];
  /** Parallel to `Load.distinct`. */
  readonly distinct: readonly number[];
  /** Revision of the policy documents as this transaction sees them. */
  readonly revision: number;
};

/** A fact that must reach the outside: kept in the outbox in the same transaction. */
export type Event = { readonly type: string; readonly at: number; readonly data: Readonly<Record<string, unknown>> };

/** An event as it is taken out; its id sorts by the order in which events were written, and no other event has it. */
export type TakenEvent = Event & { readonly id: string };

/** What is made of events that are taken out. */
export type Digest = { readonly ruleDays: readonly RuleDayDelta[]; readonly deliveries?: readonly NewDelivery[] };

/** What a unit of work changes; written in one transaction or not at all. */
export type Changes = {
  /** Insert or replace. */
  readonly user?: User;
  /** Insert or replace; an instance of another user is a programming error (`TypeError`). */
  readonly instances?: readonly Instance[];
  readonly counted?: readonly { readonly key: string; readonly at: number }[];
  /** A subject seen again within a minute may keep its time: distinct counts are of windows of an hour and more. */
  readonly seen?: readonly { readonly key: string; readonly subject: string; readonly at: number }[];
  readonly events?: readonly Event[];
  /** Removes the user, and his instances. Excludes `user` and `instances`. */
  readonly erase?: true;
};

/** One unit of work on one user. `run` is pure and synchronous; it may run again on fresh data after a lost race. */
export type Work<T> = {
  readonly userId: string;
  readonly load: Load;
  readonly run: (loaded: Loaded) => { readonly changes?: Changes; readonly answer: T };
};

/**
 * A small document under a key of its own: what was sent to an address, the count of a limit, a ceremony without a user yet.
 * It is gone at `until`, milliseconds. The part of the core that makes the key knows its shape.
 */
export type Lasting = { readonly until: number };

/** A settings document (action policy, list, data point, key, tenant …). `revision` is that of its last change. */
export type Document = {
  readonly kind: string;
  readonly id: string;
  readonly revision: number;
  readonly deleted: boolean;
  readonly body: unknown;
};

export type AuditEntry = {
  readonly id: string;
  readonly at: number;
  readonly actor: string;
  readonly what: string;
  readonly subject: string;
  readonly detail?: unknown;
};

export type InstanceQuery = {
  readonly userId?: string;
  readonly action?: string;
  readonly actions?: readonly string[];
  readonly state?: State;
  readonly outcome?: Outcome;
  readonly ruleId?: string;
  readonly degraded?: boolean;
  /** Milliseconds, inclusive. */
  readonly from?: number;
  readonly to?: number;
  readonly order: 'newest' | 'oldest';
  readonly limit: number;
  /** Last row of the page before. */
  readonly after?: { readonly createdAt: number; readonly instanceId: string };
};

export type UserQuery = {
  readonly username?: string;
  readonly email?: string;
  readonly phoneNumber?: string;
  readonly limit: number;
  readonly afterUserId?: string;
};

/** Counts of one rule on one day (UTC, `YYYY-MM-DD`). */
export type RuleDay = {
  readonly action: string;
  readonly ruleId: string;
  readonly day: string;
  readonly evaluated: number;
  readonly matched: number;
  readonly unknown: number;
  readonly errors: number;
  readonly decidesAlone: number;
  readonly wins: number;
  readonly changes: number;
  readonly users: number;
  readonly lastMatchedAt?: number;
};

/** Increments for one rule and day; `userHash` is counted once a day. */
export type RuleDayDelta = Omit<RuleDay, 'users'> & { readonly matchedUsers: readonly string[] };

/**
 * Where everything is kept. One writer per user at a time; what was answered survives a crash.
 * Every method rejects with `unavailable` when the database cannot be had.
 */
export interface Store {
  /** Brings the schema up to date; safe to run from several nodes at once. */
  migrate(): Promise<void>;
  /** Runs one unit of work under its user's lock; answers only after a durable commit. */
  transact<T>(work: Work<T>): Promise<T>;
  /** The same for one record: what `run` answers as `record` is insert or replace. A key has 1 to 128 printable ASCII characters. */
  transactRecord<R extends Lasting, T>(
    key: string,
    run: (record: R | undefined) => { readonly record?: R; readonly answer: T; readonly events?: readonly Event[] },
  ): Promise<T>;

  /** The reads below see what is committed, outside any unit of work. */
  user(userId: string): Promise<User | undefined>;
  users(query: UserQuery): Promise<readonly User[]>;
  instance(ref: InstanceRef): Promise<Instance | undefined>;
  instances(query: InstanceQuery): Promise<readonly Instance[]>;
  record<R extends Lasting>(key: string): Promise<R | undefined>;
  locate(instanceId: string): Promise<InstanceRef | undefined>;
  /** Whose WebAuthn credential this is. */
  credentialOwner(credentialId: string): Promise<string | undefined>;
  counts(queries: readonly CountQuery[]): Promise<readonly (readonly number[])[]>;
  distinct(queries: readonly DistinctQuery[]): Promise<readonly number[]>;
  ruleDays(query: { readonly action: string; readonly fromDay: string; readonly toDay: string }): Promise<readonly RuleDay[]>;
  audit(query: {
    readonly limit: number;
    readonly afterId?: string;
    readonly actor?: string;
    readonly subject?: string;
  }): Promise<readonly AuditEntry[]>;
  /** Frozen policies of an action, newest first. */
  policyVersions(action: string): Promise<readonly { readonly version: number; readonly at: number }[]>;
  policyVersion(action: string, version: number): Promise<unknown | undefined>;

  /** Cheap: one indexed read. */
  revision(): Promise<number>;
  /** Documents changed after `revision`, deleted ones included, and the revision they bring the reader to. */
  documentsSince(revision: number): Promise<{ readonly revision: number; readonly documents: readonly Document[] }>;
  /** Writes documents, frozen policy versions and audit entries if the revision still is the expected one, else changes nothing. */
  commitDocuments(change: {
    readonly expectedRevision: number;
    readonly put: readonly { readonly kind: string; readonly id: string; readonly body: unknown }[];
    readonly remove?: readonly { readonly kind: string; readonly id: string }[];
    readonly versions?: readonly { readonly action: string; readonly version: number; readonly at: number; readonly body: unknown }[];
    readonly audit?: readonly AuditEntry[];
    readonly events?: readonly Event[];
  }): Promise<'committed' | 'stale'>;
  appendAudit(entries: readonly AuditEntry[]): Promise<void>;

  /**
   * Takes up to `limit` events, oldest first, and applies what `digest` makes of them in the transaction that removes them:
   * each event counts once, on whichever node. `revision` is that of the settings, at least as new as the events; a digest of
   * undefined leaves them where they are. Answers the events taken.
   */
  drainOutbox(limit: number, digest: (events: readonly TakenEvent[], revision: number) => Digest | undefined): Promise<readonly Event[]>;
  readonly webhookQueue: WebhookQueue;
  readonly providerState: ProviderState;

  /** Removes what no window reaches any more. */
  prune(now: number): Promise<void>;
  /** Resolves when the database answers. */
  ping(): Promise<void>;
  /** What the database's own clock says, milliseconds UTC; absent where it has none but this machine's. */
  clock?(): Promise<number>;
  /** Finishes what was accepted, then lets go. */
  close(): Promise<void>;
}
