import { z } from 'zod';
import { bodyOf } from '../parse.ts';
import { defineRoute, ok, type Route } from '../route.ts';
import { method, word } from '../shapes.ts';
import { actorOf } from './actor.ts';

const scope = 'management';
const base = '/v1/management' as const;

const rpId = z.string().regex(/^(?=.{1,253}$)[a-z0-9-]+(\.[a-z0-9-]+)*$/, 'a domain in lower case');
const isHttpsOrigin = (text: string): boolean => {
  const url = URL.parse(text);
  return url?.protocol === 'https:' && url.origin === text;
};

/** What the methods can be told; each method has some of it. */
const settings = {
  rpId: rpId.nullable().optional(),
  relatedOrigins: z
    .array(z.string().max(255).refine(isHttpsOrigin, 'an origin such as `https://shop.example`'))
    .max(50)
    .nullable()
    .optional(),
  issuer: word(60).nullable().optional(),
  acceptsPreviousCode: z.boolean().nullable().optional(),
  digits: z
    .union([z.literal(6), z.literal(7), z.literal(8)], '6, 7 or 8')
    .nullable()
    .optional(),
  crossBrowser: z.boolean().nullable().optional(),
};

const AuthenticatorConfiguration = z.looseObject({
  id: z.string(),
  verificationMethod: method,
  isActive: z.boolean(),
  rpId: z.string().optional(),
  relatedOrigins: z.array(z.string()).optional(),
  issuer: z.string().optional(),
  acceptsPreviousCode: z.boolean().optional(),
  digits: z.number().optional(),
  crossBrowser: z.boolean().optional(),
});

const SignalAnswer = z.looseObject({
  name: z.string(),
  label: z.string(),
  category: z.string(),
  type: z.enum(['boolean', 'number', 'string', 'strings', 'ip']),
  operators: z.array(z.string()),
  unknownWhen: z.array(z.string()),
  options: z.array(z.string()).optional(),
});

export const catalogueRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: `${base}/authenticator-configurations`,
    scope,
    summary: 'List verification methods, whether they are active, and their settings',
    response: z.array(AuthenticatorConfiguration),
    handler: async (_, { management }) => ok(await management.listAuthenticatorConfigurations()),
  }),
  defineRoute({
    method: 'GET',
    path: `${base}/authenticator-configurations/{id}`,
    scope,
    summary: 'Read one verification method',
    response: AuthenticatorConfiguration,
    handler: async ({ params }, { management }) => ok(await management.getAuthenticatorConfiguration(params.id)),
  }),
  defineRoute({
    method: 'PATCH',
    path: `${base}/authenticator-configurations/{id}`,
    scope,
    summary: 'Switch a verification method on or off, or change its settings; `null` is the default',
    body: bodyOf(z.object({ isActive: z.boolean().nullable().optional(), ...settings })),
    response: AuthenticatorConfiguration,
    handler: async ({ params, body, principal }, { management }) =>
      ok(await management.updateAuthenticatorConfiguration(actorOf(principal), params.id, body)),
  }),
  defineRoute({
    method: 'GET',
    path: `${base}/signals`,
    scope,
    summary: 'List everything that a condition may name',
    response: z.array(SignalAnswer),
    handler: async (_, { management }) => ok(await management.listSignals()),
  }),
];
