import type { Composed } from '../../adapters/server/compose.ts';
import { startWebhookDeliveries } from '../../adapters/server/deliver-webhooks.ts';
import { startRelay } from '../../adapters/server/relay.ts';
import type { LeasedDelivery, Tried } from '../../core/ports/webhook-queue.ts';
import type { WebhookSender } from '../../core/ports/webhook-sender.ts';
import type { World } from './stepward.ts';

/** What a server does with events in the background, on this node; `tried` is what came of each try. */
export const startWebhookNode = (
  { store, policies, ports }: Composed,
  { now }: Pick<World, 'now'>,
  about: { readonly sender?: WebhookSender; readonly drains?: boolean } = {},
) => {
  const tried: (LeasedDelivery & { readonly result: Tried })[] = [];
  const failures: unknown[] = [];
  const failed = (cause: unknown): void => void failures.push(cause);
  const relay =
    about.drains === false
      ? undefined
      : startRelay({
          ...{ store, policies, failed, settings: ports.settings, everyMs: 10 },
          hash: (userId) => userId,
          handle: () => undefined,
        });
  const deliveries = startWebhookDeliveries({
    ...{ policies, now, failed, secrets: ports.secrets, random: ports.random, everyMs: 10 },
    queue: store.webhookQueue,
    sender: about.sender ?? ports.webhooks,
    tried: (delivery, result) => tried.push({ ...delivery, result }),
  });
  return {
    tried,
    failures,
    stop: async (): Promise<void> => {
      await relay?.stop();
      await deliveries.stop();
    },
  };
};

/** Waits until a look finds something, for ten seconds at most. */
export const eventually = async <T>(look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> => {
  for (let tries = 0; tries < 1_000; tries++) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('it never came');
};
