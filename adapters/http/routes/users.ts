import { z } from 'zod';
import { availableMethods, StepwardError } from '../../../core/index.ts';
import { bodyOf } from '../parse.ts';
import { type Body, defineRoute, noContent, ok, type Route } from '../route.ts';
import { AuthenticatorAnswer, custom, DeviceAnswer, limit, method, optional, string, UserAnswer, userId, word } from '../shapes.ts';

const user = '/v1/users/{userId}' as const;

/** `null` clears, so it must reach the core. */
const attributes = z.object({
  email: string(320).nullable().optional(),
  emailVerified: z.boolean().nullable().optional(),
  phoneNumber: string(64).nullable().optional(),
  phoneNumberVerified: z.boolean().nullable().optional(),
  username: string(255).nullable().optional(),
  displayName: string(255).nullable().optional(),
  locale: string(64).nullable().optional(),
  custom: custom.optional(),
});

const attributesBody: Body<z.output<typeof attributes>> = {
  schema: attributes,
  parse: (value) => {
    const parsed = bodyOf(attributes).parse(value);
    if (Object.values(parsed).every((attribute) => attribute === undefined))
      throw new StepwardError('invalid_request', 'the body has no attribute; SDK callers pass `{userId, attributes}`');
    return parsed;
  },
};

const UserAttributes = z.looseObject({
  email: z.string().optional(),
  emailVerified: z.boolean().optional(),
  phoneNumber: z.string().optional(),
  phoneNumberVerified: z.boolean().optional(),
  username: z.string().optional(),
  displayName: z.string().optional(),
  locale: z.string().optional(),
  custom: z.record(z.string(), z.unknown()).optional(),
});

const usersQuery = z.object({
  username: string(255).optional(),
  email: string(320).optional(),
  phoneNumber: string(64).optional(),
  limit: limit(20, 100),
  lastEvaluatedUserId: userId.optional(),
  token: z.undefined('`token` is not offered').optional(),
});

const contactMethods = z.enum(['SMS', 'WHATSAPP', 'EMAIL_OTP', 'EMAIL_MAGIC_LINK']);

const passkeys = z.object({ authenticators: z.array(z.unknown()).max(500, 'at most 500 passkeys') });

const update = (verb: 'PATCH' | 'POST'): Route =>
  defineRoute({
    method: verb,
    path: user,
    scope: 'server',
    sdk: 'updateUser',
    summary: 'Change attributes of a user; `null` clears',
    body: attributesBody,
    response: UserAttributes,
    handler: async ({ params, body }, { stepward }) => ok(await stepward.updateUser(params.userId, body)),
  });

export const userRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/v1/users',
    scope: 'server',
    sdk: 'queryUsers',
    summary: 'Find users',
    query: usersQuery,
    response: z.looseObject({ users: z.array(z.looseObject({ userId: z.string() })), lastEvaluatedUserId: z.string().optional() }),
    handler: async ({ query: { token: _, ...query } }, { stepward }) => ok(await stepward.queryUsers(query)),
  }),
  defineRoute({
    method: 'GET',
    path: user,
    scope: 'server',
    sdk: 'getUser',
    summary: 'Read a user; an unknown one is not enrolled',
    response: UserAnswer,
    handler: async ({ params }, { stepward }) => ok(await stepward.getUser(params.userId)),
  }),
  update('PATCH'),
  update('POST'),
  defineRoute({
    method: 'DELETE',
    path: user,
    scope: 'server',
    sdk: 'deleteUser',
    summary: 'Erase a user',
    handler: async ({ params }, { stepward }) => {
      await stepward.deleteUser(params.userId);
      return noContent;
    },
  }),
  defineRoute({
    method: 'GET',
    path: `${user}/authenticators`,
    scope: 'server',
    sdk: 'getAuthenticators',
    summary: 'List the verified authenticators of a user',
    response: z.array(AuthenticatorAnswer),
    handler: async ({ params }, { stepward }) => ok(await stepward.getAuthenticators(params.userId)),
  }),
  defineRoute({
    method: 'POST',
    path: `${user}/authenticators`,
    scope: 'server',
    sdk: 'enrollVerifiedAuthenticator',
    summary: 'Enroll an address that was verified elsewhere',
    body: bodyOf(
      z.object({
        verificationMethod: contactMethods,
        email: optional(word(320)),
        phoneNumber: optional(word(64)),
        isDefault: optional(z.boolean()),
      }),
    ),
    response: z.looseObject({ authenticator: AuthenticatorAnswer, recoveryCodes: z.array(z.string()).optional() }),
    handler: async ({ params, body }, { stepward }) => ok(await stepward.enrollVerified(params.userId, body)),
  }),
  defineRoute({
    method: 'DELETE',
    path: `${user}/authenticators/{userAuthenticatorId}`,
    scope: 'server',
    sdk: 'deleteAuthenticator',
    summary: 'Remove an authenticator',
    handler: async ({ params }, { stepward }) => {
      await stepward.deleteAuthenticator(params.userId, params.userAuthenticatorId);
      return noContent;
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/users/authenticators',
    scope: 'server',
    summary: 'Import passkeys that were made elsewhere',
    body: bodyOf(passkeys),
    response: z.object({ total: z.number(), succeeded: z.number(), failed: z.number(), failures: z.array(z.unknown()) }),
    handler: async ({ body }, { stepward }) => ok(await stepward.importPasskeys(body.authenticators)),
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/authenticators',
    scope: 'server',
    summary: 'List the verification methods of the tenant',
    limitedKeys: 'allowed',
    response: z.array(z.looseObject({ verificationMethod: method, isActive: z.boolean() })),
    handler: async (_, { policies }) => {
      const { authenticatorConfigurations } = await policies.current();
      return ok(
        availableMethods.map((verificationMethod) => ({
          verificationMethod,
          isActive: authenticatorConfigurations.get(verificationMethod)?.isActive ?? true,
        })),
      );
    },
  }),
  defineRoute({
    method: 'GET',
    path: `${user}/devices`,
    scope: 'server',
    summary: 'List the devices of a user',
    response: z.array(DeviceAnswer),
    handler: async ({ params }, { stepward }) => ok(await stepward.getDevices(params.userId)),
  }),
  defineRoute({
    method: 'PATCH',
    path: `${user}/devices/{deviceId}`,
    scope: 'server',
    summary: 'Remember a device until a time, or forget it',
    body: bodyOf(z.object({ rememberedUntil: z.string().max(64).nullable() })),
    response: DeviceAnswer,
    handler: async ({ params, body }, { stepward }) => ok(await stepward.updateDevice(params.userId, params.deviceId, body)),
  }),
  defineRoute({
    method: 'POST',
    path: `${user}/devices/{deviceId}/invalidate`,
    scope: 'server',
    summary: 'Invalidate a device',
    response: DeviceAnswer,
    handler: async ({ params }, { stepward }) => ok(await stepward.invalidateDevice(params.userId, params.deviceId)),
  }),
];
