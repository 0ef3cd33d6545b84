import { z } from 'zod';
import { bodyOf } from '../parse.ts';
import { defineRoute, ok, type Route } from '../route.ts';
import { action, custom, idempotencyKey, method, optional, string, userId, word } from '../shapes.ts';

const challengeBody = z.object({
  verificationMethod: optional(z.enum(['SMS', 'EMAIL_OTP', 'WHATSAPP'])),
  action: optional(action),
  challengeId: optional(word(255)),
  idempotencyKey: optional(idempotencyKey),
  userId: optional(userId),
  email: optional(word(320)),
  phoneNumber: optional(word(64)),
  smsChannel: optional(z.enum(['DEFAULT', 'WHATSAPP', 'SMS'])),
  locale: optional(string(64)),
  deviceId: optional(string(1024)),
  ipAddress: optional(string(255)),
  userAgent: optional(string(16_384)),
  custom: optional(custom),
  scope: optional(string(1024)),
});

const ChallengeAnswer = z.looseObject({
  challengeId: z.string(),
  idempotencyKey: z.string(),
  expiresAt: z.number().meta({ description: 'Unix seconds' }),
});

const VerifyAnswer = z.looseObject({
  isVerified: z.boolean(),
  email: z.string().optional(),
  phoneNumber: z.string().optional(),
  verificationMethod: method.optional(),
  failureReason: z.enum(['CODE_INVALID_OR_EXPIRED', 'MAX_ATTEMPTS_EXCEEDED']).optional(),
});

const OpenChallenge = z.looseObject({
  challengeId: z.string().optional(),
  expiresAt: z.number().optional(),
  verificationMethod: method.optional(),
  smsChannel: z.string().optional(),
  phoneNumber: z.string().optional(),
  email: z.string().optional(),
  action: z.string().optional(),
});

export const challengeRoutes: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: '/v1/challenge',
    scope: 'server',
    sdk: 'challenge',
    summary: 'Send a code to an address, or send it again',
    limitedKeys: 'body',
    body: bodyOf(challengeBody),
    response: ChallengeAnswer,
    handler: async ({ body }, { stepward }) => ok(await stepward.challenge(body)),
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/verify',
    scope: 'server',
    sdk: 'verify',
    summary: 'Check a code; a wrong one is an answer, no error',
    limitedKeys: 'allowed',
    body: bodyOf(z.object({ challengeId: word(255), verificationCode: string(64) })),
    response: VerifyAnswer,
    handler: async ({ body }, { stepward }) => ok(await stepward.verify(body)),
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/challenges',
    scope: 'server',
    sdk: 'getChallenge',
    summary: 'Read an open challenge; `{}` where there is none',
    limitedKeys: 'query',
    query: z.object({
      challengeId: word(255).optional(),
      userId: userId.optional(),
      action: action.optional(),
      verificationMethod: method.optional(),
    }),
    response: OpenChallenge,
    handler: async ({ query }, { stepward }) => ok(await stepward.getChallenge(query)),
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/claim',
    scope: 'server',
    sdk: 'claimChallenge',
    summary: 'Give a verified challenge to its user',
    limitedKeys: 'allowed',
    body: bodyOf(z.object({ challengeId: word(255), userId, skipVerificationCheck: optional(z.boolean()) })),
    response: z.looseObject({ token: z.string(), verificationMethod: method }),
    handler: async ({ body }, { stepward }) => ok(await stepward.claim(body)),
  }),
];
