import { z } from 'zod';
import { bodyOf } from '../parse.ts';
import { defineRoute, ok, type Route } from '../route.ts';
import { method } from '../shapes.ts';
import { actorOf } from './actor.ts';

const scope = 'management';
const base = '/v1/management' as const;

const AuthenticatorConfiguration = z.looseObject({ id: z.string(), verificationMethod: method, isActive: z.boolean() });

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
    summary: 'List verification methods and whether they are active',
    response: z.array(AuthenticatorConfiguration),
    handler: async (_, { management }) => ok(await management.listAuthenticatorConfigurations()),
  }),
  defineRoute({
    method: 'PATCH',
    path: `${base}/authenticator-configurations/{id}`,
    scope,
    summary: 'Switch a verification method on or off, or change its settings',
    body: bodyOf(z.object({ isActive: z.boolean().nullable().optional(), crossBrowser: z.boolean().nullable().optional() })),
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
