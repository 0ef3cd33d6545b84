import { z } from 'zod';
import { StepwardError } from '../../../core/index.ts';
import { callerOf } from '../client-access.ts';
import { bodyOf } from '../parse.ts';
import { defineRoute, noContent, ok, type Route } from '../route.ts';
import { method, word } from '../shapes.ts';
import { clientPasskeyRoutes } from './client-passkey.ts';
import { clientSecurityKeyRoutes } from './client-security-key.ts';
import { Authenticator, authenticators, base, Enrolling, nothing, Started, typedCode, Verified } from './client-shapes.ts';

const codes = [
  ['totp', 'AUTHENTICATOR_APP', 'totp.verify', "Check an authenticator app's code; a wrong one is an answer, no error"],
  ['email-otp', 'EMAIL_OTP', 'email.verify', 'Check a code that was sent; a wrong one is an answer, no error'],
  ['recovery-code', 'RECOVERY_CODE', undefined, 'Check a recovery code; a wrong one is an answer, no error'],
] as const;

const mails = [
  ['email-otp', 'EMAIL_OTP', 'email'],
  ['email-magic-link', 'EMAIL_MAGIC_LINK', 'emailML'],
] as const;

/** What an application's own page calls, in the user's browser. */
export const clientRoutes: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: `${base}/init`,
    scope: 'client',
    sdk: 'AuthsignalProvider',
    summary: 'What a custom page needs to ask its question',
    body: nothing,
    response: z.object({
      challengeOptions: z.looseObject({
        token: z.string(),
        defaultVerificationMethod: method.optional(),
        verificationMethods: z.array(method),
        user: z.object({ email: z.string().optional(), phoneNumber: z.string().optional() }),
      }),
    }),
    handler: async ({ client }, { stepward }) => {
      if (client?.kind !== 'token') throw new StepwardError('internal_error', 'no token was read for this route');
      return ok(await stepward.client.init(client.caller, client.token));
    },
  }),
  defineRoute({
    method: 'GET',
    path: authenticators,
    scope: 'client',
    summary: 'List the authenticators of the user; masked without a proof',
    response: z.array(Authenticator),
    handler: async ({ client }, { stepward }) => ok(await stepward.client.listAuthenticators(callerOf(client))),
  }),
  defineRoute({
    method: 'DELETE',
    path: `${authenticators}/{userAuthenticatorId}`,
    scope: 'client',
    summary: 'Remove an authenticator; takes a fresh proof and the scope `remove:authenticators`',
    handler: async ({ client, params }, { stepward }) => {
      await stepward.client.removeAuthenticator(callerOf(client), params.userAuthenticatorId);
      return noContent;
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${authenticators}/totp`,
    scope: 'client',
    sdk: 'totp.enroll',
    summary: 'Begin to enroll an authenticator app',
    body: nothing,
    response: Enrolling.extend({ uri: z.string(), secret: z.string() }),
    handler: async ({ client }, { stepward }) => ok(await stepward.client.enrollApp(callerOf(client))),
  }),
  ...mails.flatMap(([name, verificationMethod, sdk]) => [
    defineRoute({
      method: 'POST',
      path: `${authenticators}/${name}`,
      scope: 'client',
      sdk: `${sdk}.enroll`,
      summary: 'Send to an address what enrolls it',
      body: bodyOf(z.object({ email: word(320) })),
      response: Enrolling,
      handler: async ({ client, body }, { stepward }) =>
        ok(await stepward.client.enrollEmail(callerOf(client), verificationMethod, body.email)),
    }),
    defineRoute({
      method: 'POST',
      path: `${base}/challenge/${name}`,
      scope: 'client',
      sdk: `${sdk}.challenge`,
      summary: 'Send to an address what proves it, or send it again',
      body: nothing,
      response: Started,
      handler: async ({ client }, { stepward }) => ok(await stepward.client.sendEmail(callerOf(client), verificationMethod)),
    }),
  ]),
  defineRoute({
    method: 'POST',
    path: `${base}/verify/email-magic-link/finalize`,
    scope: 'client',
    sdk: 'emailML.checkVerificationStatus',
    summary: 'Whether the link was pressed; asked every second',
    polled: true,
    body: nothing,
    response: Verified,
    handler: async ({ client }, { stepward }) => ok(await stepward.client.finalizeLink(callerOf(client))),
  }),
  ...codes.map(([name, verificationMethod, sdk, summary]) =>
    defineRoute({
      method: 'POST',
      path: `${base}/verify/${name}`,
      scope: 'client',
      sdk,
      summary,
      body: typedCode,
      response: Verified,
      handler: async ({ client, body }, { stepward }) =>
        ok(await stepward.client.verifyCode(callerOf(client), verificationMethod, body.verificationCode)),
    }),
  ),
  ...clientPasskeyRoutes,
  ...clientSecurityKeyRoutes,
];
