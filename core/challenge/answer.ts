import { canonicalJson } from '../canonical.ts';
import { countFailure } from '../history.ts';
import type { Ceremony, Instance } from '../instance.ts';
import { maskEmail } from '../mask.ts';
import { isWebauthn, type VerificationMethod } from '../policy/methods.ts';
import type { Enrolled, Refused, Verified } from '../ports/authenticator.ts';
import type { Message } from '../ports/delivery.ts';
import type { Changes, Event } from '../ports/store.ts';
import { addressKey, canonicalAddress, isPrivateAddress } from '../rules/address.ts';
import { applicationNameOf } from '../theme/theme.ts';
import type { Authenticator, User } from '../user.ts';
import type { AttemptError } from '../visit-view.ts';
import { challengeLogged } from '../webhooks/challenge-log.ts';
import { asksBeforeSuccess, confirmation } from '../webhooks/confirmation.ts';
import { browserOf, ceremonyContext, methodOf, withCeremony, wordsOf } from './ceremony-context.ts';
import { configurationOf } from './consume.ts';
import { confirmed, raised } from './factor-change.ts';
import { admitGuess, type BudgetOwner, guessFailed, guessSucceeded } from './guesses.ts';
import { type NoticeKind, notices } from './notice.ts';
import { reportUrl } from './report.ts';
import { seenFrom } from './seen-from.ts';
import { deliver } from './sending.ts';
import { isEnrolling, mostTries, type Situation, standing } from './standing.ts';
import { addAuthenticator, ceremonyDone, factorEvent, granted, proven } from './succeed.ts';
import { transition } from './transitions.ts';

export type AnswerResult = {
  readonly error?: AttemptError;
  readonly finished?: true;
  /** Why a WebAuthn credential was refused. */
  readonly reason?: Refused['reason'];
  /** As they stand after a right answer. */
  readonly instance?: Instance;
  readonly user?: User;
  readonly ceremony?: Ceremony;
  readonly userAuthenticatorId?: string;
  /** Of the answer to who holds a token; the page shows those that the instance keeps. */
  readonly recoveryCodes?: readonly string[];
};

/** What a right answer changes, and which notices go out after the commit. */
type Right = {
  readonly instance: Instance;
  readonly user: User;
  readonly events: readonly Event[];
  readonly messages: readonly Message[];
  readonly userAuthenticatorId?: string;
  readonly recoveryCodes?: readonly string[];
};
type Outcome = AnswerResult & { readonly messages?: readonly Message[] };
type NewIds = { readonly authenticator: string; readonly grantTokenId?: string };

/**
 * The budget of this browser: its own where the device is proven and the user succeeded on it. The page knows a device by its cookie;
 * a caller of the client API has the one that the host vouched for.
 */
export const budgetOwner = ({ user, instance, client }: Pick<Situation, 'user' | 'instance' | 'client'>): BudgetOwner => {
  const { visit, claimedDeviceHash, deviceVouched } = instance;
  const device = user.devices.find(
    ({ deviceId, vouchedHashes, invalidatedAt }) =>
      invalidatedAt === undefined &&
      (client
        ? deviceVouched === true && claimedDeviceHash !== undefined && vouchedHashes.includes(claimedDeviceHash)
        : deviceId === visit.deviceId),
  );
  return device?.lastSuccessAt === undefined ? 'other' : 'own';
};

/** Takes one answer to the ceremony that the page shows. */
export const answerCeremony = (situation: Situation, challengeId: string, response: unknown, remember: boolean): Promise<AnswerResult> => {
  const shown = (now: Situation): Ceremony | undefined => {
    const at = standing(now);
    return at.kind === 'ceremony' && at.ceremony.challengeId === challengeId ? at.ceremony : undefined;
  };
  return answer(situation, { open: shown, response, remember });
};

export type Answer = {
  /** The ceremony that is answered, asked again as things stand when the answer is written. */
  readonly open: (situation: Situation) => Ceremony | undefined;
  readonly response: unknown;
  readonly remember?: boolean;
  /** `jti` of the token to be answered where the answer gives a right to enroll. */
  readonly grantTokenId?: string;
};

/**
 * Takes one answer to an open ceremony. What needs waiting (signatures, hashes) is checked before; inside the transaction the
 * budget is asked first, so that past it a right answer looks like a wrong one, and the ceremony must still be the one checked.
 */
