import { decide } from '../decide.ts';
import { activeMethods, enrolledMethods, permittedMethods } from '../enrolled.ts';
import { uncounted, voidProofs } from '../history.ts';
import type { Instance } from '../instance.ts';
import { approvalFor } from '../meet.ts';
import { approvalSpent, decisionEvent, liftedByAcr, noteworthy, type PreviewResults } from '../new-instance.ts';
import { type CompiledAction, compiledAction } from '../policy/compiled.ts';
import type { PolicySet } from '../policy/policies.ts';
import type { Changes, Load, Loaded } from '../ports/store.ts';
import { activityKeys, activityLoad, prepare, signalInput } from '../prepare.ts';
import type { Ports } from '../settings.ts';
import type { Device, User } from '../user.ts';
import type { BrowserRequest } from '../visit-view.ts';
import { requestFrom } from './sealed-request.ts';
import { type TransitionEvent, transition } from './transitions.ts';

const events = {
  TRUST: 'redecided-allow',
  ALLOW: 'redecided-allow',
  CHALLENGE: 'redecided-challenge',
  REVIEW: 'redecided-review',
  BLOCK: 'redecided-block',
} as const satisfies Record<string, TransitionEvent>;

/** What the page's decision comes to. */
export type Redecided = {
  readonly instance: Instance;
  /** Another instance that this one used up: an approval. */
  readonly spent?: Instance;
  /** Less the instances. */
  readonly changes: Omit<Changes, 'instances'>;
  /** What each preview rule came to. */
  readonly previews: PreviewResults;
};

/** A second decision over the browser that opened the page: what it needs loaded, and the pure rest of it. */
export type Redecision = {
  readonly load: Load;
  readonly decide: (loaded: Loaded, instance: Instance, user: User, device: Device | undefined) => Redecided | undefined;
};

/**
 * Prepares the one decision that `deferSignals` leaves to the page. It is taken by the policy in force when the page is opened: what it
 * lets through is let through now, and a rule that was made meanwhile must hold. The action was counted when it was tracked, and is
 * counted for this browser's address where it was not.
 */
export const prepareRedecision = (
  ports: Ports,
  set: PolicySet,
  instance: Instance,
  browser: Pick<BrowserRequest, 'ipAddress' | 'userAgent' | 'acceptLanguage'>,
  now: number,
): Redecision | undefined => {
  const compiled = compiledAction(set, instance.action);
  if (!compiled || instance.sealedRequest === undefined) return undefined;
  const prepared = prepare(ports, set, requestFrom(ports, instance, browser));
  const tracked = activityKeys(prepare(ports, set, { ...prepared.request, ipAddress: instance.ipAddress }));
  const isCounted = tracked.address === activityKeys(prepared).address;
  const activity = activityLoad(ports, compiled, prepared, now, isCounted);
  return {
    load: { ...activity.load, approvalsOf: compiled.mayReview ? instance.action : undefined },
    decide: (loaded, opened, user, device) =>
      redecided({ ports, set, compiled, prepared, activity, isCounted, now }, loaded, opened, user, device),
  };
};

type Context = {
  readonly ports: Ports;
  readonly set: PolicySet;
  readonly compiled: CompiledAction;
  readonly prepared: ReturnType<typeof prepare>;
  readonly activity: ReturnType<typeof activityLoad>;
  readonly isCounted: boolean;
  readonly now: number;
};

const redecided = (context: Context, loaded: Loaded, opened: Instance, user: User, device: Device | undefined): Redecided | undefined => {
  const { ports, set, compiled, prepared, activity, isCounted, now } = context;
  const { request, ignored } = prepared;
  const active = activeMethods(ports, set);
  const known = uncounted(user, opened.action, opened.createdAt);
  const enrolled = enrolledMethods(user, active);
  const input = signalInput(ports, set, compiled, prepared, known, enrolled, activity.read(loaded), now, { device });
  const {
    decision: made,
    usedRisk,
    trace,
  } = decide({
    compiled,
    input,
    ignored,
    dataVersions: ports.ip.versions().map(({ file, version }) => `${file}@${version}`),
    hash: (value) => ports.secrets.hash('signal', value),
  });
  const lifted = liftedByAcr(made, request);
  const spent =
    lifted.outcome === 'REVIEW'
      ? approvalFor({ ports, set, compiled, prepared, displayHash: opened.displayHash, now }, loaded.approvals, lifted)
      : undefined;
  const event = spent ? 'redecided-allow' : events[lifted.outcome];
  const state = transition(opened.state, event);
  if (!state) return undefined;
  const rule = compiled.policy.rules.find(({ ruleId }) => ruleId === lifted.ruleId);
  const instance: Instance = {
    ...opened,
    state,
    stateUpdatedAt: now,
    outcome: lifted.outcome,
    deferredDecision: spent ? { ...lifted, decidedBy: 'review' } : lifted,
    sealedRequest: undefined,
    permittedMethods: permittedMethods(active, compiled.policy.configuration, rule, request),
    defaultMethod: rule?.defaultVerificationMethod ?? compiled.policy.configuration.defaultVerificationMethod,
    usedRisk,
    finishedAt: state === 'ALLOW' ? now : undefined,
    timeline: [...opened.timeline, { at: now, event: 'decided-again', detail: lifted.outcome }],
  };
  const previews = trace
    .filter(({ ruleId }) => compiled.previewRules.has(ruleId))
    .map(({ ruleId, result }): PreviewResults[number] => [ruleId, result]);
  const { keys, userSubject } = activity;
  return {
    instance,
    spent: spent && approvalSpent(spent, instance, now),
    previews,
    changes: {
      user: state === 'BLOCK' ? voidProofs(user, now) : user,
      counted: keys.address && !isCounted ? [{ key: keys.address, at: now }] : [],
      seen: keys.addressUsers ? [{ key: keys.addressUsers, subject: userSubject, at: now }] : [],
      events: [decisionEvent(instance, now, compiled, noteworthy(trace, previews))],
    },
  };
};
