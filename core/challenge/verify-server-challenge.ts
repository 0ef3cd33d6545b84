import { StepwardError } from '../errors.ts';
import { countFailure } from '../history.ts';
import { chooseLocale } from '../messages/locale.ts';
import { wordsIn } from '../messages/words.ts';
import type { Ports } from '../settings.ts';
import { newUser } from '../user.ts';
import { serverChallengeLogged } from '../webhooks/challenge-log.ts';
import { asksBeforeSuccess, confirmation } from '../webhooks/confirmation.ts';
import { methodOf } from './ceremony-context.ts';
import { admitFrom, admitGuess, guessFailed, guessSucceeded, guessTakenBack, spentFrom } from './guesses.ts';
import { contextOf, destinationOf, findChallenge, isAddressOf, type Kept, type ServerChallenge } from './server-challenge.ts';
import { mostTries } from './standing.ts';

type Refusal = 'CODE_INVALID_OR_EXPIRED' | 'MAX_ATTEMPTS_EXCEEDED';
const refused = (failureReason: Refusal) => ({ isVerified: false, failureReason });

/** Why a challenge takes no code now; undefined: it takes one. */
const closed = (open: ServerChallenge | undefined, looked: ServerChallenge, now: number): Refusal | undefined => {
  if (
    !open ||
    open.challengeId !== looked.challengeId ||
    open.verifiedAt !== undefined ||
    open.expiresAt <= now ||
    open.sentAt !== looked.sentAt
  )
    return 'CODE_INVALID_OR_EXPIRED';
  return open.tries >= mostTries || admitFrom(open.guesses, now) !== 'admitted' ? 'MAX_ATTEMPTS_EXCEEDED' : undefined;
};

/** Takes a code. Wrong, used and late ones, and an unknown challenge, look alike. */
export const verifyServerChallenge = async (
  ports: Ports,
  { challengeId, verificationCode }: { readonly challengeId: string; readonly verificationCode: string },
): Promise<Record<string, unknown>> => {
  const now = ports.clock.now();
  const challenge = await findChallenge(ports, challengeId);
  const at = destinationOf(challengeId);
  if (!challenge || !at) return refused('CODE_INVALID_OR_EXPIRED');
  const { userId, action, email } = challenge;
  // the guess is charged before the code is looked at, so that parallel guesses cannot pass the limit
  if (userId !== undefined && !(await chargeGuess(ports, userId, now))) return refused('MAX_ATTEMPTS_EXCEEDED');
  const checked = await methodOf(ports, 'EMAIL_OTP').enrollment?.finish({
    context: contextOf(challenge, newUser(userId ?? '', now), '', wordsIn(chooseLocale({})), now),
    kept: challenge.kept,
    response: verificationCode,
  });
  const set = await ports.policies.fresh();
  if (checked?.ok && asksBeforeSuccess(set, action) && closed(challenge, challenge, now) === undefined) {
    if ((await confirmation(ports, set, challenge)) === 'unconfirmed') {
      if (userId !== undefined) await refundGuess(ports, userId, false, email);
      ports.observe({ type: 'challenge', action, method: 'EMAIL_OTP', result: 'unconfirmed' });
      throw new StepwardError('access_denied', 'the verification webhook of this action did not confirm; the challenge stays open');
    }
  }
  const result = await ports.store.transactRecord<Kept, Record<string, unknown>>(at.key, (destination) => {
    const open = destination?.challenge;
    const refusal = closed(open, challenge, now);
    if (!destination || !open || refusal) return { answer: refused(refusal ?? 'CODE_INVALID_OR_EXPIRED') };
    if (!checked?.ok) {
      const tries = open.tries + 1;
      const guesses = userId === undefined ? spentFrom(open.guesses, now) : open.guesses;
      return {
        record: { ...destination, challenge: { ...open, tries, guesses } },
        answer: refused(tries >= mostTries ? 'MAX_ATTEMPTS_EXCEEDED' : 'CODE_INVALID_OR_EXPIRED'),
        events: serverChallengeLogged(set, open, 'EMAIL_OTP_FAILED', now),
      };
    }
    return {
      record: { ...destination, challenge: { ...open, verifiedAt: now, guesses: undefined } },
      answer: { isVerified: true, email: open.email, verificationMethod: 'EMAIL_OTP' },
      events: serverChallengeLogged(set, open, 'EMAIL_OTP_VERIFIED', now),
    };
  });
  if (userId !== undefined && result.isVerified === true) await refundGuess(ports, userId, true, email);
  ports.observe({ type: 'challenge', action, method: 'EMAIL_OTP', result: result.isVerified === true ? 'succeeded' : 'wrong' });
  return result;
};

const chargeGuess = (ports: Ports, userId: string, now: number): Promise<boolean> =>
  ports.store.transact<boolean>({
    userId,
    load: {},
    run: ({ user }) => {
      const known = user ?? newUser(userId, now);
      if (admitGuess(known, 'EMAIL_OTP', 'other', now) !== 'admitted') return { answer: false };
      return { answer: true, changes: { user: countFailure(guessFailed(known, 'EMAIL_OTP', 'other', now), now) } };
    },
  });

/**
 * The charge of a right code is taken back. Only a code that counts, to an address of the user's, says that it is he, and starts his
 * count anew.
 */
const refundGuess = async (ports: Ports, userId: string, counts: boolean, email: string): Promise<void> => {
  await ports.store.transact({
    userId,
    load: {},
    run: ({ user }) =>
      user
        ? {
            answer: undefined,
            changes: {
              user: {
                ...(counts && isAddressOf(user, email) ? guessSucceeded : guessTakenBack)(user, 'EMAIL_OTP', 'other'),
                failures: user.failures.slice(0, -1),
                consecutiveFailures: Math.max(0, user.consecutiveFailures - 1),
              },
            },
          }
        : { answer: undefined },
  });
};
