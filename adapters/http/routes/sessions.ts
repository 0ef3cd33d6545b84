import { z } from 'zod';
import { bodyOf } from '../parse.ts';
import { defineRoute, noContent, ok, type Route } from '../route.ts';
import { action, optional, userId, word } from '../shapes.ts';

const base = '/v1/sessions' as const;
const token = word(16_384);
const clientId = word(255);

const Tokens = z.looseObject({ accessToken: z.string(), refreshToken: z.string() });

const SessionUser = z.looseObject({
  user: z.looseObject({ userId: z.string(), emailVerified: z.boolean(), phoneNumberVerified: z.boolean() }),
  expiresAt: z.number().meta({ description: 'Unix seconds: when the access token expires' }),
  verificationMethod: z.string().optional().meta({ description: 'absent where an ALLOW opened the session' }),
});

export const sessionRoutes: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: base,
    scope: 'server',
    sdk: 'createSession',
    summary: 'Open a session: the one use of a finished challenge, or of an ALLOW',
    limitedKeys: 'body',
    body: bodyOf(z.object({ clientId, token, action: optional(action) })),
    response: Tokens,
    handler: async ({ body }, { stepward }) => ok(await stepward.createSession(body)),
  }),
  defineRoute({
    method: 'POST',
    path: `${base}/refresh`,
    scope: 'server',
    sdk: 'refreshSession',
    summary: 'Rotate the refresh token; one used again later ends the session',
    limitedKeys: 'allowed',
    body: bodyOf(z.object({ refreshToken: token })),
    response: Tokens,
    handler: async ({ body }, { stepward }) => ok(await stepward.refreshSession(body)),
  }),
  defineRoute({
    method: 'POST',
    path: `${base}/validate`,
    scope: 'server',
    sdk: 'validateSession',
    summary: 'Who a session is of',
    limitedKeys: 'allowed',
    body: bodyOf(z.object({ accessToken: token, clientIds: optional(z.array(clientId).max(100)) })),
    response: SessionUser,
    handler: async ({ body }, { stepward }) => ok(await stepward.validateSession(body)),
  }),
  defineRoute({
    method: 'POST',
    path: `${base}/revoke`,
    scope: 'server',
    sdk: 'revokeSession',
    summary: 'End a session',
    limitedKeys: 'allowed',
    body: bodyOf(z.object({ accessToken: token })),
    handler: async ({ body }, { stepward }) => {
      await stepward.revokeSession(body);
      return noContent;
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${base}/user/revoke`,
    scope: 'server',
    sdk: 'revokeUserSessions',
    summary: 'End every session of a user',
    body: bodyOf(z.object({ userId })),
    handler: async ({ body }, { stepward }) => {
      await stepward.revokeUserSessions(body);
      return noContent;
    },
  }),
];
