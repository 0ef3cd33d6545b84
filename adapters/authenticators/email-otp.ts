import type { AnswerInput, AuthenticatorMethod, CeremonyContext, Started } from '../../core/ports/authenticator.ts';
import type { Random } from '../../core/ports/random.ts';
import type { Secrets } from '../../core/ports/secrets.ts';
import { randomDigits, typedCode } from './code.ts';
import { emailOtpMessage } from './email-otp-message.ts';
import { type Addressee, acceptAddress, addresseeOf, enrolledAddress, enrolledAddressee, verifiedAddress } from './email-proof.ts';
import { membersOf } from './members.ts';

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

  const start = (context: CeremonyContext, addressee: Addressee): Started => {
    const code = randomDigits(random, context.settings.digits ?? digits);
    return {
      kept: { codeHash: codeHash(context, code), ...addressee },
      message: emailOtpMessage(context, addressee.destination, code, lifeMs),
      ...addressee,
      expiresAt: context.now + lifeMs,
    };
  };

  const isRight = ({ context, kept, response }: AnswerInput): boolean => {
    const { codeHash: expected } = membersOf(kept);
    const code = typedCode(response);
    return code !== undefined && typeof expected === 'string' && secrets.equal(expected, codeHash(context, code));
  };

  return {
    method: 'EMAIL_OTP',
    needsScript: false,
    challenge: async (context) => start(context, enrolledAddressee(context)),
    verify: async (input) => (isRight(input) ? verifiedAddress(input) : { ok: false, reason: 'wrong' }),
    accept: acceptAddress,
    enrollment: {
      start: async (context) => start(context, addresseeOf(context.destination ?? '')),
      finish: async (input) => (isRight(input) ? enrolledAddress('EMAIL_OTP', input) : { ok: false, reason: 'wrong' }),
    },
  };
};
