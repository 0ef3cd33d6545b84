import { normaliseEmail } from '../contact.ts';
import { activeMethods, carries, usableAuthenticators } from '../enrolled.ts';
import { StepwardError } from '../errors.ts';
import { type Words, wordsFor } from '../messages/words.ts';
import { isEmailMethod, type VerificationMethod } from '../policy/methods.ts';
import type { PolicySet } from '../policy/policies.ts';
import type { CeremonyContext } from '../ports/authenticator.ts';
import type { SecretMessage } from '../ports/delivery.ts';
import type { TrackRequest } from '../request.ts';
import type { Ports } from '../settings.ts';
import type { ServerChallengeRequest } from '../stepward.ts';
import { applicationNameOf } from '../theme/theme.ts';
import { type GuessBudget, newUser, type User } from '../user.ts';
import { serverChallengeLogged } from '../webhooks/challenge-log.ts';
import { isWanted } from '../webhooks/webhook.ts';
import { methodOf } from './ceremony-context.ts';
import {
  countSend,
  type Destination,
  deliverSecret,
  destinationKey,
  keptUntil,
  nextSend,
  sendLimits,
  sendSecretNow,
  userMaySend,
} from './sending.ts';

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

/** Remembered with a user. More than an hour's messages: what falls out is over. */
const mostChallenged = 20;
/** D10: the SDK repeats a POST whose answer was lost; within this time it is the same message. */
const sameMessage = 10_000;
const defaultAction = 'signIn';
const separator = '~';
export const deviceContext = (challengeId: string): string => `challenge-device:${challengeId}`;

/** A challenge's id names its destination by keyed hash, so that no table of ids is needed. */
export const destinationOf = (challengeId: string): { readonly id: string; readonly key: string } | undefined => {
  const [id, key, ...rest] = challengeId.split(separator);
  return id && key && rest.length === 0 && /^[A-Za-z0-9_-]{20,64}$/.test(key) ? { id, key } : undefined;
};

const onlyEmail = (method: VerificationMethod | undefined): void => {
  if (method !== undefined && method !== 'EMAIL_OTP')
    throw new StepwardError('method_not_permitted', '`verificationMethod` must be `EMAIL_OTP`');
};

export const contextOf = (
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
  settings: {},
  words,
  now,
});

/** The address that a challenge of this user goes to. */
const addressOf = (user: User | undefined, active: readonly VerificationMethod[]): string | undefined =>
  usableAuthenticators(user, active).find((one) => one.verificationMethod === 'EMAIL_OTP')?.email ?? user?.vouchedEmail;

/** Sends a code to an address, or again to the one that `challengeId` names. */
export const startServerChallenge = async (ports: Ports, request: ServerChallengeRequest) => {
  onlyEmail(request.verificationMethod);
  const set = await ports.policies.fresh();
  if (!carries(ports, set, 'EMAIL_OTP')) throw new StepwardError('method_not_permitted', '`EMAIL_OTP` is not available');
  const adapter = methodOf(ports, 'EMAIL_OTP');
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
        open &&
        open.userId === userId &&
        open.action === action &&
        open.verifiedAt === undefined &&
        open.sentAt > now - sameMessage &&
        open.expiresAt > now;
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
        events: serverChallengeLogged(set, next, 'EMAIL_OTP_SENT', now),
      };
    },
  );
  if (before) {
    if (userId !== undefined) await countForUser(ports, userId, challenge, before);
    if (started.message) await hand(ports, set, challenge, started.message);
  }
  ports.observe({ type: 'challenge', action, method: 'EMAIL_OTP', result: 'started' });
  return {
    challengeId: challenge.challengeId,
    idempotencyKey: challenge.idempotencyKey,
    expiresAt: Math.floor(challenge.expiresAt / 1000),
  };
};

/** Sends by mail after the answer, by a webhook before it: then a failure is the answer, and there is nothing to type a code into. */
const hand = async (ports: Ports, set: PolicySet, challenge: ServerChallenge, message: SecretMessage): Promise<void> => {
  const { userId, action, idempotencyKey, request } = challenge;
  const { ipAddress, userAgent, locale } = request;
  const facts = { userId, action, idempotencyKey, verificationMethod: 'EMAIL_OTP', ipAddress, userAgent, locale };
  const whole = { ...message, sendId: `${challenge.challengeId}.${challenge.sentAt}`, facts };
  if (!isWanted(set, 'email.created')) return deliverSecret(ports, set, whole);
  try {
    await sendSecretNow(ports, set, whole);
  } catch (failure) {
    // what was guessed meanwhile stays counted
    await takeBack(ports, challenge, (destination, open) => ({ ...destination, challenge: { ...open, expiresAt: 0 } }));
    throw failure;
  }
};

