import { z } from 'zod';
import { bodyOf } from '../parse.ts';
import { created, defineRoute, ok, type Route } from '../route.ts';
import { isoTime, word } from '../shapes.ts';
import { actorOf } from './actor.ts';
import { Deleted, deleted } from './management-answers.ts';

const scope = 'management';
const base = '/v1/management' as const;

/** Bytes: 100,000 entries of 80 each. */
const bodyLimit = 8 * 1024 * 1024;

const item = z.union([z.string(), z.number()]);
const listFields = {
  name: word(255).nullable().optional(),
  itemType: z.enum(['string', 'number']).optional(),
  valueListItems: z
    .array(z.union([item, z.object({ value: item, expiresAt: z.union([z.string(), z.number()]).optional() })]))
    .nullable()
    .optional(),
  isActive: z.boolean().nullable().optional(),
};
const alias = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, '1-64 of `A-Z a-z 0-9 _ -`');

const ListAnswer = z.looseObject({
  alias: z.string(),
  name: z.string(),
  itemType: z.enum(['string', 'number']),
  valueListItems: z.array(z.unknown()),
  isActive: z.boolean(),
  version: z.number(),
  createdAt: isoTime,
});

export const valueListRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: `${base}/value-lists`,
    scope,
    summary: 'List value lists',
    response: z.array(ListAnswer),
    handler: async (_, { management }) => ok(await management.listValueLists()),
  }),
  defineRoute({
    method: 'POST',
    path: `${base}/value-lists`,
    scope,
    summary: 'Make a value list',
    body: bodyOf(z.object({ alias, ...listFields })),
    bodyLimit,
    status: 201,
    response: ListAnswer,
    handler: async ({ body: { alias: name, ...input }, principal }, { management }) =>
      created(await management.createValueList(actorOf(principal), name, input)),
  }),
  defineRoute({
    method: 'GET',
    path: `${base}/value-lists/{alias}`,
    scope,
    summary: 'Read a value list',
    response: ListAnswer,
    handler: async ({ params }, { management }) => ok(await management.getValueList(params.alias)),
  }),
  defineRoute({
    method: 'PATCH',
    path: `${base}/value-lists/{alias}`,
    scope,
    summary: 'Change a value list; its items are replaced as a whole',
    body: bodyOf(z.object(listFields)),
    bodyLimit,
    response: ListAnswer,
    handler: async ({ params, body, principal }, { management }) =>
      ok(await management.updateValueList(actorOf(principal), params.alias, body)),
  }),
  defineRoute({
    method: 'DELETE',
    path: `${base}/value-lists/{alias}`,
    scope,
    summary: 'Remove a value list that no rule names',
    response: Deleted,
    handler: async ({ params, principal }, { management }) => {
      await management.deleteValueList(actorOf(principal), params.alias);
      return deleted('the value list');
    },
  }),
];
