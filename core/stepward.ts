import type { FailurePolicy, InstanceRef, Outcome, State } from './action.ts';
import type { ClientApi } from './client/client-api.ts';
import type { Degraded, PreviewMatch, RiskLevel } from './decision.ts';
import type { Instance } from './instance.ts';
import type { Links } from './link-view.ts';
import type { ProofMethod, VerificationMethod } from './policy/methods.ts';
import type { Ignored, TrackRequest } from './request.ts';
import type { Authenticator, CustomValue, Device, User } from './user.ts';
import type { Visits } from './visit-view.ts';

export type TrackAnswer = {
  readonly idempotencyKey: string;
  readonly state: State | 'REVIEW';
  readonly url: string;
  readonly token: string;
  readonly isEnrolled: boolean;
  readonly enrolledVerificationMethods: readonly VerificationMethod[];
  readonly allowedVerificationMethods: readonly VerificationMethod[];
  readonly defaultVerificationMethod?: VerificationMethod;
  readonly ruleIds: readonly string[];
  readonly outcome: Outcome;
  readonly recommendation: {
    readonly outcome: Outcome;
    readonly score: number;
    readonly level: RiskLevel;
    readonly reasons: readonly string[];
  };
  readonly previewMatches: readonly PreviewMatch[];
  readonly previewWinner?: { readonly ruleId: string; readonly outcome: Outcome };
  readonly degraded: readonly Degraded[];
  readonly ignored: readonly Ignored[];
  readonly policyVersion: number;
  readonly failurePolicy: FailurePolicy;
  /** ISO 8601. */
  readonly expiresAt: string;
  readonly canEnroll: boolean;
  readonly decidedBy: string;
  /** Of an ALLOW that an earlier proof on this device met: DEVICE. */
  readonly verificationMethod?: ProofMethod;
  /** The method of that proof; `acr`, `amr` and `authTime` are its own. */
  readonly restsOn?: VerificationMethod;
  readonly acr?: string;
  /** Of an ALLOW: with `rba` where risk took part in the decision. */
  readonly amr?: readonly string[];
  /** ISO 8601. */
  readonly authTime?: string;
};

export type ValidateRequest = {
  readonly token: string;
  readonly action?: string;
  readonly userId?: string;
  readonly idempotencyKey?: string;
};
export type ValidateAnswer = {
  readonly isValid: boolean;
  readonly state?: State;
  readonly stateUpdatedAt?: string;
  readonly userId?: string;
  readonly action?: string;
  readonly actionCode?: string;
  readonly idempotencyKey?: string;
  readonly verificationMethod?: ProofMethod;
  readonly acr?: string;
  readonly amr?: readonly string[];
  readonly failureReason?: string;
  readonly origin?: string;
  readonly error?: 'proof_required' | 'mismatch' | 'consumed' | 'expired_token' | 'invalid_token';
};

export type ConsumeRequest = {
  readonly binding?: string;
  readonly ticket?: string;
  readonly token?: string;
  readonly consumeKey?: string;
  readonly requiredAcr?: readonly string[];
  readonly maxAge?: number;
  readonly ipAddress?: string;
  readonly userAgent?: string;
};
export type ConsumeAnswer = {
  readonly consumed: true;
  readonly state: State;
  readonly userId: string;
  readonly action: string;
  readonly idempotencyKey: string;
  readonly verificationMethod?: ProofMethod;
  /** For DEVICE: the method of the earlier proof that it rests on, whose time `authTime` is. */
  readonly restsOn?: VerificationMethod;
  readonly userAuthenticatorId?: string;
  readonly acr?: string;
  readonly amr?: readonly string[];
  /** ISO 8601. */
  readonly authTime?: string;
  readonly consumedAt: string;
};

/** `null` clears; absent leaves as it is. */
export type UserAttributes = {
  readonly email?: string | null;
  readonly emailVerified?: boolean | null;
  readonly phoneNumber?: string | null;
  readonly phoneNumberVerified?: boolean | null;
  readonly username?: string | null;
  readonly displayName?: string | null;
  readonly locale?: string | null;
  readonly custom?: Readonly<Record<string, CustomValue | null>>;
};

export type ServerChallengeRequest = {
  readonly verificationMethod?: VerificationMethod;
  readonly action?: string;
  readonly challengeId?: string;
  readonly idempotencyKey?: string;
  readonly userId?: string;
  readonly email?: string;
  readonly phoneNumber?: string;
  readonly smsChannel?: string;
  readonly locale?: string;
  readonly deviceId?: string;
  readonly ipAddress?: string;
  readonly userAgent?: string;
  readonly custom?: TrackRequest['custom'];
  readonly scope?: string;
};

