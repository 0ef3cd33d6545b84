import { z } from 'zod';
import { methodSettings, StepwardError } from '../../../core/index.ts';
import { openApi } from '../openapi.ts';
import { defineRoute, ok, type Route } from '../route.ts';

const Status = z.object({ status: z.literal('ok') });

export const publicRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/livez',
    scope: 'public',
    summary: 'The process answers',
    response: Status,
    handler: () => ok({ status: 'ok' }),
  }),
  defineRoute({
    method: 'GET',
    path: '/readyz',
    scope: 'public',
    summary: 'The process and its database answer',
    response: Status.extend({ clockAheadBySeconds: z.int().positive().optional() }),
    handler: async (_, { store, clockAheadBySeconds }) => {
      try {
        await store.ping();
      } catch (cause) {
        throw new StepwardError('unavailable', 'the database cannot be had', { retryAfter: 1, cause });
      }
      const ahead = clockAheadBySeconds?.() ?? 0;
      return ok({ status: 'ok', ...(ahead > 0 && { clockAheadBySeconds: ahead }) });
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/.well-known/webauthn',
    scope: 'public',
    summary: 'Origins that may use the passkeys of this host (WebAuthn Level 3 §5.11.1)',
    response: z.object({ origins: z.array(z.string()) }),
    handler: async (_, { policies }) => {
      const { relatedOrigins = [] } = methodSettings(await policies.fresh(), 'PASSKEY');
      return ok({ origins: relatedOrigins });
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/openapi.json',
    scope: 'public',
    summary: 'This document',
    response: z.looseObject({ openapi: z.string() }),
    cacheControl: 'no-cache',
    handler: (_, { routes, publicUrl }) => ok(openApi(routes, publicUrl)),
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/client/public/{tenantId}/.well-known/jwks',
    scope: 'public',
    summary: 'Keys that verify tokens',
    response: z.object({ keys: z.array(z.looseObject({ kty: z.string() })) }),
    cacheControl: 'public, max-age=300',
    handler: ({ params }, { stepward, tenantId }) => {
      if (params.tenantId !== tenantId) throw new StepwardError('not_found', 'there is no such tenant');
      return ok(stepward.jwks());
    },
  }),
];
