import type { CoreSettings } from '../settings.ts';
import type { WebhookEventType } from './webhook.ts';

/** The raw body of a webhook: what the SDK's `constructEvent` answers. `id` is the same each time it is sent. */
export const envelope = (
  { publicUrl, tenantId }: Pick<CoreSettings, 'publicUrl' | 'tenantId'>,
  event: {
    readonly type: WebhookEventType | 'action.verify' | 'webhook.test';
    readonly id: string;
    readonly at: number;
    readonly data: unknown;
  },
): string =>
  JSON.stringify({
    version: 1,
    type: event.type,
    id: event.id,
    source: publicUrl,
    time: new Date(event.at).toISOString(),
    tenantId,
    data: event.data,
  });
