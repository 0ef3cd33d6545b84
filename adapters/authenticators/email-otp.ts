import { StepwardError } from '../../core/index.ts';
import type { AnswerInput, AuthenticatorMethod, CeremonyContext, Started } from '../../core/ports/authenticator.ts';
import type { Random } from '../../core/ports/random.ts';
import type { Secrets } from '../../core/ports/secrets.ts';
import { randomDigits, typedCode } from './code.ts';
import { emailAddress } from './email-address.ts';
import { emailOtpMessage } from './email-otp-message.ts';
import { membersOf, textOf } from './members.ts';

const lifeMs = 5 * 60_000;

type Settings = {
  readonly secrets: Secrets;
  readonly random: Random;
  /** 6 (the default; what the SDKs type) to 8. */
  readonly digits?: 6 | 7 | 8;
};

/**
 * Creates the method EMAIL_OTP: a code sent to an address proves that the person reads mail there. What is stored is a keyed hash
 * of challenge, code and what is approved, so a code serves nothing else.
 *
 * @example
 * const emailOtp = createEmailOtp({ secrets, random });
 */
export const createEmailOtp = ({ secrets, random, digits = 6 }: Settings): AuthenticatorMethod => {
  const codeHash = ({ challengeId, displayHash }: CeremonyContext, code: string): string =>
    secrets.hash('email-otp', `${challengeId}|${code}|${displayHash}`);

  const start = (context: CeremonyContext, text: string, userAuthenticatorId?: string): Started => {
    const destination = emailAddress(text);
    if (destination === undefined) throw new StepwardError('invalid_request', '`email` must be one e-mail address');
    const code = randomDigits(random, digits);
    return {
      kept: { codeHash: codeHash(context, code), destination, userAuthenticatorId },
      message: emailOtpMessage(context, destination, code, lifeMs),
      destination,
      userAuthenticatorId,
      expiresAt: context.now + lifeMs,
    };
  };

  /** The address that the right code proves. */
  const provenAddress = ({ context, kept, response }: AnswerInput): string | undefined => {
    const { codeHash: expected, destination } = membersOf(kept);
    const code = typedCode(response);
    if (code === undefined || typeof expected !== 'string') return undefined;
    return secrets.equal(expected, codeHash(context, code)) ? textOf(destination) : undefined;
  };

  return {
    method: 'EMAIL_OTP',
    needsScript: false,

    challenge: async (context) => {
      const chosen = context.authenticators.find(({ isDefault }) => isDefault) ?? context.authenticators[0];
      if (chosen?.email === undefined) throw new TypeError('an e-mail challenge needs an authenticator with an address');
      return start(context, chosen.email, chosen.userAuthenticatorId);
    },

    verify: async (input) => {
      const destination = provenAddress(input);
      const userAuthenticatorId = textOf(membersOf(input.kept).userAuthenticatorId);
      const known = input.context.authenticators.some((one) => one.userAuthenticatorId === userAuthenticatorId);
      if (destination === undefined || userAuthenticatorId === undefined || !known) return { ok: false, reason: 'wrong' };
      return { ok: true, userAuthenticatorId, evidence: { destination, challengeId: input.context.challengeId } };
    },

    accept: (present, { evidence }, now) => {
      const { destination, challengeId } = membersOf(evidence);
      const unchanged = present.email !== undefined && emailAddress(present.email) === destination;
      if (!unchanged || typeof challengeId !== 'string' || membersOf(present.data).lastChallengeId === challengeId) return undefined;
      return { ...present, lastVerifiedAt: now, data: { ...membersOf(present.data), lastChallengeId: challengeId } };
    },

    enrollment: {
      start: async (context) => start(context, context.destination ?? ''),
      finish: async (input) => {
        const { challengeId, now } = input.context;
        const email = provenAddress(input);
        if (email === undefined) return { ok: false, reason: 'wrong' };
        const data = { lastChallengeId: challengeId };
        return { ok: true, authenticator: { verificationMethod: 'EMAIL_OTP', email, verifiedAt: now, lastVerifiedAt: now, data } };
      },
    },
  };
};
