import { StepwardError } from '../errors.ts';
import type { Ceremony, CeremonyPurpose, Instance } from '../instance.ts';
import { isEmailMethod, isWebauthn, type VerificationMethod } from '../policy/methods.ts';
import type { Started } from '../ports/authenticator.ts';
import type { SecretMessage } from '../ports/delivery.ts';
import type { User } from '../user.ts';
import type { AttemptError } from '../visit-view.ts';
import { challengeLogged } from '../webhooks/challenge-log.ts';
import { isWanted } from '../webhooks/webhook.ts';
import { browserOf, ceremonyContext, methodOf, withCeremony, withUserHandle, wordsOf } from './ceremony-context.ts';
import { countSend, deliverSecret, reserveSend, sendLimits, sendSecretNow, userMaySend } from './sending.ts';
import {
  authenticatorsOf,
  isEnrolling,
  isOpen,
  isToPresentAddress,
  openCeremony,
  purposeFor,
  type Situation,
  standing,
} from './standing.ts';

/** Started ceremonies of one instance; switching between methods is free, but not for ever. */
export const mostStarted = 30;

export type StartResult = {
  readonly error?: AttemptError;
  /** When the next message may go out, where that is what was asked for. */
  readonly waitUntil?: number;
  readonly ceremony?: Ceremony;
  /** WebAuthn options, or a new authenticator app's secret. */
  readonly shown?: unknown;
};

export type Beginning = {
  readonly method: VerificationMethod;
  /** What it would be for, asked again as things stand when it is written; undefined or thrown: it may not be started. */
  readonly purposeOf: (situation: Situation) => CeremonyPurpose | undefined;
  /** A message sent less than so long ago is on its way: no other is sent. Milliseconds. */
  readonly quiet: number;
  /** The address of a new authenticator, where it is not the vouched one. */
  readonly email?: string;
  /** Keyed hash of a cookie that the answer must come with. */
  readonly browserHash?: string;
};

/** What the page may start as things stand, and for which purpose. */
const purposeOnPage = (situation: Situation, method: VerificationMethod): CeremonyPurpose | undefined =>
  purposeFor(standing({ ...situation, instance: { ...situation.instance, openChallengeId: undefined } }), method);

/** Starts a ceremony of the page, or shows again the one whose message has just gone out. Sends after the answer. */
export const startCeremony = (situation: Situation, method: VerificationMethod, resend: boolean): Promise<StartResult> =>
  // one message in thirty seconds: a double click or a second look shows the one that is on its way
  begin(situation, { method, purposeOf: (now) => purposeOnPage(now, method), quiet: resend ? 0 : sendLimits.gap });

/** Starts a ceremony for whoever asks. Sends after the answer. */
export const begin = async (before: Situation, beginning: Beginning): Promise<StartResult> => {
  const { ports, now } = before;
  const { method, quiet } = beginning;
  const situation = { ...before, user: withUserHandle(ports, before.user) };
  const purpose = beginning.purposeOf(situation);
  if (!purpose) throw new StepwardError('method_not_permitted', `\`${method}\` cannot be used here`);
  const { instance } = situation;
  const sends = isEmailMethod(method);
  const byEnrollment = isEnrolling(purpose);
  const destination = byEnrollment ? ((purpose === 'enroll' ? beginning.email : undefined) ?? situation.user.vouchedEmail) : undefined;
  const open = sends ? openSent(situation, method, purpose, destination) : undefined;
  const isOnItsWay = open !== undefined && (open.sentAt?.at(-1) ?? 0) > now - quiet;
  // the page says of its ceremony that nothing was sent; a caller must not hear that it was
  if (open && isOnItsWay && !(situation.client && open.unsent)) return commitCeremony(situation, beginning, open, false);
  if (instance.ceremoniesStarted >= mostStarted) return { error: 'spent' };
  if (sends) {
    const refused = await sendRefused(situation, destination ?? authenticatorsOf(situation, method)[0]?.email);
    if (refused) return refused;
  }
  const challengeId = open?.challengeId ?? ports.random.uuid(now);
  const context = { ...ceremonyContext(situation, challengeId, method), ...(byEnrollment && { destination }) };
  const adapter = methodOf(ports, method);
  if (byEnrollment && !adapter.enrollment) throw new StepwardError('method_not_permitted', `\`${method}\` cannot be enrolled here`);
  const started: Started = byEnrollment && adapter.enrollment ? await adapter.enrollment.start(context) : await adapter.challenge(context);
  const ceremony: Ceremony = {
    challengeId,
    method,
    purpose,
    begunBy: situation.client ? 'client' : 'page',
    ...(adapter.link && situation.client && { caller: situation.client }),
    createdAt: open?.createdAt ?? now,
    expiresAt: started.expiresAt,
    tries: open?.tries ?? 0,
    kept: started.kept,
    // a new authenticator has its id from the start
    userAuthenticatorId: byEnrollment ? (open?.userAuthenticatorId ?? ports.random.uuid(now)) : started.userAuthenticatorId,
    destination: started.destination,
    browserHash: beginning.browserHash,
    ...(sends && { sentAt: [...(open?.sentAt ?? []), now] }),
  };
  const result = await commitCeremony(situation, beginning, ceremony, sends);
  if (result.error) return result;
  ports.observe({ type: 'challenge', action: instance.action, method, result: 'started' });
  if (started.message && (await hand(situation, ceremony, started.message)) === 'not-sent') return { error: 'not-sent' };
  return { ...result, shown: started.shown };
};

