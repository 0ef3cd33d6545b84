import { base64url } from '../base64url.ts';
import { StepwardError } from '../errors.ts';
import type { PolicySet } from '../policy/policies.ts';
import type { WebhookAnswer } from '../ports/webhook-sender.ts';
import { envelope } from '../webhooks/envelope.ts';
import { sealWebhookSecret, subscribers, type Webhook, type WebhookEventType, webhookEvents, webhookSecret } from '../webhooks/webhook.ts';
import type { ManagementPorts } from './ports.ts';

const most = 50;

/** What a caller says of a webhook. A `secret` of `null` lets the server keys sign; absent on a new one: one is made. */
export type WebhookInput = {
  readonly url?: string;
  readonly events?: readonly WebhookEventType[];
  readonly secret?: string | null;
  readonly isActive?: boolean | null;
};

export type WebhookAnswered = {
  readonly id: string;
  readonly url: string;
  readonly events: readonly WebhookEventType[];
  readonly isActive: boolean;
  readonly signedWith: 'secret' | 'server-keys';
  readonly createdAt: string;
};

const shown = ({ id, url, events, isActive, sealedSecret, createdAt }: Webhook): WebhookAnswered => ({
  id,
  url,
  events,
  isActive,
  signedWith: sealedSecret === undefined ? 'server-keys' : 'secret',
  createdAt: new Date(createdAt).toISOString(),
});

const refuse = (pointer: string, expected: string): never => {
  throw new StepwardError('invalid_configuration', `\`${pointer.slice(1)}\` ${expected}`, { details: [{ pointer, expected }] });
};

/** What no single field tells: where it is, and that one call has one answer. */
const checkWhole = ({ webhooks }: ManagementPorts, set: PolicySet, webhook: Webhook): void => {
  const refusal = webhooks.refusal(webhook.url);
  if (refusal !== undefined) refuse('/url', refusal);
  if (webhook.events.length === 0) refuse('/events', 'must name an event');
  if (!webhook.isActive) return;
  for (const type of webhook.events) {
    if (webhookEvents[type] !== 'synchronous') continue;
    const other = subscribers(set, type).find(({ id }) => id !== webhook.id);
    if (other) refuse('/events', `must leave out \`${type}\`: the active webhook \`${other.id}\` sends it, and it is sent once`);
  }
};

export const webhookOf = (set: PolicySet, id: string): Webhook => {
  const webhook = set.webhooks.get(id);
  if (!webhook) throw new StepwardError('not_found', `no webhook \`${id}\``);
  return webhook;
};

/** Every webhook, oldest first, without secrets. */
export const listWebhooks = async ({ policies }: ManagementPorts): Promise<readonly WebhookAnswered[]> =>
  [...(await policies.fresh()).webhooks.values()].toSorted((left, right) => left.createdAt - right.createdAt).map(shown);

export const getWebhook = async ({ policies }: ManagementPorts, id: string): Promise<WebhookAnswered> =>
  shown(webhookOf(await policies.fresh(), id));

/**
 * Adds a webhook. A secret that was made here is shown in this answer and never again.
 *
 * @throws StepwardError `invalid_configuration`.
 */
export const createWebhook = (
  ports: ManagementPorts,
  actor: string,
  { url, events, secret, isActive }: WebhookInput & Required<Pick<WebhookInput, 'url' | 'events'>>,
): Promise<WebhookAnswered & { readonly secret?: string }> => {
  const id = ports.uuid();
  const made = secret === undefined ? `whsec_${base64url(ports.randomBytes(32))}` : undefined;
  const signing = made ?? secret ?? undefined;
  const webhook: Webhook = {
    id,
    url,
    events: [...new Set(events)],
    isActive: isActive ?? true,
    ...(signing !== undefined && { sealedSecret: sealWebhookSecret(ports.secrets, id, signing) }),
    createdAt: ports.now(),
  };
  return ports.policies.change((set) => {
    if (set.webhooks.size >= most) throw new StepwardError('invalid_configuration', `there may be ${most} webhooks at most`);
    checkWhole(ports, set, webhook);
    return {
      put: [{ kind: 'webhook', id, body: webhook }],
      audit: [{ actor, what: 'webhook.created', subject: id, detail: { after: shown(webhook) } }],
      answer: { ...shown(webhook), ...(made !== undefined && { secret: made }) },
    };
  });
};

/** Changes what is named; a new secret signs from now on, repeated deliveries too. */
export const updateWebhook = (ports: ManagementPorts, actor: string, id: string, input: WebhookInput): Promise<WebhookAnswered> =>
  ports.policies.change((set) => {
    const before = webhookOf(set, id);
    const { secret, isActive, events, url } = input;
    const { sealedSecret: _, ...open } = before;
    const after: Webhook = {
      ...(secret === undefined ? before : open),
      ...(url !== undefined && { url }),
      ...(events && { events: [...new Set(events)] }),
      ...(isActive !== undefined && { isActive: isActive ?? true }),
      ...(typeof secret === 'string' && { sealedSecret: sealWebhookSecret(ports.secrets, id, secret) }),
    };
    checkWhole(ports, set, after);
    const detail = { before: shown(before), after: shown(after), ...(secret !== undefined && { secretChanged: true }) };
    return {
      put: [{ kind: 'webhook', id, body: after }],
      audit: [{ actor, what: 'webhook.updated', subject: id, detail }],
      answer: shown(after),
    };
  });

/** Ends a webhook; what was waiting for it is dropped. */
export const deleteWebhook = async (ports: ManagementPorts, actor: string, id: string): Promise<void> => {
  await ports.policies.change((set) => {
    const before = webhookOf(set, id);
    return {
      remove: [{ kind: 'webhook', id }],
      audit: [{ actor, what: 'webhook.deleted', subject: id, detail: { before: shown(before) } }],
      answer: undefined,
    };
  });
  await ports.store.webhookQueue.drop(id);
};

/** Sends an event `webhook.test` at once, whether the webhook is active or not, and answers what came of it. */
export const testWebhook = async (ports: ManagementPorts, actor: string, id: string): Promise<WebhookAnswer> => {
  const webhook = webhookOf(await ports.policies.fresh(), id);
  const { secrets, store, webhooks, uuid, now } = ports;
  const body = envelope(ports, { type: 'webhook.test', id: uuid(), at: now(), data: { webhookId: id } });
  const answer = await webhooks.send({ url: webhook.url, body, secret: webhookSecret(secrets, webhook) });
  await store.appendAudit([{ id: uuid(), at: now(), actor, what: 'webhook.tested', subject: id, detail: answer }]);
  return answer;
};
