import { randomBytes, randomUUID } from 'node:crypto';
import type { Effect, Row, State } from '../../../core/index.ts';
import { effectOf, outcomeTable, unreachable } from '../../../core/policy/outcome-table.ts';
import { type Answer, isNoAnswer } from '../../client/short-call.ts';
import { addUntold, takeUntold } from '../../client/untold.ts';
import { bindingOf } from './binding.ts';
import { track } from './call.ts';
import { setClaims, stampDegraded } from './claims.ts';
import { denied, type Ending } from './ending.ts';
import { challengeNatively, fallBack } from './native.ts';
import { sendToChallenge } from './redirect.ts';
import type { Leg, Run } from './run.ts';
import { situationOf } from './situation.ts';
import { returnUrlOf, trackRequest } from './track-request.ts';
import { useUp } from './use-up.ts';

/** Asks what to do, whatever was proven before, and does it. */
export const execute = async (leg: Leg): Promise<Ending> => {
  if (leg.settings.mode === 'off') return { said: 'off' };
  const instance = randomUUID();
  const nonce = randomBytes(16).toString('base64url');
  const run = { ...leg, situation: situationOf(leg), instance, nonce, binding: bindingOf(leg.event, nonce) };
  return { ...(await decide(run)), instance };
};

const decide = async (run: Run): Promise<Ending> => {
  const { event, settings, situation, instance } = run;
  const undecided = takeUntold();
  const called = await track(settings, event.user.user_id, trackRequest(run, undecided));
  if (isNoAnswer(called)) {
    addUntold(undecided);
    return act(run, unreachable.track, {});
  }
  const { status, body = {} } = called;
  // a setting of the tenant lets track say `REVIEW`
  const state = body.state === 'REVIEW' ? 'REVIEW_REQUIRED' : String(body.state);
  if (status !== 200 || !Object.hasOwn(outcomeTable, state) || body.idempotencyKey !== instance)
    return denied('step_up_unavailable', `status-${status}`);
  return act(run, effectOf(state as State, situation), { ...body, state });
};

const act = async (run: Run, effect: Effect, answer: Answer): Promise<Ending> => {
  const { api, settings } = run;
  switch (effect) {
    case 'proceed':
      setClaims(api, settings, answer);
      return { said: 'allowed' };
    case 'proceed-once':
      return useUp(run, settings.action, run);
    case 'step-up':
      return stepUp(run, answer);
    case 'failure-policy':
      return withoutDecision(run);
    default:
      return refuse(run, answer);
  }
};

const stepUp = (run: Run, answer: Answer): Ending => {
  const { event, api, settings, binding } = run;
  if (settings.mode === 'native') return challengeNatively(event, api, answer);
  // without them nothing ties the challenge to this login, or nobody comes back from it
  if (!binding || !returnUrlOf(event)) return denied('step_up_unavailable', 'cannot-redirect');
  return sendToChallenge(api, settings, answer.url, run);
};

const refuse = (run: Run, { state, url }: Answer): Ending => {
  const { api, settings, situation, instance } = run;
  const { error }: Row = outcomeTable[state as State];
  if (error === 'under_review') return denied(`${error} ${instance}`, 'review');
  // sent away without a browser, Auth0 answers the application `interaction_required` by itself
  const isSent = situation.flow === 'silent' && settings.redirectsSilent && settings.mode === 'redirect';
  if (error) return isSent ? sendToChallenge(api, settings, url, run) : denied(error);
  if (state === 'BLOCK' && settings.revokesOnBlock) api.session?.revoke?.('access_denied');
  return denied('access_denied');
};

/** No decision could be had: the failure policy answers, and the result says so. */
const withoutDecision = ({ event, api, settings, situation }: Run): Ending => {
  const { failurePolicy } = settings;
  const isFallback = failurePolicy === 'fallback' && situation.flow === 'interactive' && fallBack(event, api);
  const proceeds = isFallback || failurePolicy === 'allow';
  addUntold(proceeds ? { proceeded: 1 } : { refused: 1 });
  if (!proceeds) return denied('step_up_unavailable', 'undecided-deny');
  stampDegraded(event, api, settings);
  return { said: `undecided-${failurePolicy}` };
};
