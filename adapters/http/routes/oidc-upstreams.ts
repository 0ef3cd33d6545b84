import { z } from 'zod';
import { issuer, oidcUpstreamFields, oidcUpstreamId, oidcUpstreamSecret, ourClientId } from '../oidc-host-bodies.ts';
import { bodyOf } from '../parse.ts';
import { created, defineRoute, ok, type Route } from '../route.ts';
import { isoTime, optional } from '../shapes.ts';
import { actorOf } from './actor.ts';
import { Deleted, deleted } from './management-answers.ts';

const scope = 'management';
const path = '/v1/management/oidc-upstreams' as const;

const clientSecret = oidcUpstreamSecret.nullable().optional().meta({ description: 'kept sealed and never shown' });

const UpstreamAnswer = z.looseObject({
  id: z.string(),
  name: z.string(),
  issuer: z.string(),
  clientId: z.string(),
  authMethod: z.string(),
  hasClientSecret: z.boolean(),
  scopes: z.array(z.string()),
  domains: z.array(z.string()),
  version: z.number(),
  createdAt: isoTime,
});

const tag = ({ version }: { readonly version: number }): readonly [string, string] => ['ETag', `"${version}"`];

export const oidcUpstreamRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path,
    scope,
    summary: 'List OIDC upstreams, without their secrets',
    response: z.array(UpstreamAnswer),
    handler: async (_, { management }) => ok(await management.listOidcUpstreams()),
  }),
  defineRoute({
    method: 'POST',
    path,
    scope,
    summary: 'Add an OpenID provider that proves the first factor',
    body: bodyOf(z.object({ id: optional(oidcUpstreamId), issuer, clientId: ourClientId, clientSecret, ...oidcUpstreamFields })),
    status: 201,
    response: UpstreamAnswer,
    handler: async ({ body, principal }, { management }) => {
      const upstream = await management.createOidcUpstream(actorOf(principal), body);
      return created(upstream, ...tag(upstream));
    },
  }),
  defineRoute({
    method: 'GET',
    path: `${path}/{id}`,
    scope,
    summary: 'Read an OIDC upstream, without its secret',
    response: UpstreamAnswer,
    handler: async ({ params }, { management }) => {
      const upstream = await management.getOidcUpstream(params.id);
      return ok(upstream, ...tag(upstream));
    },
  }),
  defineRoute({
    method: 'PATCH',
    path: `${path}/{id}`,
    scope,
    summary: 'Change an OIDC upstream; `null` is the default',
    body: bodyOf(z.object({ issuer: issuer.optional(), clientId: ourClientId.optional(), clientSecret, ...oidcUpstreamFields })),
    response: UpstreamAnswer,
    handler: async ({ params, body, principal, ifMatch }, { management }) => {
      const upstream = await management.updateOidcUpstream(actorOf(principal), params.id, body, ifMatch);
      return ok(upstream, ...tag(upstream));
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: `${path}/{id}`,
    scope,
    summary: 'Remove an OIDC upstream that no client names',
    response: Deleted,
    handler: async ({ params, principal, ifMatch }, { management }) => {
      await management.deleteOidcUpstream(actorOf(principal), params.id, ifMatch);
      return deleted('the OIDC upstream');
    },
  }),
];
