import { z } from 'zod';
import { methodSettings, StepwardError } from '../../../core/index.ts';
import { openApi } from '../openapi.ts';
import { defineRoute, ok, type Route } from '../route.ts';

const Status = z.object({ status: z.literal('ok') });

/** Milliseconds by which two clocks may differ without a word. */
const unremarkable = 2_000;

/** Whole seconds that our clock is ahead of the database's (negative: behind), as far as the way there does not explain it. */
const driftFrom = async (databaseClock: () => Promise<number>, now: () => number): Promise<number> => {
  const before = now();
  const theirs = await databaseClock();
  const ahead = Math.max(0, before - theirs) - Math.max(0, theirs - now());
  return Math.abs(ahead) > unremarkable ? Math.round(ahead / 1000) : 0;
};

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
    response: Status.extend({ clockAheadBySeconds: z.int().positive().optional(), clockDriftSeconds: z.int().optional() }),
    handler: async (_, { store, now, clockAheadBySeconds }) => {
      let drift = 0;
      try {
        await store.ping();
        if (store.clock) drift = await driftFrom(store.clock, now);
      } catch (cause) {
        throw new StepwardError('unavailable', 'the database cannot be had', { retryAfter: 1, cause });
      }
      const ahead = clockAheadBySeconds?.() ?? 0;
      return ok({ status: 'ok', ...(ahead > 0 && { clockAheadBySeconds: ahead }), ...(drift !== 0 && { clockDriftSeconds: drift }) });
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