/** Sends after the answer; for a caller who is to hear of it, and a webhook that says at once, before it. */
const hand = async (situation: Situation, ceremony: Ceremony, plain: SecretMessage): Promise<'not-sent' | undefined> => {
  const { ports, set, client } = situation;
  const message = aboutCeremony(situation, ceremony, plain);
  const failed = () => markUnsent(situation, ceremony);
  if (!client || !isWanted(set, 'email.created')) {
    deliverSecret(ports, set, message, failed);
    return undefined;
  }
  try {
    await sendSecretNow(ports, set, message);
    return undefined;
  } catch {
    await failed();
    return 'not-sent';
  }
};

/** The message with what it is about, under an id of this send: the code of another send is another. */
const aboutCeremony = (situation: Situation, { challengeId, method, sentAt = [] }: Ceremony, message: SecretMessage): SecretMessage => {
  const { userId, action, idempotencyKey, locale } = situation.instance;
  const { ipAddress, userAgent } = browserOf(situation);
  const facts = { userId, action, idempotencyKey, verificationMethod: method, ipAddress, userAgent };
  return { ...message, sendId: `${challengeId}.${sentAt.length}`, facts: { ...facts, locale: locale ?? wordsOf(situation).locale.tag } };
};

/** The ceremony whose message is on its way, or can be replaced by another. */
const openSent = (
  { user, instance, client, now }: Situation,
  method: VerificationMethod,
  purpose: CeremonyPurpose,
  destination: string | undefined,
): Ceremony | undefined =>
  instance.ceremonies.findLast(
    (one) =>
      one.method === method &&
      one.purpose === purpose &&
      one.begunBy === (client ? 'client' : 'page') &&
      isOpen(one) &&
      one.expiresAt > now &&
      (destination === undefined || one.destination === destination) &&
      isToPresentAddress(user, one),
  );

type NotSent = Pick<StartResult, 'error' | 'waitUntil'>;

const overLimit = (instance: Instance, user: User, now: number): NotSent | undefined => {
  if ((instance.sends?.length ?? 0) >= sendLimits.perInstance) return { error: 'spent' };
  const free = userMaySend(user, now);
  return free > now ? { error: 'wait', waitUntil: free } : undefined;
};

const sendRefused = async ({ ports, user, instance, now }: Situation, address: string | undefined): Promise<NotSent | undefined> => {
  const over = overLimit(instance, user, now);
  if (over) return over;
  if (!address) return { error: 'not-sent' };
  const { waitUntil } = await reserveSend(ports, address, now);
  return waitUntil === undefined ? undefined : { error: 'wait', waitUntil };
};

/** Writes a ceremony if it still is what may be started. */
const commitCeremony = (situation: Situation, { purposeOf }: Beginning, ceremony: Ceremony, sent: boolean): Promise<StartResult> =>
  situation.ports.store.transact<StartResult>({
    userId: situation.user.userId,
    load: { instance: situation.instance },
    run: ({ instance, user }) => {
      if (!instance || !user) return { answer: { error: 'late' } };
      // sends of this user on another node, to another address, or from another tab: counted again under his lock
      const spent = sent ? overLimit(instance, user, situation.now) : undefined;
      if (spent) return { answer: spent };
      const handled = user.webauthnUserId ? user : { ...user, webauthnUserId: situation.user.webauthnUserId };
      // two tabs at once: the handle that was written first is the user's; the other tab starts anew
      if (isWebauthn(ceremony.method) && handled.webauthnUserId !== situation.user.webauthnUserId) return { answer: { error: 'late' } };
      if (purposeOf({ ...situation, instance, user: handled }) !== ceremony.purpose) return { answer: { error: 'late' } };
      const isShown = ceremony.begunBy === 'client' || instance.openChallengeId === ceremony.challengeId;
      const isKnown = isShown && instance.ceremonies.some(({ challengeId }) => challengeId === ceremony.challengeId);
      const next: Instance = {
        ...withCeremony(instance, ceremony),
        ceremoniesStarted: instance.ceremoniesStarted + (isKnown && !sent ? 0 : 1),
        ...(sent && { sends: [...(instance.sends ?? []), situation.now] }),
        timeline: sent ? [...instance.timeline, { at: situation.now, event: 'code-sent', detail: ceremony.method }] : instance.timeline,
      };
      const { method, challengeId } = ceremony;
      const step = sent ? `${method}_SENT` : `${method}_STARTED`;
      const events =
        sent || !isKnown ? challengeLogged(situation.set, next, step, situation.now, { challengeId, verificationMethod: method }) : [];
      return { answer: { ceremony }, changes: { instances: [next], user: sent ? countSend(handled, situation.now) : handled, events } };
    },
  });

/** A message that could not be sent: its ceremony says so by having nothing to answer. */
const markUnsent = async (
  { ports, set, user, instance: { action, idempotencyKey }, now }: Situation,
  { challengeId, begunBy, method }: Ceremony,
): Promise<void> => {
  await ports.store.transact({
    userId: user.userId,
    load: { instance: { action, idempotencyKey } },
    run: ({ instance }) => {
      const ceremony =
        instance &&
        (begunBy === 'page' ? openCeremony(instance) : instance.ceremonies.find((one) => one.challengeId === challengeId && isOpen(one)));
      if (!instance || ceremony?.challengeId !== challengeId) return { answer: undefined };
      const unsent = { ...ceremony, unsent: true as const };
      const next: Instance = {
        ...withCeremony(instance, unsent),
        timeline: [...instance.timeline, { at: now, event: 'code-not-sent', detail: method }],
      };
      const events = challengeLogged(set, next, `${method}_NOT_SENT`, now, { challengeId, verificationMethod: method });
      return { answer: undefined, changes: { instances: [next], events } };
    },
  });
};
