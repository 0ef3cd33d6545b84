import { canonicalJson } from '../canonical.ts';
import { countFailure } from '../history.ts';
import type { Ceremony, Instance } from '../instance.ts';
import { maskEmail } from '../mask.ts';
import type { VerificationMethod } from '../policy/methods.ts';
import type { Enrolled, Refused, Verified } from '../ports/authenticator.ts';
import type { Message } from '../ports/delivery.ts';
import type { Changes, Event } from '../ports/store.ts';
import { addressKey, canonicalAddress, isPrivateAddress } from '../rules/address.ts';
import type { Authenticator, User } from '../user.ts';
import type { AttemptError } from '../visit-view.ts';
import { ceremonyContext, methodOf, wordsOf } from './ceremony-context.ts';
import { configurationOf } from './consume.ts';
import { admitGuess, type BudgetOwner, guessFailed, guessSucceeded } from './guesses.ts';
import { type NoticeKind, notice } from './notice.ts';
import { reportUrl } from './report.ts';
import { deliver } from './sending.ts';
import { mostTries, openCeremony, type Situation, standing } from './standing.ts';
import { addAuthenticator, ceremonyDone, factorEvent, granted, proven } from './succeed.ts';
import { transition } from './transitions.ts';

export type AnswerResult = { readonly error?: AttemptError; readonly finished?: true };

/** What a right answer changes, and which notices go out after the commit. */
type Right = {
  readonly instance: Instance;
  readonly user: User;
  readonly events: readonly Event[];
  readonly messages: readonly (Message | undefined)[];
};
type Outcome = AnswerResult & { readonly messages?: readonly (Message | undefined)[]; readonly result?: string };

/** The budget of this browser: its own where the device is proven and the user succeeded on it. */
export const budgetOwner = (user: User, instance: Instance): BudgetOwner => {
  const device = user.devices.find(({ deviceId, invalidatedAt }) => deviceId === instance.visit.deviceId && invalidatedAt === undefined);
  return device?.lastSuccessAt === undefined ? 'other' : 'own';
};

/**
 * Takes one answer to the open ceremony. What needs waiting (signatures, hashes) is checked before; inside the transaction the
 * budget is asked first, so that past it a right answer looks like a wrong one, and the ceremony must still be the one checked.
 */
export const answerCeremony = async (
  situation: Situation,
  challengeId: string,
  response: unknown,
  remember: boolean,
): Promise<AnswerResult> => {
  const { ports, now } = situation;
  const before = standing(situation);
  if (before.kind !== 'ceremony' || before.ceremony.challengeId !== challengeId) return { error: 'late' };
  const { ceremony } = before;
  const checked = await check(situation, ceremony, response);
  const ids = { authenticator: ports.random.uuid(now), challengeId };
  const outcome = await ports.store.transact<Outcome>({
    userId: situation.user.userId,
    load: { instance: situation.instance },
    run: ({ instance, user }) => {
      if (!instance || !user) return { answer: { error: 'late' } };
      const present = standing({ ...situation, instance, user });
      const open = openCeremony(instance);
      if (
        present.kind !== 'ceremony' ||
        !open ||
        open.challengeId !== challengeId ||
        canonicalJson(open.kept) !== canonicalJson(ceremony.kept)
      )
        return { answer: { error: 'late' } };
      if (open.expiresAt <= now) return { answer: { error: 'late' } };
      const owner = budgetOwner(user, instance);
      if (admitGuess(user, open.method, owner, now) !== 'admitted') return { answer: { error: 'wait' } };
      const right = checked.ok ? accepted({ ...situation, instance, user }, open, checked, owner, ids.authenticator) : undefined;
      if (!right) return wrong({ ...situation, instance, user }, open, owner, checked.ok ? [] : (checked.events ?? []));
      const remembered = remember ? { ...right.instance, visit: { ...right.instance.visit, remember: true as const } } : right.instance;
      return {
        answer: { finished: true, messages: right.messages },
        changes: { instances: [remembered], user: right.user, events: right.events },
      };
    },
  });
  ports.observe({
    type: 'challenge',
    action: situation.instance.action,
    method: ceremony.method,
    result: outcome.finished ? 'succeeded' : (outcome.error ?? 'wrong'),
  });
  for (const message of outcome.messages ?? []) deliver(ports, message);
  return { error: outcome.error, finished: outcome.finished };
};

const check = (situation: Situation, ceremony: Ceremony, response: unknown): Promise<Verified | Enrolled | Refused> => {
  const method = methodOf(situation.ports, ceremony.method);
  const input = { context: ceremonyContext(situation, ceremony.challengeId, ceremony.method), kept: ceremony.kept, response };
  if (ceremony.purpose === 'verify' || ceremony.purpose === 'prove-strongest') return method.verify(input);
  return method.enrollment ? method.enrollment.finish(input) : Promise.resolve({ ok: false, reason: 'wrong' });
};

const accepted = (
  situation: Situation,
  ceremony: Ceremony,
  checked: Verified | Enrolled,
  owner: BudgetOwner,
  newId: string,
): Right | undefined => {
  const user = guessSucceeded(situation.user, ceremony.method, owner);
  const instance = ceremonyDone(situation.instance, ceremony, situation.now);
  const next = { ...situation, user, instance };
  if ('authenticator' in checked) return enrolledBy(next, ceremony, checked, newId);
  return verifiedBy(next, ceremony, checked);
};

