import { canonicalJson } from './canonical.ts';
import { awaitsBrowser, isSettled, rulingDecision } from './challenge/deferral.ts';
import { sealRequest } from './challenge/sealed-request.ts';
import { withAttributes } from './contact.ts';
import { type Decided, decide } from './decide.ts';
import type { RuleResult, RuleTrace } from './decision.ts';
import { activeMethods, enrolledMethods, enrollmentRoute, firstFactorChannels, permittedMethods } from './enrolled.ts';
import { countTrack, voidProofs } from './history.ts';
import type { Instance } from './instance.ts';
import { learnAtTrack } from './learning.ts';
import { type HandedOver, type Met, meet } from './meet.ts';
import { knownAcrs } from './policy/assurance.ts';
import type { CompiledAction } from './policy/compiled.ts';
import { isEmailMethod, type VerificationMethod } from './policy/methods.ts';
import type { PolicySet } from './policy/policies.ts';
import type { Changes, Event, Loaded } from './ports/store.ts';
import { type activityLoad, type Prepared, signalInput } from './prepare.ts';
import type { Ignored, TrackRequest } from './request.ts';
import type { Ports } from './settings.ts';
import { parseScope } from './tokens.ts';
import { newUser, type User } from './user.ts';
/** Everything minted or computed before the transaction, in which nothing is awaited. */
export type Minted = {
  readonly now: number;
  readonly idempotencyKey: string;
  readonly instanceId: string;
  readonly newDeviceId: string;
  readonly requestHash: string;
  readonly sealedRedirect?: string;
  readonly sealedRequest?: string;
  readonly bindingHash?: string;
  readonly displayHash: string;
};

/** Mints what a new instance is made of. */
export const mint = (ports: Ports, request: TrackRequest, displayHash: string): Minted => {
  const { secrets, random } = ports;
  const now = ports.clock.now();
  const instanceId = random.uuid(now);
  return {
    now,
    instanceId,
    displayHash,
    idempotencyKey: request.idempotencyKey ?? random.uuid(now),
    newDeviceId: random.uuid(now),
    // a minted key cannot have been used before, so that nothing is compared
    requestHash: request.idempotencyKey === undefined ? '' : secrets.hash('request', canonicalJson(request)),
    sealedRedirect: request.redirectUrl === undefined ? undefined : secrets.seal(`redirect:${instanceId}`, request.redirectUrl),
    sealedRequest: request.context?.deferSignals ? sealRequest(ports, instanceId, request) : undefined,
    bindingHash: request.binding === undefined ? undefined : secrets.hash('binding', request.binding),
  };
};

/** What one decision is taken over. */
export type DecisionContext = {
  readonly ports: Ports;
  readonly set: PolicySet;
  readonly compiled: CompiledAction;
  readonly prepared: Prepared;
  readonly minted: Minted;
  readonly activity: ReturnType<typeof activityLoad>;
  readonly dataVersions: readonly string[];
  readonly handedOver?: HandedOver;
  readonly origin?: 'client';
};

/** What each preview rule came to. */
export type PreviewResults = readonly (readonly [ruleId: string, result: RuleResult])[];

/** The results that are counted by day: every preview rule's, and of production what matched or could not be known. */
export const noteworthy = (trace: readonly RuleTrace[], previews: PreviewResults): PreviewResults => {
  const previewed = new Set(previews.map(([ruleId]) => ruleId));
  const live = trace.filter(({ ruleId, result }) => (result === 'matched' || result === 'unknown') && !previewed.has(ruleId));
  return [...live.map(({ ruleId, result }): PreviewResults[number] => [ruleId, result]), ...previews];
};

