import { afterTry, mostDeliveryTries, type Policies, type Webhook, webhookSecret } from '../../core/index.ts';
import type { Random } from '../../core/ports/random.ts';
import type { Secrets } from '../../core/ports/secrets.ts';
import type { LeasedDelivery, Tried, WebhookQueue } from '../../core/ports/webhook-queue.ts';
import type { WebhookSender } from '../../core/ports/webhook-sender.ts';

/** Calls to one target at a time: one that is slow holds up nothing but itself. */
const atOnce = 4;
/** Longer than a call may take, so that none is made twice while its node lives. */
const leaseMs = 30_000;

type Options = {
  readonly policies: Policies;
  readonly queue: WebhookQueue;
  readonly sender: WebhookSender;
  readonly secrets: Secrets;
  readonly random: Random;
  readonly now: () => number;
  readonly tried: (delivery: LeasedDelivery, tried: Tried) => void;
  readonly failed: (cause: unknown) => void;
  readonly everyMs?: number;
};

/**
 * Sends what waits for webhooks until `stop`, which lets calls under way end. Any number of nodes may do so: each delivery is leased by
 * one of them, and one whose node died is leased by another.
 */
export const startWebhookDeliveries = (options: Options): { stop(): Promise<void> } => {
  const { policies, queue, sender, secrets, random, now, tried, failed, everyMs = 500 } = options;
  /** By webhook: what is being sent to it. */
  const lanes = new Map<string, Promise<void>>();
  let looking: Promise<void> | undefined;
  let stopped = false;

  const attempt = async (webhook: Webhook, { body, tries }: LeasedDelivery): Promise<Tried> => {
    if (!webhook.isActive) return { state: 'dead', dueAt: now(), at: now(), reason: 'inactive' };
    if (tries > mostDeliveryTries) return { state: 'dead', dueAt: now(), at: now(), reason: 'interrupted' };
    const answer = await sender.send({ url: webhook.url, body, secret: webhookSecret(secrets, webhook) });
    return afterTry(tries, answer, now(), random.bytes(1)[0] ?? 0);
  };

  const deliver = async (webhook: Webhook, delivery: LeasedDelivery): Promise<void> => {
    try {
      const result = await attempt(webhook, delivery);
      await queue.settle(delivery, result);
      tried(delivery, result);
    } catch (cause) {
      // the lease ends, and it is tried again
      failed(cause);
    }
  };

  const drain = async (webhookId: string): Promise<void> => {
    while (!stopped) {
      const webhook = (await policies.current()).webhooks.get(webhookId);
      if (!webhook) return;
      const taken = await queue.take({ webhookId, limit: atOnce, now: now(), leaseUntil: now() + leaseMs });
      if (taken.length === 0) return;
      await Promise.all(taken.map((delivery) => deliver(webhook, delivery)));
    }
  };

  const look = async (): Promise<void> => {
    const { webhooks } = await policies.fresh();
    for (const id of webhooks.keys()) {
      if (stopped || lanes.has(id)) continue;
      const lane = drain(id)
        .catch(failed)
        .finally(() => lanes.delete(id));
      lanes.set(id, lane);
    }
  };
  const timer = setInterval(() => {
    if (stopped) return;
    looking ??= look()
      .catch(failed)
      .finally(() => {
        looking = undefined;
      });
  }, everyMs);
  timer.unref();

  return {
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await looking;
      await Promise.all(lanes.values());
    },
  };
};
