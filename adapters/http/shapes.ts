import { z } from 'zod';
import { assurances, failurePolicies, outcomes, states, verificationMethods } from '../../core/index.ts';
import { idKinds, isUserId } from './identifiers.ts';

/** Request parts that several routes share. `null` in a request counts as absent unless the route says that it clears. */

const given = <S extends z.ZodType>(schema: S) => schema.nullish().transform((value) => value ?? undefined);
/** An optional attribute; `null` counts as absent. */
export const optional = given;

export const string = (max: number) => z.string().max(max, `at most ${max} characters`);
export const word = (max: number) => z.string().min(1, 'a text that is not empty').max(max, `at most ${max} characters`);

const id = (name: keyof typeof idKinds) => z.string().refine((text) => idKinds[name].holds(text), idKinds[name].must);
export const userId = z.string().refine(isUserId, idKinds.userId.must).meta({ minLength: 1, maxLength: 255 });
export const action = id('action').meta({ pattern: '^[A-Za-z0-9_-]{1,64}$' });
export const idempotencyKey = id('idempotencyKey').meta({ pattern: '^[A-Za-z0-9._~:@-]{1,128}$' });

export const state = z.enum(states);
export const outcome = z.enum(outcomes);
export const outcomeOrRecommended = z.enum([...outcomes, 'RECOMMENDED']);
export const method = z.enum(verificationMethods);
export const assurance = z.enum(assurances);
export const failurePolicy = z.enum(failurePolicies);

/** A count in a query. */
export const limit = (standard: number, most: number) =>
  z.coerce
    .number(`a whole number of 1 to ${most}`)
    .int(`a whole number of 1 to ${most}`)
    .min(1, `a whole number of 1 to ${most}`)
    .max(most, `a whole number of 1 to ${most}`)
    .default(standard);

/** A time in a query, ISO 8601; read as milliseconds. */
export const time = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(text)), 'a time in ISO 8601')
  .transform((text) => Date.parse(text))
  .meta({ format: 'date-time' });

export const isoTime = z.string().meta({ format: 'date-time' });

export const customValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);
export const custom = z.record(z.string(), customValue.nullable()).refine((value) => Object.keys(value).length <= 100, 'at most 100 keys');

/** Answers: what the wire contract lists; more may come. */
export const UserAnswer = z.looseObject({
  isEnrolled: z.boolean(),
  email: z.string().optional(),
  emailVerified: z.boolean(),
  phoneNumber: z.string().optional(),
  phoneNumberVerified: z.boolean(),
  username: z.string().optional(),
  displayName: z.string().optional(),
  custom: z.record(z.string(), customValue).optional(),
  enrolledVerificationMethods: z.array(method).optional(),
  allowedVerificationMethods: z.array(method).optional(),
});

export const AuthenticatorAnswer = z.looseObject({
  userId: z.string(),
  userAuthenticatorId: z.string(),
  verificationMethod: method,
  createdAt: isoTime,
  verifiedAt: isoTime.optional(),
  lastVerifiedAt: isoTime.optional(),
  isDefault: z.boolean().optional(),
  email: z.string().optional(),
  phoneNumber: z.string().optional(),
  username: z.string().optional(),
  displayName: z.string().optional(),
  webauthnCredential: z.looseObject({ credentialId: z.string(), deviceId: z.string(), name: z.string() }).optional(),
});

export const DeviceAnswer = z.looseObject({
  userId: z.string(),
  deviceId: z.string(),
  createdAt: isoTime,
  authenticatedAt: isoTime.optional(),
  invalidatedAt: isoTime.optional(),
  rememberedUntil: isoTime.optional(),
  lastVerificationMethod: method.optional(),
});

export const ActionItem = z.looseObject({
  actionCode: z.string(),
  idempotencyKey: z.string(),
  createdAt: isoTime,
  updatedAt: isoTime.optional(),
  state,
  stateUpdatedAt: isoTime.optional(),
  verificationMethod: z.string().optional(),
  verifiedByAuthenticatorId: z.string().optional(),
  acr: z.string().optional(),
  authTime: isoTime.optional().meta({ description: 'when the proof was given' }),
  consumedAt: isoTime.optional(),
  decidedOnPage: z
    .literal(true)
    .optional()
    .meta({ description: 'the page decided, under `context.deferSignals`: an ALLOW counts once consumed, for its browser' }),
});

export const StateAnswer = z.looseObject({ state, stateUpdatedAt: isoTime });
export const Explanation = z.looseObject({
  decision: z.looseObject({ outcome, decidedBy: z.string(), policyVersion: z.number(), decidedAt: isoTime }),
  rules: z.array(z.looseObject({ ruleId: z.string(), name: z.string(), result: z.string() })),
  signals: z.record(z.string(), z.unknown()),
});
export const ErrorAnswer = z.object({
  error: z.string(),
  errorCode: z.string(),
  errorDescription: z.string(),
  requestId: z.string(),
  details: z.array(z.unknown()).optional(),
  state: z.string().optional(),
});
