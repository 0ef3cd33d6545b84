import type { WebhookFailure } from './webhook-sender.ts';

export const deliveryStates = ['pending', 'delivered', 'dead'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** One event, or one batch of them, for one webhook. */
export type NewDelivery = {
  readonly webhookId: string;
  /** Of the event: the same for every webhook and every try. Sorts by time. */
  readonly id: string;
  readonly type: string;
  readonly createdAt: number;
  /** The envelope, as it is sent. */
  readonly body: string;
};

/** Why the last try failed; `inactive`: the webhook was switched off, `interrupted`: every try ended with its process. */
export type DeliveryFailure = WebhookFailure | 'inactive' | 'interrupted';

export type WebhookDelivery = Omit<NewDelivery, 'body'> & {
  readonly state: DeliveryState;
  /** Tries that were begun. */
  readonly tries: number;
  /** When the next try may begin, milliseconds. */
  readonly dueAt: number;
  readonly lastAt?: number;
  readonly lastStatus?: number;
  readonly lastReason?: DeliveryFailure;
};

/** A delivery that this node alone may try until its lease ends. */
export type LeasedDelivery = WebhookDelivery & Pick<NewDelivery, 'body'>;

/** What a try came to. */
export type Tried = {
  readonly state: DeliveryState;
  readonly dueAt: number;
  readonly at: number;
  readonly status?: number;
  readonly reason?: DeliveryFailure;
};

/** Deliveries on their way. New ones come in with `Store.drainOutbox`. */
export interface WebhookQueue {
  /** Takes deliveries that are due, and counts the try: until `leaseUntil` nobody else takes them, then whoever comes first. */
  take(query: {
    readonly webhookId: string;
    readonly limit: number;
    readonly now: number;
    readonly leaseUntil: number;
  }): Promise<readonly LeasedDelivery[]>;
  /** Writes what a try came to, unless its lease ended and another took it. What was delivered keeps no body. */
  settle(delivery: LeasedDelivery, tried: Tried): Promise<void>;
  /** Newest first. */
  list(query: {
    readonly webhookId: string;
    readonly state?: DeliveryState;
    readonly limit: number;
    readonly beforeId?: string;
  }): Promise<readonly WebhookDelivery[]>;
  /** Dead ones, or the one of this id if it is dead, are due at `now` with all their tries; answers how many. */
  replay(query: { readonly webhookId: string; readonly id?: string; readonly now: number }): Promise<number>;
  /** Forgets everything for a webhook. */
  drop(webhookId: string): Promise<void>;
}
