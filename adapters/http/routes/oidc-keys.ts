import { z } from 'zod';
import { bodyOf } from '../parse.ts';
import { defineRoute, ok, type Route } from '../route.ts';
import { isoTime, optional } from '../shapes.ts';
import { actorOf } from './actor.ts';

const scope = 'management';
const path = '/v1/management/oidc-keys' as const;

const step = z.enum(['create', 'publish', 'sign', 'remove']);
const Keys = z.looseObject({
  next: z.object({ step, at: isoTime.meta({ description: 'not before that' }) }),
  keys: z.array(
    z.looseObject({
      kid: z.string(),
      alg: z.enum(['ES256', 'RS256']),
      state: z.enum(['signing', 'retired', 'published']),
      since: isoTime,
      until: isoTime.optional().meta({ description: 'not before that it signs, or goes' }),
    }),
  ),
});

export const oidcKeyRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path,
    scope,
    summary: 'List the signing keys of the OpenID provider, and the next step of their rotation',
    response: Keys,
    handler: async (_, { management }) => ok(await management.listOidcKeys()),
  }),
  defineRoute({
    method: 'POST',
    path: `${path}/rotate`,
    scope,
    summary: 'Do the step of the key rotation that is due, if any',
    body: bodyOf(
      z.object({
        publishedFor: optional(z.number().int().min(3_600).max(2_678_400)),
      }),
    ),
    response: Keys.extend({ done: step.optional().meta({ description: 'absent: no step was due' }) }),
    handler: async ({ body, principal }, { management }) => ok(await management.rotateOidcKeys(actorOf(principal), body)),
  }),
];
