import { z } from 'zod';
import { oidcClientFields, oidcClientId, oidcClientSecret, redirectUris } from '../oidc-host-bodies.ts';
import { bodyOf } from '../parse.ts';
import { created, defineRoute, ok, type Route } from '../route.ts';
import { isoTime, optional } from '../shapes.ts';
import { actorOf } from './actor.ts';
import { Deleted, deleted } from './management-answers.ts';

const scope = 'management';
const path = '/v1/management/oidc-clients' as const;

const clientSecret = oidcClientSecret
  .optional()
  .meta({ description: 'a secret that the client has already; without it one is made where one is needed, and shown once' });

const ClientAnswer = z.looseObject({
  clientId: z.string(),
  name: z.string(),
  authMethod: z.string(),
  secrets: z.array(z.object({ id: z.string(), createdAt: isoTime })),
  redirectUris: z.array(z.string()),
  version: z.number(),
  createdAt: isoTime,
});
const shownOnce = z.string().optional().meta({ description: 'made here, and shown in this answer alone' });
const MadeAnswer = ClientAnswer.extend({ clientSecret: shownOnce });
const SecretAnswer = z.object({ id: z.string(), createdAt: isoTime, clientSecret: shownOnce });

const tag = ({ version }: { readonly version: number }): readonly [string, string] => ['ETag', `"${version}"`];

export const oidcClientRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path,
    scope,
    summary: 'List OIDC clients, without their secrets',
    response: z.array(ClientAnswer),
    handler: async (_, { management }) => ok(await management.listOidcClients()),
  }),
  defineRoute({
    method: 'POST',
    path,
    scope,
    summary: 'Register an application as an OIDC client; a secret made for it is shown once',
    body: bodyOf(z.object({ clientId: optional(oidcClientId), redirectUris, clientSecret, ...oidcClientFields })),
    status: 201,
    response: MadeAnswer,
    handler: async ({ body, principal }, { management }) => {
      const client = await management.createOidcClient(actorOf(principal), body);
      return created(client, ...tag(client));
    },
  }),
  defineRoute({
    method: 'GET',
    path: `${path}/{clientId}`,
    scope,
    summary: 'Read an OIDC client, without its secrets',
    response: ClientAnswer,
    handler: async ({ params }, { management }) => {
      const client = await management.getOidcClient(params.clientId);
      return ok(client, ...tag(client));
    },
  }),
  defineRoute({
    method: 'PATCH',
    path: `${path}/{clientId}`,
    scope,
    summary: 'Change an OIDC client; `null` is the default',
    body: bodyOf(z.object({ redirectUris: redirectUris.optional(), clientSecret, ...oidcClientFields })),
    response: MadeAnswer,
    handler: async ({ params, body, principal, ifMatch }, { management }) => {
      const client = await management.updateOidcClient(actorOf(principal), params.clientId, body, ifMatch);
      return ok(client, ...tag(client));
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: `${path}/{clientId}`,
    scope,
    summary: 'Remove an OIDC client; what it was given is dead',
    response: Deleted,
    handler: async ({ params, principal, ifMatch }, { management }) => {
      await management.deleteOidcClient(actorOf(principal), params.clientId, ifMatch);
      return deleted('the OIDC client');
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${path}/{clientId}/secrets`,
    scope,
    summary: 'Make a second secret live beside the first; it is shown once',
    body: bodyOf(z.object({ clientSecret })),
    status: 201,
    response: SecretAnswer,
    handler: async ({ params, body, principal }, { management }) =>
      created(await management.addOidcClientSecret(actorOf(principal), params.clientId, body)),
  }),
  defineRoute({
    method: 'DELETE',
    path: `${path}/{clientId}/secrets/{secretId}`,
    scope,
    summary: 'End a secret of an OIDC client, on every node at once',
    response: Deleted,
    handler: async ({ params, principal, ifMatch }, { management }) => {
      await management.removeOidcClientSecret(actorOf(principal), params.clientId, params.secretId, ifMatch);
      return deleted('the secret');
    },
  }),
];
