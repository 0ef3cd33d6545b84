import type { State } from '../action.ts';
import { configurationOf } from '../challenge/consume.ts';
import { changeProof } from '../challenge/factor-change.ts';
import { authenticatorsOf, enrollable, owed, purposeFor, type Situation } from '../challenge/standing.ts';
import { activeMethods, enrollmentRoute } from '../enrolled.ts';
import { type ErrorCode, StepwardError } from '../errors.ts';
import type { CeremonyPurpose } from '../instance.ts';
import { allowsCrossBrowser } from '../policy/defaults.ts';
import { isEmailMethod, type VerificationMethod } from '../policy/methods.ts';

/** Why something may not be begun. */
export type Refusal = { readonly code: ErrorCode; readonly message: string };
export type Permitted = CeremonyPurpose | Refusal;

const denied: Refusal = { code: 'access_denied', message: 'this action cannot go on' };
const ended: Partial<Record<State, Refusal>> = {
  BLOCK: denied,
  REVIEW_REQUIRED: denied,
  REVIEW_FAILED: denied,
  REVIEW_SUCCEEDED: denied,
  CHALLENGE_FAILED: { code: 'challenge_failed', message: 'the challenge failed or was cancelled, report the action anew' },
};
const lapsed: Refusal = { code: 'challenge_expired', message: 'the time of this challenge has passed, report the action anew' };
const finished: Refusal = { code: 'invalid_transition', message: 'this challenge was met, report the action anew to ask again' };
const noProof: Refusal = {
  code: 'enrollment_not_allowed',
  message: 'a fresh proof of this action, at the level of what is enrolled, comes first',
};
const noRoute: Refusal = { code: 'enrollment_not_allowed', message: 'nothing can be enrolled for this user on this action' };

const notPermitted = (method: VerificationMethod): Refusal => ({
  code: 'method_not_permitted',
  message: `\`${method}\` cannot be used here`,
});

const isRefusal = (permitted: Permitted | undefined): permitted is Refusal => typeof permitted === 'object';

/** Throws where it was refused. */
export const demand = (permitted: Permitted): CeremonyPurpose => {
  if (isRefusal(permitted)) throw new StepwardError(permitted.code, permitted.message);
  return permitted;
};
export const purposeOrNone = (permitted: Permitted): CeremonyPurpose | undefined => (isRefusal(permitted) ? undefined : permitted);

/** Why nothing at all goes on with this instance. */
const closedBy = ({ instance, now }: Pick<Situation, 'instance' | 'now'>): Refusal | undefined => {
  // where the host asks for its own factor, nothing is proven or enrolled here
  if (instance.challengedByHost) return denied;
  // a browser that the host cannot see is decided over, and asked, on the page alone
  if (instance.deferSignals && instance.state !== 'CHALLENGE_SUCCEEDED') return denied;
  const end = ended[instance.state];
  if (end) return end;
  return instance.state === 'CHALLENGE_REQUIRED' && now >= instance.expiresAt ? lapsed : undefined;
};

/** Throws where nothing goes on with this instance. */
export const demandOpen = (situation: Pick<Situation, 'instance' | 'now'>): void => {
  const closed = closedBy(situation);
  if (closed) throw new StepwardError(closed.code, closed.message);
};

/** What another browser than the one that waits can finish is offered only where the tenant lets it be. */
export const isOffered = ({ ports, set }: Pick<Situation, 'ports' | 'set'>, method: VerificationMethod): boolean =>
  ports.methods.get(method)?.link === undefined || allowsCrossBrowser(set, method);

/** What proving something by this method would be for. */
export const toProve = (situation: Situation, method: VerificationMethod): Permitted => {
  const closed = closedBy(situation);
  if (closed) return closed;
  if (!isOffered(situation, method)) return notPermitted(method);
  if (situation.instance.state === 'CHALLENGE_SUCCEEDED') return finished;
  const purpose = purposeFor(owed(situation), method);
  return purpose === undefined || purpose === 'enroll' ? notPermitted(method) : purpose;
};

/**
 * Whether an authenticator of this method may be added. A user who has a usable one shows a fresh proof of this instance; one without
 * follows the scope of an ALLOW, or the action's policy, where a contact that was proven is enrolled or lets one other be.
 *
 * @param email of a method that has an address: the one to be enrolled.
 */
export const toEnroll = (situation: Situation, method: VerificationMethod, email?: string): Permitted => {
  const { instance, user } = situation;
  const closed = closedBy(situation);
  if (closed) return closed;
  if (!isOffered(situation, method)) return notPermitted(method);
  const hasOwn = authenticatorsOf(situation).length > 0;
  const isFresh = changeProof(situation) !== undefined;
  const route = hasOwn ? 'own' : routeOf(situation);
  if (route === 'none' && instance.state === 'CHALLENGE_SUCCEEDED') return noRoute;
  if (instance.state === 'CHALLENGE_SUCCEEDED') return isFresh ? more(situation, method) : noProof;
  const next = owed(situation);
  // an address that nobody vouches for is no contact of somebody who has proven nothing else
  const isOwnContact = route !== 'verified-contact' || email === undefined || email === user.vouchedEmail || hasAddScope(situation);
  if (next.kind === 'prove-contact') return isEmailMethod(method) && isOwnContact ? 'prove-contact' : noRoute;
  if (next.kind !== 'enroll') return hasOwn ? noProof : noRoute;
  return next.methods.includes(method) && isOwnContact ? 'enroll' : notPermitted(method);
};

const hasAddScope = ({ instance: { state, scope } }: Situation): boolean =>
  state === 'ALLOW' && scope.split(' ').includes('add:authenticators');

const more = (situation: Situation, method: VerificationMethod): Permitted => {
  if (enrollable(situation).includes(method)) return 'enroll';
  const isActive = activeMethods(situation.ports, situation.set).includes(method);
  return isActive ? { code: 'already_exists', message: `no further \`${method}\` can be enrolled` } : notPermitted(method);
};

const routeOf = ({ ports, set, user, instance, now }: Situation) =>
  enrollmentRoute(user, configurationOf(set, instance.action, now), instance, activeMethods(ports, set), now);
