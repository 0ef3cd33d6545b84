import { StepwardError } from '../errors.ts';
import type { DeliveryState, WebhookDelivery } from '../ports/webhook-queue.ts';
import type { ManagementPorts } from './ports.ts';
import type { Page } from './reads.ts';
import { webhookOf } from './webhooks.ts';

const iso = (at: number): string => new Date(at).toISOString();

const shown = ({ id, type, state, createdAt, tries, dueAt, lastAt, lastStatus, lastReason }: WebhookDelivery) => ({
  id,
  type,
  state,
  createdAt: iso(createdAt),
  tries,
  ...(state === 'pending' && { nextTryAt: iso(dueAt) }),
  ...(lastAt !== undefined && { lastTryAt: iso(lastAt) }),
  ...(lastStatus !== undefined && { lastStatus }),
  ...(lastReason !== undefined && { lastReason }),
});

/** What was and is to be delivered to a webhook, newest first, without its content. */
export const listDeliveries = async (
  { policies, store }: ManagementPorts,
  webhookId: string,
  query: { readonly state?: DeliveryState; readonly limit: number; readonly beforeId?: string },
): Promise<Page<ReturnType<typeof shown>, string>> => {
  webhookOf(await policies.fresh(), webhookId);
  const found = await store.webhookQueue.list({ ...query, webhookId, limit: query.limit + 1 });
  const items = found.slice(0, query.limit);
  const last = found.length > items.length ? items.at(-1) : undefined;
  return { items: items.map(shown), ...(last && { next: last.id }) };
};

/** Everything dead is tried again, from the beginning, as the same events. */
export const replayDeadDeliveries = async (
  ports: ManagementPorts,
  actor: string,
  webhookId: string,
): Promise<{ readonly replayed: number }> => {
  webhookOf(await ports.policies.fresh(), webhookId);
  const replayed = await ports.store.webhookQueue.replay({ webhookId, now: ports.now() });
  await audited(ports, actor, webhookId, { replayed });
  return { replayed };
};

/**
 * The same for one.
 *
 * @throws StepwardError `not_found` where it is not there or not dead.
 */
export const replayDelivery = async (
  ports: ManagementPorts,
  actor: string,
  webhookId: string,
  id: string,
): Promise<{ readonly replayed: number }> => {
  webhookOf(await ports.policies.fresh(), webhookId);
  const replayed = await ports.store.webhookQueue.replay({ webhookId, id, now: ports.now() });
  if (replayed === 0) throw new StepwardError('not_found', `no dead delivery \`${id}\``);
  await audited(ports, actor, webhookId, { replayed, id });
  return { replayed };
};

const audited = ({ store, uuid, now }: ManagementPorts, actor: string, webhookId: string, detail: object): Promise<void> =>
  store.appendAudit([{ id: uuid(), at: now(), actor, what: 'webhook.replayed', subject: webhookId, detail }]);