/** The pure heart of track: decision, instance and everything that is written with it. */
export const decideInstance = (
  context: DecisionContext,
  loaded: Loaded,
): { readonly instance: Instance; readonly changes: Changes; readonly previews: PreviewResults } => {
  const { ports, set, compiled, prepared, minted, activity } = context;
  const { request } = prepared;
  const { now } = minted;
  const { configuration } = compiled.policy;
  const before = contactFrom(loaded.user ?? newUser(request.userId, now), request);
  const active = activeMethods(ports, set);
  const enrolled = enrolledMethods(before, active);
  const scope = parseScope(request.scope);
  const input = signalInput(ports, set, compiled, prepared, before, enrolled, activity.read(loaded), now);
  const decided = decide({
    compiled,
    input,
    ignored: ignoredOf(context, scope.unknown),
    dataVersions: context.dataVersions,
    hash: (value) => ports.secrets.hash('signal', value),
  });
  const { usedRisk, trace } = decided;
  const lifted = liftedByAcr(decided.decision, request);
  const rule = compiled.policy.rules.find(({ ruleId }) => ruleId === lifted.ruleId);
  const permitted = permittedMethods(active, configuration, rule, request);
  const deferSignals = request.context?.deferSignals === true;
  const metAtOnce = meet(
    { ports, set, compiled, prepared, handedOver: context.handedOver, displayHash: minted.displayHash, now },
    loaded.approvals,
    {
      user: before,
      active,
      device: input.deviceProven ? input.device : undefined,
      decision: lifted,
      permitted,
      usedRisk,
    },
  );
  const met = deferSignals ? waiting(metAtOnce, lifted, isSettled(decided, compiled)) : metAtOnce;
  const decision = metDecision(lifted, request, met);
  const route = enrollmentRoute(
    before,
    configuration,
    { firstFactorChannels: firstFactorChannels(request), challengedByHost: request.context?.challengedBy === 'host' },
    active,
    now,
  );
  const instance: Instance = {
    instanceId: minted.instanceId,
    userId: request.userId,
    action: request.action,
    idempotencyKey: minted.idempotencyKey,
    epoch: set.epoch,
    state: met.state,
    firstState: met.state,
    stateUpdatedAt: now,
    createdAt: now,
    expiresAt: now + Math.min(configuration.challengeExpiresIn, request.context?.challengeExpiresIn ?? Number.POSITIVE_INFINITY) * 1000,
    outcome: decision.outcome,
    requestHash: minted.requestHash,
    decision,
    deferSignals: deferSignals || undefined,
    sealedRequest: met.state === 'CHALLENGE_REQUIRED' ? minted.sealedRequest : undefined,
    permittedMethods: permitted,
    defaultMethod: rule?.defaultVerificationMethod ?? configuration.defaultVerificationMethod,
    canEnroll: enrolled.length > 0 || (route !== 'none' && hasSomethingToEnroll(ports, before, permitted, request)),
    enrolledMethods: enrolled,
    failurePolicy: configuration.failurePolicy,
    usedRisk,
    bindingHash: minted.bindingHash,
    redirectUrl: minted.sealedRedirect,
    redirectToSettings: request.redirectToSettings || undefined,
    scope: scope.scope,
    display: request.display,
    displayHash: minted.displayHash,
    custom: customOf(prepared),
    ipAddress: request.ipAddress,
    userAgent: request.userAgent,
    acceptLanguage: request.context?.acceptLanguage,
    claimedDeviceHash: prepared.deviceHash,
    deviceVouched: request.context?.deviceVouched || undefined,
    locale: request.locale ?? before.locale,
    requestedAcr: request.context?.requestedAcr,
    maxAge: request.context?.maxAge,
    canRedirect: request.context?.canRedirect,
    challengedByHost: request.context?.challengedBy === 'host' || undefined,
    firstFactorChannels: firstFactorChannels(request),
    firstFactorAmr: request.context?.authenticationMethods?.map(({ method }) => method),
    clientId: request.context?.clientId,
    origin: context.origin,
    visit: {},
    ceremonies: [],
    ceremoniesStarted: 0,
    proof: met.proof,
    finishedAt: met.state === 'CHALLENGE_SUCCEEDED' ? now : undefined,
    learnt: met.state === 'ALLOW' && configuration.learn === 'proceed' && !deferSignals ? true : undefined,
    timeline: [{ at: now, event: 'tracked', detail: decision.outcome }],
  };
  const counted = countTrack(before, request.action, now);
  const user = userAfter(instance, counted, prepared, minted);
  const previews = trace
    .filter(({ ruleId }) => compiled.previewRules.has(ruleId))
    .map(({ ruleId, result }): PreviewResults[number] => [ruleId, result]);
  // a decision that waits for another is counted with that one
  const results = awaitsBrowser(instance) ? [] : noteworthy(trace, previews);
  return { instance, changes: changesOf(context, instance, user, met, results), previews };
};

/** What is decided again on the page lets nothing through before; only a rule that no browser could have changed does. */
const waiting = (met: Met, { outcome }: Decided['decision'], isSettled: boolean): Met => {
  if (met.state !== 'ALLOW' && met.state !== 'CHALLENGE_SUCCEEDED') return met;
  return (outcome === 'ALLOW' || outcome === 'TRUST') && isSettled ? met : { state: 'CHALLENGE_REQUIRED' };
};

/** An address sent with track is stored as by updateUser; without its flag the host vouches for nothing. */
const contactFrom = (user: User, { email, emailVerified, phoneNumber, phoneNumberVerified, username }: TrackRequest): User =>
  email === undefined && phoneNumber === undefined && username === undefined
    ? user
    : withAttributes(user, {
        email,
        phoneNumber,
        username,
        // only true vouches; a false flag withdraws nothing that was vouched for before
        ...(email !== undefined && emailVerified === true && { emailVerified }),
        ...(phoneNumber !== undefined && phoneNumberVerified === true && { phoneNumberVerified }),
      });

