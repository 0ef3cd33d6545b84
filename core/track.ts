import { hashDisplay } from './canonical.ts';
import { awaitsBrowser } from './challenge/deferral.ts';
import { StepwardError } from './errors.ts';
import type { Instance } from './instance.ts';
import type { HandedOver } from './meet.ts';
import { decideInstance, type Minted, mint, type PreviewResults } from './new-instance.ts';
import { type CompiledAction, compiledAction } from './policy/compiled.ts';
import type { PolicySet } from './policy/policies.ts';
import { activityLoad, prepare } from './prepare.ts';
import { isAllowedRedirect, isOfOurProvider } from './redirect.ts';
import { replayedAnswer, trackAnswer } from './replay.ts';
import type { RequestContext, TrackRequest } from './request.ts';
import type { Ports } from './settings.ts';
import type { TrackAnswer } from './stepward.ts';
import { challengeSecret, mintToken } from './tokens.ts';

export type Tracked = { readonly answer: TrackAnswer; readonly replayed: boolean; readonly instance: Instance };

/** How often a decision is taken anew because the settings changed under it. */
const attempts = 10;

/** How a track comes about other than by a call of the host. */
export type Circumstances = {
  /** A challenge that the server API verified before, reserved for this call. */
  readonly handedOver?: HandedOver;
  /** A browser started it; the key that it named must be new. */
  readonly origin?: 'client';
};

/** Reports an action and gets a decision: parse, load, signals, recommendation, rules, outcome, freshness, one commit. */
export const track = async (ports: Ports, request: TrackRequest, circumstances: Circumstances = {}): Promise<Tracked> => {
  const { redirectUrl } = request;
  if (redirectUrl !== undefined && !isAllowedRedirect(redirectUrl, ports.settings.redirectOrigins, ports.settings.anyLoopbackRedirect)) {
    throw new StepwardError('redirect_not_allowed', '`redirectUrl` must have one of the origins in STEPWARD_REDIRECT_ORIGINS');
  }
  // a sign-in that our own provider has under way is gone on with by `enter` alone
  if (redirectUrl !== undefined && isOfOurProvider(redirectUrl, ports.settings.publicUrl))
    throw new StepwardError('redirect_not_allowed', '`redirectUrl` must not be a path of the OpenID provider of STEPWARD_PUBLIC_URL');
  // its outcome is used with a ticket and the binding, or not at all
  if (request.context?.deferSignals && request.binding === undefined)
    throw new StepwardError('invalid_request', '`context.deferSignals` needs a `binding`');
  const displayHash = await hashDisplay(request.display);
  let set = await ports.policies.ensure(request.action);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const compiled = compiledAction(set, request.action);
    if (compiled) {
      const tracked = await trackOnce(ports, set, compiled, request, displayHash, circumstances);
      if (tracked !== 'stale') return tracked;
    }
    await ports.policies.fresh();
    set = await ports.policies.ensure(request.action);
  }
  throw new StepwardError('unavailable', 'the settings keep changing, try again', { retryAfter: 1 });
};

const trackOnce = async (
  ports: Ports,
  set: PolicySet,
  compiled: CompiledAction,
  request: TrackRequest,
  displayHash: string,
  circumstances: Circumstances,
): Promise<Tracked | 'stale'> => {
  const prepared = prepare(ports, set, request);
  const minted = mint(ports, request, displayHash);
  const activity = activityLoad(ports, compiled, prepared, minted.now);
  const dataVersions = ports.ip.versions().map(({ file, version }) => `${file}@${version}`);
  const context = { ports, set, compiled, prepared, minted, activity, dataVersions, ...circumstances };
  const { tokenDurationInMinutes } = set.tenant;
  const result = await ports.store.transact<
    { readonly instance: Instance; readonly replayed: boolean; readonly previews: PreviewResults } | 'stale'
  >({
    userId: request.userId,
    load: {
      instance: request.idempotencyKey === undefined ? undefined : { action: request.action, idempotencyKey: request.idempotencyKey },
      approvalsOf: compiled.mayReview ? request.action : undefined,
      ...activity.load,
    },
    run: (loaded) => {
      if (loaded.revision !== set.revision) return { answer: 'stale' };
      if (loaded.instance)
        return { answer: { instance: replayable(loaded.instance, minted, circumstances), replayed: true, previews: [] } };
      const { instance, changes, previews } = decideInstance(context, loaded);
      return { changes, answer: { instance, replayed: false, previews } };
    },
  });
  if (result === 'stale') return result;
  const { instance, replayed, previews } = result;
  if (!replayed) {
    observeUndecided(ports, request.context);
    ports.observe({
      type: 'decision',
      action: instance.action,
      outcome: instance.outcome,
      decidedBy: instance.decision.decidedBy,
      previews: awaitsBrowser(instance) ? [] : previews,
    });
  }
  // a challenge that was handed over made the first state: nobody but its caller hears this answer, now or again
  const wasHandedOver = instance.state === 'CHALLENGE_SUCCEEDED' && instance.firstState === 'CHALLENGE_SUCCEEDED';
  const token = mintToken(ports, wasHandedOver ? 'proof' : 'track', instance, tokenDurationInMinutes, minted.now);
  const c = challengeSecret(ports, instance.instanceId);
  const answer = (replayed ? replayedAnswer : trackAnswer)(instance, {
    token,
    url: `${ports.settings.publicUrl}/challenge?c=${c}`,
    reviewAlias: set.tenant.reviewStateAlias,
    now: minted.now,
    consumeWithin: compiled.policy.configuration.consumeWithin,
    epoch: set.epoch,
  });
  return { answer, replayed, instance };
};

/** The instance that this key names, if the request is the same. A browser begins nothing that is there already. */
const replayable = (instance: Instance, { requestHash }: Minted, { origin }: Circumstances): Instance => {
  if (instance.requestHash !== requestHash || origin !== undefined) {
    throw new StepwardError('idempotency_conflict', '`idempotencyKey` was used with another request, use a new key', {
      state: instance.state,
    });
  }
  return instance;
};

/** What the host decided without the core is counted once the core is back. */
const observeUndecided = (ports: Ports, { adapter, undecided }: RequestContext = {}): void => {
  const counts = [
    { proceeds: true, count: undecided?.proceeded ?? 0 },
    { proceeds: false, count: undecided?.refused ?? 0 },
  ];
  for (const { proceeds, count } of counts) if (count > 0) ports.observe({ type: 'undecided', adapter, proceeds, count });
};
