import { randomBytes, randomUUID } from 'node:crypto';
import { type Instance, newUser, type User } from '../../../core/index.ts';
import type { Changes, Load, Loaded, Store } from '../../../core/ports/store.ts';

/** UUIDv7 of a time: ids sort by it. */
export const uuidOf = (now: number): string => {
  const hex = now.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${randomUUID().slice(15)}`;
};

let names = 0;
/** A name that no other test uses. */
export const fresh = (prefix: string): string => `${prefix}-${++names}-${randomBytes(3).toString('hex')}`;

export const aUser = (userId: string, over: Partial<User> = {}): User => ({ ...newUser(userId, 1_000), ...over });

export const anInstance = (userId: string, over: Partial<Instance> = {}): Instance => {
  const createdAt = over.createdAt ?? 1_000;
  return {
    instanceId: uuidOf(createdAt),
    userId,
    action: 'signIn',
    idempotencyKey: fresh('key'),
    epoch: 1,
    state: 'ALLOW',
    firstState: 'ALLOW',
    stateUpdatedAt: createdAt,
    createdAt,
    expiresAt: createdAt + 600_000,
    outcome: 'ALLOW',
    requestHash: 'r',
    decision: {
      outcome: 'ALLOW',
      decidedBy: 'default',
      ruleIds: [],
      recommendation: { outcome: 'ALLOW', score: 3.4, level: 'low', reasons: [], contributions: [] },
      policyVersion: 1,
      decidedAt: createdAt,
      trace: '',
      signals: { names: '', values: [], causes: '' },
      previewMatches: [],
      degraded: [],
      ignored: [],
      versions: { lists: {}, data: [], risk: 'v1' },
    },
    permittedMethods: ['PASSKEY'],
    canEnroll: false,
    enrolledMethods: [],
    failurePolicy: 'deny',
    usedRisk: false,
    scope: 'read:authenticators',
    displayHash: '',
    visit: {},
    ceremonies: [],
    ceremoniesStarted: 0,
    timeline: [],
    ...over,
  };
};

/** Writes changes without looking. */
export const write = (store: Store, userId: string, changes: Changes): Promise<void> =>
  store.transact({ userId, load: {}, run: () => ({ changes, answer: undefined }) });

/** Reads within a unit of work that changes nothing. */
export const look = (store: Store, userId: string, load: Load): Promise<Loaded> =>
  store.transact({ userId, load, run: (loaded) => ({ answer: loaded }) });

/** Adds one to a number in the user's row and answers what it was: two that overlap would answer the same. */
export const increment = (store: Store, userId: string, ran: () => void = () => undefined): Promise<number> =>
  store.transact({
    userId,
    load: {},
    run: ({ user }) => {
      ran();
      const was = user ?? aUser(userId);
      return { changes: { user: { ...was, consecutiveFailures: was.consecutiveFailures + 1 } }, answer: was.consecutiveFailures };
    },
  });

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
export const ascending = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b);

/** A record of the tests: what was sent, kept long after they end. */
export type Sent = { readonly until: number; readonly sends: readonly number[] };
export const until = Number.MAX_SAFE_INTEGER;
