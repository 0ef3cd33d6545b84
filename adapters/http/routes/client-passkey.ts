import { z } from 'zod';
import { ceremonyBrowser, tieBrowser } from '../ceremony-cookie.ts';
import { callerOf } from '../client-access.ts';
import { bodyOf } from '../parse.ts';
import { defineRoute, ok, type Route } from '../route.ts';
import { optional, string } from '../shapes.ts';
import { Added, authenticators, Begun, base, challengeId, credential, Proven } from './client-shapes.ts';

const method = 'PASSKEY';
const at = `${authenticators}/passkey` as const;

const wishes = z.object({
  username: optional(string(64)),
  displayName: optional(string(64)),
  authenticatorAttachment: optional(z.enum(['platform', 'cross-platform'])),
});

/** Each twice: as it is, and with a cookie that ties the ceremony to the browser. */
const registrationOptions = (web: '' | '/web'): Route =>
  defineRoute({
    method: 'POST',
    path: `${at}/registration-options${web}`,
    scope: 'client',
    sdk: 'passkey.signUp',
    summary: web ? 'The same, tied to this browser by a cookie' : 'Begin to create a passkey',
    body: bodyOf(wishes),
    response: Begun,
    handler: async ({ client, body, request }, { stepward }) => {
      const tied = web ? tieBrowser(request) : undefined;
      return ok(
        await stepward.client.registrationOptions(callerOf(client), method, { ...body, browser: tied?.browser }),
        ...(tied?.setCookie ?? []),
      );
    },
  });

const authenticationOptions = (web: '' | '/web'): Route =>
  defineRoute({
    method: 'POST',
    path: `${at}/authentication-options${web}`,
    scope: 'client',
    sdk: 'passkey.signIn',
    summary: web ? 'The same, tied to this browser by a cookie' : 'Ask for a passkey',
    body: bodyOf(z.object({ challengeId })),
    response: Begun,
    handler: async ({ client, request }, { stepward }) => {
      const tied = web ? tieBrowser(request) : undefined;
      return ok(
        await stepward.client.authenticationOptions(callerOf(client), method, { browser: tied?.browser }),
        ...(tied?.setCookie ?? []),
      );
    },
  });

export const clientPasskeyRoutes: readonly Route[] = [
  registrationOptions(''),
  registrationOptions('/web'),
  defineRoute({
    method: 'POST',
    path: at,
    scope: 'client',
    sdk: 'passkey.signUp',
    summary: 'Enroll a passkey',
    body: bodyOf(z.object({ registrationCredential: credential, conditionalCreate: optional(z.boolean()), challengeId })),
    response: Added,
    handler: async ({ client, body, request }, { stepward }) =>
      ok(
        await stepward.client.addCredential(callerOf(client), method, {
          credential: body.registrationCredential,
          challengeId: body.challengeId,
          browser: ceremonyBrowser(request),
        }),
      ),
  }),
  authenticationOptions(''),
  authenticationOptions('/web'),
  defineRoute({
    method: 'POST',
    path: `${base}/verify/passkey`,
    scope: 'client',
    sdk: 'passkey.signIn',
    summary: 'Prove a passkey',
    body: bodyOf(z.object({ authenticationCredential: credential, deviceId: optional(string(1024)), challengeId })),
    response: Proven,
    handler: async ({ client, body, request }, { stepward }) =>
      ok(
        await stepward.client.verifyCredential(callerOf(client), method, {
          credential: body.authenticationCredential,
          challengeId: body.challengeId,
          browser: ceremonyBrowser(request),
        }),
      ),
  }),
];
