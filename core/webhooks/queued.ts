import type { PolicySet } from '../policy/policies.ts';
import type { TakenEvent } from '../ports/store.ts';
import type { NewDelivery } from '../ports/webhook-queue.ts';
import type { CoreSettings } from '../settings.ts';
import { envelope } from './envelope.ts';
import { subscribers, type WebhookEventType, webhookEvents } from './webhook.ts';

const mostRecords = 500;

type Told = { readonly type: WebhookEventType; readonly id: string; readonly at: number; readonly data: unknown };
type Data = TakenEvent['data'];

/** The public record of a decision; what the daily counts of rules need besides is left out. */
const trackedRecord = ({ userId, action, idempotencyKey, outcome, state, priorityRuleId, ruleIds, policyVersion }: Data, at: number) => ({
  type: 'ACTION_TRACKED',
  record: {
    ...{ userId, actionCode: action, idempotencyKey, outcome, state, rules: ruleIds, priorityRuleId, policyVersion },
    createdAt: new Date(at).toISOString(),
  },
});

/** What a track that waits for a person says: no event of its own is written for it. */
const reviewCreated = ({ userId, action, idempotencyKey, outcome, state, priorityRuleId }: Data) => ({
  ...{ userId, action, idempotencyKey, outcome, state, priorityRuleId },
});

const isQueued = (type: string): type is WebhookEventType =>
  Object.hasOwn(webhookEvents, type) && webhookEvents[type as WebhookEventType] !== 'synchronous';

/** What webhooks are told of an event; nothing of those that are for the log alone. */
const toldOf = ({ type, id, at, data }: TakenEvent): readonly Told[] => {
  if (!isQueued(type)) return [];
  if (type !== 'action.log_created') return [{ type, id, at, data }];
  return [
    { type, id, at, data: trackedRecord(data, at) },
    ...(data.state === 'REVIEW_REQUIRED' ? [{ type: 'review.created' as const, id: `${id}.review`, at, data: reviewCreated(data) }] : []),
  ];
};

/** Many records in one event: named by the first, of the time of the last. */
const batches = (type: WebhookEventType, told: readonly Told[]): readonly Told[] => {
  const all: Told[] = [];
  for (let from = 0; from < told.length; from += mostRecords) {
    const part = told.slice(from, from + mostRecords);
    const [first, last] = [part[0], part.at(-1)];
    if (first && last) all.push({ type, id: first.id, at: last.at, data: { records: part.map(({ data }) => data) } });
  }
  return all;
};

/** What is to be delivered of events that are taken from the outbox, to each webhook that subscribes. */
export const queuedDeliveries = (
  events: readonly TakenEvent[],
  set: Pick<PolicySet, 'webhooks'>,
  settings: Pick<CoreSettings, 'publicUrl' | 'tenantId'>,
): readonly NewDelivery[] => {
  if (set.webhooks.size === 0) return [];
  const byType = Map.groupBy(events.flatMap(toldOf), ({ type }) => type);
  return [...byType].flatMap(([type, told]) => {
    const wanting = subscribers(set, type);
    if (wanting.length === 0) return [];
    return (webhookEvents[type] === 'batched' ? batches(type, told) : told).flatMap((one) => {
      const body = envelope(settings, one);
      return wanting.map(({ id: webhookId }): NewDelivery => ({ webhookId, id: one.id, type, createdAt: one.at, body }));
    });
  });
};
