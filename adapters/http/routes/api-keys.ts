import { z } from 'zod';
import { bodyOf } from '../parse.ts';
import { created, defineRoute, ok, type Route } from '../route.ts';
import { action, isoTime, optional, time, word } from '../shapes.ts';
import { actorOf } from './actor.ts';
import { Deleted, deleted } from './management-answers.ts';

const scope = 'management';
const path = '/v1/management/api-keys' as const;

const kind = z.enum(['server', 'management']);
const KeyAnswer = z.looseObject({
  id: z.string(),
  name: z.string(),
  kind,
  actions: z.array(z.string()).optional(),
  expiresAt: isoTime.optional(),
  createdAt: isoTime,
});

export const apiKeyRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path,
    scope,
    summary: 'List API keys, without what opens anything',
    response: z.array(KeyAnswer),
    handler: async (_, { management }) => ok(await management.listApiKeys()),
  }),
  defineRoute({
    method: 'POST',
    path,
    scope,
    summary: 'Make an API key; it is shown once',
    body: bodyOf(z.object({ name: word(255), kind, actions: optional(z.array(action).min(1).max(100)), expiresAt: optional(time) })),
    status: 201,
    response: KeyAnswer.extend({ key: z.string() }),
    handler: async ({ body, principal }, { management }) => created(await management.createApiKey(actorOf(principal), body)),
  }),
  defineRoute({
    method: 'DELETE',
    path: `${path}/{id}`,
    scope,
    summary: 'End an API key, on every node at once',
    response: Deleted,
    handler: async ({ params, principal }, { management }) => {
      await management.deleteApiKey(actorOf(principal), params.id);
      return deleted('the API key');
    },
  }),
];
