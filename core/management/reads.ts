import type { State } from '../action.ts';
import { rulingDecision } from '../challenge/deferral.ts';
import { presentState } from '../challenge/present-state.ts';
import type { Instance } from '../instance.ts';
import type { AuditEntry, InstanceQuery } from '../ports/store.ts';
import { actionLine } from '../read-models.ts';
import type { ManagementPorts } from './ports.ts';

/** A page of rows, and the place behind its last row where there may be more. */
export type Page<T, C> = { readonly items: readonly T[]; readonly next?: C };

export type InstancePlace = NonNullable<InstanceQuery['after']>;
export type InstanceFilter = Omit<InstanceQuery, 'order' | 'after' | 'actions'> & { readonly after?: InstancePlace };

const iso = (at: number): string => new Date(at).toISOString();

/** An instance as a row: what happened, without secrets. */
const row = (instance: Instance, now: number): Readonly<Record<string, unknown>> => {
  const { proof, consumedAt } = instance;
  const decision = rulingDecision(instance);
  const { state, failureReason } = presentState(instance, now);
  return {
    userId: instance.userId,
    actionCode: instance.action,
    idempotencyKey: instance.idempotencyKey,
    state,
    stateUpdatedAt: iso(instance.stateUpdatedAt),
    createdAt: iso(instance.createdAt),
    expiresAt: iso(instance.expiresAt),
    outcome: instance.outcome,
    decidedBy: decision.decidedBy,
    ruleIds: decision.ruleIds,
    ...(decision.ruleId && { ruleId: decision.ruleId }),
    score: decision.recommendation.score,
    level: decision.recommendation.level,
    degraded: decision.degraded,
    policyVersion: decision.policyVersion,
    ...(instance.ipAddress && { ipAddress: instance.ipAddress }),
    ...(instance.userAgent && { userAgent: instance.userAgent }),
    ...(instance.display && { display: instance.display }),
    ...(proof && { verificationMethod: proof.method }),
    ...(failureReason && { failureReason }),
    ...(consumedAt !== undefined && { consumedAt: iso(consumedAt) }),
    ...(instance.reviewedBy && { reviewedBy: instance.reviewedBy }),
    ...(instance.reviewReason && { reviewReason: instance.reviewReason }),
  };
};

type Row = Readonly<Record<string, unknown>>;

const instancePage = async (
  { store, now }: ManagementPorts,
  query: InstanceQuery,
  shows: (instance: Instance, at: number) => Row | undefined,
): Promise<Page<Row, InstancePlace>> => {
  const found = await store.instances({ ...query, limit: query.limit + 1 });
  const shown = found.slice(0, query.limit);
  const last = found.length > shown.length ? shown.at(-1) : undefined;
  const at = now();
  return {
    items: shown.map((instance) => shows(instance, at)).filter((one) => one !== undefined),
    ...(last && { next: { createdAt: last.createdAt, instanceId: last.instanceId } }),
  };
};

/** What a challenge that lapsed reads as, though it is kept as owed. */
const moving: ReadonlySet<State> = new Set(['CHALLENGE_REQUIRED', 'CHALLENGE_FAILED']);

/** The action instances of one user as he would be shown them, newest first. A page can have fewer rows than its limit. */
export const listUserActions = (
  ports: ManagementPorts,
  userId: string,
  { state, ...query }: { readonly from?: number; readonly state?: State; readonly limit: number; readonly after?: InstancePlace },
) =>
  instancePage(ports, { ...query, userId, order: 'newest', ...(state && !moving.has(state) && { state }) }, (instance, at) =>
    state === undefined || presentState(instance, at).state === state ? actionLine(instance, at) : undefined,
  );

/** Action instances, newest first. */
export const listActions = (ports: ManagementPorts, filter: InstanceFilter) => instancePage(ports, { ...filter, order: 'newest' }, row);

/** What waits for a person, oldest first. */
export const listReviews = (ports: ManagementPorts, filter: Omit<InstanceFilter, 'state'>) =>
  instancePage(ports, { ...filter, state: 'REVIEW_REQUIRED', order: 'oldest' }, row);

export type AuditRow = Omit<AuditEntry, 'at'> & { readonly at: string };

/** Who changed what, newest first. */
export const listAudit = async (
  { store }: ManagementPorts,
  query: { readonly limit: number; readonly afterId?: string; readonly actor?: string; readonly subject?: string },
): Promise<Page<AuditRow, string>> => {
  const found = await store.audit({ ...query, limit: query.limit + 1 });
  const shown = found.slice(0, query.limit);
  const last = found.length > shown.length ? shown.at(-1) : undefined;
  return { items: shown.map((entry) => ({ ...entry, at: iso(entry.at) })), ...(last && { next: last.id }) };
};
