import type { VerificationMethod } from './policy/methods.ts';

export const outcomes = ['TRUST', 'ALLOW', 'CHALLENGE', 'REVIEW', 'BLOCK'] as const;
/** What a decision says. */
export type Outcome = (typeof outcomes)[number];

export const states = [
  'ALLOW',
  'BLOCK',
  'CHALLENGE_REQUIRED',
  'CHALLENGE_SUCCEEDED',
  'CHALLENGE_FAILED',
  'REVIEW_REQUIRED',
  'REVIEW_SUCCEEDED',
  'REVIEW_FAILED',
] as const;
/** Where an action instance stands. */
export type State = (typeof states)[number];

export const enrollmentPolicies = ['verified-contact', 'allow', 'deny'] as const;
export type EnrollmentPolicy = (typeof enrollmentPolicies)[number];
export const failurePolicies = ['deny', 'allow', 'fallback'] as const;
export type FailurePolicy = (typeof failurePolicies)[number];
export const assurances = ['aal1', 'aal2', 'aal3', 'phr'] as const;
export type Assurance = (typeof assurances)[number];

/** Settings of one action. Times are in the unit that the name says, else seconds. */
export type ActionConfiguration = {
  readonly actionCode: string;
  readonly defaultUserActionResult: Outcome | 'RECOMMENDED';
  /** Absent: every method active in the tenant. */
  readonly verificationMethods?: readonly VerificationMethod[];
  readonly defaultVerificationMethod?: VerificationMethod;
  readonly promptToEnrollVerificationMethods?: readonly VerificationMethod[];
  readonly messagingTemplates?: unknown;
  readonly verificationWebhookUrl?: string;
  readonly enrollment: EnrollmentPolicy;
  readonly failurePolicy: FailurePolicy;
  readonly challengeValidFor: number;
  readonly rememberDevice: { readonly enabled: boolean; readonly days: number };
  readonly maxChallenges: number;
  readonly challengeExpiresIn: number;
  readonly minimumAssurance: Assurance;
  readonly consumeWithin: number;
  readonly reviewValidFor: number;
  readonly proofReuseSeconds: number;
  /** Further signals to record with each instance. */
  readonly recordSignals: readonly string[];
  readonly acceptsProofOf: readonly string[];
  readonly acceptClaimedDevice: boolean;
  readonly clientStart: boolean;
  readonly learn: 'proceed' | 'proof';
  /** Milliseconds; when the action was last tracked is kept apart, this is when it was configured. */
  readonly createdAt: number;
};

export type RuleMode = 'production' | 'preview';

/** Conditions + outcome, with priority, status and mode. `conditions` is the JsonLogic as submitted. */
export type Rule = {
  readonly ruleId: string;
  readonly name: string;
  readonly description?: string;
  readonly type: Outcome;
  /** 0-999, smaller first, unique in the action. */
  readonly priority: number;
  readonly isActive: boolean;
  readonly mode: RuleMode;
  readonly onUnknown?: 'skip' | 'match';
  readonly conditions?: unknown;
  readonly verificationMethods?: readonly VerificationMethod[];
  readonly defaultVerificationMethod?: VerificationMethod;
  readonly promptToEnrollVerificationMethods?: readonly VerificationMethod[];
  readonly createdAt: number;
};

/** The ordered rules and the settings of one action; every change makes a new version, frozen for ever. */
export type Policy = {
  readonly version: number;
  readonly configuration: ActionConfiguration;
  /** By priority. */
  readonly rules: readonly Rule[];
};

/** What names an action instance. */
export type InstanceRef = { readonly userId: string; readonly action: string; readonly idempotencyKey: string };
