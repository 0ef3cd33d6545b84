import { activeMethods, enrolledMethods, usableAuthenticators } from '../enrolled.ts';
import { forgetFactorTrust } from '../history.ts';
import type { Instance } from '../instance.ts';
import { knownAcrs } from '../policy/assurance.ts';
import { methodFacts, type VerificationMethod } from '../policy/methods.ts';
import type { PolicySet } from '../policy/policies.ts';
import type { Authenticator, User } from '../user.ts';
import type { ClientCaller } from './caller.ts';
import { configurationOf } from './consume.ts';
import type { Situation } from './standing.ts';

/** A proof lets factors be changed for so long. */
const freshFor = 5 * 60_000;

type Proven = { readonly method: VerificationMethod; readonly authTime: number };
type Around = Pick<Situation, 'ports' | 'set' | 'user' | 'instance' | 'client' | 'now'>;

const levelOf = (method: VerificationMethod): number => (methodFacts[method].assurance === 'aal2' ? 2 : 1);

/** Whether a proof by this method reaches the highest level that the user has enrolled. */
export const reachesHighest = ({ ports, set, user }: Around, method: VerificationMethod): boolean =>
  // recovery codes came with another factor and stand for it: they are none that has to be proven
  enrolledMethods(user, activeMethods(ports, set)).every((own) => own === 'RECOVERY_CODE' || levelOf(own) <= levelOf(method));

/** What a timeline calls a change of factors. */
const factorChanges: ReadonlySet<string> = new Set(['authenticator-added', 'authenticator-removed', 'recovery-codes-made']);

/**
 * Whether a proof still counts: a dispute, a BLOCK, a factor change elsewhere and the end of its device void it; what this same
 * instance changed does not.
 */
const stands = ({ user, instance }: Around, { authTime }: Proven): boolean =>
  (authTime >= user.proofsVoidBefore ||
    instance.timeline.some(({ at, event }) => at === user.proofsVoidBefore && factorChanges.has(event))) &&
  !user.devices.some(({ deviceId, invalidatedAt }) => deviceId === instance.visit.deviceId && (invalidatedAt ?? -1) >= authTime);

/** Whether a token was given to who gave this proof: a track token, or the proof token of an earlier proof, is none. */
const carries = ({ kind, proof: carried }: ClientCaller, { method, authTime }: Proven): boolean =>
  kind === 'proof' && carried?.method === method && carried.authTime === Math.floor(authTime / 1000);

/**
 * The proof by which factors may be changed now: of this instance, given by who asks, minutes old, at the highest level that the
 * user has enrolled. Undefined: one is owed first.
 */
export const changeProof = (around: Around): Proven | undefined => {
  const { client, now } = around;
  const { confirmation, proof } = around.instance;
  const given = proof && proof.method !== 'DEVICE' ? { method: proof.method, authTime: proof.authTime } : undefined;
  const own = client ? [given && carries(client, given) ? given : undefined] : [confirmation, proof?.onPage ? given : undefined];
  return own.find((one) => one && now - one.authTime < freshFor && stands(around, one) && reachesHighest(around, one.method));
};

/** The instance after the person showed again who is there. It completes nothing by itself. */
export const confirmed = (instance: Instance, method: VerificationMethod, now: number): Instance => ({
  ...instance,
  confirmation: { method, authTime: now },
  timeline: [...instance.timeline, { at: now, event: 'change-confirmed', detail: method }],
});

/**
 * The instance after a method was enrolled on it: that counts as shown, at the time of the proof that allowed it, so that it
 * prolongs nothing.
 */
export const raised = (around: Around, instance: Instance, enrolled: VerificationMethod): Instance => {
  const proof = changeProof(around);
  return !proof || around.client || levelOf(enrolled) <= levelOf(proof.method)
    ? instance
    : { ...instance, confirmation: { method: enrolled, authTime: proof.authTime } };
};

/** Whether the instance's action wants an authenticator of its users: it challenges, or may. */
export const demandsAuthenticator = (set: PolicySet, { action, outcome, requestedAcr }: Instance, now: number): boolean => {
  const { defaultUserActionResult: standard } = configurationOf(set, action, now);
  return (
    outcome === 'CHALLENGE' ||
    standard === 'CHALLENGE' ||
    standard === 'RECOMMENDED' ||
    knownAcrs(requestedAcr).length > 0 ||
    (set.actions.get(action)?.rules ?? []).some(({ type, isActive, mode }) => type === 'CHALLENGE' && isActive && mode === 'production')
  );
};

/** Whether it is the only usable authenticator of its user. */
export const isLast = ({ ports, set, user }: Around, one: Authenticator): boolean => {
  const usable = usableAuthenticators(user, activeMethods(ports, set)).filter(
    ({ verificationMethod }) => verificationMethod !== 'RECOVERY_CODE',
  );
  return usable.length === 1 && usable[0] === one;
};

/** The user without an authenticator. Recovery codes alone are none: they go with the last one. */
export const withoutAuthenticator = (
  { ports, set }: Pick<Around, 'ports' | 'set'>,
  user: User,
  one: Authenticator,
  now: number,
): { readonly user: User; readonly gone: readonly Authenticator[] } => {
  const rest = { ...user, authenticators: user.authenticators.filter((other) => other !== one) };
  const kept =
    usableAuthenticators(rest, activeMethods(ports, set)).length > 0
      ? rest
      : { ...rest, authenticators: rest.authenticators.filter(({ verificationMethod }) => verificationMethod !== 'RECOVERY_CODE') };
  return {
    user: forgetFactorTrust(kept, now),
    gone: user.authenticators.filter((other) => !kept.authenticators.includes(other)),
  };
};
