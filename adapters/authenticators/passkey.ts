import type { AuthenticatorMethod } from '../../core/ports/authenticator.ts';
import type { Random } from '../../core/ports/random.ts';
import { membersOf, textOf } from './members.ts';
import { coversTransaction, passkeyChallenge } from './passkey-challenge.ts';
import { counterAdvances, type PasskeyData, passkeyAmr, passkeyData } from './passkey-data.ts';
import { creationOptions, passkeyLifeMs, requestOptions } from './passkey-options.ts';
import { type PasskeyEvidence, verifyAssertion, verifyAttestation } from './passkey-verify.ts';

export type PasskeySettings = {
  /** A registrable domain or a host below it; never taken from a request. */
  readonly rpId: string;
  readonly rpName: string;
  readonly origins: readonly string[];
  /** Origins that may embed our pages and run the ceremony in a frame. None by default. */
  readonly topOrigins?: readonly string[];
  readonly random: Random;
};

/**
 * Creates the method PASSKEY (WebAuthn Level 3): user verification is required, the credential is the user's own, and the
 * signature covers what is approved.
 *
 * @example
 * const passkey = createPasskey({ rpId: 'example.org', rpName: 'Example', origins: ['https://auth.example.org'], random });
 */
export const createPasskey = ({ rpId, rpName, origins, topOrigins = [], random }: PasskeySettings): AuthenticatorMethod => {
  const expected = { rpId, origins, topOrigins };
  const rp = { id: rpId, name: rpName };
  const challengeOf = (kept: unknown): string | undefined => textOf(membersOf(kept).challenge);

  return {
    method: 'PASSKEY',
    needsScript: true,

    challenge: async (context) => {
      const challenge = passkeyChallenge(random, context);
      // Nobody is named beforehand: then the answer must say whose credential it is (WebAuthn L3 §7.2 step 6).
      const discoverable = context.authenticators.length === 0;
      return { kept: { challenge, discoverable }, shown: requestOptions(rpId, challenge, context), expiresAt: context.now + passkeyLifeMs };
    },

    show: (context, kept) => {
      const challenge = challengeOf(kept);
      return challenge === undefined ? undefined : requestOptions(rpId, challenge, context);
    },

    verify: async ({ context, kept, response }) => {
      const challenge = challengeOf(kept);
      if (challenge === undefined || !coversTransaction(challenge, context)) return { ok: false, reason: 'invalid_credential' };
      const needsUserHandle = membersOf(kept).discoverable === true;
      return verifyAssertion({ ...expected, challenge, context, response, needsUserHandle });
    },

    accept: (present, { evidence }, now) => {
      const data = passkeyData(present);
      if (data === undefined || evidence === undefined) return undefined;
      const { challengeId, ...learnt } = evidence as PasskeyEvidence;
      if (!counterAdvances(data.counter, learnt.counter) || data.lastChallengeId === challengeId) return undefined;
      return { ...present, lastVerifiedAt: now, data: { ...data, ...learnt, lastChallengeId: challengeId } satisfies PasskeyData };
    },

    enrollment: {
      start: async (context) => {
        const challenge = passkeyChallenge(random, context);
        return { kept: { challenge }, shown: creationOptions(rp, challenge, context), expiresAt: context.now + passkeyLifeMs };
      },

      show: (context, kept) => {
        const challenge = challengeOf(kept);
        return challenge === undefined ? undefined : creationOptions(rp, challenge, context);
      },

      finish: async ({ context, kept, response }) => {
        const challenge = challengeOf(kept);
        if (challenge === undefined || !coversTransaction(challenge, context)) return { ok: false, reason: 'invalid_credential' };
        const data = await verifyAttestation({ ...expected, challenge, context, response });
        if (data === undefined) return { ok: false, reason: 'invalid_credential' };
        const times = { verifiedAt: context.now, lastVerifiedAt: context.now };
        return { ok: true, authenticator: { verificationMethod: 'PASSKEY', ...times, data }, amr: passkeyAmr(data) };
      },
    },
  };
};
