import { StepwardError } from '../errors.ts';
import type { HandedOver } from '../meet.ts';
import type { TrackRequest } from '../request.ts';
import type { Ports } from '../settings.ts';
import { track } from '../track.ts';
import { destinationKey } from './sending.ts';
import { deviceContext, findChallenge, isAddressOf, type Kept, type ServerChallenge } from './server-challenge.ts';

/** Runs `use` with a verified challenge taken for it; given back where it was not spent. */
const withTaken = async <T extends { readonly isSpent: boolean }>(
  ports: Ports,
  challenge: ServerChallenge,
  use: (taken: HandedOver) => Promise<T>,
): Promise<T | 'taken'> => {
  const now = ports.clock.now();
  const key = destinationKey(ports, challenge.email);
  const mark = (from: number | undefined, to: number | undefined) =>
    ports.store.transactRecord<Kept, boolean>(key, (destination) => {
      const open = destination?.challenge;
      if (!destination || open?.challengeId !== challenge.challengeId || open.claimedAt !== from) return { answer: false };
      return { record: { ...destination, challenge: { ...open, claimedAt: to } }, answer: true };
    });
  if (!(await mark(undefined, now))) return 'taken';
  let spent = false;
  try {
    const result = await use({ method: 'EMAIL_OTP', email: challenge.email, verifiedAt: challenge.verifiedAt ?? now });
    spent = result.isSpent;
    return result;
  } finally {
    // an answer that was lost leaves it taken: a challenge is never spent twice
    if (!spent) await mark(now, undefined);
  }
};

/** track with `challengeId`: the challenge is spent only where it made the first state. */
export const trackWithChallenge = async (ports: Ports, request: TrackRequest) => {
  const challenge = request.challengeId === undefined ? undefined : await findChallenge(ports, request.challengeId);
  const fits =
    challenge?.verifiedAt !== undefined &&
    challenge.expiresAt > ports.clock.now() &&
    challenge.action === request.action &&
    (challenge.userId ?? request.userId) === request.userId;
  if (!challenge || !fits) return track(ports, request);
  const result = await withTaken(ports, challenge, async (taken) => {
    const tracked = await track(ports, request, { handedOver: taken });
    return { tracked, isSpent: tracked.instance.state === 'CHALLENGE_SUCCEEDED' && !tracked.replayed };
  });
  return result === 'taken' ? track(ports, request) : result.tracked;
};

/** Ties a challenge to a user, once, through the whole decision: BLOCK and REVIEW come first and the token stands for them. */
export const claimServerChallenge = async (
  ports: Ports,
  {
    challengeId,
    userId,
    skipVerificationCheck,
  }: { readonly challengeId: string; readonly userId: string; readonly skipVerificationCheck?: boolean },
) => {
  const challenge = await findChallenge(ports, challengeId);
  if (!challenge || challenge.claimedAt !== undefined || challenge.expiresAt <= ports.clock.now())
    throw new StepwardError('not_found', 'no such challenge, or it was claimed or is too old');
  if ((challenge.userId ?? userId) !== userId) throw new StepwardError('not_found', 'no such challenge, or it was claimed or is too old');
  const user = await ports.store.user(userId);
  if (!isAddressOf(user, challenge.email) && user?.email !== challenge.email)
    throw new StepwardError('address_mismatch', 'the address of this challenge is not one of this user');
  if (challenge.verifiedAt === undefined && !skipVerificationCheck)
    throw new StepwardError('challenge_not_verified', 'verify the code first');
  const deviceId = challenge.sealedDeviceId && ports.secrets.open(deviceContext(challengeId), challenge.sealedDeviceId);
  const request: TrackRequest = {
    ...challenge.request,
    deviceId,
    userId,
    action: challenge.action,
    idempotencyKey: challenge.idempotencyKey,
  };
  const result = await withTaken(ports, challenge, async (taken) => {
    return { tracked: await track(ports, request, challenge.verifiedAt === undefined ? {} : { handedOver: taken }), isSpent: true };
  });
  if (result === 'taken') throw new StepwardError('not_found', 'no such challenge, or it was claimed or is too old');
  return { token: result.tracked.answer.token, verificationMethod: 'EMAIL_OTP' as const };
};
