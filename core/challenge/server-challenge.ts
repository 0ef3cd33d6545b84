import { normaliseEmail } from '../contact.ts';
import { activeMethods, usableAuthenticators } from '../enrolled.ts';
import { StepwardError } from '../errors.ts';
import { countFailure } from '../history.ts';
import { chooseLocale } from '../messages/locale.ts';
import { type Words, wordsFor, wordsIn } from '../messages/words.ts';
import type { VerificationMethod } from '../policy/methods.ts';
import type { CeremonyContext } from '../ports/authenticator.ts';
import type { TrackRequest } from '../request.ts';
import type { Ports } from '../settings.ts';
import type { ServerChallengeRequest } from '../stepward.ts';
import { applicationNameOf } from '../theme/theme.ts';
import { type GuessBudget, newUser, type User } from '../user.ts';
import { methodOf } from './ceremony-context.ts';
import { admitFrom, admitGuess, guessFailed, guessSucceeded, guessTakenBack, spentFrom } from './guesses.ts';
import { countSend, type Destination, deliver, destinationKey, keptUntil, nextSend, sendLimits, userMaySend } from './sending.ts';
import { mostTries } from './standing.ts';

/** A code that the server API sent to an address, with or without a user; one open at a time for each address. */
export type ServerChallenge = {
  readonly challengeId: string;
  readonly idempotencyKey: string;
  readonly email: string;
  readonly userId?: string;
  readonly action: string;
  readonly request: Pick<TrackRequest, 'ipAddress' | 'userAgent' | 'custom' | 'scope' | 'locale'>;
  /** A raw device id is never kept in clear. */
  readonly sealedDeviceId?: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly sentAt: number;
  readonly tries: number;
  /** Of the address, over all its challenges: where no user was named, nobody else's budget is charged. */
  readonly guesses?: GuessBudget;
  readonly kept: unknown;
  readonly verifiedAt?: number;
  readonly claimedAt?: number;
};

export type Kept = Destination & { readonly challenge?: ServerChallenge };

/** D10: the SDK repeats a POST whose answer was lost; within this time it is the same message. */
const sameMessage = 10_000;
const defaultAction = 'signIn';
const separator = '~';
export const deviceContext = (challengeId: string): string => `challenge-device:${challengeId}`;

/** A challenge's id names its destination by keyed hash, so that no table of ids is needed. */
const destinationOf = (challengeId: string): { readonly id: string; readonly key: string } | undefined => {
  const [id, key, ...rest] = challengeId.split(separator);
  return id && key && rest.length === 0 && /^[A-Za-z0-9_-]{20,64}$/.test(key) ? { id, key } : undefined;
};

const onlyEmail = (method: VerificationMethod | undefined): void => {
  if (method !== undefined && method !== 'EMAIL_OTP')
    throw new StepwardError('method_not_permitted', '`verificationMethod` must be `EMAIL_OTP`');
};

const contextOf = (
  challenge: Pick<ServerChallenge, 'challengeId' | 'action'>,
  user: User,
  applicationName: string,
  words: Words,
  now: number,
): CeremonyContext => ({
  challengeId: challenge.challengeId,
  instanceId: '',
  action: challenge.action,
  user,
  account: '',
  authenticators: [],
  display: [],
  displayHash: '',
  applicationName,
  words,
  now,
});

/** The address that a challenge of this user goes to. */
const addressOf = (user: User | undefined, active: readonly VerificationMethod[]): string | undefined =>
  usableAuthenticators(user, active).find((one) => one.verificationMethod === 'EMAIL_OTP')?.email ?? user?.vouchedEmail;

