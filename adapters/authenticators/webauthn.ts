import type { AuthenticatorSelectionCriteria } from '@simplewebauthn/server';
import type { AuthenticatorMethod, CeremonyContext } from '../../core/ports/authenticator.ts';
import type { Random } from '../../core/ports/random.ts';
import { membersOf, textOf } from './members.ts';
import { adoptedPasskey } from './webauthn-adopt.ts';
import { coversTransaction, webauthnChallenge } from './webauthn-challenge.ts';
import { counterAdvances, type WebauthnData, webauthnAmr, webauthnData } from './webauthn-data.ts';
import { creationOptions, requestOptions, webauthnLifeMs } from './webauthn-options.ts';
import { verifyAssertion, verifyAttestation, type WebauthnEvidence } from './webauthn-verify.ts';

/** What tells one WebAuthn method from another. */
export type WebauthnKind = {
  readonly method: 'PASSKEY' | 'SECURITY_KEY';
  /** False: asked for as `discouraged`, and counted only where the authenticator says so itself. */
  readonly requireUserVerification: boolean;
  readonly selection: Readonly<Omit<AuthenticatorSelectionCriteria, 'userVerification'>>;
  readonly hints?: readonly 'security-key'[];
};

export type WebauthnSettings = {
  /** A registrable domain or a host below it, where the operator has set no other; never taken from a request. */
  readonly rpId: string;
  readonly origins: readonly string[];
  /** Which origins may frame our pages, so that the ceremony may run there. None by default. */
  readonly isEmbedder?: (origin: string) => boolean;
  readonly random: Random;
};

/** Creates one WebAuthn method (Level 3): the credential is the user's own, and the signature covers what is approved. */
export const createWebauthn = (kind: WebauthnKind, settings: WebauthnSettings): AuthenticatorMethod => {
  const { origins, isEmbedder, random } = settings;
  const rpIdOf = (context: CeremonyContext): string => context.settings.rpId ?? settings.rpId;
  const expectedIn = (context: CeremonyContext) => ({
    rpId: rpIdOf(context),
    origins,
    isEmbedder,
    requireUserVerification: kind.requireUserVerification,
    context,
  });
  const challengeOf = (kept: unknown): string | undefined => textOf(membersOf(kept).challenge);

  return {
    method: kind.method,
    needsScript: true,

    challenge: async (context) => {
      const challenge = webauthnChallenge(random, context);
      // Nobody is named beforehand: then the answer must say whose credential it is (WebAuthn L3 §7.2 step 6).
      const discoverable = context.authenticators.length === 0;
      return {
        kept: { challenge, discoverable },
        shown: requestOptions(kind, rpIdOf(context), challenge, context),
        expiresAt: context.now + webauthnLifeMs,
      };
    },

    show: (context, kept) => {
      const challenge = challengeOf(kept);
      return challenge === undefined ? undefined : requestOptions(kind, rpIdOf(context), challenge, context);
    },

    verify: async ({ context, kept, response }) => {
      const challenge = challengeOf(kept);
      if (challenge === undefined || !coversTransaction(challenge, context)) return { ok: false, reason: 'invalid_credential' };
      const needsUserHandle = membersOf(kept).discoverable === true;
      return verifyAssertion({ ...expectedIn(context), challenge, response, needsUserHandle });
    },

    accept: (present, { evidence }, now) => {
      const data = webauthnData(present);
      if (data === undefined || evidence === undefined) return undefined;
      const { challengeId, ...learnt } = evidence as WebauthnEvidence;
      if (!counterAdvances(data.counter, learnt.counter) || data.lastChallengeId === challengeId) return undefined;
      return { ...present, lastVerifiedAt: now, data: { ...data, ...learnt, lastChallengeId: challengeId } satisfies WebauthnData };
    },

    ...(kind.method === 'PASSKEY' && { adopt: adoptedPasskey }),

    enrollment: {
      start: async (context) => {
        const challenge = webauthnChallenge(random, context);
        return {
          kept: { challenge },
          shown: creationOptions(kind, rpIdOf(context), challenge, context),
          expiresAt: context.now + webauthnLifeMs,
        };
      },

      show: (context, kept) => {
        const challenge = challengeOf(kept);
        return challenge === undefined ? undefined : creationOptions(kind, rpIdOf(context), challenge, context);
      },

      finish: async ({ context, kept, response }) => {
        const challenge = challengeOf(kept);
        if (challenge === undefined || !coversTransaction(challenge, context)) return { ok: false, reason: 'invalid_credential' };
        const data = await verifyAttestation({ ...expectedIn(context), challenge, response });
        if (data === undefined) return { ok: false, reason: 'invalid_credential' };
        const times = { verifiedAt: context.now, lastVerifiedAt: context.now };
        return { ok: true, authenticator: { verificationMethod: kind.method, ...times, data }, amr: webauthnAmr(data) };
      },
    },
  };
};
