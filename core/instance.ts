import type { FailurePolicy, Outcome, State } from './action.ts';
import type { ClientCaller } from './challenge/caller.ts';
import type { Decision } from './decision.ts';
import type { ProofMethod, VerificationMethod } from './policy/methods.ts';
import type { DisplayItem } from './request.ts';
import type { CustomValue } from './user.ts';

/** Why a challenge ended without success. */
export type FailureReason = 'cancelled' | 'expired' | 'spent' | 'denied';

/**
 * What a ceremony is for. `prove-contact` shows control of a vouched address, `prove-strongest` an authenticator that this instance
 * does not permit: each completes nothing by itself and lets one permitted method be enrolled. `confirm` comes before the settings.
 */
export type CeremonyPurpose = 'verify' | 'enroll' | 'prove-contact' | 'prove-strongest' | 'confirm';

/**
 * Who began a ceremony, and alone can finish it: the browser that the hosted page belongs to, or whoever holds a token of the instance
 * (the client API). What one has proven, the other does not use.
 */
export type BegunBy = 'page' | 'client';

/** One demand for proof that was started: a code sent, a WebAuthn challenge made, a secret shown. */
export type Ceremony = {
  readonly challengeId: string;
  readonly method: VerificationMethod;
  readonly purpose: CeremonyPurpose;
  readonly begunBy: BegunBy;
  /** Who asked for it by the client API, where another browser may finish it. */
  readonly caller?: ClientCaller;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly tries: number;
  readonly spentAt?: number;
  readonly userAuthenticatorId?: string;
  /** Keyed hash of the cookie of the browser that alone may answer; absent: whoever may answer at all. */
  readonly browserHash?: string;
  /** Where a code went; masked forms are made from it. */
  readonly destination?: string;
  readonly sentAt?: readonly number[];
  /** The message could not be sent. */
  readonly unsent?: true;
  /** What the method keeps to verify the answer (keyed hash of a code, a WebAuthn challenge, a sealed secret). */
  readonly kept: unknown;
};

/** The proof that finished a challenge. */
export type InstanceProof = {
  readonly method: ProofMethod;
  /** For DEVICE: the method of the earlier proof that it rests on. */
  readonly restsOn?: VerificationMethod;
  readonly userAuthenticatorId?: string;
  /** Milliseconds: when it was given; for DEVICE, when the proof that it rests on was given. */
  readonly authTime: number;
  readonly acr?: string;
  readonly amr: readonly string[];
  /** Finished on the hosted page: consume needs the ticket or a proof token. */
  readonly onPage: boolean;
};

/** The hosted page's part: which browser it belongs to and what that browser showed. */
export type Visit = {
  /** Keyed hash of the `__Host-` browser cookie; absent until the first GET. */
  readonly browserHash?: string;
  readonly openedAt?: number;
  readonly mode?: 'redirect' | 'frame' | 'window';
  /** Record of the proven device that our own cookie named. */
  readonly deviceId?: string;
  /** Keyed hash of the cookie secret given to the finishing browser; becomes a device record when the instance is consumed. */
  readonly deviceSecretHash?: string;
  readonly ipAddress?: string;
  readonly userAgent?: string;
  readonly acceptLanguage?: string;
  /** Sealed `state` of a host that vouched for this browser. */
  readonly sealedState?: string;
  /** The person ticked "remember this device". */
  readonly remember?: boolean;
};

/** A right to enroll that a proof gave: once, for a short time, and to who gave the proof. */
export type EnrollmentGrant = {
  readonly at: number;
  readonly until: number;
  readonly reason: 'verified-contact' | 'strongest-proof';
  /** `jti` of the one token that may use it; absent: the hosted page's browser. */
  readonly tokenId?: string;
  readonly usedAt?: number;
};

export type TimelineEntry = { readonly at: number; readonly event: string; readonly detail?: string };