export const answer = async (situation: Situation, { open: find, response, remember, grantTokenId }: Answer): Promise<AnswerResult> => {
  const { ports, now } = situation;
  const ceremony = find(situation);
  if (!ceremony) return { error: 'late' };
  const checked = await check(situation, ceremony, response);
  const ids = { authenticator: ceremony.userAuthenticatorId ?? ports.random.uuid(now), grantTokenId };
  if (checked.ok && (await isUnconfirmed(situation, ceremony, checked, ids))) return { error: 'unconfirmed' };
  const outcome = await ports.store.transact<Outcome>({
    userId: situation.user.userId,
    load: { instance: situation.instance },
    run: ({ instance, user }) => {
      if (!instance || !user) return { answer: { error: 'late' } };
      const open = find({ ...situation, instance, user });
      if (!open || !isSame(open, ceremony) || open.expiresAt <= now) return { answer: { error: 'late' } };
      const present = { ...situation, user, instance: withBegun(instance, open) };
      const owner = budgetOwner(present);
      if (admitGuess(user, open.method, owner, now) !== 'admitted') return { answer: { error: 'wait' } };
      const right = checked.ok ? accepted(present, open, checked, owner, ids) : undefined;
      if (!right) return wrong(present, open, owner, checked.ok ? { ok: false, reason: 'wrong' } : checked);
      const remembered = remember ? { ...right.instance, visit: { ...right.instance.visit, remember: true as const } } : right.instance;
      const { messages, userAuthenticatorId, recoveryCodes } = right;
      return {
        answer: { finished: true, messages, instance: remembered, user: right.user, ceremony: open, userAuthenticatorId, recoveryCodes },
        changes: {
          instances: [remembered],
          user: right.user,
          events: [...right.events, ...logged(present, remembered, open, 'VERIFIED')],
        },
      };
    },
  });
  ports.observe({
    type: 'challenge',
    action: situation.instance.action,
    method: ceremony.method,
    result: outcome.finished ? 'succeeded' : (outcome.error ?? 'wrong'),
  });
  const { messages = [], ...result } = outcome;
  for (const message of messages) deliver(ports, message);
  return result;
};

/**
 * Asks the action's own server, where it has one, about an answer that would meet the challenge as things stand. INVARIANT: nothing
 * is written before its answer, and a refusal spends nothing; past the budget nobody is asked, so that a right answer shows in nothing.
 */
const isUnconfirmed = async (situation: Situation, ceremony: Ceremony, checked: Verified | Enrolled, ids: NewIds): Promise<boolean> => {
  const { ports, set, user, instance, now } = situation;
  const owner = budgetOwner(situation);
  if (!asksBeforeSuccess(set, instance.action) || ceremony.expiresAt <= now || admitGuess(user, ceremony.method, owner, now) !== 'admitted')
    return false;
  const right = accepted(situation, ceremony, checked, owner, ids);
  const meets = right?.instance.state === 'CHALLENGE_SUCCEEDED' && instance.state !== 'CHALLENGE_SUCCEEDED';
  if (!meets || (await confirmation(ports, set, instance)) === 'confirmed') return false;
  ports.observe({ type: 'challenge', action: instance.action, method: ceremony.method, result: 'unconfirmed' });
  return true;
};

/** Whether a ceremony still asks for what was checked. Those that need no beginning keep nothing, and any like it is the same. */
const isSame = (open: Ceremony, checked: Ceremony): boolean =>
  open.method === checked.method && open.purpose === checked.purpose && canonicalJson(open.kept) === canonicalJson(checked.kept);

/** A code that a person has without being sent one needs no beginning: its first answer begins. */
const withBegun = (instance: Instance, ceremony: Ceremony): Instance =>
  instance.ceremonies.some(({ challengeId }) => challengeId === ceremony.challengeId)
    ? instance
    : { ...withCeremony(instance, ceremony), ceremoniesStarted: instance.ceremoniesStarted + 1 };

const check = (situation: Situation, ceremony: Ceremony, response: unknown): Promise<Verified | Enrolled | Refused> => {
  const method = methodOf(situation.ports, ceremony.method);
  const input = { context: ceremonyContext(situation, ceremony.challengeId, ceremony.method), kept: ceremony.kept, response };
  if (!isEnrolling(ceremony.purpose)) return method.verify(input);
  return method.enrollment ? method.enrollment.finish(input) : Promise.resolve({ ok: false, reason: 'wrong' });
};

const accepted = (
  situation: Situation,
  ceremony: Ceremony,
  checked: Verified | Enrolled,
  owner: BudgetOwner,
  ids: NewIds,
): Right | undefined => {
  const user = guessSucceeded(situation.user, ceremony.method, owner);
  const instance = ceremonyDone(situation.instance, ceremony, situation.now);
  const next = { ...situation, user, instance };
  if ('authenticator' in checked) return enrolledBy(next, ceremony, checked, ids);
  return verifiedBy(next, ceremony, checked, ids);
};

