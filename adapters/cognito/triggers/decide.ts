import type { Effect, Row, State, TrackRequest } from '../../../core/index.ts';
import { effectOf, outcomeTable } from '../../../core/policy/outcome-table.ts';
import { type Answer, actionPath, isNoAnswer } from '../../client/short-call.ts';
import { addUntold, takeUntold } from '../../client/untold.ts';
import type { Core } from './core.ts';
import type { CoreSettings } from './core-settings.ts';
import type { TriggerEvent } from './event.ts';
import { Refusal } from './refusal.ts';
import { subjectOf } from './subject.ts';
import { trackRequest } from './track-request.ts';
import type { Note } from './trigger.ts';

/** A call of a trigger that asks for a decision. */
export type Asking<S = CoreSettings> = {
  readonly event: TriggerEvent;
  readonly settings: S & CoreSettings & { readonly failurePolicy: 'deny' | 'allow' };
  readonly core: Core;
  readonly remaining: number | undefined;
  readonly note: Note;
};

/** What the core answered, or that nobody did and the policy lets it go on. */
export type Decided =
  | { readonly effect: Exclude<Effect, 'failure-policy'>; readonly state: State; readonly answer: Answer }
  | { readonly effect: 'undecided' };

/**
 * Asks what to do with this sign-in. What the core refuses or says wrongly is a denial; its silence is answered by the failure policy.
 */
export const decide = async (asking: Asking, action: string, key: string, more: Partial<TrackRequest>): Promise<Decided> => {
  const { event, settings, core } = asking;
  const undecided = takeUntold();
  const told = undecided.proceeded || undecided.refused ? { undecided } : {};
  const path = actionPath(subjectOf(event), action);
  const called = await core(path, asking, trackRequest(event, key, { ...more, context: { ...more.context, ...told } }));
  if (isNoAnswer(called)) {
    addUntold(undecided);
    return withoutDecision(settings.failurePolicy, key);
  }
  const { status, body = {} } = called;
  // a setting of the tenant lets track say `REVIEW`
  const state = body.state === 'REVIEW' ? 'REVIEW_REQUIRED' : String(body.state);
  if (status !== 200 || !Object.hasOwn(outcomeTable, state) || body.idempotencyKey !== key)
    throw new Refusal('unavailable', { ref: key, outcome: `status-${status}` });
  const effect = effectOf(state as State, { canRedirect: more.context?.canRedirect === true });
  if (effect === 'failure-policy') throw new Refusal('unavailable', { ref: key });
  return { effect, state: state as State, answer: body };
};

const withoutDecision = (policy: 'deny' | 'allow', ref: string): Decided => {
  addUntold(policy === 'allow' ? { proceeded: 1 } : { refused: 1 });
  if (policy !== 'allow') throw new Refusal('unavailable', { ref, outcome: 'undecided-deny' });
  return { effect: 'undecided' };
};

/** Nobody is let in, and nobody is told why beyond what the host may say. */
export const refuse = (effect: Decided['effect'], state: State, ref: string): never => {
  const { error }: Row = outcomeTable[state];
  if (effect === 'hold' || error === 'under_review') throw new Refusal('review', { ref });
  if (error === 'interaction_required' && effect === 'deny') throw new Refusal('interaction_required', { ref });
  // what only a consume could let in never comes from this track
  throw new Refusal(effect === 'deny' || effect === 'deny-may-retry' ? 'blocked' : 'unavailable', { ref });
};
