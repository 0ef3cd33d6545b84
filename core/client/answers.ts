import { authenticatorAnswer } from '../authenticator-answer.ts';
import type { AnswerResult } from '../challenge/answer.ts';
import type { Situation } from '../challenge/standing.ts';
import { StepwardError } from '../errors.ts';
import { maskEmail, maskPhone } from '../mask.ts';
import { mintToken } from '../tokens.ts';
import type { Authenticator } from '../user.ts';
import type { ClientAnswer } from './client-api.ts';

/** The reasons of a wrong answer that the wire knows. */
const failureReasons = {
  wrong: 'CODE_INVALID_OR_EXPIRED',
  late: 'CODE_INVALID_OR_EXPIRED',
  spent: 'MAX_ATTEMPTS_EXCEEDED',
  wait: 'MAX_ATTEMPTS_EXCEEDED',
} as const;

/** Throws where the action's own server did not confirm a right answer: nothing is spent, and it may be given again. */
export const demandConfirmed = ({ error }: AnswerResult): void => {
  if (error === 'unconfirmed') throw new StepwardError('access_denied', 'the verification webhook of this action did not confirm');
};

export const notVerified = (error: AnswerResult['error']): ClientAnswer => ({
  isVerified: false,
  failureReason: failureReasons[(error ?? 'wrong') as keyof typeof failureReasons] ?? failureReasons.wrong,
});

/**
 * The token of a right answer: of proof where it met the challenge; where it only gave a right to enroll, one that carries that right,
 * and nothing more.
 */
export const tokenAfter = (
  { ports, set, now }: Pick<Situation, 'ports' | 'set' | 'now'>,
  { instance }: AnswerResult,
  grantTokenId: string,
): string | undefined => {
  if (!instance) return undefined;
  const minutes = set.tenant.tokenDurationInMinutes;
  if (instance.state === 'CHALLENGE_SUCCEEDED') return mintToken(ports, 'proof', instance, minutes, now);
  const scope = [...new Set([...instance.scope.split(' '), 'add:authenticators'])].join(' ');
  return mintToken(ports, 'track', { ...instance, scope }, minutes, now, grantTokenId);
};

/** The authenticator that a right answer added, if it did. */
export const addedBy = ({ user, ceremony, userAuthenticatorId }: AnswerResult): ClientAnswer | undefined => {
  const isAdded = ceremony?.purpose === 'enroll' || ceremony?.purpose === 'prove-contact';
  const one = isAdded ? user?.authenticators.find((each) => each.userAuthenticatorId === userAuthenticatorId) : undefined;
  return one && authenticatorShown(one, 'whole');
};

/** An authenticator as a page may see it: whole with a proof, else masked and without device. */
export const authenticatorShown = (one: Authenticator, how: 'whole' | 'masked'): ClientAnswer => {
  const {
    userId: _,
    email,
    phoneNumber,
    webauthnCredential,
    ...rest
  } = authenticatorAnswer('', one) as Readonly<Record<string, unknown>> & {
    readonly email?: string;
    readonly phoneNumber?: string;
    readonly webauthnCredential?: { readonly credentialId?: string; readonly [name: string]: unknown };
  };
  if (how === 'whole') return { ...rest, email, phoneNumber, webauthnCredential };
  return {
    ...rest,
    email: email && maskEmail(email),
    phoneNumber: phoneNumber && maskPhone(phoneNumber),
    // the SDK tells the browser which passkeys are still good, by their ids
    webauthnCredential: webauthnCredential && { credentialId: webauthnCredential.credentialId, name: webauthnCredential.name },
  };
};
