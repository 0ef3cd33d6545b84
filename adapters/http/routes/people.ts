import { z } from 'zod';
import { bodyOf } from '../parse.ts';
import { defineRoute, ok, type Route } from '../route.ts';
import {
  ActionItem,
  AuthenticatorAnswer,
  DeviceAnswer,
  limit,
  optional,
  state,
  string,
  time,
  UserAnswer,
  userId,
  word,
} from '../shapes.ts';
import { actorOf } from './actor.ts';
import { cursor, Deleted, deleted, instancePlace, page } from './management-answers.ts';

const scope = 'management';
const user = '/v1/management/users/{userId}' as const;

export const peopleRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/v1/management/users',
    scope,
    summary: 'Find users',
    query: z.object({
      username: string(255).optional(),
      email: string(320).optional(),
      phoneNumber: string(64).optional(),
      limit: limit(50, 500),
      cursor: cursor(userId).optional(),
    }),
    response: z.array(z.looseObject({ userId: z.string() })),
    handler: async ({ query: { cursor: after, ...query }, request }, context) => {
      const found = await context.stepward.queryUsers({ ...query, ...(after !== undefined && { lastEvaluatedUserId: after }) });
      return page({ items: found.users, next: found.lastEvaluatedUserId }, request.url ?? '', context);
    },
  }),
  defineRoute({
    method: 'GET',
    path: user,
    scope,
    summary: 'Read a user; an unknown one is not enrolled',
    response: UserAnswer,
    handler: async ({ params }, { stepward }) => ok({ userId: params.userId, ...(await stepward.getUser(params.userId)) }),
  }),
  defineRoute({
    method: 'DELETE',
    path: user,
    scope,
    summary: 'Erase a user',
    response: Deleted,
    handler: async ({ params, principal }, { management }) => {
      await management.deleteUser(actorOf(principal), params.userId);
      return deleted('the user');
    },
  }),
  defineRoute({
    method: 'GET',
    path: `${user}/actions`,
    scope,
    summary: 'List the action instances of a user, newest first',
    query: z.object({ from: time.optional(), state: state.optional(), limit: limit(50, 500), cursor: cursor(instancePlace).optional() }),
    response: z.array(ActionItem),
    handler: async ({ params, query: { cursor: after, ...query }, request }, context) =>
      page(await context.management.listUserActions(params.userId, { ...query, after }), request.url ?? '', context),
  }),
  defineRoute({
    method: 'GET',
    path: `${user}/devices`,
    scope,
    summary: 'List the devices of a user',
    response: z.array(DeviceAnswer),
    handler: async ({ params }, { stepward }) => ok(await stepward.getDevices(params.userId)),
  }),
  defineRoute({
    method: 'POST',
    path: `${user}/devices/{deviceId}/invalidate`,
    scope,
    summary: 'Invalidate a device',
    response: DeviceAnswer,
    handler: async ({ params, principal }, { management }) =>
      ok(await management.invalidateDevice(actorOf(principal), params.userId, params.deviceId)),
  }),
  defineRoute({
    method: 'GET',
    path: `${user}/authenticators`,
    scope,
    summary: 'List the authenticators of a user',
    response: z.array(AuthenticatorAnswer),
    handler: async ({ params }, { stepward }) => ok(await stepward.getAuthenticators(params.userId)),
  }),
  defineRoute({
    method: 'DELETE',
    path: `${user}/authenticators/{userAuthenticatorId}`,
    scope,
    summary: 'Remove an authenticator',
    response: Deleted,
    handler: async ({ params, principal }, { management }) => {
      await management.deleteAuthenticator(actorOf(principal), params.userId, params.userAuthenticatorId);
      return deleted('the authenticator');
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${user}/reset`,
    scope,
    summary: 'Take every factor from a user, for a reason',
    body: bodyOf(z.object({ reason: word(1000), waitSeconds: optional(z.number().int().min(0).max(2_592_000)) })),
    response: UserAnswer,
    handler: async ({ params, body, principal }, { management, stepward }) => {
      await management.resetUser(actorOf(principal), params.userId, body);
      return ok({ userId: params.userId, ...(await stepward.getUser(params.userId)) });
    },
  }),
];
