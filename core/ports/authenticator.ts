import type { Words } from '../messages/words.ts';
import type { MethodSettings } from '../policy/method-settings.ts';
import type { VerificationMethod } from '../policy/methods.ts';
import type { DisplayItem } from '../request.ts';
import type { Authenticator, User } from '../user.ts';
import type { SecretMessage } from './delivery.ts';

/** What a message or a ceremony may name of the request it stands for. */
export type CeremonyContext = {
  readonly challengeId: string;
  readonly instanceId: string;
  readonly action: string;
  readonly user: User;
  /** Name shown as the account: masked, never the user id. */
  readonly account: string;
  /** Of this method, usable. */
  readonly authenticators: readonly Authenticator[];
  readonly display: readonly DisplayItem[];
  /** base64url SHA-256 of the canonical `display`; the empty string without one. Bound into what is proven. */
  readonly displayHash: string;
  readonly applicationName: string;
  /** Of this method, as the operator has set them; what is absent is left to the method. */
  readonly settings: MethodSettings;
  /** The texts for the person, in the language that the visit is in. */
  readonly words: Words;
  /** Whether a page of this origin may run the ceremony, as our own pages may; absent: no other may. */
  readonly acceptsOrigin?: (origin: string) => boolean;
  /** The visit is shown in a frame; else a ceremony that was run in one is refused. */
  readonly inFrame?: boolean;
  readonly now: number;
  /** The address of ours that carries a token of this ceremony, for a message with a link. */
  readonly linkTo?: (token: string) => string;
};

/** A started ceremony. */
export type Started = {
  /** Stored with the instance; never shown. Plain JSON; secrets in it are sealed or hashed. */
  readonly kept: unknown;
  /** For the page alone, on this one answer or again on reload (WebAuthn options, a TOTP URI); never stored in clear. */
  readonly shown?: unknown;
  readonly message?: SecretMessage;
  readonly destination?: string;
  readonly userAuthenticatorId?: string;
  /** Milliseconds. */
  readonly expiresAt: number;
};

export type AnswerInput = {
  readonly context: CeremonyContext;
  readonly kept: unknown;
  /** A typed code, or the JSON of a WebAuthn credential. Untrusted. */
  readonly response: unknown;
};

export type Refused = {
  readonly ok: false;
  readonly reason: 'wrong' | 'unknown_credential' | 'invalid_credential';
  /** Security events worth raising (`authn_counter_regression`). */
  readonly events?: readonly string[];
};

export type Verified = {
  readonly ok: true;
  readonly userAuthenticatorId: string;
  /** What `accept` compares with the authenticator as it is inside the transaction. */
  readonly evidence?: unknown;
  readonly events?: readonly string[];
  /** RFC 8176 values where they depend on the credential (`hwk`, `swk`); else the method's table row. */
  readonly amr?: readonly string[];
};

export type Enrolled = {
  readonly ok: true;
  readonly authenticator: Omit<Authenticator, 'userAuthenticatorId' | 'createdAt'>;
  readonly amr?: readonly string[];
};

/** A credential that an application registered itself; ids and COSE key in base64url. Untrusted. */
export type Elsewhere = {
  readonly credentialId: string;
  readonly credentialPublicKey: string;
  readonly transports: readonly string[];
  readonly aaguid?: string;
};

/**
 * The part of a method whose message carries a link. Its token is an answer, `{ link: token }`, until the link is pressed in a browser
 * that the visit does not belong to; from then on a code that this browser shows is the only one.
 */
export interface LinkPart {
  /** Whether a token is that of the link that was sent last, pressed or not. */
  matches(context: CeremonyContext, kept: unknown, token: string): boolean;
  /** Keyed hash of the other browser that pressed the link. */
  pressedBy(kept: unknown): string | undefined;
  /** What is kept once another browser pressed the link. */
  press(kept: unknown, browserHash: string): unknown;
  /** The code that this browser shows; the same each time. */
  code(context: CeremonyContext, kept: unknown): string | undefined;
}

/**
 * One verification method. Asynchronous parts run before a transaction; `accept` is the last, pure look at the present
 * authenticator inside it, and refuses what another request has used up meanwhile.
 */
export interface AuthenticatorMethod {
  readonly method: VerificationMethod;
  /** Whether a page without script can carry it. */
  readonly needsScript: boolean;
  /** Prove an enrolled authenticator. */
  challenge(context: CeremonyContext): Promise<Started>;
  /** What the page shows again on reload of an open ceremony. */
  show?(context: CeremonyContext, kept: unknown): unknown;
  verify(input: AnswerInput): Promise<Verified | Refused>;
  /** Undefined: already used, a step or counter behind, removed. */
  accept(present: Authenticator, verified: Verified, now: number): Authenticator | undefined;
  readonly link?: LinkPart;
  /** What a credential made elsewhere is kept as; undefined: it could never be used here. Absent: none is taken over. */
  adopt?(given: Elsewhere): Promise<unknown>;
  /** Add an authenticator; absent where a method is enrolled otherwise (recovery codes). */
  readonly enrollment?: {
    start(context: CeremonyContext & { readonly destination?: string }): Promise<Started>;
    show?(context: CeremonyContext, kept: unknown): unknown;
    finish(input: AnswerInput): Promise<Enrolled | Refused>;
  };
}

/** Recovery codes are made and stored apart from ceremonies. */
export interface RecoveryCodes {
  /** Ten codes of 16 base32 characters in groups of four, and the authenticator that keeps their keyed hashes. */
  generate(now: number, userId: string): { readonly codes: readonly string[]; readonly data: unknown };
  /** How many of a set are not used yet. */
  left(data: unknown): number;
}
