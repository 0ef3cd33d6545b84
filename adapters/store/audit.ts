import type { AuditEntry, Store } from '../../core/ports/store.ts';
import type { Builder } from './schema.ts';
import { rowsOf, type Unit } from './unit.ts';

type AuditQuery = Parameters<Store['audit']>[0];

/** Adds entries; one that is there already (a repeated call) stays as it is. */
export function* appendAudit(build: Builder, entries: readonly AuditEntry[]): Unit<void> {
  for (const { detail, ...entry } of entries) {
    const row = { ...entry, detail: detail === undefined ? null : JSON.stringify(detail) };
    yield* rowsOf(
      build
        .insertInto('audit')
        .values(row)
        .onConflict((conflict) => conflict.column('id').doNothing()),
    );
  }
}

/** Entries by id, newest first. */
export function* findAudit(build: Builder, { limit, afterId, actor, subject }: AuditQuery): Unit<readonly AuditEntry[]> {
  const rows = yield* rowsOf(
    build
      .selectFrom('audit')
      .selectAll()
      .$if(afterId !== undefined, (q) => q.where('id', '<', afterId ?? ''))
      .$if(actor !== undefined, (q) => q.where('actor', '=', actor ?? ''))
      .$if(subject !== undefined, (q) => q.where('subject', '=', subject ?? ''))
      .orderBy('id', 'desc')
      .limit(limit),
  );
  return rows.map(({ id, at, actor: by, what, subject: of, detail }) => ({
    id,
    at,
    actor: by,
    what,
    subject: of,
    ...(detail === null ? {} : { detail: JSON.parse(detail) }),
  }));
}
