import type { LambdaHandler } from '../lambda-host/index.ts';
import type { Json } from '../simulator/index.ts';

type Entry = { readonly challengeName: string; readonly challengeResult: boolean };
type Event = Json & { readonly request: Json; readonly response: Json };

const answered = (event: Json, response: Json): Json => ({ ...event, response: { ...(event as Event).response, ...response } });

/** Triggers that ask for the word `open` after the password; for tests of the simulator itself. */
export const sampleTriggers = {
  define: (event) => {
    const session = (event as Event).request.session as readonly Entry[];
    const last = session.at(-1);
    if (last?.challengeName === 'SRP_A')
      return answered(event, { challengeName: 'PASSWORD_VERIFIER', issueTokens: false, failAuthentication: false });
    const issueTokens = last?.challengeName === 'CUSTOM_CHALLENGE' && last.challengeResult;
    const failAuthentication = !issueTokens && session.filter(({ challengeName }) => challengeName === 'CUSTOM_CHALLENGE').length >= 3;
    return answered(event, {
      challengeName: issueTokens || failAuthentication ? null : 'CUSTOM_CHALLENGE',
      issueTokens,
      failAuthentication,
    });
  },
  create: (event) =>
    answered(event, {
      publicChallengeParameters: { say: 'the word' },
      privateChallengeParameters: { word: 'open' },
      challengeMetadata: 'sample:1',
    }),
  verify: (event) => {
    const { privateChallengeParameters, challengeAnswer } = (event as Event).request;
    return answered(event, { answerCorrect: challengeAnswer === (privateChallengeParameters as Json).word });
  },
  'pre-token': (event) => event,
  'pre-authentication': (event) => event,
  'post-authentication': (event) => event,
} as const satisfies Readonly<Record<string, LambdaHandler>>;

export const sampleSlots = {
  PreAuthentication: 'pre-authentication',
  PostAuthentication: 'post-authentication',
  DefineAuthChallenge: 'define',
  CreateAuthChallenge: 'create',
  VerifyAuthChallengeResponse: 'verify',
  PreTokenGeneration: 'pre-token',
} as const;
