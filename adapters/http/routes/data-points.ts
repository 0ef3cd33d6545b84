import { z } from 'zod';
import { dataPointTypes } from '../../../core/index.ts';
import { bodyOf } from '../parse.ts';
import { created, defineRoute, ok, type Route } from '../route.ts';
import { isoTime, string, word } from '../shapes.ts';
import { actorOf } from './actor.ts';
import { Deleted, deleted } from './management-answers.ts';

const scope = 'management';
const base = '/v1/management' as const;

const pointFields = {
  description: string(2000).nullable().optional(),
  isPublic: z.boolean().nullable().optional(),
  options: z.array(word(255)).min(1).max(1000).nullable().optional(),
  volatile: z.boolean().nullable().optional(),
};
const reserved: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const pointName = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, '1-64 of `A-Z a-z 0-9 _ -`')
  .refine((name) => !reserved.has(name), 'a name that is not reserved');
const dataType = z.enum(Object.keys(dataPointTypes) as [keyof typeof dataPointTypes]);

const PointAnswer = z.looseObject({
  id: z.string(),
  name: z.string(),
  dataType: z.string(),
  modelType: z.enum(['action', 'user']),
  description: z.string().optional(),
  isPublic: z.boolean().optional(),
  options: z.array(z.string()).optional(),
  volatile: z.boolean().optional(),
  createdAt: isoTime,
});

export const dataPointRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: `${base}/custom-data-points`,
    scope,
    summary: 'List custom data points',
    response: z.array(PointAnswer),
    handler: async (_, { management }) => ok(await management.listDataPoints()),
  }),
  defineRoute({
    method: 'POST',
    path: `${base}/custom-data-points`,
    scope,
    summary: 'Declare a custom data point',
    body: bodyOf(z.object({ name: pointName, dataType, modelType: z.enum(['action', 'user']).default('action'), ...pointFields })),
    status: 201,
    response: PointAnswer,
    handler: async ({ body, principal }, { management }) => created(await management.createDataPoint(actorOf(principal), body)),
  }),
  defineRoute({
    method: 'GET',
    path: `${base}/custom-data-points/{id}`,
    scope,
    summary: 'Read a custom data point',
    response: PointAnswer,
    handler: async ({ params }, { management }) => ok(await management.getDataPoint(params.id)),
  }),
  defineRoute({
    method: 'PATCH',
    path: `${base}/custom-data-points/{id}`,
    scope,
    summary: 'Change a custom data point; its name and type are for ever',
    body: bodyOf(z.object(pointFields)),
    response: PointAnswer,
    handler: async ({ params, body, principal }, { management }) =>
      ok(await management.updateDataPoint(actorOf(principal), params.id, body)),
  }),
  defineRoute({
    method: 'DELETE',
    path: `${base}/custom-data-points/{id}`,
    scope,
    summary: 'Remove a custom data point that no rule names',
    response: Deleted,
    handler: async ({ params, principal }, { management }) => {
      await management.deleteDataPoint(actorOf(principal), params.id);
      return deleted('the custom data point');
    },
  }),
];
