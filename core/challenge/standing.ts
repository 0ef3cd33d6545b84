import type { ActionConfiguration } from '../action.ts';
import { activeMethods, enrollmentRoute, isWaiting, usableAuthenticators } from '../enrolled.ts';
import type { Ceremony, CeremonyPurpose, Instance } from '../instance.ts';
import { methodRank } from '../policy/assurance.ts';
import { isEmailMethod, isWebauthn, type MethodFacts, methodFacts, type VerificationMethod } from '../policy/methods.ts';
import type { PolicySet } from '../policy/policies.ts';
import type { Ports } from '../settings.ts';
import type { Authenticator, User } from '../user.ts';
import type { ClientCaller } from './caller.ts';
import { configurationOf } from './consume.ts';
import { awaitsBrowser, isDeferredAllow, rulingDecision } from './deferral.ts';
import { changeProof, reachesHighest } from './factor-change.ts';

/** Wrong answers that one ceremony takes. */
export const mostTries = 5;
/** WebAuthn credentials of one method that a user may have. */
const mostCredentials = 10;
/** The settings page is open for so long, as long as each change has a fresh proof. */
const settingsOpenFor = 60 * 60_000;

/** What an instance and its user stand at now, and what may be done next. The one place that decides it. */
export type Standing =
  | { readonly kind: 'blocked' | 'review' | 'expired' | 'leave' | 'recovery-codes' | 'no-way' }
  | { readonly kind: 'ceremony'; readonly ceremony: Ceremony; readonly others: readonly VerificationMethod[] }
  | { readonly kind: 'choose'; readonly purpose: 'verify' | 'prove-strongest' | 'confirm'; readonly methods: readonly VerificationMethod[] }
  | { readonly kind: 'prove-contact'; readonly methods: readonly VerificationMethod[]; readonly destination: string }
  | { readonly kind: 'enroll'; readonly methods: readonly VerificationMethod[]; readonly optional: boolean }
  /** A reset user: nothing can be enrolled before this time. */
  | { readonly kind: 'waiting'; readonly until: number }
  /** The settings; `methods` can be added. */
  | { readonly kind: 'settings'; readonly methods: readonly VerificationMethod[] };

export type Situation = {
  readonly ports: Ports;
  readonly set: PolicySet;
  readonly user: User;
  readonly instance: Instance;
  readonly forceEnrollment: boolean;
  /** `lang` of the visit's URL. */
  readonly lang?: string;
  readonly now: number;
  /** Absent: the hosted page asks, for the browser that the visit belongs to. */
  readonly client?: ClientCaller;
};

const fixed: Partial<Record<Instance['state'], Standing['kind'] & ('blocked' | 'review' | 'leave')>> = {
  BLOCK: 'blocked',
  REVIEW_FAILED: 'blocked',
  REVIEW_REQUIRED: 'review',
  REVIEW_SUCCEEDED: 'leave',
  CHALLENGE_FAILED: 'leave',
};

/** The ceremony that the page shows, still open for answers or at least for a new code. */
export const openCeremony = (instance: Instance): Ceremony | undefined =>
  instance.ceremonies.find((one) => one.begunBy === 'page' && one.challengeId === instance.openChallengeId && isOpen(one));

/** Whether a ceremony can still be answered, or at least be given a new code. */
export const isOpen = ({ spentAt, tries }: Ceremony): boolean => spentAt === undefined && tries < mostTries;

export const standing = (situation: Situation): Standing => {
  const { set, instance, now } = situation;
  const settled = fixed[instance.state];
  if (settled) return { kind: settled };
  if (instance.consumedAt !== undefined) return { kind: 'leave' };
  if (instance.epoch !== set.epoch || (instance.state === 'CHALLENGE_REQUIRED' && now >= instance.expiresAt)) return { kind: 'expired' };
  // nothing is proven or enrolled before the page has decided, nor on an ALLOW of its own
  if (awaitsBrowser(instance) || isDeferredAllow(instance)) return { kind: 'leave' };
  if (instance.sealedRecoveryCodes !== undefined) return { kind: 'recovery-codes' };
  const next = afterChallenge(situation);
  const ceremony = openCeremony(instance);
  // a ceremony counts only while what it is for is still what is owed
  if (ceremony && purposeFor(next, ceremony.method) === ceremony.purpose && isToPresentAddress(situation.user, ceremony))
    return {
      kind: 'ceremony',
      ceremony,
      others: next.kind === 'prove-contact' ? [] : methodsOf(next).filter((one) => one !== ceremony.method),
    };
  return next;
};

/** Whether a message that proves a vouched address went to the one that is vouched for now. The page enrolls no other. */
export const isToPresentAddress = ({ vouchedEmail }: User, { purpose, method, destination, begunBy }: Ceremony): boolean =>
  !isEmailMethod(method) || !(purpose === 'prove-contact' || (purpose === 'enroll' && begunBy === 'page')) || destination === vouchedEmail;

