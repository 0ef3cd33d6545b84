import { z } from 'zod';
import { bodyOf } from '../parse.ts';
import { created, defineRoute, ok, type Route } from '../route.ts';
import { isoTime, optional, word } from '../shapes.ts';
import { actorOf } from './actor.ts';
import { Deleted, deleted } from './management-answers.ts';

const scope = 'management';
const base = '/v1/management' as const;

const seconds = (min: number, max: number) =>
  z.number().int().min(min, `a whole number of ${min} to ${max}`).max(max, `a whole number of ${min} to ${max}`).nullable().optional();

const clientFields = {
  name: word(255).nullable().optional(),
  accessTokenSeconds: seconds(60, 3_600),
  refreshTokenSeconds: seconds(300, 31_536_000),
};

const clientId = z
  .string()
  .regex(/^[A-Za-z0-9._~-]{1,128}$/, '1-128 of `A-Z a-z 0-9 . _ ~ -`')
  .refine((text) => !/^\.+$/.test(text), 'not dots only');

const ClientAnswer = z.looseObject({
  clientId: z.string(),
  name: z.string(),
  accessTokenSeconds: z.number(),
  refreshTokenSeconds: z.number(),
  version: z.number(),
  createdAt: isoTime,
});

const tag = ({ version }: { readonly version: number }): readonly [string, string] => ['ETag', `"${version}"`];

export const appClientRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: `${base}/app-clients`,
    scope,
    summary: 'List app clients',
    response: z.array(ClientAnswer),
    handler: async (_, { management }) => ok(await management.listAppClients()),
  }),
  defineRoute({
    method: 'POST',
    path: `${base}/app-clients`,
    scope,
    summary: 'Make an app client, for which sessions can be opened',
    body: bodyOf(z.object({ clientId: optional(clientId), ...clientFields })),
    status: 201,
    response: ClientAnswer,
    handler: async ({ body, principal }, { management }) => {
      const client = await management.createAppClient(actorOf(principal), body);
      return created(client, ...tag(client));
    },
  }),
  defineRoute({
    method: 'GET',
    path: `${base}/app-clients/{clientId}`,
    scope,
    summary: 'Read an app client',
    response: ClientAnswer,
    handler: async ({ params }, { management }) => {
      const client = await management.getAppClient(params.clientId);
      return ok(client, ...tag(client));
    },
  }),
  defineRoute({
    method: 'PATCH',
    path: `${base}/app-clients/{clientId}`,
    scope,
    summary: 'Change an app client; what is shorter holds for open sessions too',
    body: bodyOf(z.object(clientFields)),
    response: ClientAnswer,
    handler: async ({ params, body, principal, ifMatch }, { management }) => {
      const client = await management.updateAppClient(actorOf(principal), params.clientId, body, ifMatch);
      return ok(client, ...tag(client));
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: `${base}/app-clients/{clientId}`,
    scope,
    summary: 'Remove an app client; its sessions end',
    response: Deleted,
    handler: async ({ params, principal, ifMatch }, { management }) => {
      await management.deleteAppClient(actorOf(principal), params.clientId, ifMatch);
      return deleted('the app client');
    },
  }),
];
