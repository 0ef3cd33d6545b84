import { consumePath, isNoAnswer } from '../../client/short-call.ts';
import { bindingOf } from './binding.ts';
import { type Core, createCore } from './core.ts';
import type { CoreSettings } from './core-settings.ts';
import type { Handler, TriggerEvent, VerifyResponse } from './event.ts';
import { type Kept, readKept } from './private-parameters.ts';
import { Refusal } from './refusal.ts';
import { isUnknownUser } from './subject.ts';
import { createTrigger, type Ending, type Note } from './trigger.ts';
import { text } from './values.ts';

const compactJws = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/** A ticket is far shorter; the core takes none that is longer. */
const longestTicket = 1024;

const ended = (answerCorrect: boolean, outcome: string): Ending => ({ response: { answerCorrect } satisfies VerifyResponse, outcome });

/** The answer as the core takes it: a proof that a page handed to its opener, or the ticket of a browser that came back. */
const carried = (answer: string): { readonly token: string } | { readonly ticket: string } | undefined => {
  if (compactJws.test(answer)) return { token: answer };
  return answer.length <= longestTicket ? { ticket: answer } : undefined;
};

/**
 * VerifyAuthChallengeResponse: false unless proven. All but the answer comes from what Create kept for this round; the public parameters and
 * the metadata went through the browser.
 */
export const createVerify = (settings: CoreSettings, core: Core = createCore(settings)): Handler =>
  createTrigger('verify', /^VerifyAuthChallengeResponse_Authentication$/, settings, ({ event, remaining, note }) => {
    const { userAttributes, challengeAnswer, privateChallengeParameters } = event.request;
    const answer = text(challengeAnswer, 4096);
    const kept = readKept(privateChallengeParameters);
    note.instance = kept?.key;
    if (!answer || !kept || isUnknownUser(event.request)) return ended(false, 'no-answer');
    if (userAttributes?.sub !== kept.sub) return ended(false, 'other-user');
    if (kept.state === 'ALLOW') return ended(true, 'allowed');
    return useUp(event, kept, answer, { core, remaining, note });
  });

const useUp = async (
  { userPoolId, callerContext: { clientId } }: TriggerEvent,
  { key, consumeKey, nonce, action, sub }: Exclude<Kept, { readonly state: 'ALLOW' }>,
  answer: string,
  { core, ...given }: { readonly core: Core; readonly remaining: number | undefined; readonly note: Note },
): Promise<Ending> => {
  const proof = carried(answer);
  if (!proof) return ended(false, 'no-answer');
  const called = await core(consumePath(sub, action, key), given, {
    binding: bindingOf({ userPoolId, clientId, sub, action, key, nonce }),
    // the same whenever Cognito calls again for this round
    consumeKey,
    ...proof,
  });
  // a challenge was owed: no policy answers for it
  if (isNoAnswer(called)) throw new Refusal('unavailable', { ref: key });
  const { status, body } = called;
  const isPassed = status === 200 && body?.consumed === true && body.userId === sub && body.idempotencyKey === key;
  return isPassed ? ended(true, 'passed') : ended(false, `not-passed-${status}`);
};