/** What a ceremony of this method would be for, as things stand; undefined: it may not be started. */
export const purposeFor = (next: Standing, method: VerificationMethod): CeremonyPurpose | undefined => {
  if (!methodsOf(next).includes(method)) return undefined;
  if (next.kind === 'prove-contact') return 'prove-contact';
  if (next.kind === 'choose') return method === 'RECOVERY_CODE' && next.purpose === 'prove-strongest' ? 'verify' : next.purpose;
  return 'enroll';
};
const methodsOf = (next: Standing): readonly VerificationMethod[] => ('methods' in next ? next.methods : []);

/** Whether a ceremony of this purpose adds an authenticator or proves an address, rather than an authenticator that is enrolled. */
export const isEnrolling = (purpose: CeremonyPurpose): boolean => purpose === 'enroll' || purpose === 'prove-contact';

const afterChallenge = (situation: Situation): Standing => {
  const { instance } = situation;
  if (instance.state === 'CHALLENGE_SUCCEEDED') return offered(situation);
  return instance.state === 'ALLOW' ? allowed(situation) : owed(situation);
};

/** After success: what the host asked for or the policy prompts, then the settings. */
const offered = (situation: Situation): Standing =>
  prompted(situation) ?? (settingsUntil(situation) === undefined ? { kind: 'leave' } : settings(situation));

/** An enrollment that the host asked for or the policy prompts, where the proof is fresh and strong enough to change factors. */
const prompted = (situation: Situation): Standing | undefined => {
  const { instance, forceEnrollment, set } = situation;
  const rule = set.actions.get(instance.action)?.rules.find(({ ruleId }) => ruleId === rulingDecision(instance).ruleId);
  const prompts =
    rule?.promptToEnrollVerificationMethods ?? configurationOf(set, instance.action, 0).promptToEnrollVerificationMethods ?? [];
  const recovered = instance.proof?.method === 'RECOVERY_CODE';
  if (instance.enrollmentAnswered || !(forceEnrollment || recovered || prompts.length > 0) || !changeProof(situation)) return undefined;
  const methods = enrollable(situation).filter((method) => forceEnrollment || recovered || prompts.includes(method));
  return methods.length > 0 ? { kind: 'enroll', methods, optional: true } : undefined;
};

/** Until when the settings of this visit are open; undefined where they were not asked for, are closed, or came too late. */
export const settingsUntil = ({ instance, now }: Pick<Situation, 'instance' | 'now'>): number | undefined => {
  const openedAt = instance.visit.openedAt ?? now;
  const asked = instance.redirectToSettings === true && instance.settingsClosed !== true && openedAt < instance.expiresAt;
  return asked && now < openedAt + settingsOpenFor ? openedAt + settingsOpenFor : undefined;
};

/** The settings, once the person has shown who is there as for an enrollment. */
const settings = (situation: Situation): Standing => {
  const { instance } = situation;
  if (changeProof(situation)) return { kind: 'settings', methods: enrollable(situation) };
  const own = ownMethods(situation).filter((method) => reachesHighest(situation, method) && !openedLogin(instance, method));
  const methods = own.filter((method) => method !== 'RECOVERY_CODE' || instance.permittedMethods.includes(method));
  return methods.length > 0 ? { kind: 'choose', purpose: 'confirm', methods: byStrength(methods, instance) } : { kind: 'no-way' };
};

/** An ALLOW opened: whoever has nothing may get something, as the policy says; TRUST asks nothing. */
const allowed = (situation: Situation): Standing => {
  const { instance, forceEnrollment } = situation;
  if (instance.challengedByHost) return { kind: 'leave' };
  const own = ownMethods(situation);
  const toSettings = settingsUntil(situation) !== undefined;
  if (toSettings && (own.length > 0 || changeProof(situation))) return settings(situation);
  if ((instance.outcome === 'TRUST' && !toSettings) || instance.enrollmentAnswered) return { kind: 'leave' };
  if (own.length > 0) {
    const methods = own.filter((method) => instance.permittedMethods.includes(method));
    return forceEnrollment && methods.length > 0 ? { kind: 'choose', purpose: 'verify', methods } : { kind: 'leave' };
  }
  const next = newcomer(situation, hasScopeToAdd(instance));
  // nobody is stopped for what he did not ask for
  if (next.kind === 'no-way' || next.kind === 'waiting') return toSettings ? next : { kind: 'leave' };
  return next.kind === 'enroll' ? { ...next, optional: true } : next;
};