export type CreateSessionRequest = { readonly clientId: string; readonly token: string; readonly action?: string };
export type SessionTokens = { readonly accessToken: string; readonly refreshToken: string };
export type ValidateSessionRequest = { readonly accessToken: string; readonly clientIds?: readonly string[] };
export type SessionAnswer = {
  readonly user: { readonly userId: string } & Readonly<Record<string, unknown>>;
  /** Unix seconds: when the access token expires. */
  readonly expiresAt: number;
  /** Absent where an ALLOW opened the session. */
  readonly verificationMethod?: ProofMethod;
};

/**
 * The decision point: the same interface in process and over HTTP. Failures are `StepwardError`s.
 * Times in answers that go on the wire as they are: ISO 8601, but `expiresAt` of challenges in Unix seconds.
 */
export interface Stepward {
  /** `replayed`: the key was known with the same request. */
  track(request: TrackRequest): Promise<{ readonly answer: TrackAnswer; readonly replayed: boolean }>;
  validate(request: ValidateRequest): Promise<ValidateAnswer>;
  consume(ref: InstanceRef, request: ConsumeRequest): Promise<ConsumeAnswer>;

  getAction(ref: InstanceRef): Promise<Record<string, unknown>>;
  updateAction(
    ref: InstanceRef,
    change: { readonly state: State; readonly reason?: string; readonly reviewer?: string },
  ): Promise<{ readonly state: State; readonly stateUpdatedAt: string }>;
  explain(ref: InstanceRef): Promise<Record<string, unknown>>;
  queryUserActions(
    userId: string,
    query: { readonly from?: number; readonly codes?: readonly string[]; readonly state?: State; readonly limit: number },
  ): Promise<readonly Record<string, unknown>[]>;

  /** An unknown user reads as one who is not enrolled. */
  getUser(userId: string): Promise<Record<string, unknown>>;
  queryUsers(query: {
    readonly username?: string;
    readonly email?: string;
    readonly phoneNumber?: string;
    readonly limit: number;
    readonly lastEvaluatedUserId?: string;
  }): Promise<{ readonly users: readonly Record<string, unknown>[]; readonly lastEvaluatedUserId?: string }>;
  updateUser(userId: string, attributes: UserAttributes): Promise<Record<string, unknown>>;
  deleteUser(userId: string): Promise<void>;
  getAuthenticators(userId: string): Promise<readonly Record<string, unknown>[]>;
  enrollVerified(
    userId: string,
    request: {
      readonly verificationMethod: VerificationMethod;
      readonly email?: string;
      readonly phoneNumber?: string;
      readonly isDefault?: boolean;
    },
  ): Promise<Record<string, unknown>>;
  deleteAuthenticator(userId: string, userAuthenticatorId: string): Promise<void>;
  /** Passkeys that an application made elsewhere, at most 500. */
  importPasskeys(
    entries: readonly unknown[],
  ): Promise<{ readonly total: number; readonly succeeded: number; readonly failed: number; readonly failures: readonly unknown[] }>;
  getDevices(userId: string): Promise<readonly Record<string, unknown>[]>;
  updateDevice(userId: string, device: string, change: { readonly rememberedUntil: string | null }): Promise<Record<string, unknown>>;
  invalidateDevice(userId: string, device: string): Promise<Record<string, unknown>>;
  /** Operator's reset: the user is unenrolled afterwards. */
  resetUser(userId: string, request: { readonly reason: string; readonly waitSeconds?: number; readonly actor: string }): Promise<void>;

  challenge(
    request: ServerChallengeRequest,
  ): Promise<{ readonly challengeId: string; readonly idempotencyKey: string; readonly expiresAt: number }>;
  verify(request: { readonly challengeId: string; readonly verificationCode: string }): Promise<Record<string, unknown>>;
  getChallenge(query: {
    readonly challengeId?: string;
    readonly userId?: string;
    readonly action?: string;
    readonly verificationMethod?: VerificationMethod;
  }): Promise<Record<string, unknown>>;
  claim(request: {
    readonly challengeId: string;
    readonly userId: string;
    readonly skipVerificationCheck?: boolean;
  }): Promise<{ readonly token: string; readonly verificationMethod: VerificationMethod }>;

  createSession(request: CreateSessionRequest): Promise<SessionTokens>;
  refreshSession(request: { readonly refreshToken: string }): Promise<SessionTokens>;
  validateSession(request: ValidateSessionRequest): Promise<SessionAnswer>;
  revokeSession(request: { readonly accessToken: string }): Promise<void>;
  revokeUserSessions(request: { readonly userId: string }): Promise<void>;

  readonly visits: Visits;
  readonly client: ClientApi;
  readonly links: Links;
  /** "This was not me", from the link of a notice; without `confirmed` nothing changes. */
  reportNotMe(r: string, confirmed: boolean): Promise<'known' | 'reported' | 'unknown'>;
  jwks(): { readonly keys: readonly unknown[] };
}

/** What adapters may read of the records they list. */
export type { Authenticator, Device, Instance, User };
