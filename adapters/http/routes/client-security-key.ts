import type { z } from 'zod';
import { callerOf } from '../client-access.ts';
import { bodyOf } from '../parse.ts';
import { defineRoute, ok, type Route } from '../route.ts';
import { Added, authenticators, base, credential, nothing, Options, Proven } from './client-shapes.ts';

const scope = 'client';
const method = 'SECURITY_KEY';
const at = `${authenticators}/security-key` as const;

/** Security keys: the SDK sends and reads bare options and credentials. */
export const clientSecurityKeyRoutes: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: `${at}/registration-options`,
    scope,
    sdk: 'securityKey.enroll',
    summary: 'Begin to register a security key',
    body: nothing,
    response: Options,
    handler: async ({ client }, { stepward }) =>
      ok((await stepward.client.registrationOptions(callerOf(client), method, {})).options as z.output<typeof Options>),
  }),
  defineRoute({
    method: 'POST',
    path: at,
    scope,
    sdk: 'securityKey.enroll',
    summary: 'Register a security key',
    body: bodyOf(credential),
    response: Added,
    handler: async ({ client, body }, { stepward }) =>
      ok(await stepward.client.addCredential(callerOf(client), method, { credential: body })),
  }),
  defineRoute({
    method: 'POST',
    path: `${at}/authentication-options`,
    scope,
    sdk: 'securityKey.verify',
    summary: 'Ask for a security key',
    body: nothing,
    response: Options,
    handler: async ({ client }, { stepward }) =>
      ok((await stepward.client.authenticationOptions(callerOf(client), method, {})).options as z.output<typeof Options>),
  }),
  defineRoute({
    method: 'POST',
    path: `${base}/verify/security-key`,
    scope,
    sdk: 'securityKey.verify',
    summary: 'Prove a security key',
    body: bodyOf(credential),
    response: Proven,
    handler: async ({ client, body }, { stepward }) =>
      ok(await stepward.client.verifyCredential(callerOf(client), method, { credential: body })),
  }),
];