/** Sends a code to an address, or again to the one that `challengeId` names. */
export const startServerChallenge = async (ports: Ports, request: ServerChallengeRequest) => {
  onlyEmail(request.verificationMethod);
  const adapter = methodOf(ports, 'EMAIL_OTP');
  const set = await ports.policies.fresh();
  const now = ports.clock.now();
  const resend = request.challengeId === undefined ? undefined : await findChallenge(ports, request.challengeId);
  if (request.challengeId !== undefined && (!resend || resend.claimedAt !== undefined))
    throw new StepwardError('not_found', 'no such challenge, or it was claimed');
  const user = request.userId === undefined ? undefined : await ports.store.user(request.userId);
  const email = resend?.email ?? (request.email === undefined ? addressOf(user, activeMethods(ports, set)) : normaliseEmail(request.email));
  if (!email) throw new StepwardError('invalid_request', 'give `email`, or the `userId` of a user with a proven or vouched address');
  const userId = resend?.userId ?? request.userId;
  const action = resend?.action ?? request.action ?? defaultAction;
  const key = destinationKey(ports, email);
  const challengeId = resend?.challengeId ?? `${ports.random.uuid(now)}${separator}${key}`;
  const started = await adapter.enrollment?.start({
    ...contextOf(
      { challengeId, action },
      user ?? newUser(userId ?? '', now),
      applicationNameOf(set),
      wordsFor(set, { track: request.locale ?? user?.locale }),
      now,
    ),
    destination: email,
  });
  if (!started) throw new StepwardError('method_not_permitted', '`EMAIL_OTP` is not available');
  const sealedDeviceId = request.deviceId === undefined ? undefined : ports.secrets.seal(deviceContext(challengeId), request.deviceId);
  const { challenge, before } = await ports.store.transactRecord<Kept, { readonly challenge: ServerChallenge; readonly before?: Kept }>(
    key,
    (destination) => {
      const before = destination ?? { until: keptUntil(now), sends: [] };
      const { challenge: open, sends } = before;
      const same =
        open && open.userId === userId && open.action === action && open.verifiedAt === undefined && open.sentAt > now - sameMessage;
      if (same) return { answer: { challenge: open } };
      const free = nextSend(sends, sendLimits.perDestination, sendLimits.gap, now);
      if (free > now)
        throw new StepwardError('too_many_requests', 'too many messages to this address, wait', {
          retryAfter: Math.ceil((free - now) / 1000),
        });
      const again = open?.challengeId === challengeId ? open : undefined;
      const next: ServerChallenge = {
        challengeId,
        email,
        userId,
        action,
        createdAt: again?.createdAt ?? now,
        expiresAt: started.expiresAt,
        sentAt: now,
        tries: again?.tries ?? 0,
        guesses: open?.guesses,
        kept: started.kept,
        idempotencyKey: again?.idempotencyKey ?? request.idempotencyKey ?? ports.random.uuid(now),
        sealedDeviceId: again ? again.sealedDeviceId : sealedDeviceId,
        request: again?.request ?? {
          ipAddress: request.ipAddress,
          userAgent: request.userAgent,
          custom: request.custom,
          scope: request.scope,
          locale: request.locale,
        },
      };
      return {
        record: { until: keptUntil(now), sends: [...sends.filter((at) => at > now - 3_600_000), now], challenge: next },
        answer: { challenge: next, before },
      };
    },
  );
  if (before) {
    if (userId !== undefined) await countForUser(ports, userId, challenge, before);
    deliver(ports, started.message);
  }
  ports.observe({ type: 'challenge', action, method: 'EMAIL_OTP', result: 'started' });
  return {
    challengeId: challenge.challengeId,
    idempotencyKey: challenge.idempotencyKey,
    expiresAt: Math.floor(challenge.expiresAt / 1000),
  };
};

/** Counts a message that is about to go out to a user; over his limit it does not, and its challenge is taken back. */
const countForUser = async (ports: Ports, userId: string, challenge: ServerChallenge, before: Kept): Promise<void> => {
  const now = challenge.sentAt;
  const free = await ports.store.transact<number>({
    userId,
    load: {},
    run: ({ user }) => {
      const known = user ?? newUser(userId, now);
      const next = userMaySend(known, now);
      return next > now ? { answer: next } : { answer: now, changes: { user: countSend(known, now) } };
    },
  });
  if (free <= now) return;
  await ports.store.transactRecord<Kept, void>(destinationKey(ports, challenge.email), (destination) => {
    const open = destination?.challenge;
    const isOurs = open?.challengeId === challenge.challengeId && open.sentAt === now;
    return { answer: undefined, ...(isOurs && { record: before }) };
  });
  throw new StepwardError('too_many_requests', 'too many messages to this user, wait', { retryAfter: Math.ceil((free - now) / 1000) });
};

/** The challenge of this id, verified and claimed ones too, unless another took its place. */
export const findChallenge = async (ports: Ports, challengeId: string): Promise<ServerChallenge | undefined> => {
  const at = destinationOf(challengeId);
  const found = at && (await ports.store.record<Kept>(at.key))?.challenge;
  return found?.challengeId === challengeId ? found : undefined;
};

/** Forgets the challenge that an address had of a user; that messages went to it still counts. */
export const eraseChallenge = (ports: Ports, userId: string, email: string): Promise<void> =>
  ports.store.transactRecord<Kept, void>(destinationKey(ports, email), (destination) => {
    const isHis = destination?.challenge?.userId === userId;
    return { answer: undefined, ...(destination && isHis && { record: { ...destination, challenge: undefined } }) };
  });

const refused = (failureReason: 'CODE_INVALID_OR_EXPIRED' | 'MAX_ATTEMPTS_EXCEEDED') => ({ isVerified: false, failureReason });

