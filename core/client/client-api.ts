import type { ClientCaller } from '../challenge/caller.ts';
import type { VerificationMethod } from '../policy/methods.ts';

/** An answer in the wire's shape. */
export type ClientAnswer = Readonly<Record<string, unknown>>;

/** Where a call comes from, as the adapter read it. */
export type CalledFrom = { readonly ipAddress?: string; readonly userAgent?: string };

/** A WebAuthn method. */
export type CredentialMethod = Extract<VerificationMethod, 'PASSKEY' | 'SECURITY_KEY'>;
/** A method whose answer is a code that a person types. */
export type CodeMethod = Extract<VerificationMethod, 'AUTHENTICATOR_APP' | 'EMAIL_OTP' | 'RECOVERY_CODE'>;

/** A method that sends to an e-mail address. */
export type EmailMethod = Extract<VerificationMethod, 'EMAIL_OTP' | 'EMAIL_MAGIC_LINK'>;

/** How a new credential is to be named and where it may live; wishes, nothing is decided by them. */
export type CredentialWishes = {
  readonly username?: string;
  readonly displayName?: string;
  readonly authenticatorAttachment?: 'platform' | 'cross-platform';
};

/** The browser that a ceremony is tied to by a cookie, where it is. */
export type TiedTo = { readonly browser?: string };

/**
 * The client API's use cases: what an application's own page does with a token of one action instance. The hosted page's lifecycle with
 * another face. A wrong code is an answer; what may not be done, is thrown.
 */
export interface ClientApi {
  /** Who calls. Throws `expired_token` or `invalid_token` for anything but a living track or proof token. */
  authenticate(token: string, from: CalledFrom): Promise<ClientCaller>;
  init(caller: ClientCaller, token: string): Promise<ClientAnswer>;
  listAuthenticators(caller: ClientCaller): Promise<readonly ClientAnswer[]>;
  removeAuthenticator(caller: ClientCaller, userAuthenticatorId: string): Promise<void>;
  registrationOptions(caller: ClientCaller, method: CredentialMethod, wishes: CredentialWishes & TiedTo): Promise<ClientAnswer>;
  addCredential(caller: ClientCaller, method: CredentialMethod, answer: CredentialAnswer): Promise<ClientAnswer>;
  authenticationOptions(caller: ClientCaller, method: CredentialMethod, tied: TiedTo): Promise<ClientAnswer>;
  verifyCredential(caller: ClientCaller, method: CredentialMethod, answer: CredentialAnswer): Promise<ClientAnswer>;
  /** Anonymous: a browser names an action that is open to that (`clientStart`). */
  startChallenge(start: { readonly action: string; readonly idempotencyKey?: string } & TiedTo): Promise<ClientAnswer>;
  /** `browser` ties a new start, `answeredFrom` is the one that shows what it was tied to. */
  anonymousOptions(of: { readonly challengeId?: string; readonly answeredFrom?: string } & TiedTo): Promise<ClientAnswer>;
  verifyAnonymous(answer: CredentialAnswer & { readonly deviceId?: string }, from: CalledFrom): Promise<ClientAnswer>;
  findPasskey(credentialIds: readonly string[]): Promise<ClientAnswer>;
  enrollApp(caller: ClientCaller): Promise<ClientAnswer>;
  enrollEmail(caller: ClientCaller, method: EmailMethod, email: string): Promise<ClientAnswer>;
  sendEmail(caller: ClientCaller, method: EmailMethod): Promise<ClientAnswer>;
  /** Whether the link that was sent for this token was pressed: asked again and again. */
  finalizeLink(caller: ClientCaller): Promise<ClientAnswer>;
  verifyCode(caller: ClientCaller, method: CodeMethod, code: string): Promise<ClientAnswer>;
}

/** What a browser's credential says; `challengeId` absent: to the newest open ceremony. */
export type CredentialAnswer = TiedTo & { readonly credential: unknown; readonly challengeId?: string };
