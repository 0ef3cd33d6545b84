import { z } from 'zod';
import { auth0Domains, auth0Secrets, auth0TenantFields, auth0TenantId } from '../auth0-host-bodies.ts';
import { bodyOf } from '../parse.ts';
import { created, defineRoute, ok, type Route } from '../route.ts';
import { isoTime, optional } from '../shapes.ts';
import { actorOf } from './actor.ts';
import { Deleted, deleted } from './management-answers.ts';

const scope = 'management';
const path = '/v1/management/auth0-tenants' as const;

const domains = auth0Domains.meta({ description: 'its host name and its custom domains' });
const secrets = auth0Secrets.meta({ description: 'shared with its Action: the first signs, all verify; kept sealed and never shown' });

const TenantAnswer = z.looseObject({
  id: z.string(),
  name: z.string(),
  domains: z.array(z.string()),
  secretCount: z.number(),
  version: z.number(),
  createdAt: isoTime,
});

const tag = ({ version }: { readonly version: number }): readonly [string, string] => ['ETag', `"${version}"`];

export const auth0TenantRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path,
    scope,
    summary: 'List Auth0 tenants, without their secrets',
    response: z.array(TenantAnswer),
    handler: async (_, { management }) => ok(await management.listAuth0Tenants()),
  }),
  defineRoute({
    method: 'POST',
    path,
    scope,
    summary: 'Add an Auth0 tenant that browsers come from and go back to',
    body: bodyOf(z.object({ id: optional(auth0TenantId), domains, secrets, ...auth0TenantFields })),
    status: 201,
    response: TenantAnswer,
    handler: async ({ body, principal }, { management }) => {
      const tenant = await management.createAuth0Tenant(actorOf(principal), body);
      return created(tenant, ...tag(tenant));
    },
  }),
  defineRoute({
    method: 'GET',
    path: `${path}/{id}`,
    scope,
    summary: 'Read an Auth0 tenant, without its secrets',
    response: TenantAnswer,
    handler: async ({ params }, { management }) => {
      const tenant = await management.getAuth0Tenant(params.id);
      return ok(tenant, ...tag(tenant));
    },
  }),
  defineRoute({
    method: 'PATCH',
    path: `${path}/{id}`,
    scope,
    summary: 'Change an Auth0 tenant; a list is replaced as a whole',
    body: bodyOf(z.object({ domains: domains.optional(), secrets: secrets.optional(), ...auth0TenantFields })),
    response: TenantAnswer,
    handler: async ({ params, body, principal, ifMatch }, { management }) => {
      const tenant = await management.updateAuth0Tenant(actorOf(principal), params.id, body, ifMatch);
      return ok(tenant, ...tag(tenant));
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: `${path}/{id}`,
    scope,
    summary: 'Remove an Auth0 tenant; its visits go back to it no more',
    response: Deleted,
    handler: async ({ params, principal, ifMatch }, { management }) => {
      await management.deleteAuth0Tenant(actorOf(principal), params.id, ifMatch);
      return deleted('the Auth0 tenant');
    },
  }),
];
