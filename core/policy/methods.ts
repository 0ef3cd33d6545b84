/**
 * The verification methods and what each proves (factor, RFC 8176 amr, level of assurance).
 * Levels are those that a method adds to a first factor of the host (NIST SP 800-63B-4).
 */
export const verificationMethods = [
  'PASSKEY',
  'SECURITY_KEY',
  'AUTHENTICATOR_APP',
  'EMAIL_OTP',
  'EMAIL_MAGIC_LINK',
  'SMS',
  'WHATSAPP',
  'PUSH',
  'QR_CODE',
  'RECOVERY_CODE',
] as const;

export type VerificationMethod = (typeof verificationMethods)[number];
/** `DEVICE`: a proven device met the challenge; it is never permitted or enrolled. */
export type ProofMethod = VerificationMethod | 'DEVICE';

export type MethodFacts = {
  readonly factor: 'have';
  /** User verification by the authenticator itself adds know-or-are. */
  readonly verifiesUser: boolean;
  readonly assurance: 'aal1' | 'aal2';
  readonly phishingResistant: boolean;
  readonly amr: readonly string[];
  /** The channel that this method uses, where it could be the one that opened the login. */
  readonly channel?: 'email' | 'sms' | 'app';
  /** Proven by a WebAuthn credential, of which a user may have several. */
  readonly credential?: 'webauthn';
};

export const methodFacts = {
  PASSKEY: { factor: 'have', verifiesUser: true, assurance: 'aal2', phishingResistant: true, amr: ['user', 'mfa'], credential: 'webauthn' },
  SECURITY_KEY: {
    factor: 'have',
    verifiesUser: false,
    assurance: 'aal2',
    phishingResistant: true,
    amr: ['hwk', 'user'],
    credential: 'webauthn',
  },
  AUTHENTICATOR_APP: { factor: 'have', verifiesUser: false, assurance: 'aal2', phishingResistant: false, amr: ['otp'], channel: 'app' },
  EMAIL_OTP: { factor: 'have', verifiesUser: false, assurance: 'aal1', phishingResistant: false, amr: ['otp'], channel: 'email' },
  EMAIL_MAGIC_LINK: { factor: 'have', verifiesUser: false, assurance: 'aal1', phishingResistant: false, amr: [], channel: 'email' },
  SMS: { factor: 'have', verifiesUser: false, assurance: 'aal2', phishingResistant: false, amr: ['otp', 'sms'], channel: 'sms' },
  WHATSAPP: { factor: 'have', verifiesUser: false, assurance: 'aal2', phishingResistant: false, amr: ['otp'], channel: 'sms' },
  PUSH: { factor: 'have', verifiesUser: false, assurance: 'aal2', phishingResistant: false, amr: ['swk', 'user'] },
  QR_CODE: { factor: 'have', verifiesUser: false, assurance: 'aal1', phishingResistant: false, amr: ['swk'] },
  RECOVERY_CODE: { factor: 'have', verifiesUser: false, assurance: 'aal2', phishingResistant: false, amr: [] },
} as const satisfies Record<VerificationMethod, MethodFacts>;

/** Whether a method is proven by what is sent to an e-mail address. */
export const isEmailMethod = (method: VerificationMethod): boolean => (methodFacts[method] as MethodFacts).channel === 'email';

/** Whether a method is proven by a WebAuthn credential. */
export const isWebauthn = (method: VerificationMethod): boolean => (methodFacts[method] as MethodFacts).credential === 'webauthn';
