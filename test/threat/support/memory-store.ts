import { credentialIdsOf, type Instance, type User } from '../../../core/index.ts';
import type { Event, Lasting, Store } from '../../../core/ports/store.ts';

/** All that a memory store holds; values are immutable, so that a copy of the maps is a point to come back to. */
export type Snapshot = {
  readonly users: ReadonlyMap<string, User>;
  readonly instances: ReadonlyMap<string, Instance>;
  readonly records: ReadonlyMap<string, Lasting>;
};

export const instanceKey = (userId: string, action: string, idempotencyKey: string): string => `${userId}/${action}/${idempotencyKey}`;

/** As much of a store as track, the pages, validate, consume and updateAction need, over maps: fast enough to explore with. */
export const createMemoryStore = (beneath: Store, revision: () => number) => {
  let at: Snapshot = { users: new Map(), instances: new Map(), records: new Map() };
  let events: readonly Event[] = [];

  const store: Store = {
    ...beneath,
    transact: async ({ userId, load, run }) => {
      const { instance, approvalsOf } = load;
      const own = [...at.instances.values()].filter((one) => one.userId === userId);
      const { answer, changes } = run({
        user: at.users.get(userId),
        instance: instance && at.instances.get(instanceKey(userId, instance.action, instance.idempotencyKey)),
        approvals: own.filter((one) => one.action === approvalsOf && one.state === 'REVIEW_SUCCEEDED' && one.consumedAt === undefined),
        counts: (load.counts ?? []).map(({ since }) => since.map(() => 0)),
        distinct: (load.distinct ?? []).map(() => 0),
        revision: revision(),
      });
      if (changes) {
        const { user, instances = [] } = changes;
        at = {
          ...at,
          users: user ? new Map(at.users).set(userId, user) : at.users,
          instances: new Map([
            ...at.instances,
            ...instances.map((one) => [instanceKey(one.userId, one.action, one.idempotencyKey), one] as const),
          ]),
        };
        events = [...events, ...(changes.events ?? [])];
      }
      return answer;
    },
    transactRecord: async <R extends Lasting, T>(
      key: string,
      run: (record: R | undefined) => { readonly record?: R; readonly answer: T },
    ) => {
      const { answer, record } = run(at.records.get(key) as R | undefined);
      if (record) at = { ...at, records: new Map(at.records).set(key, record) };
      return answer;
    },
    user: async (userId) => at.users.get(userId),
    instance: async ({ userId, action, idempotencyKey }) => at.instances.get(instanceKey(userId, action, idempotencyKey)),
    record: async <R extends Lasting>(key: string) => at.records.get(key) as R | undefined,
    credentialOwner: async (id) => [...at.users.values()].find((one) => credentialIdsOf(one).includes(id))?.userId,
    locate: async (instanceId) => [...at.instances.values()].find((one) => one.instanceId === instanceId),
  };
  return {
    store,
    save: (): Snapshot => at,
    restore: (snapshot: Snapshot): void => {
      at = snapshot;
    },
    takeEvents: (): readonly Event[] => {
      const taken = events;
      events = [];
      return taken;
    },
  };
};
