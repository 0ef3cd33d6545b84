import type { Instance, User } from '../../core/index.ts';
import type { Changes } from '../../core/ports/store.ts';
import { type Basis, instanceKey, type Value } from './load.ts';
import type { WriteName } from './writes.ts';

/** One row to write. */
export type Write = { readonly statement: WriteName; readonly values: readonly Value[] };

/** Gives out ids of outbox rows that sort in the order in which they were given out. */
export type EventIds = () => string;

const userWrite = (user: User, { loaded, userRev }: Basis): Write => {
  const doc = JSON.stringify(user);
  const was = loaded.user;
  return was && was.username === user.username && was.email === user.email && was.phoneNumber === user.phoneNumber
    ? { statement: 'touchUser', values: [user.userId, userRev + 1, doc] }
    : {
        statement: 'putUser',
        values: [user.userId, user.username ?? null, user.email ?? null, user.phoneNumber ?? null, user.createdAt, userRev + 1, doc],
      };
};

const instanceWrite = (instance: Instance, { instanceRevs }: Basis, hashes: string): Write => {
  const rev = instanceRevs.get(instanceKey(instance));
  return {
    statement: 'putInstance',
    values: [
      instance.userId,
      instance.action,
      instance.idempotencyKey,
      instance.instanceId,
      instance.state,
      instance.outcome,
      instance.decision.ruleId ?? null,
      instance.decision.degraded.length > 0 ? 1 : 0,
      instance.consumedAt === undefined ? 0 : 1,
      instance.createdAt,
      rev === undefined ? 0 : rev + 1,
      hashes,
      JSON.stringify(instance),
    ],
  };
};

type Noted = { readonly action: string; readonly idempotencyKey: string; readonly hashes: string };

/** Hashes by instance, as the column `locators` holds them. */
const hashesOf = (locators: NonNullable<Changes['locators']>): Map<string, Noted> => {
  const noted = new Map<string, Noted>();
  for (const { action, idempotencyKey, hash } of locators) {
    const key = instanceKey({ action, idempotencyKey });
    const before = noted.get(key)?.hashes;
    noted.set(key, { action, idempotencyKey, hashes: (before === undefined ? '' : `${before},`) + JSON.stringify(hash) });
  }
  return noted;
};

const foreign = (userId: string, rows: readonly { readonly userId: string }[] = []): boolean => rows.some((row) => row.userId !== userId);

/**
 * The rows that a unit of work writes; nothing has been written yet when it throws.
 *
 * @throws TypeError for changes of another user, and for an erasure together with rows of the user.
 */
export const writesOf = (userId: string, changes: Changes, basis: Basis, nextEventId: EventIds): Write[] => {
  const { user, instances, locators, erase } = changes;
  if (foreign(userId, user && [user]) || foreign(userId, instances) || foreign(userId, locators))
    throw new TypeError('a unit of work changes its own user only');
  if (erase && (user || instances?.length || locators?.length)) throw new TypeError('an erased user is not written again');

  const writes: Write[] = [];
  if (erase)
    for (const statement of ['eraseLocators', 'eraseInstances', 'eraseUser'] as const) writes.push({ statement, values: [userId] });
  if (user) writes.push(userWrite(user, basis));
  const noted = hashesOf(locators ?? []);
  const last = new Map(instances?.map((instance) => [instanceKey(instance), instance]));
  for (const [key, instance] of last) {
    writes.push(instanceWrite(instance, basis, noted.get(key)?.hashes ?? ''));
    noted.delete(key);
  }
  for (const { action, idempotencyKey, hashes } of noted.values())
    writes.push({ statement: 'noteLocators', values: [userId, action, idempotencyKey, hashes] });
  for (const { hash, action, idempotencyKey, expiresAt } of locators ?? [])
    writes.push({ statement: 'putLocator', values: [hash, userId, action, idempotencyKey, expiresAt] });
  for (const { key, at } of changes.counted ?? []) writes.push({ statement: 'count', values: [key, at, 1] });
  for (const { key, subject, at } of changes.seen ?? []) writes.push({ statement: 'see', values: [key, subject, at] });
  for (const { type, at, data } of changes.events ?? [])
    writes.push({ statement: 'emit', values: [nextEventId(), type, at, JSON.stringify(data)] });
  return writes;
};