/** Undoes a challenge whose message did not go out, if it is still the one. */
const takeBack = (
  ports: Ports,
  { challengeId, sentAt, email }: ServerChallenge,
  undone: (destination: Kept, open: ServerChallenge) => Kept,
): Promise<void> =>
  ports.store.transactRecord<Kept, void>(destinationKey(ports, email), (destination) => {
    const open = destination?.challenge;
    const isOurs = open?.challengeId === challengeId && open.sentAt === sentAt;
    return { answer: undefined, ...(destination && open && isOurs && { record: undone(destination, open) }) };
  });

/** Counts a message that is about to go out to a user; over his limit it does not, and its challenge is taken back. */
const countForUser = async (ports: Ports, userId: string, challenge: ServerChallenge, before: Kept): Promise<void> => {
  const now = challenge.sentAt;
  const { free, forgotten } = await ports.store.transact<{ readonly free: number; readonly forgotten: readonly string[] }>({
    userId,
    load: {},
    run: ({ user }) => {
      const known = user ?? newUser(userId, now);
      const next = userMaySend(known, now);
      if (next > now) return { answer: { free: next, forgotten: [] } };
      const { challenged, forgotten } = withChallenge(known.challenged, challenge.challengeId);
      return { answer: { free: now, forgotten }, changes: { user: { ...countSend(known, now), challenged } } };
    },
  });
  for (const key of destinationsOf(forgotten)) await eraseChallenge(ports, userId, key);
  if (free <= now) return;
  await takeBack(ports, challenge, () => before);
  throw new StepwardError('too_many_requests', 'too many messages to this user, wait', { retryAfter: Math.ceil((free - now) / 1000) });
};

/** A user's challenges with a new one, which takes the place of an older one to the same address. */
const withChallenge = (
  before: readonly string[] = [],
  challengeId: string,
): { readonly challenged: readonly string[]; readonly forgotten: readonly string[] } => {
  const key = destinationOf(challengeId)?.key;
  const all = [challengeId, ...before.filter((id) => destinationOf(id)?.key !== key)];
  return { challenged: all.slice(0, mostChallenged), forgotten: all.slice(mostChallenged) };
};

/** Keys of the destinations that these challenges were sent to. */
export const destinationsOf = (challengeIds: readonly string[]): readonly string[] =>
  challengeIds.flatMap((id) => destinationOf(id)?.key ?? []);

/** The challenge of this id, verified and claimed ones too, unless another took its place. */
export const findChallenge = async (ports: Ports, challengeId: string): Promise<ServerChallenge | undefined> => {
  const at = destinationOf(challengeId);
  const found = at && (await ports.store.record<Kept>(at.key))?.challenge;
  return found?.challengeId === challengeId ? found : undefined;
};

/** Forgets the challenge that a destination had of a user; that messages went there still counts. */
export const eraseChallenge = (ports: Ports, userId: string, destination: string): Promise<void> =>
  ports.store.transactRecord<Kept, void>(destination, (kept) => {
    const isHis = kept?.challenge?.userId === userId;
    return { answer: undefined, ...(kept && isHis && { record: { ...kept, challenge: undefined } }) };
  });

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
  const now = ports.clock.now();
  const fits = (challenge: ServerChallenge | undefined): challenge is ServerChallenge =>
    challenge !== undefined &&
    challenge.expiresAt > now &&
    challenge.claimedAt === undefined &&
    (query.userId === undefined || challenge.userId === query.userId) &&
    (query.action === undefined || challenge.action === query.action) &&
    (query.verificationMethod ?? 'EMAIL_OTP') === 'EMAIL_OTP';
  const ids = query.challengeId === undefined ? await sentTo(ports, query.userId) : [query.challengeId];
  for (const id of ids) {
    const challenge = await findChallenge(ports, id);
    if (fits(challenge))
      return {
        challengeId: challenge.challengeId,
        expiresAt: Math.floor(challenge.expiresAt / 1000),
        verificationMethod: 'EMAIL_OTP',
        email: challenge.email,
        action: challenge.action,
      };
  }
  return {};
};

/** Newest first, whichever address each went to. */
const sentTo = async (ports: Ports, userId: string | undefined): Promise<readonly string[]> =>
  (userId === undefined ? undefined : await ports.store.user(userId))?.challenged ?? [];

/** Whether an address is enrolled by a user, or vouched for. */
export const isAddressOf = (user: User | undefined, email: string): boolean =>
  user !== undefined &&
  (user.vouchedEmail === email ||
    user.authenticators.some((one) => isEmailMethod(one.verificationMethod) && one.verifiedAt !== undefined && one.email === email));
