import type { PolicySet } from '../policy/policies.ts';
import type { Secrets } from '../ports/secrets.ts';

/**
 * What webhooks are told of. `synchronous`: Stepward waits for the answer, which decides something; `queued`: at least once, from
 * the outbox; `batched`: the same, many in one call.
 */
export const webhookEvents = {
  'email.created': 'synchronous',
  'sms.created': 'synchronous',
  'push.created': 'synchronous',
  'authenticator.created': 'queued',
  'authenticator.updated': 'queued',
  'authenticator.deleted': 'queued',
  'action.log_created': 'batched',
  'challenge.log_created': 'batched',
  'action.consumed': 'queued',
  'review.created': 'queued',
  'review.decided': 'queued',
  'policy.changed': 'queued',
} as const satisfies Readonly<Record<string, 'synchronous' | 'queued' | 'batched'>>;

export type WebhookEventType = keyof typeof webhookEvents;
export const webhookEventTypes = Object.keys(webhookEvents) as readonly WebhookEventType[];

/** A web server that an operator wants told of events. */
export type Webhook = {
  readonly id: string;
  readonly url: string;
  readonly events: readonly WebhookEventType[];
  readonly isActive: boolean;
  /** Absent: the server keys of the environment sign. */
  readonly sealedSecret?: string;
  readonly createdAt: number;
};

const sealContext = (id: string): string => `webhook:${id}`;
export const sealWebhookSecret = (secrets: Secrets, id: string, secret: string): string => secrets.seal(sealContext(id), secret);

/** The webhook's own secret, to sign with. */
export const webhookSecret = (secrets: Secrets, { id, sealedSecret }: Webhook): string | undefined =>
  sealedSecret === undefined ? undefined : secrets.open(sealContext(id), sealedSecret);

/** Active webhooks that subscribe to a type. */
export const subscribers = ({ webhooks }: Pick<PolicySet, 'webhooks'>, type: WebhookEventType): readonly Webhook[] =>
  webhooks.size === 0 ? [] : [...webhooks.values()].filter(({ isActive, events }) => isActive && events.includes(type));

export const isWanted = (set: Pick<PolicySet, 'webhooks'>, type: WebhookEventType): boolean => subscribers(set, type).length > 0;
