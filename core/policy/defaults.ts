import type { ActionConfiguration, Outcome } from '../action.ts';
import { defaultLanguage, type Language } from '../messages/catalogues.ts';
import type { VerificationMethod } from './methods.ts';

/** Tenant-wide settings, edited by the management API. */
export type Tenant = {
  readonly name: string;
  readonly tokenDurationInMinutes: number;
  readonly disableRecoveryCodes: boolean;
  readonly hideSuccessScreenOnEnrollment: boolean;
  readonly defaultOutcome: Outcome | 'RECOMMENDED';
  readonly allowedOrigins: readonly string[];
  readonly customDomains: readonly string[];
  /** track answers `REVIEW` in place of `REVIEW_REQUIRED`. */
  readonly reviewStateAlias: boolean;
  /** The language of pages and mails where nobody asks for another. */
  readonly defaultLocale: Language;
};

export const defaultTenant: Tenant = {
  name: 'Stepward',
  tokenDurationInMinutes: 10,
  disableRecoveryCodes: false,
  hideSuccessScreenOnEnrollment: false,
  defaultOutcome: 'CHALLENGE',
  allowedOrigins: [],
  customDomains: [],
  reviewStateAlias: false,
  defaultLocale: defaultLanguage,
};

/** Settings of a verification method in the tenant. */
export type AuthenticatorConfiguration = {
  readonly verificationMethod: VerificationMethod;
  readonly isActive: boolean;
  readonly settings: Readonly<Record<string, unknown>>;
};

/** Whether what the client API began by this method may be finished in another browser than the one that waits for it. */
export const allowsCrossBrowser = (
  { authenticatorConfigurations }: { readonly authenticatorConfigurations: ReadonlyMap<string, AuthenticatorConfiguration> },
  method: VerificationMethod,
): boolean => authenticatorConfigurations.get(method)?.settings.crossBrowser === true;

/** The methods that this release can carry; all active until switched off. */
export const availableMethods = [
  'PASSKEY',
  'SECURITY_KEY',
  'AUTHENTICATOR_APP',
  'EMAIL_OTP',
  'EMAIL_MAGIC_LINK',
  'RECOVERY_CODE',
] as const satisfies readonly VerificationMethod[];

/** Settings of an action nobody has configured (wire contract: Action configuration). */
export const defaultConfiguration = (actionCode: string, outcome: Outcome | 'RECOMMENDED', now: number): ActionConfiguration => ({
  actionCode,
  defaultUserActionResult: outcome,
  enrollment: 'verified-contact',
  failurePolicy: 'deny',
  challengeValidFor: 0,
  rememberDevice: { enabled: false, days: 30 },
  maxChallenges: 3,
  challengeExpiresIn: 600,
  minimumAssurance: 'aal1',
  consumeWithin: 300,
  reviewValidFor: 259_200,
  proofReuseSeconds: 10,
  recordSignals: [],
  acceptsProofOf: [],
  acceptClaimedDevice: false,
  clientStart: actionCode === 'signIn',
  learn: 'proceed',
  createdAt: now,
});