/** One occurrence of an action. Written only under the lock of its user. */
export type Instance = {
  readonly instanceId: string;
  readonly userId: string;
  readonly action: string;
  readonly idempotencyKey: string;
  readonly epoch: number;
  readonly state: State;
  readonly firstState: State;
  readonly stateUpdatedAt: number;
  readonly createdAt: number;
  /** Milliseconds: a challenge owed must be finished by then. */
  readonly expiresAt: number;
  /** Outcome of the decision that rules. */
  readonly outcome: Outcome;
  /** SHA-256 of the canonical JSON of the recognised attributes. */
  readonly requestHash: string;
  readonly decision: Decision;
  /** The host cannot see the browser: the page decides again when it is first opened. */
  readonly deferSignals?: true;
  /** What the page decides over, sealed, until it has. */
  readonly sealedRequest?: string;
  /** The page's decision, which rules. */
  readonly deferredDecision?: Decision;
  readonly permittedMethods: readonly VerificationMethod[];
  readonly defaultMethod?: VerificationMethod;
  readonly canEnroll: boolean;
  /** Methods enrolled when it was tracked, as its first answer said. */
  readonly enrolledMethods: readonly VerificationMethod[];
  readonly failurePolicy: FailurePolicy;
  /** Risk took part in the decision (`rba`). */
  readonly usedRisk: boolean;
  /** Keyed hash; absent for an instance without binding. */
  readonly bindingHash?: string;
  /** Sealed: it can hold an application's state. */
  readonly redirectUrl?: string;
  readonly redirectToSettings?: true;
  readonly scope: string;
  readonly display?: readonly DisplayItem[];
  /** base64url SHA-256 of the canonical `display`; empty string without display. */
  readonly displayHash: string;
  readonly custom?: Readonly<Record<string, CustomValue>>;
  readonly ipAddress?: string;
  readonly userAgent?: string;
  readonly acceptLanguage?: string;
  readonly claimedDeviceHash?: string;
  readonly deviceVouched?: true;
  readonly locale?: string;
  readonly requestedAcr?: readonly string[];
  /** Seconds. */
  readonly maxAge?: number;
  readonly canRedirect?: boolean;
  readonly challengedByHost?: true;
  /** Channels that were the host's first factor. */
  readonly firstFactorChannels?: readonly string[];
  readonly firstFactorAmr?: readonly string[];
  readonly clientId?: string;
  /** A browser named the action: nobody but a passkey says who it is. */
  readonly origin?: 'client';
  readonly visit: Visit;
  readonly ceremonies: readonly Ceremony[];
  /** Ceremonies started so far, ended ones included. */
  readonly ceremoniesStarted: number;
  /** Ceremonies whose tries were all used. */
  readonly ceremoniesSpent?: number;
  /** The ceremony that the page shows; those that the client API begins are never shown there. */
  readonly openChallengeId?: string;
  /** Times of the messages sent for this instance. */
  readonly sends?: readonly number[];
  readonly grant?: EnrollmentGrant;
  /** New recovery codes, sealed, until the person says they are saved. */
  readonly sealedRecoveryCodes?: string;
  /** An optional enrollment was answered, either way. */
  readonly enrollmentAnswered?: true;
  /** A proof given on the page so that factors may be changed; for the challenge only `proof` counts. */
  readonly confirmation?: { readonly method: VerificationMethod; readonly authTime: number };
  /** The person is done with the settings. */
  readonly settingsClosed?: true;
  readonly proof?: InstanceProof;
  readonly failureReason?: FailureReason;
  readonly finishedAt?: number;
  readonly consumedAt?: number;
  readonly consumeKeyHash?: string;
  readonly consumeRequestHash?: string;
  readonly consumeAnswer?: unknown;
  /** Consumed by its first `isValid: true`, which repeats until this time. */
  readonly validatedUntil?: number;
  readonly reviewedBy?: string;
  readonly reviewReason?: string;
  readonly reviewedAt?: number;
  /** Where a review was raised from by updateAction. */
  readonly raisedFrom?: State;
  /** Key of the later instance that spent this approval. */
  readonly spentBy?: string;
  readonly learnt?: true;
  readonly timeline: readonly TimelineEntry[];
};
