import type { VerificationMethod } from './policy/methods.ts';

export type CustomValue = string | number | boolean | readonly string[];

/**
 * A credential that a user has enrolled. What only one method needs (a passkey's key, a sealed TOTP secret, keyed hashes of
 * recovery codes) is in `data`, which nobody but that method reads.
 */
export type Authenticator = {
  readonly userAuthenticatorId: string;
  readonly verificationMethod: VerificationMethod;
  readonly createdAt: number;
  readonly verifiedAt?: number;
  readonly lastVerifiedAt?: number;
  readonly isDefault?: boolean;
  readonly email?: string;
  readonly phoneNumber?: string;
  readonly name?: string;
  readonly data?: unknown;
};

/** Ids of a user's WebAuthn credentials. */
export const credentialIdsOf = ({ authenticators }: Pick<User, 'authenticators'>): readonly string[] =>
  authenticators.flatMap(({ data }) => {
    const { credentialId } = (data ?? {}) as { readonly credentialId?: unknown };
    return typeof credentialId === 'string' ? [credentialId] : [];
  });

/** A device on which this user once proceeded, or which proved itself while being challenged. */
export type Device = {
  /** UUIDv7 of the record, as shown to people. */
  readonly deviceId: string;
  readonly createdAt: number;
  /** Keyed hashes of claimed ids that this user succeeded with. */
  readonly claimedHashes: readonly string[];
  /** Keyed hash of the present secret of our own cookie, and of the one before it with the time of the rotation. */
  readonly secretHash?: string;
  readonly previousSecretHash?: string;
  readonly rotatedAt?: number;
  /** Keyed hashes of ids that a host vouched for (`context.deviceVouched`). */
  readonly vouchedHashes: readonly string[];
  readonly firstSuccessAt?: number;
  readonly lastSuccessAt?: number;
  readonly lastChallengeAt?: number;
  readonly lastVerificationMethod?: VerificationMethod;
  readonly browserFamily?: string;
  readonly osFamily?: string;
  /** Per action (or one in its `acceptsProofOf`): until when it is remembered, milliseconds. */
  readonly rememberedUntil?: number;
  readonly invalidatedAt?: number;
  /** Proofs given on this device, newest last, the ground of freshness. Bounded. */
  readonly proofs: readonly Proof[];
};

/** A verified attempt that may be fresh for a later challenge on the same proven device. */
export type Proof = {
  readonly action: string;
  readonly method: VerificationMethod;
  readonly userAuthenticatorId: string;
  /** Milliseconds: when it was given. */
  readonly authTime: number;
  readonly acr: string;
  readonly amr: readonly string[];
};

/** What was learnt from instances that proceeded. Every list is bounded, newest kept. Times in milliseconds. */
export type History = {
  readonly successes: number;
  /** Times of the newest successes, ascending, at most 200. */
  readonly times: readonly number[];
  /** Address (IPv6: its /64) to time of the last success from it; at most 100. */
  readonly addresses: Readonly<Record<string, number>>;
  readonly countries: Readonly<Record<string, number>>;
  readonly asns: Readonly<Record<string, number>>;
  /** Base language to last time. */
  readonly languages: Readonly<Record<string, number>>;
  /** Last 20 located successes, ascending. */
  readonly places: readonly { readonly at: number; readonly latitude: number; readonly longitude: number; readonly address: string }[];
};

/** Failed attempts of one method in one budget (threats: own proven devices, and all other browsers together). */
export type GuessBudget = {
  /** Times of failures within the last 15 minutes, ascending. */
  readonly recent: readonly number[];
  readonly consecutive: number;
  /** No attempt is taken before this time. */
  readonly waitUntil?: number;
};

/** A person as Stepward knows him: one row, read and written under its lock. */
export type User = {
  readonly userId: string;
  readonly createdAt: number;
  readonly email?: string;
  /** The identity provider vouches for `email`. */
  readonly emailVerified: boolean;
  /** The last address that was vouched for; outlives an unvouched change of `email`. */
  readonly vouchedEmail?: string;
  readonly phoneNumber?: string;
  readonly phoneNumberVerified: boolean;
  readonly vouchedPhoneNumber?: string;
  readonly username?: string;
  readonly displayName?: string;
  readonly locale?: string;
  readonly custom: Readonly<Record<string, CustomValue>>;
  readonly authenticators: readonly Authenticator[];
  /** At most 100. */
  readonly devices: readonly Device[];
  readonly history: History;
  /** Times of tracks per action within the last 24 h, ascending, at most 1,000 each. */
  readonly tracks: Readonly<Record<string, readonly number[]>>;
  /** Times of failed attempts of any method within 24 h, ascending, at most 1,000. */
  readonly failures: readonly number[];
  readonly consecutiveFailures: number;
  readonly hasPreviouslyVerified: boolean;
  readonly lastConsumedChallengeAt?: number;
  /** Keyed by `<METHOD>:own` and `<METHOD>:other`. */
  readonly guesses: Readonly<Record<string, GuessBudget>>;
  /** Times of messages sent to this user within the last hour. */
  readonly sends: readonly number[];
  /** Ids of challenges that the server API sent for this user, newest first, one for each address, at most 20. */
  readonly challenged?: readonly string[];
  /** base64url of 32 random bytes: the WebAuthn user handle. */
  readonly webauthnUserId?: string;
  /** Milliseconds; proofs from before it are void (a factor change, a BLOCK, "this was not me"). */
  readonly proofsVoidBefore: number;
  /**
   * What the sessions that live carry: one that carries another is dead. Gone when they all end (a factor change, "this was not
   * me", a BLOCK by an operator, revoked), and made anew with the next one.
   */
  readonly sessionEra?: string;
  /** A user who was reset cannot enroll before this time. */
  readonly enrollNotBefore?: number;
};

/** A user nobody has tracked yet. */
export const newUser = (userId: string, now: number): User => ({
  userId,
  createdAt: now,
  emailVerified: false,
  phoneNumberVerified: false,
  custom: {},
  authenticators: [],
  devices: [],
  history: { successes: 0, times: [], addresses: {}, countries: {}, asns: {}, languages: {}, places: [] },
  tracks: {},
  failures: [],
  consecutiveFailures: 0,
  hasPreviouslyVerified: false,
  guesses: {},
  sends: [],
  proofsVoidBefore: 0,
});
