import { z } from 'zod';
import { ceremonyBrowser, tieBrowser } from '../ceremony-cookie.ts';
import { callerOf } from '../client-access.ts';
import { bodyOf } from '../parse.ts';
import { defineRoute, ok, type Route } from '../route.ts';
import { action, idempotencyKey, isoTime, optional, string } from '../shapes.ts';
import { Added, authenticators, Begun, base, challengeId, credential, Proven, Started } from './client-shapes.ts';

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
    scope: 'client-or-anonymous',
    sdk: 'passkey.signIn',
    summary: web ? 'The same, tied to this browser by a cookie' : 'Ask for a passkey; without a token, for any that the browser holds',
    body: bodyOf(z.object({ challengeId })),
    response: Begun,
    handler: async ({ client, body: { challengeId }, request }, { stepward }) => {
      const tied = web ? tieBrowser(request) : undefined;
      const browser = tied?.browser;
      const options =
        client?.kind === 'token'
          ? await stepward.client.authenticationOptions(client.caller, method, { browser })
          : await stepward.client.anonymousOptions({ challengeId, browser, answeredFrom: ceremonyBrowser(request) });
      return ok(options, ...(tied?.setCookie ?? []));
    },
  });

const start = (web: '' | '/web'): Route =>
  defineRoute({
    method: 'POST',
    path: `${base}/challenge${web}`,
    scope: 'client-anonymous',
    sdk: 'passkey.signIn',
    summary: web ? 'The same, tied to this browser by a cookie' : 'Start an action that a browser may name',
    body: bodyOf(z.object({ action, idempotencyKey: optional(idempotencyKey) })),
    response: Started,
    handler: async ({ body, request }, { stepward }) => {
      const tied = web ? tieBrowser(request) : undefined;
      return ok(await stepward.client.startChallenge({ ...body, browser: tied?.browser }), ...(tied?.setCookie ?? []));
    },
  });

/** Credential ids of one browser; what is beyond is no answer for anybody. */
const mostIds = 20;

export const clientPasskeyRoutes: readonly Route[] = [
  start(''),
  start('/web'),
  defineRoute({
    method: 'GET',
    path: at,
    scope: 'client-anonymous',
    sdk: 'passkey.isAvailableOnDevice',
    summary: 'The first of these passkeys that is enrolled',
    query: z.object({ credentialIds: string(8192).optional(), credentialId: string(2048).optional() }),
    response: z.object({ credentialId: z.string(), verifiedAt: isoTime }),
    handler: async ({ query }, { stepward }) =>
      ok(await stepward.client.findPasskey((query.credentialIds ?? query.credentialId ?? '').split(',').filter(Boolean).slice(0, mostIds))),
  }),
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
    scope: 'client-or-anonymous',
    sdk: 'passkey.signIn',
    summary: 'Prove a passkey; without a token, its user is who signs in',
    body: bodyOf(z.object({ authenticationCredential: credential, deviceId: optional(string(1024)), challengeId })),
    response: Proven,
    handler: async ({ client, body, request }, { stepward }) => {
      const { authenticationCredential, challengeId, deviceId } = body;
      const answer = { credential: authenticationCredential, challengeId, browser: ceremonyBrowser(request) };
      return ok(
        client?.kind === 'token'
          ? await stepward.client.verifyCredential(client.caller, method, answer)
          : await stepward.client.verifyAnonymous({ ...answer, deviceId }, client?.from ?? {}),
      );
    },
  }),
];
