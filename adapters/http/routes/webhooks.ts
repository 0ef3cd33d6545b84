import { z } from 'zod';
import { deliveryStates, webhookEventTypes } from '../../../core/index.ts';
import { bodyOf } from '../parse.ts';
import { created, defineRoute, ok, type Route } from '../route.ts';
import { isoTime, limit, string } from '../shapes.ts';
import { actorOf } from './actor.ts';
import { cursor, Deleted, deleted, page } from './management-answers.ts';

const scope = 'management';
const path = '/v1/management/webhooks' as const;

const events = z.array(z.enum(webhookEventTypes)).max(50);
const optionalFields = {
  secret: z
    .string()
    .regex(/^[\x21-\x7e]{16,255}$/, '16 to 255 printable ASCII characters without blanks')
    .nullable()
    .optional()
    .meta({ description: '`null`: the server keys sign' }),
  isActive: z.boolean().nullable().optional(),
};

const WebhookAnswer = z.looseObject({
  id: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  isActive: z.boolean(),
  signedWith: z.enum(['secret', 'server-keys']),
  createdAt: isoTime,
});

const TestAnswer = z.object({
  ok: z.boolean(),
  status: z.number().optional(),
  reason: z.enum(['target', 'network', 'timeout', 'redirect', 'status']).optional(),
});

const DeliveryAnswer = z.looseObject({
  id: z.string(),
  type: z.string(),
  state: z.enum(deliveryStates),
  createdAt: isoTime,
  tries: z.number(),
  nextTryAt: isoTime.optional(),
  lastTryAt: isoTime.optional(),
  lastStatus: z.number().optional(),
  lastReason: z.string().optional(),
});
const Replayed = z.object({ replayed: z.number() });

export const webhookRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path,
    scope,
    summary: 'List webhooks, without their secrets',
    response: z.array(WebhookAnswer),
    handler: async (_, { management }) => ok(await management.listWebhooks()),
  }),
  defineRoute({
    method: 'POST',
    path,
    scope,
    summary: 'Add a webhook; a secret made for it is shown once',
    body: bodyOf(z.object({ url: string(2048), events, ...optionalFields })),
    status: 201,
    response: WebhookAnswer.extend({ secret: z.string().optional() }),
    handler: async ({ body, principal }, { management }) => created(await management.createWebhook(actorOf(principal), body)),
  }),
  defineRoute({
    method: 'GET',
    path: `${path}/{id}`,
    scope,
    summary: 'Read a webhook, without its secret',
    response: WebhookAnswer,
    handler: async ({ params }, { management }) => ok(await management.getWebhook(params.id)),
  }),
  defineRoute({
    method: 'PATCH',
    path: `${path}/{id}`,
    scope,
    summary: 'Change a webhook; a `secret` of `null` lets the server keys sign',
    body: bodyOf(z.object({ url: string(2048).optional(), events: events.optional(), ...optionalFields })),
    response: WebhookAnswer,
    handler: async ({ params, body, principal }, { management }) => ok(await management.updateWebhook(actorOf(principal), params.id, body)),
  }),
  defineRoute({
    method: 'DELETE',
    path: `${path}/{id}`,
    scope,
    summary: 'Remove a webhook and what waits for it',
    response: Deleted,
    handler: async ({ params, principal }, { management }) => {
      await management.deleteWebhook(actorOf(principal), params.id);
      return deleted('the webhook');
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${path}/{id}/test`,
    scope,
    summary: 'Send an event `webhook.test` now and say what came of it',
    response: TestAnswer,
    handler: async ({ params, principal }, { management }) => ok(await management.testWebhook(actorOf(principal), params.id)),
  }),
  defineRoute({
    method: 'GET',
    path: `${path}/{id}/deliveries`,
    scope,
    summary: 'List what was and is to be delivered to a webhook, newest first',
    query: z.object({ state: z.enum(deliveryStates).optional(), limit: limit(50, 500), cursor: cursor(z.string().max(128)).optional() }),
    response: z.array(DeliveryAnswer),
    handler: async ({ params, query: { cursor: beforeId, ...query }, request }, context) =>
      page(
        await context.management.listDeliveries(params.id, { ...query, ...(beforeId !== undefined && { beforeId }) }),
        request.url ?? '',
        context,
      ),
  }),
  defineRoute({
    method: 'POST',
    path: `${path}/{id}/deliveries/replay`,
    scope,
    summary: 'Deliver everything that is dead again',
    response: Replayed,
    handler: async ({ params, principal }, { management }) => ok(await management.replayDeadDeliveries(actorOf(principal), params.id)),
  }),
  defineRoute({
    method: 'POST',
    path: `${path}/{id}/deliveries/{deliveryId}/replay`,
    scope,
    summary: 'Deliver one that is dead again',
    response: Replayed,
    handler: async ({ params, principal }, { management }) =>
      ok(await management.replayDelivery(actorOf(principal), params.id, params.deliveryId)),
  }),
];
