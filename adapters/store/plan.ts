import { credentialIdsOf, type Instance, rulingDecision, type User } from '../../core/index.ts';
import type { Changes } from '../../core/ports/store.ts';
import { type Basis, instanceKey, type Value } from './load.ts';
import { type SignalNames, withReferences } from './signal-names.ts';
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

/** The credentials that a user got and lost; most writes of a user touch none. */
const credentialWrites = (user: User, { loaded }: Basis): Write[] => {
  const was = loaded.user;
  if (was?.authenticators === user.authenticators) return [];
  const [before, after] = [was ? credentialIdsOf(was) : [], credentialIdsOf(user)];
  const rows = (statement: WriteName, ids: readonly string[], unless: readonly string[]): Write[] =>
    ids.filter((id) => !unless.includes(id)).map((id) => ({ statement, values: [id, user.userId] }));
  return [...rows('dropCredential', before, after), ...rows('putCredential', after, before)];
};

const instanceWrite = (instance: Instance, { instanceRevs }: Basis, names: SignalNames): Write => {
  const rev = instanceRevs.get(instanceKey(instance));
  const decision = rulingDecision(instance);
  return {
    statement: 'putInstance',
    values: [
      instance.userId,
      instance.action,
      instance.idempotencyKey,
      instance.instanceId,
      instance.state,
      instance.outcome,
      decision.ruleId ?? null,
      decision.degraded.length > 0 ? 1 : 0,
      instance.consumedAt === undefined ? 0 : 1,
      instance.createdAt,
      rev === undefined ? 0 : rev + 1,
      JSON.stringify(withReferences(instance, names)),
    ],
  };
};

const foreign = (userId: string, rows: readonly { readonly userId: string }[] = []): boolean => rows.some((row) => row.userId !== userId);

/**
 * The rows that a unit of work writes; nothing has been written yet when it throws. `names` takes what instances refer to.
 *
 * @throws TypeError for changes of another user, and for an erasure together with rows of the user.
 */
export const writesOf = (userId: string, changes: Changes, basis: Basis, names: SignalNames, nextEventId: EventIds): Write[] => {
  const { user, instances, erase } = changes;
  if (foreign(userId, user && [user]) || foreign(userId, instances)) throw new TypeError('a unit of work changes its own user only');
  if (erase && (user || instances?.length)) throw new TypeError('an erased user is not written again');

  const writes: Write[] = [];
  if (erase)
    for (const statement of ['eraseInstances', 'eraseCredentials', 'eraseUser'] as const) writes.push({ statement, values: [userId] });
  if (user) writes.push(userWrite(user, basis), ...credentialWrites(user, basis));
  const last = new Map(instances?.map((instance) => [instanceKey(instance), instance]));
  for (const instance of last.values()) writes.push(instanceWrite(instance, basis, names));
  for (const { key, at } of changes.counted ?? []) writes.push({ statement: 'count', values: [key, at, 1] });
  for (const { key, subject, at } of changes.seen ?? []) writes.push({ statement: 'see', values: [key, subject, at] });
  for (const { type, at, data } of changes.events ?? [])
    writes.push({ statement: 'emit', values: [nextEventId(), type, at, JSON.stringify(data)] });
  return writes;
};
