import type { Document, Store } from '../../core/ports/store.ts';
import { appendAudit } from './audit.ts';
import { appendEvents } from './outbox.ts';
import type { EventIds } from './plan.ts';
import type { Builder } from './schema.ts';
import { rowsOf, type Unit } from './unit.ts';

type Change = Parameters<Store['commitDocuments']>[0];

/** Documents changed after a revision. One statement: the revision answered is that of the very state that was read. */
export function* documentsSince(
  build: Builder,
  revision: number,
): Unit<{ readonly revision: number; readonly documents: readonly Document[] }> {
  const rows = yield* rowsOf(
    build
      .selectFrom('tenant_revision')
      .leftJoin('documents', (join) => join.on('documents.revision', '>', revision))
      .select(['tenant_revision.revision as present', 'kind', 'documents.id as id', 'documents.revision as revision', 'deleted', 'body'])
      .orderBy('documents.revision')
      .orderBy('kind')
      .orderBy('documents.id'),
  );
  const documents = rows.flatMap(({ kind, id, revision: at, deleted, body }) =>
    kind === null || id === null || at === null || body === null
      ? []
      : [{ kind, id, revision: at, deleted: deleted === 1, body: JSON.parse(body) }],
  );
  return { revision: rows[0]?.present ?? 0, documents };
}

const putDocument = (
  build: Builder,
  row: { readonly kind: string; readonly id: string; readonly revision: number; readonly deleted: number; readonly body: string },
) =>
  build
    .insertInto('documents')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['kind', 'id']).doUpdateSet((eb) => ({
        revision: eb.ref('excluded.revision'),
        deleted: eb.ref('excluded.deleted'),
        body: eb.ref('excluded.body'),
      })),
    );

/** Compare and swap of the tenant's settings. */
export function* commitDocuments(build: Builder, change: Change, nextEventId: EventIds): Unit<'committed' | 'stale'> {
  const revision = change.expectedRevision + 1;
  // INVARIANT: the revision moves by one, under its row's lock, or nothing is written.
  const moved = yield* rowsOf(
    build.updateTable('tenant_revision').set({ revision }).where('revision', '=', change.expectedRevision).returning('revision'),
  );
  if (moved.length === 0) return 'stale';
  for (const { kind, id, body } of change.put)
    yield* rowsOf(putDocument(build, { kind, id, revision, deleted: 0, body: JSON.stringify(body) }));
  for (const { kind, id } of change.remove ?? []) yield* rowsOf(putDocument(build, { kind, id, revision, deleted: 1, body: 'null' }));
  for (const { action, version, at, body } of change.versions ?? [])
    yield* rowsOf(build.insertInto('policy_versions').values({ action, version, at, body: JSON.stringify(body) }));
  yield* appendAudit(build, change.audit ?? []);
  yield* appendEvents(build, change.events ?? [], nextEventId);
  return 'committed';
}

/** Frozen policies of an action, newest first. */
export function* policyVersions(build: Builder, action: string): Unit<readonly { readonly version: number; readonly at: number }[]> {
  const rows = yield* rowsOf(
    build.selectFrom('policy_versions').select(['version', 'at']).where('action', '=', action).orderBy('version', 'desc'),
  );
  return rows.map(({ version, at }) => ({ version, at }));
}

export function* policyVersion(build: Builder, action: string, version: number): Unit<unknown> {
  const [row] = yield* rowsOf(
    build.selectFrom('policy_versions').select('body').where('action', '=', action).where('version', '=', version),
  );
  return row && JSON.parse(row.body);
}