/** An enrolled authenticator was proven. */
const verifiedBy = (situation: Situation, ceremony: Ceremony, checked: Verified, { grantTokenId }: NewIds): Right | undefined => {
  const { ports, user, instance, now } = situation;
  const present = user.authenticators.find(
    (one) => one.userAuthenticatorId === checked.userAuthenticatorId && one.verificationMethod === ceremony.method,
  );
  const used = present && methodOf(ports, ceremony.method).accept(present, checked, now);
  if (!used) return undefined;
  const stamped: Authenticator = { ...used, lastVerifiedAt: now };
  const withIt = { ...user, authenticators: user.authenticators.map((one) => (one === present ? stamped : one)) };
  const met = () => proven(instance, ceremony, stamped.userAuthenticatorId, checked.amr, now);
  const done =
    ceremony.purpose === 'prove-strongest'
      ? granted(instance, 'strongest-proof', grantTokenId, now)
      : ceremony.purpose === 'confirm'
        ? confirmed(met(), ceremony.method, now)
        : met();
  const recovered = ceremony.method === 'RECOVERY_CODE';
  return {
    user: withIt,
    instance: done,
    events: [
      ...securityEvents(instance, checked.events ?? [], now),
      ...(recovered ? [factorEvent('authenticator.updated', user.userId, stamped, now)] : []),
    ],
    messages: recovered ? tell(situation, 'recovery-code-used', ceremony.method) : [],
    userAuthenticatorId: stamped.userAuthenticatorId,
  };
};

/** A new authenticator, or a proven contact that is one only where the instance permits its method. */
const enrolledBy = (situation: Situation, ceremony: Ceremony, checked: Enrolled, ids: NewIds): Right => {
  const { ports, set, user, instance, now } = situation;
  if (ceremony.purpose === 'prove-contact' && !instance.permittedMethods.includes(ceremony.method)) {
    return { user, instance: granted(instance, 'verified-contact', ids.grantTokenId, now), events: [], messages: [] };
  }
  const isSeen = !situation.client || !(isWebauthn(ceremony.method) || methodOf(ports, ceremony.method).link);
  const added = addAuthenticator(ports, set, user, checked.authenticator, ids.authenticator, now, isSeen);
  const done = proven(
    { ...instance, enrollmentAnswered: true, grant: instance.grant && { ...instance.grant, usedAt: now } },
    ceremony,
    added.authenticator.userAuthenticatorId,
    checked.amr,
    now,
  );
  const { recoveryCodes } = added;
  const sealed = recoveryCodes && !situation.client && ports.secrets.seal(`recovery:${instance.instanceId}`, recoveryCodes.join(' '));
  return {
    user: added.user,
    events: added.events,
    instance: {
      ...raised(situation, done, ceremony.method),
      sealedRecoveryCodes: sealed || instance.sealedRecoveryCodes,
      timeline: [...done.timeline, { at: now, event: 'authenticator-added', detail: ceremony.method }],
    },
    messages: added.events.length > 0 ? tell(situation, 'added', ceremony.method, added.authenticator.email) : [],
    userAuthenticatorId: added.authenticator.userAuthenticatorId,
    ...(situation.client && { recoveryCodes }),
  };
};

/** What a change of factors is told by. */
export const tell = (situation: Situation, kind: NoticeKind, method: VerificationMethod, email?: string): readonly Message[] => {
  const { ports, set, user, instance, lang, now } = situation;
  return notices(user, {
    kind,
    method,
    email,
    applicationName: applicationNameOf(set),
    from: seenFrom(ports, browserOf(situation)),
    words: wordsOf({ set, instance, lang }),
    newId: () => ports.random.uuid(now),
    reportUrl: reportUrl(ports, user.userId, now),
    now,
  });
};

/** A wrong answer counts in the ceremony, the budget, the user's and the address's failures; the last one ends the challenge. */
const wrong = (
  situation: Situation,
  ceremony: Ceremony,
  owner: BudgetOwner,
  { reason, events = [] }: Refused,
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
  const { ipAddress } = browserOf(situation);
  const address = ipAddress === undefined ? undefined : canonicalAddress(ipAddress);
  const key = address === undefined || isPrivateAddress(address) ? undefined : addressKey(address);
  return {
    answer: { error: tries >= mostTries ? 'spent' : 'wrong', reason },
    changes: {
      instances: [next],
      user: countFailure(guessFailed(user, ceremony.method, owner, now), now),
      counted: key ? [{ key: `f:${key}`, at: now }] : [],
      events: [
        ...securityEvents(instance, failed ? [...events, 'authn_login_fail_max'] : events, now),
        ...logged(situation, next, ceremony, 'FAILED'),
        ...(failed ? challengeLogged(set, next, 'CHALLENGE_FAILED', now) : []),
      ],
    },
  };
};

/** A step of the challenge for its log. */
const logged = (
  { set, now }: Situation,
  after: Instance,
  { challengeId, method }: Ceremony,
  step: 'VERIFIED' | 'FAILED',
): readonly Event[] => challengeLogged(set, after, `${method}_${step}`, now, { challengeId, verificationMethod: method });

const securityEvents = (instance: Instance, names: readonly string[], now: number): readonly Event[] =>
  names.map((type) => ({
    type,
    at: now,
    data: { userId: instance.userId, action: instance.action, idempotencyKey: instance.idempotencyKey },
  }));

/** Where a ceremony's message went, masked. */
export const maskedDestination = (destination: string | undefined): string | undefined => destination && maskEmail(destination);
