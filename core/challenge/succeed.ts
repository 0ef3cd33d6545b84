import { authenticatorAnswer } from '../authenticator-answer.ts';
import { activeMethods, usableAuthenticators } from '../enrolled.ts';
import { forgetFactorTrust } from '../history.ts';
import type { Ceremony, Instance } from '../instance.ts';
import { acrOf, amrOf } from '../policy/assurance.ts';
import type { PolicySet } from '../policy/policies.ts';
import type { Event } from '../ports/store.ts';
import type { Ports } from '../settings.ts';
import type { Authenticator, User } from '../user.ts';
import { transition } from './transitions.ts';

const grantFor = 5 * 60_000;

/** The instance after its ceremony was answered rightly. */
export const ceremonyDone = (instance: Instance, ceremony: Ceremony, now: number): Instance => ({
  ...instance,
  openChallengeId: undefined,
  ceremonies: instance.ceremonies.map((one) => (one.challengeId === ceremony.challengeId ? { ...one, spentAt: now } : one)),
});

/** A proof by a permitted method: the challenge is met. INVARIANT: the only way of a proof into CHALLENGE_SUCCEEDED. */
export const proven = (
  instance: Instance,
  { method, begunBy }: Pick<Ceremony, 'method' | 'begunBy'>,
  userAuthenticatorId: string,
  amr: readonly string[] | undefined,
  now: number,
): Instance => {
  const state = transition(instance.state, 'verified');
  // an instance that already succeeded keeps its proof: a further enrollment is no second one
  if (!state || !instance.permittedMethods.includes(method)) return instance;
  return {
    ...instance,
    state,
    stateUpdatedAt: now,
    finishedAt: now,
    proof: {
      method,
      userAuthenticatorId,
      authTime: now,
      onPage: begunBy === 'page',
      acr: acrOf(method, instance.requestedAcr),
      amr: amrOf(method, amr, instance.firstFactorAmr ?? [], instance.usedRisk),
    },
    timeline: [...instance.timeline, { at: now, event: 'challenge-succeeded', detail: method }],
  };
};

/** Lets one permitted method be enrolled, once and for a short time, by the page or with the token that is answered. */
export const granted = (
  instance: Instance,
  reason: 'verified-contact' | 'strongest-proof',
  tokenId: string | undefined,
  now: number,
): Instance => ({
  ...instance,
  grant: { at: now, until: now + grantFor, reason, tokenId },
  timeline: [...instance.timeline, { at: now, event: 'enrollment-granted', detail: reason }],
});

export type NewFactor = {
  readonly user: User;
  readonly authenticator: Authenticator;
  readonly recoveryCodes?: readonly string[];
  readonly events: readonly Event[];
};

/**
 * Adds an authenticator. A factor change voids earlier proofs and remembered devices; a user's first one brings recovery codes.
 * The same contact address again is the existing authenticator.
 *
 * @param showsCodes false where nobody would see the codes.
 */
export const addAuthenticator = (
  ports: Ports,
  set: PolicySet,
  user: User,
  enrolled: Omit<Authenticator, 'userAuthenticatorId' | 'createdAt'>,
  id: string,
  now: number,
  showsCodes = true,
): NewFactor => {
  const existing = user.authenticators.find(
    (one) =>
      one.verificationMethod === enrolled.verificationMethod &&
      ((enrolled.email !== undefined && one.email === enrolled.email) ||
        (enrolled.phoneNumber !== undefined && one.phoneNumber === enrolled.phoneNumber)),
  );
  if (existing) return { user, authenticator: existing, events: [] };
  const authenticator: Authenticator = { ...enrolled, userAuthenticatorId: id, createdAt: now, verifiedAt: now };
  const isFirst = usableAuthenticators(user, activeMethods(ports, set)).length === 0;
  const withIt = forgetFactorTrust({ ...user, authenticators: [...user.authenticators, authenticator] }, now);
  const events = [factorEvent('authenticator.created', user.userId, authenticator, now)];
  if (!isFirst || !showsCodes || set.tenant.disableRecoveryCodes || enrolled.verificationMethod === 'RECOVERY_CODE')
    return { user: withIt, authenticator, events };
  const made = withRecoveryCodes(ports, withIt, now);
  return { user: made.user, authenticator, recoveryCodes: made.codes, events: [...events, ...made.events] };
};

/** A new set of recovery codes in place of the old one. */
export const withRecoveryCodes = (
  ports: Ports,
  user: User,
  now: number,
): { readonly user: User; readonly codes: readonly string[]; readonly events: readonly Event[] } => {
  const { codes, data } = ports.recoveryCodes.generate(now, user.userId);
  const others = user.authenticators.filter((one) => one.verificationMethod !== 'RECOVERY_CODE');
  const old = user.authenticators.filter((one) => !others.includes(one));
  const set: Authenticator = {
    userAuthenticatorId: ports.random.uuid(now),
    verificationMethod: 'RECOVERY_CODE',
    createdAt: now,
    verifiedAt: now,
    data,
  };
  return {
    codes,
    user: { ...user, authenticators: [...others, set] },
    events: [...factorEvents('authenticator.deleted', user.userId, old, now), factorEvent('authenticator.created', user.userId, set, now)],
  };
};

type FactorEvent = 'authenticator.created' | 'authenticator.updated' | 'authenticator.deleted';

/** A change of a user's factors: the authenticator as the wire shows it, without secrets. */
export const factorEvent = (type: FactorEvent, userId: string, one: Authenticator, now: number): Event => ({
  type,
  at: now,
  data: authenticatorAnswer(userId, one),
});

/** The same for several at once. */
export const factorEvents = (type: FactorEvent, userId: string, all: readonly Authenticator[], now: number): readonly Event[] =>
  all.map((one) => factorEvent(type, userId, one, now));
