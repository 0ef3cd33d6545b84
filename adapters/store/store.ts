import type { InstanceRef } from '../../core/index.ts';
import type { Store } from '../../core/ports/store.ts';
import { appendAudit, findAudit } from './audit.ts';
import { dropDeliveries, dueDeliveries, findDeliveries, replayDeliveries, settleDelivery, takeDeliveries } from './deliveries.ts';
import { commitDocuments, documentsSince, policyVersion, policyVersions } from './documents.ts';
import type { Driver, DriverOptions, StoreOptions } from './driver.ts';
import { findInstances } from './instances.ts';
import { countRequests, countsFrom, distinctFrom, distinctRequest, type Request, type Rows } from './load.ts';
import { applyMigrations, prepareMigrations } from './migrate.ts';
import { drainOutbox } from './outbox.ts';
import { providerStateOver, pruneProviderState } from './provider-state.ts';
import { pruneDeliveries, pruneRuleDayUsers, pruneStride, walks } from './prune.ts';
import { changeRecord, findRecord, tryRecord } from './records.ts';
import { findRuleDays } from './rule-days.ts';
import { builderFor } from './schema.ts';
import { namesReader } from './signal-names.ts';
import { findUsers } from './users.ts';

/** Fills the port over one database; what follows is the same for both. */
export const storeOver = (driver: Driver, { now, nextEventId }: Pick<StoreOptions, 'now'> & Pick<DriverOptions, 'nextEventId'>): Store => {
  const { dialect, read, write } = driver;
  const build = builderFor(dialect);

  const one = async (request: Request): Promise<readonly unknown[] | undefined> => (await driver.fetch([request]))[0]?.[0];
  const document = async (request: Request) => {
    const row = await one(request);
    return row && JSON.parse(String(row[2]));
  };
  const named = namesReader(driver.fetch);
  const results = async (requests: readonly Request[]): Promise<Iterator<Rows>> => (await driver.fetch(requests)).values();

  return {
    migrate: async () => {
      await write(prepareMigrations);
      await write(() => applyMigrations(dialect, now()));
    },
    transact: driver.transact,
    transactRecord: async (key, run) => {
      const done = await tryRecord(driver, build, key, now(), run);
      return done ? done.answer : write(() => changeRecord(build, dialect, key, now(), run, nextEventId));
    },

    user: (userId) => document({ statement: 'user', values: [userId] }),
    users: (query) => read(() => findUsers(build, query)),
    instance: async ({ userId, action, idempotencyKey }) => {
      const found = await document({ statement: 'instance', values: [userId, action, idempotencyKey] });
      return found && named(found);
    },
    instances: async (query) => Promise.all((await read(() => findInstances(build, query))).map(named)),
    record: (key) => read(() => findRecord(build, key, now())),
    credentialOwner: async (credentialId) => {
      const row = await one({ statement: 'credentialOwner', values: [credentialId] });
      return row && String(row[1]);
    },
    locate: async (instanceId): Promise<InstanceRef | undefined> => {
      const row = await one({ statement: 'locate', values: [instanceId] });
      return row && { userId: String(row[1]), action: String(row[2]), idempotencyKey: String(row[3]) };
    },
    counts: async (queries) => {
      const rows = await results(queries.flatMap(countRequests));
      return queries.map((query) => countsFrom(query, rows));
    },
    distinct: async (queries) => {
      const rows = await results(queries.map(distinctRequest));
      return queries.map(() => distinctFrom(rows).others);
    },
    ruleDays: (query) => read(() => findRuleDays(build, query)),
    audit: (query) => read(() => findAudit(build, query)),
    policyVersions: (action) => read(() => policyVersions(build, action)),
    policyVersion: (action, version) => read(() => policyVersion(build, action, version)),

    revision: async () => Number((await one({ statement: 'revision', values: [] }))?.[1] ?? 0),
    documentsSince: (revision) => read(() => documentsSince(build, revision)),
    commitDocuments: (change) => write(() => commitDocuments(build, change, nextEventId)),
    appendAudit: (entries) => write(() => appendAudit(build, entries)),

    drainOutbox: (limit, digest) => write(() => drainOutbox(build, dialect, limit, digest)),
    webhookQueue: {
      take: async (query) => {
        const due = await read(() => dueDeliveries(build, false, { ...query, limit: 1 }));
        return due.length === 0 ? [] : write(() => takeDeliveries(build, dialect, query));
      },
      settle: (delivery, tried) => write(() => settleDelivery(build, delivery, tried)),
      list: (query) => read(() => findDeliveries(build, query)),
      replay: (query) => write(() => replayDeliveries(build, query)),
      drop: (webhookId) => write(() => dropDeliveries(build, webhookId)),
    },

    providerState: providerStateOver(driver, build, now),

    prune: async (at) => {
      for (const walk of walks(dialect, at)) {
        let after: string | undefined = '';
        while (after !== undefined) {
          const from: string = after;
          after = await write(() => pruneStride(build, walk, from));
        }
      }
      await write(() => pruneRuleDayUsers(build, at));
      await write(() => pruneDeliveries(build, at));
      while (await write(() => pruneProviderState(build, at)));
    },
    ping: driver.ping,
    ...(driver.clock && { clock: driver.clock }),
    close: driver.close,
  };
};