/** An enrolled authenticator was proven. */
const verifiedBy = (situation: Situation, ceremony: Ceremony, checked: Verified): Right | undefined => {
  const { ports, user, instance, now } = situation;
  const present = user.authenticators.find(
    (one) => one.userAuthenticatorId === checked.userAuthenticatorId && one.verificationMethod === ceremony.method,
  );
  const used = present && methodOf(ports, ceremony.method).accept(present, checked, now);
  if (!used) return undefined;
  const stamped: Authenticator = { ...used, lastVerifiedAt: now };
  const withIt = { ...user, authenticators: user.authenticators.map((one) => (one === present ? stamped : one)) };
  const done =
    ceremony.purpose === 'prove-strongest'
      ? granted(instance, 'strongest-proof', now)
      : proven(instance, ceremony.method, stamped.userAuthenticatorId, checked.amr, now);
  const recovered = ceremony.method === 'RECOVERY_CODE';
  return {
    user: withIt,
    instance: done,
    events: [
      ...securityEvents(instance, checked.events ?? [], now),
      ...(recovered ? [factorEvent('authenticator.updated', user.userId, stamped, now)] : []),
    ],
    messages: recovered ? [tell(situation, 'recovery-code-used', ceremony.method)] : [],
  };
};

/** A new authenticator, or a proven contact that is one only where the instance permits its method. */
const enrolledBy = (situation: Situation, ceremony: Ceremony, checked: Enrolled, newId: string): Right => {
  const { ports, set, user, instance, now } = situation;
  if (ceremony.purpose === 'prove-contact' && !instance.permittedMethods.includes(ceremony.method)) {
    return { user, instance: granted(instance, 'verified-contact', now), events: [], messages: [] };
  }
  const added = addAuthenticator(ports, set, user, checked.authenticator, newId, now);
  const done = proven(
    { ...instance, enrollmentAnswered: true, grant: instance.grant && { ...instance.grant, usedAt: now } },
    ceremony.method,
    added.authenticator.userAuthenticatorId,
    checked.amr,
    now,
  );
  const sealed = added.recoveryCodes && ports.secrets.seal(`recovery:${instance.instanceId}`, added.recoveryCodes.join(' '));
  return {
    user: added.user,
    events: added.events,
    instance: {
      ...done,
      sealedRecoveryCodes: sealed,
      timeline: [...done.timeline, { at: now, event: 'authenticator-added', detail: ceremony.method }],
    },
    messages: added.events.length > 0 ? [tell(situation, 'added', ceremony.method, added.authenticator.email)] : [],
  };
};

const tell = (
  { ports, set, user, instance, lang, now }: Pick<Situation, 'ports' | 'set' | 'user' | 'instance' | 'lang' | 'now'>,
  kind: NoticeKind,
  method: VerificationMethod,
  email?: string,
): Message | undefined => {
  const agent = instance.visit.userAgent ? ports.agents.parse(instance.visit.userAgent.slice(0, 1024)) : undefined;
  return notice(user, {
    kind,
    method,
    email,
    applicationName: set.tenant.name,
    browser: agent,
    words: wordsOf({ instance, lang }),
    sendId: ports.random.uuid(now),
    reportUrl: reportUrl(ports, user.userId, now),
    now,
  });
};

/** A wrong answer counts in the ceremony, the budget, the user's and the address's failures; the last one ends the challenge. */
const wrong = (
  situation: Situation,
  ceremony: Ceremony,
  owner: BudgetOwner,
  events: readonly string[],
): { readonly answer: Outcome; readonly changes: Changes } => {
  const { instance, user, set, now } = situation;
  const tries = ceremony.tries + 1;
  const spent = (instance.ceremoniesSpent ?? 0) + (tries >= mostTries ? 1 : 0);
  const failed = spent >= configurationOf(set, instance.action, now).maxChallenges ? transition(instance.state, 'spent') : undefined;
  const next: Instance = {
    ...instance,
    ceremoniesSpent: spent,
    ceremonies: instance.ceremonies.map((one) => (one.challengeId === ceremony.challengeId ? { ...one, tries } : one)),
    ...(failed && { state: failed, stateUpdatedAt: now, finishedAt: now, failureReason: 'spent' as const, openChallengeId: undefined }),
    timeline: [...instance.timeline, { at: now, event: failed ? 'challenge-failed' : 'attempt-failed', detail: ceremony.method }].slice(
      -100,
    ),
  };
  const address = instance.visit.ipAddress === undefined ? undefined : canonicalAddress(instance.visit.ipAddress);
  const key = address === undefined || isPrivateAddress(address) ? undefined : addressKey(address);
  return {
    answer: { error: tries >= mostTries ? 'spent' : 'wrong' },
    changes: {
      instances: [next],
      user: countFailure(guessFailed(user, ceremony.method, owner, now), now),
      counted: key ? [{ key: `f:${key}`, at: now }] : [],
      events: securityEvents(instance, failed ? [...events, 'authn_login_fail_max'] : events, now),
    },
  };
};

const securityEvents = (instance: Instance, names: readonly string[], now: number): readonly Event[] =>
  names.map((type) => ({
    type,
    at: now,
    data: { userId: instance.userId, action: instance.action, idempotencyKey: instance.idempotencyKey },
  }));

/** Where a ceremony's message went, masked. */
export const maskedDestination = (destination: string | undefined): string | undefined => destination && maskEmail(destination);
