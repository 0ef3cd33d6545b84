import { z } from 'zod';
import { bodyOf } from '../parse.ts';
import { defineRoute, ok, type Route } from '../route.ts';
import { action, isoTime, limit, optional, outcome, StateAnswer, state, string, time, userId } from '../shapes.ts';
import { actorOf } from './actor.ts';
import { cursor, instancePlace, page } from './management-answers.ts';

const scope = 'management';
const base = '/v1/management' as const;

const filter = z.object({
  userId: userId.optional(),
  action: action.optional(),
  outcome: outcome.optional(),
  ruleId: string(255).optional(),
  degraded: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
  from: time.optional(),
  to: time.optional(),
  limit: limit(50, 500),
  cursor: cursor(instancePlace).optional(),
});

const Row = z.looseObject({
  userId: z.string(),
  actionCode: z.string(),
  idempotencyKey: z.string(),
  state,
  outcome,
  createdAt: isoTime,
});

const AuditRow = z.looseObject({ id: z.string(), at: isoTime, actor: z.string(), what: z.string(), subject: z.string() });

export const activityRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: `${base}/actions`,
    scope,
    summary: 'List action instances, newest first',
    query: filter.extend({ state: state.optional() }),
    response: z.array(Row),
    handler: async ({ query: { cursor: after, ...query }, request }, context) =>
      page(await context.management.listActions({ ...query, ...(after && { after }) }), request.url ?? '', context),
  }),
  defineRoute({
    method: 'GET',
    path: `${base}/reviews`,
    scope,
    summary: 'List what waits for a person, oldest first',
    query: filter,
    response: z.array(Row),
    handler: async ({ query: { cursor: after, ...query }, request }, context) =>
      page(await context.management.listReviews({ ...query, ...(after && { after }) }), request.url ?? '', context),
  }),
  defineRoute({
    method: 'POST',
    path: `${base}/reviews/{userId}/{action}/{idempotencyKey}`,
    scope,
    summary: 'Decide a review',
    body: bodyOf(z.object({ state, reason: optional(string(1000)) })),
    response: StateAnswer,
    handler: async ({ params, body, principal }, { management }) => ok(await management.decideReview(actorOf(principal), params, body)),
  }),
  defineRoute({
    method: 'GET',
    path: `${base}/audit`,
    scope,
    summary: 'List who changed what, newest first',
    query: z.object({
      actor: string(255).optional(),
      subject: string(1024).optional(),
      limit: limit(50, 500),
      cursor: cursor(z.string().max(64)).optional(),
    }),
    response: z.array(AuditRow),
    handler: async ({ query: { cursor: afterId, ...query }, request }, context) =>
      page(await context.management.listAudit({ ...query, ...(afterId !== undefined && { afterId }) }), request.url ?? '', context),
  }),
];