/** What a challenge that is owed, or given without being owed, asks for. */
export const owed = (situation: Situation): Standing => {
  const { instance } = situation;
  const own = ownMethods(situation);
  if (own.length === 0) return newcomer(situation, instance.state === 'ALLOW' && hasScopeToAdd(instance));
  const methods = own.filter((method) => instance.permittedMethods.includes(method));
  if (methods.some((method) => method !== 'RECOVERY_CODE'))
    return { kind: 'choose', purpose: 'verify', methods: byStrength(methods, instance) };
  // none of his methods is permitted here: the strongest proves nothing but that he may enroll one that is
  const provable = own.filter((method) => method !== 'RECOVERY_CODE' && !openedLogin(instance, method));
  // a recovery code replaces what is lost, and completes where it is permitted
  if (provable.length === 0 || configurationFor(situation).enrollment === 'deny')
    return methods.length > 0 ? { kind: 'choose', purpose: 'verify', methods } : { kind: 'no-way' };
  if (hasGrant(situation)) return toEnroll(situation);
  const strongest = Math.max(...provable.map(methodRank));
  const toProve = provable.filter((method) => methodRank(method) === strongest);
  return { kind: 'choose', purpose: 'prove-strongest', methods: [...toProve, ...methods] };
};

const isPermitted = ({ permittedMethods }: Instance, method: VerificationMethod): boolean => permittedMethods.includes(method);

const hasScopeToAdd = ({ scope }: Instance): boolean => scope.split(' ').includes('add:authenticators');

/** Whether a method's channel was the host's first factor: what opened the login cannot step it up. */
const openedLogin = ({ firstFactorChannels }: Instance, method: VerificationMethod): boolean => {
  const { channel }: MethodFacts = methodFacts[method];
  return channel !== undefined && firstFactorChannels?.includes(channel) === true;
};

const newcomer = (situation: Situation, byScope: boolean): Standing => {
  const { ports, set, user, instance, now } = situation;
  if (isWaiting(user, now)) return { kind: 'waiting', until: user.enrollNotBefore ?? now };
  const active = activeMethods(ports, set);
  const route = enrollmentRoute(user, configurationFor(situation), instance, active, now);
  if (byScope || route === 'allow' || (route === 'verified-contact' && hasGrant(situation))) return toEnroll(situation);
  if (route !== 'verified-contact' || !user.vouchedEmail) return { kind: 'no-way' };
  // first the one that completes the instance, if either does; else a code
  const byMail = active.filter(isEmailMethod).toSorted((a, b) => Number(isPermitted(instance, b)) - Number(isPermitted(instance, a)));
  return { kind: 'prove-contact', methods: byMail, destination: user.vouchedEmail };
};

const toEnroll = (situation: Situation): Standing => {
  const methods = enrollable(situation).filter((method) => situation.instance.permittedMethods.includes(method));
  return methods.length > 0 ? { kind: 'enroll', methods, optional: false } : { kind: 'no-way' };
};

const configurationFor = ({ set, instance, now }: Situation): ActionConfiguration => configurationOf(set, instance.action, now);

/**
 * Only who gave the proof that a grant rests on may use it: the page's browser, or the holder of the one token it was answered with.
 * What voids proofs voids it too.
 */
const hasGrant = ({ instance: { grant }, user, client, now }: Situation): boolean =>
  grant !== undefined &&
  grant.usedAt === undefined &&
  grant.at >= user.proofsVoidBefore &&
  now < grant.until &&
  grant.tokenId === client?.tokenId;

/** The user's usable authenticators of one method, or all; the default one first. */
export const authenticatorsOf = ({ ports, set, user }: Situation, method?: VerificationMethod): readonly Authenticator[] =>
  usableAuthenticators(user, activeMethods(ports, set))
    .filter((one) => method === undefined || one.verificationMethod === method)
    .toSorted((a, b) => Number(b.isDefault ?? false) - Number(a.isDefault ?? false));

const ownMethods = (situation: Situation): readonly VerificationMethod[] => [
  ...new Set(authenticatorsOf(situation).map((one) => one.verificationMethod)),
];

/** Strongest first; recovery codes last. */
const byStrength = (methods: readonly VerificationMethod[], { defaultMethod }: Instance): readonly VerificationMethod[] => {
  const rank = (method: VerificationMethod) => (method === defaultMethod ? 100 : method === 'RECOVERY_CODE' ? -1 : methodRank(method));
  return methods.toSorted((a, b) => rank(b) - rank(a));
};

/** Addresses that a user may have of one method. */
const mostAddresses = 5;

/** Methods of which one more can be added. On the page an e-mail address only where the identity provider vouches for it. */
export const enrollable = ({ ports, set, user, client, now }: Situation): readonly VerificationMethod[] =>
  activeMethods(ports, set).filter((method) => {
    if (!ports.methods.get(method)?.enrollment || isWaiting(user, now)) return false;
    const mine = user.authenticators.filter((one) => one.verificationMethod === method && one.verifiedAt !== undefined);
    if (isEmailMethod(method) && client) return mine.length < mostAddresses;
    if (isEmailMethod(method)) return user.vouchedEmail !== undefined && !mine.some((one) => one.email === user.vouchedEmail);
    return isWebauthn(method) ? mine.length < mostCredentials : mine.length === 0;
  });
