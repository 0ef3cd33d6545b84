import { z } from 'zod';
import { bodyOf } from '../parse.ts';
import { defineRoute, ok, type Route } from '../route.ts';
import { actorOf } from './actor.ts';

const scope = 'management';
const base = '/v1/management/message-overrides' as const;

const texts = z.record(z.string().max(64), z.record(z.string().max(128), z.string().max(4096)));
const MessageOverrides = z.looseObject({ messageOverrides: texts });
/** A text, or one for each plural category of its language. */
const MessageCatalog = z.looseObject({
  catalog: z.record(z.string(), z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())]))),
});

export const messageRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: base,
    scope,
    summary: 'Read the texts that stand in place of ours',
    response: MessageOverrides,
    handler: async (_, { management }) => ok(await management.getMessageOverrides()),
  }),
  defineRoute({
    method: 'PATCH',
    path: base,
    scope,
    summary: 'Replace all texts that stand in place of ours; `null` takes them back',
    body: bodyOf(z.object({ messageOverrides: texts.nullable().optional() })),
    response: MessageOverrides,
    handler: async ({ body, principal }, { management }) => ok(await management.updateMessageOverrides(actorOf(principal), body)),
  }),
  defineRoute({
    method: 'GET',
    path: `${base}/catalog`,
    scope,
    summary: 'Read every text of pages and mails, by locale and id',
    response: MessageCatalog,
    handler: async (_, { management }) => ok(await management.getMessageCatalog()),
  }),
];
