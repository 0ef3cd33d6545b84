import { StepwardError } from '../errors.ts';
import type { Ceremony, CeremonyPurpose, Instance } from '../instance.ts';
import { isWebauthn, type VerificationMethod } from '../policy/methods.ts';
import type { Started } from '../ports/authenticator.ts';
import type { AttemptError } from '../visit-view.ts';
import { ceremonyContext, methodOf, withCeremony, withUserHandle } from './ceremony-context.ts';
import { countSend, deliver, reserveSend, sendLimits, userMaySend } from './sending.ts';
import { isToPresentAddress, mostTries, openCeremony, purposeFor, type Situation, standing } from './standing.ts';

/** Started ceremonies of one instance; switching between methods is free, but not for ever. */
const mostStarted = 30;

export type StartResult = { readonly error?: AttemptError };

/** What may be started as things stand, and for which purpose. */
const purposeOf = (situation: Situation, method: VerificationMethod): CeremonyPurpose | undefined =>
  purposeFor(standing({ ...situation, instance: { ...situation.instance, openChallengeId: undefined } }), method);

const destinationOf = (situation: Situation, purpose: CeremonyPurpose): string | undefined =>
  purpose === 'prove-contact' || purpose === 'enroll' ? situation.user.vouchedEmail : undefined;

/** Starts a ceremony of this method, or shows again the one whose message has just gone out. Sends after the answer. */
export const startCeremony = async (before: Situation, method: VerificationMethod, resend: boolean): Promise<StartResult> => {
  const { ports, now } = before;
  const situation = { ...before, user: withUserHandle(ports, before.user) };
  const purpose = purposeOf(situation, method);
  if (!purpose) throw new StepwardError('method_not_permitted', `\`${method}\` cannot be used here`);
  const { instance } = situation;
  const sends = method === 'EMAIL_OTP';
  const open = sends
    ? instance.ceremonies.findLast(
        (one) =>
          one.method === method &&
          one.purpose === purpose &&
          one.spentAt === undefined &&
          one.tries < mostTries &&
          one.expiresAt > now &&
          isToPresentAddress(situation.user, one),
      )
    : undefined;
  // one message in thirty seconds: a double click or a second look shows the code that is on its way
  if (open && !resend && (open.sentAt?.at(-1) ?? 0) > now - sendLimits.gap) return commitCeremony(situation, open, false);
  if (instance.ceremoniesStarted >= mostStarted) return { error: 'spent' };
  if (sends) {
    const error = await sendAllowed(situation, purpose);
    if (error) return { error };
  }
  const challengeId = open?.challengeId ?? ports.random.uuid(now);
  const context = {
    ...ceremonyContext(situation, challengeId, method),
    ...(purpose !== 'verify' && purpose !== 'prove-strongest' && { destination: destinationOf(situation, purpose) }),
  };
  const adapter = methodOf(ports, method);
  const byEnrollment = purpose === 'enroll' || purpose === 'prove-contact';
  if (byEnrollment && !adapter.enrollment) throw new StepwardError('method_not_permitted', `\`${method}\` cannot be enrolled here`);
  const started: Started = byEnrollment && adapter.enrollment ? await adapter.enrollment.start(context) : await adapter.challenge(context);
  const ceremony: Ceremony = {
    challengeId,
    method,
    purpose,
    createdAt: open?.createdAt ?? now,
    expiresAt: started.expiresAt,
    tries: open?.tries ?? 0,
    kept: started.kept,
    userAuthenticatorId: started.userAuthenticatorId,
    destination: started.destination,
    ...(sends && { sentAt: [...(open?.sentAt ?? []), now] }),
  };
  const result = await commitCeremony(situation, ceremony, sends);
  if (!result.error) {
    ports.observe({ type: 'challenge', action: instance.action, method, result: 'started' });
    deliver(ports, started.message, () => markUnsent(situation, challengeId));
  }
  return result;
};

const sendAllowed = async ({ ports, user, instance, now }: Situation, purpose: CeremonyPurpose): Promise<AttemptError | undefined> => {
  if ((instance.sends?.length ?? 0) >= sendLimits.perInstance) return 'spent';
  if (userMaySend(user, now) > now) return 'wait';
  const address =
    purpose === 'verify' || purpose === 'prove-strongest'
      ? user.authenticators.find((one) => one.verificationMethod === 'EMAIL_OTP')?.email
      : user.vouchedEmail;
  if (!address) return 'not-sent';
  const { waitUntil } = await reserveSend(ports, address, now);
  return waitUntil === undefined ? undefined : 'wait';
};

/** Writes a ceremony if it still is what may be started. */
const commitCeremony = (situation: Situation, ceremony: Ceremony, sent: boolean): Promise<StartResult> =>
  situation.ports.store.transact<StartResult>({
    userId: situation.user.userId,
    load: { instance: situation.instance },
    run: ({ instance, user }) => {
      if (!instance || !user) return { answer: { error: 'late' } };
      const handled = user.webauthnUserId ? user : { ...user, webauthnUserId: situation.user.webauthnUserId };
      // two tabs at once: the handle that was written first is the user's; the other tab starts anew
      if (isWebauthn(ceremony.method) && handled.webauthnUserId !== situation.user.webauthnUserId) return { answer: { error: 'late' } };
      if (purposeOf({ ...situation, instance, user: handled }, ceremony.method) !== ceremony.purpose) return { answer: { error: 'late' } };
      const next: Instance = {
        ...withCeremony(instance, ceremony),
        ceremoniesStarted: instance.ceremoniesStarted + (instance.openChallengeId === ceremony.challengeId && !sent ? 0 : 1),
        ...(sent && { sends: [...(instance.sends ?? []), situation.now] }),
        timeline: sent ? [...instance.timeline, { at: situation.now, event: 'code-sent', detail: ceremony.method }] : instance.timeline,
      };
      return { answer: {}, changes: { instances: [next], user: sent ? countSend(handled, situation.now) : handled } };
    },
  });

/** A message that could not be sent: its ceremony says so by having nothing to answer. */
const markUnsent = async ({ ports, user, instance: { action, idempotencyKey }, now }: Situation, challengeId: string): Promise<void> => {
  await ports.store.transact({
    userId: user.userId,
    load: { instance: { action, idempotencyKey } },
    run: ({ instance }) => {
      const ceremony = instance && openCeremony(instance);
      if (!instance || ceremony?.challengeId !== challengeId) return { answer: undefined };
      const unsent = { ...ceremony, unsent: true as const };
      return {
        answer: undefined,
        changes: {
          instances: [
            {
              ...withCeremony(instance, unsent),
              timeline: [...instance.timeline, { at: now, event: 'code-not-sent', detail: ceremony.method }],
            },
          ],
        },
      };
    },
  });
};
