import { type Authenticator, StepwardError, type VerificationMethod } from '../../core/index.ts';
import type { AnswerInput, CeremonyContext, Enrolled, Refused, Verified } from '../../core/ports/authenticator.ts';
import { emailAddress } from './email-address.ts';
import { membersOf, textOf } from './members.ts';

/** Where a message goes, and whose address that is. */
export type Addressee = { readonly destination: string; readonly userAuthenticatorId?: string };

/** Reads the one address that a message goes to. */
export const addresseeOf = (text: string, userAuthenticatorId?: string): Addressee => {
  const destination = emailAddress(text);
  if (destination === undefined) throw new StepwardError('invalid_request', '`email` must be one e-mail address');
  return { destination, userAuthenticatorId };
};

/** The address of the user's default authenticator, or of the first. */
export const enrolledAddressee = ({ authenticators }: CeremonyContext): Addressee => {
  const chosen = authenticators.find(({ isDefault }) => isDefault) ?? authenticators[0];
  if (chosen?.email === undefined) throw new TypeError('an e-mail challenge needs an authenticator with an address');
  return addresseeOf(chosen.email, chosen.userAuthenticatorId);
};

/** An enrolled address was proven: whose authenticator that is. */
export const verifiedAddress = ({ context, kept }: AnswerInput): Verified | Refused => {
  const userAuthenticatorId = textOf(membersOf(kept).userAuthenticatorId);
  const destination = textOf(membersOf(kept).destination);
  const known = context.authenticators.some((one) => one.userAuthenticatorId === userAuthenticatorId);
  if (destination === undefined || userAuthenticatorId === undefined || !known) return { ok: false, reason: 'wrong' };
  return { ok: true, userAuthenticatorId, evidence: { destination, challengeId: context.challengeId } };
};

/** The last look: the address is still the one that was proven, and this challenge proves it once. */
export const acceptAddress = (present: Authenticator, { evidence }: Verified, now: number): Authenticator | undefined => {
  const { destination, challengeId } = membersOf(evidence);
  const unchanged = present.email !== undefined && emailAddress(present.email) === destination;
  if (!unchanged || typeof challengeId !== 'string' || membersOf(present.data).lastChallengeId === challengeId) return undefined;
  return { ...present, lastVerifiedAt: now, data: { ...membersOf(present.data), lastChallengeId: challengeId } };
};

/** A new address was proven. */
export const enrolledAddress = (verificationMethod: VerificationMethod, { context, kept }: AnswerInput): Enrolled | Refused => {
  const email = textOf(membersOf(kept).destination);
  if (email === undefined) return { ok: false, reason: 'wrong' };
  const { challengeId, now } = context;
  const authenticator = { verificationMethod, email, verifiedAt: now, lastVerifiedAt: now, data: { lastChallengeId: challengeId } };
  return { ok: true, authenticator };
};
