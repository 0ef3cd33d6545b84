import { isOpen, isToPresentAddress, type Situation } from '../challenge/standing.ts';
import type { StartResult } from '../challenge/start-ceremony.ts';
import { StepwardError } from '../errors.ts';
import type { Ceremony } from '../instance.ts';
import type { VerificationMethod } from '../policy/methods.ts';
import { purposeOrNone, toEnroll, toProve } from './permitted.ts';

/** A resend within so long is the same message. */
export const quietFor = 10_000;

type Which = { readonly method: VerificationMethod; readonly challengeId?: string; readonly browserHash?: string };

/** What a caller's answer is checked against: the newest open ceremony of its method that is still for what may be done. */
export const openCeremonyOf =
  ({ method, challengeId, browserHash }: Which) =>
  (situation: Situation): Ceremony | undefined => {
    const { instance, now } = situation;
    const one = instance.ceremonies.findLast(
      (each) =>
        each.begunBy === 'client' &&
        each.method === method &&
        (challengeId === undefined || each.challengeId === challengeId) &&
        isOpen(each) &&
        each.expiresAt > now,
    );
    const isHis = one !== undefined && (one.browserHash === undefined || one.browserHash === browserHash);
    return isHis && isStillFor(situation, one) ? one : undefined;
  };

const isStillFor = (situation: Situation, ceremony: Ceremony): boolean => {
  const { purpose, method, destination } = ceremony;
  const present = purpose === 'enroll' ? toEnroll(situation, method, destination) : toProve(situation, method);
  return purposeOrNone(present) === purpose && isToPresentAddress(situation.user, ceremony);
};

/** The started ceremony; throws what stood in its way. */
export const demandStarted = ({ instance, now }: Situation, { error, waitUntil, ceremony }: StartResult): Ceremony => {
  if (ceremony && !error) return ceremony;
  const seconds = (until: number) => Math.max(1, Math.ceil((until - now) / 1000));
  if (error === 'wait')
    throw new StepwardError('too_many_requests', 'a message was sent a moment ago', { retryAfter: seconds(waitUntil ?? now) });
  if (error === 'spent')
    throw new StepwardError('too_many_requests', 'this action has asked too often, report it anew', {
      retryAfter: seconds(instance.expiresAt),
    });
  if (error === 'not-sent') throw new StepwardError('delivery_failed', 'the message could not be sent');
  throw new StepwardError('invalid_transition', 'this action has moved on meanwhile, try again');
};
