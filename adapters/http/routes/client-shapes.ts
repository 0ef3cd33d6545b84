import { z } from 'zod';
import { bodyOf } from '../parse.ts';
import { isoTime, method, optional, string, word } from '../shapes.ts';

/** What the routes of the client API take and answer. */

export const base = '/v1/client' as const;
export const authenticators = `${base}/user-authenticators` as const;

/** The SDK sends a content type and no body on several calls. */
export const nothing = bodyOf(z.object({}));
export const typedCode = bodyOf(z.object({ verificationCode: string(64) }));
/** A credential as the browser gives it; what is in it, its method reads. */
export const credential = z.record(z.string().max(64), z.unknown());
export const challengeId = optional(word(255));

export const Authenticator = z.looseObject({
  userAuthenticatorId: z.string(),
  verificationMethod: method,
  createdAt: isoTime,
  verifiedAt: isoTime.optional(),
  lastVerifiedAt: isoTime.optional(),
  isDefault: z.boolean().optional(),
  email: z.string().optional(),
  phoneNumber: z.string().optional(),
  webauthnCredential: z.looseObject({ credentialId: z.string(), name: z.string() }).optional(),
});
export const Options = z.looseObject({ challenge: z.string() });
export const Begun = z.object({ challengeId: z.string(), options: Options });
export const Started = z.object({ challengeId: z.string() });
export const Enrolling = z.looseObject({ userAuthenticatorId: z.string(), userId: z.string() });
export const Verified = z.looseObject({
  isVerified: z.boolean(),
  accessToken: z.string().optional().meta({ description: 'with every success, with no failure' }),
  failureReason: z.enum(['CODE_INVALID_OR_EXPIRED', 'MAX_ATTEMPTS_EXCEEDED']).optional(),
  userAuthenticator: Authenticator.optional(),
  recoveryCodes: z.array(z.string()).optional().meta({ description: "shown once, with a user's first authenticator" }),
});
export const Added = z.looseObject({
  isVerified: z.literal(true),
  accessToken: z.string(),
  userAuthenticatorId: z.string(),
  userId: z.string(),
  userAuthenticator: Authenticator.optional(),
});
export const Proven = z.looseObject({
  isVerified: z.literal(true),
  accessToken: z.string(),
  userId: z.string(),
  userAuthenticatorId: z.string(),
  username: z.string().optional(),
  userDisplayName: z.string().optional(),
});
