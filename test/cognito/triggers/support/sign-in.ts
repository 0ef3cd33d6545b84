import type { CreateResponse, DefineResponse } from '../../../../adapters/cognito/triggers/event.ts';
import { create, define, type Json, preToken, session, verify } from './events.ts';
import { createResponse, defineResponse, refusalOf, type Triggers, tokenResponse, verifyResponse } from './triggers.ts';

export type Challenged = CreateResponse & { readonly publicChallengeParameters: Readonly<Record<string, string>> };

/** One sign-in after the password, call by call as a pool makes them. */
export type SignIn = {
  /** What Create answered in the present round. */
  readonly round: Challenged;
  /** Verify, Define and, where it issues tokens, PreTokenGeneration; or the next round. @returns how it stands now. */
  answer(text: string): Promise<'tokens' | 'challenge' | 'fail'>;
};

/**
 * Begins a sign-in whose password was right. Throws where a trigger refuses.
 *
 * @param about members of the events, such as `clientId`
 */
export const signIn = async (triggers: Triggers, sub: string, request: Json = {}, about: Json = {}): Promise<SignIn> => {
  const history = [...session(['SRP_A', true], ['PASSWORD_VERIFIER', true])];
  const next = () => defineResponse(triggers.define, define(history, sub, {}, about));
  const ask = async ({ challengeName }: DefineResponse): Promise<Challenged> => {
    if (challengeName !== 'CUSTOM_CHALLENGE') throw new Error(`no challenge but ${challengeName}`);
    return createResponse(triggers.create, create(sub, { session: history, ...request }, about));
  };
  let round = await ask(await next());
  return {
    get round() {
      return round;
    },
    answer: async (text) => {
      const { answerCorrect } = await verifyResponse(triggers.verify, verify(sub, round.privateChallengeParameters, text, {}, about));
      const { challengeMetadata } = round;
      history.push({ challengeName: 'CUSTOM_CHALLENGE', challengeResult: answerCorrect, challengeMetadata });
      const defined = await next();
      if (defined.failAuthentication) return 'fail';
      if (!defined.issueTokens) {
        round = await ask(defined);
        return 'challenge';
      }
      await tokenResponse(triggers.preToken, preToken(sub, 'Authentication', '1', about));
      return 'tokens';
    },
  };
};

/** What a whole sign-in comes to where nobody is asked anything: `tokens`, `challenge`, or the text of the refusal. */
export const comesTo = async (triggers: Triggers, sub: string): Promise<string> => {
  const begun = signIn(triggers, sub);
  const refused = await begun.then(
    () => undefined,
    () => refusalOf(begun),
  );
  if (refused !== undefined) return refused;
  const going = await begun;
  if (going.round.publicChallengeParameters.mode === 'challenge') return 'challenge';
  const ending = going.answer('continue');
  return ending.catch(() => refusalOf(ending));
};