/** Takes a code. Wrong, used and late ones, and an unknown challenge, look alike. */
export const verifyServerChallenge = async (
  ports: Ports,
  { challengeId, verificationCode }: { readonly challengeId: string; readonly verificationCode: string },
): Promise<Record<string, unknown>> => {
  const now = ports.clock.now();
  const challenge = await findChallenge(ports, challengeId);
  const at = destinationOf(challengeId);
  if (!challenge || !at) return refused('CODE_INVALID_OR_EXPIRED');
  const { userId } = challenge;
  // the guess is charged before the code is looked at, so that parallel guesses cannot pass the limit
  if (userId !== undefined && !(await chargeGuess(ports, userId, now))) return refused('MAX_ATTEMPTS_EXCEEDED');
  const checked = await methodOf(ports, 'EMAIL_OTP').enrollment?.finish({
    context: contextOf(challenge, newUser(userId ?? '', now), '', wordsIn(chooseLocale({})), now),
    kept: challenge.kept,
    response: verificationCode,
  });
  const result = await ports.store.transactRecord<Kept, Record<string, unknown>>(at.key, (destination) => {
    const open = destination?.challenge;
    if (
      !destination ||
      !open ||
      open.challengeId !== challengeId ||
      open.verifiedAt !== undefined ||
      open.expiresAt <= now ||
      open.sentAt !== challenge.sentAt
    )
      return { answer: refused('CODE_INVALID_OR_EXPIRED') };
    if (open.tries >= mostTries || admitFrom(open.guesses, now) !== 'admitted') return { answer: refused('MAX_ATTEMPTS_EXCEEDED') };
    if (!checked?.ok) {
      const tries = open.tries + 1;
      const guesses = userId === undefined ? spentFrom(open.guesses, now) : open.guesses;
      return {
        record: { ...destination, challenge: { ...open, tries, guesses } },
        answer: refused(tries >= mostTries ? 'MAX_ATTEMPTS_EXCEEDED' : 'CODE_INVALID_OR_EXPIRED'),
      };
    }
    return {
      record: { ...destination, challenge: { ...open, verifiedAt: now, guesses: undefined } },
      answer: { isVerified: true, email: open.email, verificationMethod: 'EMAIL_OTP' },
    };
  });
  if (userId !== undefined && result.isVerified === true) await refundGuess(ports, userId, challenge.email);
  ports.observe({
    type: 'challenge',
    action: challenge.action,
    method: 'EMAIL_OTP',
    result: result.isVerified === true ? 'succeeded' : 'wrong',
  });
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

/** The charge of a right code is taken back. Only a code to an address of the user's says that it is he, and starts his count anew. */
const refundGuess = async (ports: Ports, userId: string, email: string): Promise<void> => {
  await ports.store.transact({
    userId,
    load: {},
    run: ({ user }) =>
      user
        ? {
            answer: undefined,
            changes: {
              user: {
                ...(isAddressOf(user, email) ? guessSucceeded : guessTakenBack)(user, 'EMAIL_OTP', 'other'),
                failures: user.failures.slice(0, -1),
                consecutiveFailures: Math.max(0, user.consecutiveFailures - 1),
              },
            },
          }
        : { answer: undefined },
  });
};

/** The newest open challenge, by its id or by its user. */
export const getServerChallenge = async (
  ports: Ports,
  query: {
    readonly challengeId?: string;
    readonly userId?: string;
    readonly action?: string;
    readonly verificationMethod?: VerificationMethod;
  },
): Promise<Record<string, unknown>> => {
  const challenge = query.challengeId === undefined ? await ofUser(ports, query.userId) : await findChallenge(ports, query.challengeId);
  const fits =
    challenge &&
    challenge.expiresAt > ports.clock.now() &&
    challenge.claimedAt === undefined &&
    (query.userId === undefined || challenge.userId === query.userId) &&
    (query.action === undefined || challenge.action === query.action) &&
    (query.verificationMethod ?? 'EMAIL_OTP') === 'EMAIL_OTP';
  if (!fits) return {};
  return {
    challengeId: challenge.challengeId,
    expiresAt: Math.floor(challenge.expiresAt / 1000),
    verificationMethod: 'EMAIL_OTP',
    email: challenge.email,
    action: challenge.action,
  };
};

const ofUser = async (ports: Ports, userId: string | undefined): Promise<ServerChallenge | undefined> => {
  const user = userId === undefined ? undefined : await ports.store.user(userId);
  const email = addressOf(user, activeMethods(ports, await ports.policies.current())) ?? user?.email;
  return email === undefined ? undefined : (await ports.store.record<Kept>(destinationKey(ports, email)))?.challenge;
};

/** Whether an address is enrolled by a user, or vouched for. */
export const isAddressOf = (user: User | undefined, email: string): boolean =>
  user !== undefined &&
  (user.vouchedEmail === email ||
    user.authenticators.some((one) => one.verificationMethod === 'EMAIL_OTP' && one.verifiedAt !== undefined && one.email === email));