const ignoredOf = ({ set, prepared }: DecisionContext, unknownScope: readonly string[]): readonly Ignored[] => {
  const { request, ignored } = prepared;
  const more: Ignored[] = unknownScope.map((word) => ({ attribute: 'scope', reason: `unknown-word \`${word.slice(0, 64)}\`` }));
  if (request.customDomain !== undefined && !set.tenant.customDomains.includes(request.customDomain))
    more.push({ attribute: 'customDomain', reason: 'not-listed' });
  return more.length === 0 ? ignored : [...ignored, ...more];
};

/** Whether a permitted method can be enrolled on the page at all; where the host challenges, it enrolls by its own means. */
const hasSomethingToEnroll = (
  ports: Ports,
  { vouchedEmail }: User,
  permitted: readonly VerificationMethod[],
  request: TrackRequest,
): boolean =>
  request.context?.challengedBy === 'host' ||
  permitted.some((method) => ports.methods.get(method)?.enrollment && (!isEmailMethod(method) || vouchedEmail !== undefined));

/** The decision with how it was met at once; a challenge that was handed over in vain is named. */
const metDecision = (decision: Decided['decision'], request: TrackRequest, met: Met): Decided['decision'] => ({
  ...decision,
  ...(met.decidedBy && { decidedBy: met.decidedBy }),
  ...(request.challengeId !== undefined &&
    met.state !== 'CHALLENGE_SUCCEEDED' && { ignored: [...decision.ignored, { attribute: 'challengeId', reason: 'not-usable' }] }),
});

const customOf = ({ custom }: Prepared): Instance['custom'] => (custom.size === 0 ? undefined : Object.fromEntries(custom));

/** A requested acr lifts ALLOW and TRUST to CHALLENGE; it never touches REVIEW or BLOCK. */
export const liftedByAcr = (decision: Decided['decision'], request: TrackRequest): Decided['decision'] =>
  (decision.outcome === 'ALLOW' || decision.outcome === 'TRUST') && knownAcrs(request.context?.requestedAcr).length > 0
    ? { ...decision, outcome: 'CHALLENGE', decidedBy: 'acr' }
    : decision;

const userAfter = (instance: Instance, user: User, prepared: Prepared, minted: Minted): User => {
  if (instance.state === 'BLOCK') return voidProofs(user, minted.now);
  return instance.learnt ? learnAtTrack(user, prepared, minted.newDeviceId, minted.now) : user;
};

/** An approval that meets a later instance is used by it. */
export const approvalSpent = (approved: Instance, { idempotencyKey }: Instance, now: number): Instance => ({
  ...approved,
  consumedAt: now,
  spentBy: idempotencyKey,
  timeline: [...approved.timeline, { at: now, event: 'approval-spent', detail: idempotencyKey }],
});

const changesOf = (
  { minted, activity, prepared, compiled }: DecisionContext,
  instance: Instance,
  user: User,
  met: Met,
  results: PreviewResults,
): Changes => {
  const { now } = minted;
  const { keys, userSubject } = activity;
  const spent = met.spent && approvalSpent(met.spent, instance, now);
  const seen = [
    ...(keys.addressUsers ? [{ key: keys.addressUsers, subject: userSubject, at: now }] : []),
    ...(keys.addressDevices && prepared.deviceHash && compiled.needs.has('address-devices')
      ? [{ key: keys.addressDevices, subject: prepared.deviceHash, at: now }]
      : []),
    ...(keys.deviceUsers && instance.learnt ? [{ key: keys.deviceUsers, subject: userSubject, at: now }] : []),
  ];
  return {
    user,
    instances: spent ? [instance, spent] : [instance],
    counted: [keys.address, keys.device].flatMap((key) => (key ? [{ key, at: now }] : [])),
    seen,
    events: [decisionEvent(instance, instance.createdAt, compiled, results)],
  };
};

/** The immutable record of a decision, with what the daily counts of rules need. */
export const decisionEvent = (instance: Instance, at: number, { policy }: CompiledAction, results: PreviewResults): Event => {
  const decision = rulingDecision(instance);
  return {
    type: 'action.log_created',
    at,
    data: {
      userId: instance.userId,
      action: instance.action,
      idempotencyKey: instance.idempotencyKey,
      outcome: instance.outcome,
      state: instance.state,
      priorityRuleId: decision.ruleId,
      ruleIds: decision.ruleIds,
      policyVersion: policy.version,
      results,
      previews: decision.previewMatches.map(({ ruleId, decidesAlone }) => [ruleId, decidesAlone]),
      previewWinner: decision.previewWinner?.ruleId,
      previewChanges: decision.previewChanges,
    },
  };
};
