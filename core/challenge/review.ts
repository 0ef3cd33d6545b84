import type { InstanceRef, State } from '../action.ts';
import { StepwardError } from '../errors.ts';
import { forgetFactorTrust } from '../history.ts';
import type { Instance } from '../instance.ts';
import type { Ports } from '../settings.ts';
import { challengeLogged } from '../webhooks/challenge-log.ts';
import { configurationOf } from './consume.ts';
import { type TransitionEvent, transition } from './transitions.ts';
import { existing } from './validate.ts';

export type ActionChange = { readonly state: State; readonly reason?: string; readonly reviewer?: string };

const raisedFromChallenge: readonly (State | undefined)[] = ['CHALLENGE_REQUIRED', 'CHALLENGE_FAILED', 'CHALLENGE_SUCCEEDED'];

/** The event that a wish for a state is; no key can write ALLOW or CHALLENGE_SUCCEEDED. */
const eventFor = (instance: Instance, wanted: State): TransitionEvent | undefined => {
  const events: Partial<Record<State, TransitionEvent>> = {
    REVIEW_REQUIRED: 'review-raised',
    REVIEW_SUCCEEDED: raisedFromChallenge.includes(instance.raisedFrom) ? 'challenge-owed-again' : 'review-approved',
    REVIEW_FAILED: 'review-refused',
    CHALLENGE_FAILED: 'failed-by-operator',
    BLOCK: 'blocked',
  };
  return events[wanted];
};

const allowed = (instance: Instance, wanted: State): TransitionEvent | undefined => {
  const event = eventFor(instance, wanted);
  if (!event || transition(instance.state, event) === undefined) return undefined;
  // what was used is history: it can be blocked, not looked at again
  return event === 'review-raised' && instance.consumedAt !== undefined ? undefined : event;
};

/** Moves an instance by hand: reviews, failing a challenge, blocking. */
export const updateAction = async (
  ports: Ports,
  ref: InstanceRef,
  change: ActionChange,
): Promise<{ readonly state: State; readonly stateUpdatedAt: string }> => {
  const set = await ports.policies.current();
  const now = ports.clock.now();
  const moved = await ports.store.transact<Instance>({
    userId: ref.userId,
    load: { instance: ref },
    run: ({ instance: found, user }) => {
      const instance = existing(found);
      if (instance.state === change.state) return { answer: instance };
      const event = allowed(instance, change.state);
      const state = event && transition(instance.state, event);
      if (!event || !state)
        throw new StepwardError('invalid_transition', `an action instance in \`${instance.state}\` cannot become \`${change.state}\``, {
          state: instance.state,
        });
      const next = movedBy(instance, event, state, change, now + configurationOf(set, instance.action, now).challengeExpiresIn * 1000, now);
      const type =
        event === 'review-raised'
          ? 'review.created'
          : event.startsWith('review') || event === 'challenge-owed-again'
            ? 'review.decided'
            : 'action.updated';
      const data = {
        userId: ref.userId,
        action: ref.action,
        idempotencyKey: ref.idempotencyKey,
        state,
        by: change.reviewer,
        reason: change.reason,
      };
      return {
        answer: next,
        changes: {
          instances: [next],
          events: [{ type, at: now, data }, ...(state === 'CHALLENGE_FAILED' ? challengeLogged(set, next, 'CHALLENGE_FAILED', now) : [])],
          user: state === 'BLOCK' && user ? forgetFactorTrust(user, now) : undefined,
        },
      };
    },
  });
  return { state: moved.state, stateUpdatedAt: new Date(moved.stateUpdatedAt).toISOString() };
};

const movedBy = (
  instance: Instance,
  event: TransitionEvent,
  state: State,
  { reason, reviewer }: ActionChange,
  newExpiry: number,
  now: number,
): Instance => ({
  ...instance,
  state,
  stateUpdatedAt: now,
  ...(event === 'review-raised' && { raisedFrom: instance.state }),
  ...((event === 'review-approved' || event === 'review-refused' || event === 'challenge-owed-again') && {
    reviewedAt: now,
    reviewedBy: reviewer,
    reviewReason: reason,
  }),
  // its ticket is that of the browser that the page decided over
  ...(event === 'review-approved' && instance.deferredDecision && { finishedAt: instance.finishedAt ?? now }),
  ...(event === 'challenge-owed-again' && {
    expiresAt: newExpiry,
    proof: undefined,
    finishedAt: undefined,
    failureReason: undefined,
    ceremonies: [],
    ceremoniesStarted: 0,
    ceremoniesSpent: undefined,
    openChallengeId: undefined,
    sends: undefined,
    grant: undefined,
    sealedRecoveryCodes: undefined,
    raisedFrom: undefined,
  }),
  ...(event === 'failed-by-operator' && { failureReason: 'denied' as const }),
  timeline: [...instance.timeline, { at: now, event, ...(reviewer && { detail: reviewer }) }],
});
