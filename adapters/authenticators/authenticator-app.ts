import type { AuthenticatorMethod, CeremonyContext } from '../../core/ports/authenticator.ts';
import type { Random } from '../../core/ports/random.ts';
import type { Secrets } from '../../core/ports/secrets.ts';
import { base32Alphabet, encodeBase32 } from './base32.ts';
import { typedCode } from './code.ts';
import { membersOf, textOf } from './members.ts';
import { matchedStep, otpauthUri } from './totp.ts';

const secretBytes = 20;
/** An enrollment waits for a person who installs an app first. */
const enrollmentMs = 10 * 60_000;
const challengeMs = 5 * 60_000;

type Settings = {
  readonly secrets: Secrets;
  readonly random: Random;
  /** Shown in the app above the account; by default the application's name. */
  readonly issuer?: string;
};

const storedContext = (userId: string): string => `authenticator-app ${userId}`;
const pendingContext = ({ challengeId, user }: CeremonyContext): string => `authenticator-app-enrollment ${challengeId} ${user.userId}`;
const lastStepOf = (data: unknown): number => {
  const { lastStep } = membersOf(data);
  return typeof lastStep === 'number' ? lastStep : 0;
};

/**
 * Creates the method AUTHENTICATOR_APP (RFC 6238: 160-bit secret, SHA-1, 6 digits, 30 s). The previous and the present step are
 * accepted, each at most once.
 *
 * @example
 * const authenticatorApp = createAuthenticatorApp({ secrets, random });
 */
export const createAuthenticatorApp = ({ secrets, random, issuer }: Settings): AuthenticatorMethod => {
  const shownFor = (context: CeremonyContext, secret: string) => ({
    uri: otpauthUri({ issuer: context.settings.issuer ?? issuer ?? context.applicationName, account: context.account, secret }),
    secret,
  });
  const pendingSecret = (context: CeremonyContext, kept: unknown): string | undefined => {
    const sealed = textOf(membersOf(kept).secret);
    return sealed === undefined ? undefined : secrets.open(pendingContext(context), sealed);
  };

  return {
    method: 'AUTHENTICATOR_APP',
    needsScript: false,

    challenge: async ({ now }) => ({ kept: {}, expiresAt: now + challengeMs }),

    verify: async ({ context, response }) => {
      const code = typedCode(response);
      if (code === undefined) return { ok: false, reason: 'wrong' };
      for (const { userAuthenticatorId, data } of context.authenticators) {
        const sealed = textOf(membersOf(data).secret);
        if (sealed === undefined) continue;
        const secret = secrets.open(storedContext(context.user.userId), sealed);
        const step = await matchedStep({
          secret,
          code,
          now: context.now,
          lastStep: lastStepOf(data),
          previous: context.settings.acceptsPreviousCode,
        });
        if (step !== undefined) return { ok: true, userAuthenticatorId, evidence: { step } };
      }
      return { ok: false, reason: 'wrong' };
    },

    accept: (present, { evidence }, now) => {
      const { step } = membersOf(evidence);
      const data = membersOf(present.data);
      if (data.secret === undefined || typeof step !== 'number' || step <= lastStepOf(data)) return undefined;
      return { ...present, lastVerifiedAt: now, data: { ...data, lastStep: step } };
    },

    enrollment: {
      start: async (context) => {
        const secret = encodeBase32(random.bytes(secretBytes), base32Alphabet);
        return {
          kept: { secret: secrets.seal(pendingContext(context), secret) },
          shown: shownFor(context, secret),
          expiresAt: context.now + enrollmentMs,
        };
      },
      show: (context, kept) => {
        const secret = pendingSecret(context, kept);
        return secret === undefined ? undefined : shownFor(context, secret);
      },
      finish: async ({ context, kept, response }) => {
        const { now, user } = context;
        const secret = pendingSecret(context, kept);
        const code = typedCode(response);
        const step =
          secret === undefined || code === undefined
            ? undefined
            : await matchedStep({ secret, code, now, lastStep: 0, previous: context.settings.acceptsPreviousCode });
        if (secret === undefined || step === undefined) return { ok: false, reason: 'wrong' };
        const data = { secret: secrets.seal(storedContext(user.userId), secret), lastStep: step };
        return { ok: true, authenticator: { verificationMethod: 'AUTHENTICATOR_APP', verifiedAt: now, lastVerifiedAt: now, data } };
      },
    },
  };
};
