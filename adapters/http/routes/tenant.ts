import { z } from 'zod';
import { languages } from '../../../core/index.ts';
import { bodyOf } from '../parse.ts';
import { defineRoute, ok, type Route } from '../route.ts';
import { outcomeOrRecommended, word } from '../shapes.ts';
import { actorOf } from './actor.ts';

const scope = 'management';
const base = '/v1/management' as const;

const isOrigin = (text: string): boolean => {
  try {
    const { origin, protocol } = new URL(text);
    return origin === text && (protocol === 'https:' || protocol === 'http:');
  } catch {
    return false;
  }
};
const origin = z.string().max(255).refine(isOrigin, 'an origin such as `https://app.example.org`');
const hostName = z.string().regex(/^(?=.{1,253}$)[a-z0-9-]+(\.[a-z0-9-]+)+(:\d{1,5})?$/, 'a host name in lower case');

const tenantFields = {
  name: word(255).nullable().optional(),
  tokenDurationInMinutes: z.number().int().min(1).max(60).nullable().optional(),
  disableRecoveryCodes: z.boolean().nullable().optional(),
  hideSuccessScreenOnEnrollment: z.boolean().nullable().optional(),
  defaultOutcome: outcomeOrRecommended.nullable().optional(),
  allowedOrigins: z.array(origin).max(100).nullable().optional(),
  customDomains: z.array(hostName).max(100).nullable().optional(),
  reviewStateAlias: z.boolean().nullable().optional(),
  defaultLocale: z.enum(languages).nullable().optional(),
};

const TenantAnswer = z.looseObject({
  tenantId: z.string(),
  name: z.string(),
  tokenDurationInMinutes: z.number(),
  disableRecoveryCodes: z.boolean(),
  hideSuccessScreenOnEnrollment: z.boolean(),
  defaultOutcome: outcomeOrRecommended,
  allowedOrigins: z.array(z.string()),
  customDomains: z.array(z.string()),
  reviewStateAlias: z.boolean(),
  defaultLocale: z.string(),
});

export const tenantRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: `${base}/tenant`,
    scope,
    summary: "Read the tenant's settings",
    response: TenantAnswer,
    handler: async (_, { management }) => ok(await management.getTenant()),
  }),
  defineRoute({
    method: 'PATCH',
    path: `${base}/tenant`,
    scope,
    summary: "Change the tenant's settings; `null` clears",
    body: bodyOf(z.object(tenantFields)),
    response: TenantAnswer,
    handler: async ({ body, principal }, { management }) => ok(await management.updateTenant(actorOf(principal), body)),
  }),
];
