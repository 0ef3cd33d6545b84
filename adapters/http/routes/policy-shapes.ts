import { z } from 'zod';
import { enrollmentPolicies } from '../../../core/index.ts';
import { action, assurance, failurePolicy, isoTime, method, outcome, outcomeOrRecommended, string, word } from '../shapes.ts';

const seconds = (min: number, max: number) => z.number().int().min(min).max(max);
const day = 86_400;
const methods = z.array(method).max(20);

export const Warning = z.looseObject({ code: z.string(), ruleId: z.string().optional(), message: z.string() });

/** What a caller may say of an action configuration. */
export const configurationFields = {
  defaultUserActionResult: outcomeOrRecommended.nullable().optional(),
  verificationMethods: methods.nullable().optional(),
  defaultVerificationMethod: method.nullable().optional(),
  promptToEnrollVerificationMethods: methods.nullable().optional(),
  messagingTemplates: z.unknown().optional(),
  verificationWebhookUrl: string(2048).nullable().optional(),
  enrollment: z.enum(enrollmentPolicies).nullable().optional(),
  failurePolicy: failurePolicy.nullable().optional(),
  challengeValidFor: seconds(0, 365 * day)
    .nullable()
    .optional(),
  rememberDevice: z
    .object({ enabled: z.boolean(), days: z.number().int().min(1).max(365).default(30) })
    .nullable()
    .optional(),
  maxChallenges: z.number().int().min(1).max(20).nullable().optional(),
  challengeExpiresIn: seconds(30, day).nullable().optional(),
  minimumAssurance: assurance.nullable().optional(),
  consumeWithin: seconds(1, day).nullable().optional(),
  reviewValidFor: seconds(1, 365 * day)
    .nullable()
    .optional(),
  proofReuseSeconds: seconds(0, 300).nullable().optional(),
  recordSignals: z.array(word(255)).max(200).nullable().optional(),
  acceptsProofOf: z.array(action).max(100).nullable().optional(),
  acceptClaimedDevice: z.boolean().nullable().optional(),
  clientStart: z.boolean().nullable().optional(),
  learn: z.enum(['proceed', 'proof']).nullable().optional(),
};

export const ConfigurationAnswer = z.looseObject({
  actionCode: z.string(),
  defaultUserActionResult: outcomeOrRecommended,
  tenantId: z.string(),
  createdAt: isoTime,
  lastActionCreatedAt: isoTime.optional(),
  policyVersion: z.number(),
  warnings: z.array(Warning),
});

/** What a caller may say of a rule. */
export const ruleFields = {
  name: word(255),
  description: string(2000).nullable().optional(),
  type: outcome,
  priority: z.number().int().min(0).max(999).nullable().optional(),
  isActive: z.boolean().nullable().optional(),
  status: z.enum(['active', 'inactive']).nullable().optional(),
  mode: z.enum(['production', 'preview']).nullable().optional(),
  onUnknown: z.enum(['skip', 'match']).nullable().optional(),
  conditions: z.unknown().optional(),
  verificationMethods: methods.nullable().optional(),
  defaultVerificationMethod: method.nullable().optional(),
  promptToEnrollVerificationMethods: methods.nullable().optional(),
};

export const RuleAnswer = z.looseObject({
  ruleId: z.string(),
  actionCode: z.string(),
  tenantId: z.string(),
  name: z.string(),
  description: z.string().optional(),
  type: outcome,
  priority: z.number(),
  isActive: z.boolean(),
  status: z.enum(['active', 'inactive']),
  mode: z.enum(['production', 'preview']),
  onUnknown: z.enum(['skip', 'match']),
  conditions: z.unknown(),
  createdAt: isoTime,
  matches7d: z.number(),
  lastMatchedAt: isoTime.optional(),
  warnings: z.array(Warning),
});
