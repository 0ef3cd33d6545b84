import type { State } from './action.ts';
import { presentState } from './challenge/present-state.ts';
import { StepwardError } from './errors.ts';
import type { Instance } from './instance.ts';
import type { TrackAnswer } from './stepward.ts';

type Around = {
  readonly token: string;
  readonly url: string;
  readonly reviewAlias: boolean;
  readonly now: number;
  readonly consumeWithin: number;
  /** The present one: what carries an older one died with the restore of a backup. */
  readonly epoch: number;
};

/** Most to least permissive. */
const permissiveness: readonly State[] = [
  'ALLOW',
  'CHALLENGE_SUCCEEDED',
  'REVIEW_SUCCEEDED',
  'CHALLENGE_REQUIRED',
  'REVIEW_REQUIRED',
  'CHALLENGE_FAILED',
  'REVIEW_FAILED',
  'BLOCK',
];

const iso = (at: number): string => new Date(at).toISOString();

/** What track answers about an instance in this state. */
export const trackAnswer = (instance: Instance, { token, url, reviewAlias }: Around, state: State = instance.firstState): TrackAnswer => {
  const { decision } = instance;
  const { outcome, score, level, reasons } = decision.recommendation;
  return {
    idempotencyKey: instance.idempotencyKey,
    state: reviewAlias && state === 'REVIEW_REQUIRED' ? 'REVIEW' : state,
    url,
    token,
    isEnrolled: instance.enrolledMethods.length > 0,
    enrolledVerificationMethods: instance.enrolledMethods,
    allowedVerificationMethods: instance.permittedMethods,
    defaultVerificationMethod: instance.defaultMethod,
    ruleIds: decision.ruleIds,
    outcome: decision.outcome,
    recommendation: { outcome, score, level, reasons },
    previewMatches: decision.previewMatches,
    previewWinner: decision.previewWinner,
    degraded: decision.degraded,
    ignored: decision.ignored,
    policyVersion: decision.policyVersion,
    failurePolicy: instance.failurePolicy,
    expiresAt: iso(instance.expiresAt),
    canEnroll: instance.canEnroll,
    decidedBy: decision.decidedBy,
    ...(state === 'ALLOW' && proven(instance)),
  };
};

/** What an ALLOW rests on: the earlier proof that met it, and risk where it took part. */
const proven = ({ decision, proof, usedRisk }: Instance) => {
  const earlier = decision.decidedBy === 'freshness' ? proof : undefined;
  const amr = new Set([...(earlier?.amr ?? []), ...(usedRisk ? ['rba'] : [])]);
  return {
    ...(earlier && {
      verificationMethod: earlier.method,
      restsOn: earlier.restsOn,
      acr: earlier.acr,
      authTime: iso(earlier.authTime),
    }),
    ...((earlier || amr.size > 0) && { amr: [...amr] }),
  };
};

/**
 * The first answer again, but never with a state more permissive than the present one. An ALLOW that was used or is too old to be
 * used is refused: a caller who asks that late must decide anew.
 */
export const replayedAnswer = (instance: Instance, around: Around): TrackAnswer => {
  const { firstState, consumedAt, createdAt } = instance;
  const { state } = presentState(instance, around.now);
  const shown = permissiveness.indexOf(state) > permissiveness.indexOf(firstState) ? state : firstState;
  const isOver = shown === 'ALLOW' && (consumedAt !== undefined || around.now >= createdAt + around.consumeWithin * 1000);
  if (isOver || instance.epoch !== around.epoch) {
    throw new StepwardError('idempotency_expired', 'the action instance of this `idempotencyKey` was used or is too old, use a new key', {
      state,
    });
  }
  return trackAnswer(instance, around, shown);
};
