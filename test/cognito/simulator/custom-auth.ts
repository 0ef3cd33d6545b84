import { unauthorized } from './errors.ts';
import { finish } from './finish.ts';
import type { Json, Strings } from './options.ts';
import { openSession } from './sessions.ts';
import type { Handshake } from './srp.ts';
import type { Pending, SignIn, World } from './state.ts';
import { passwordChallenge } from './steps.ts';
import { eventOf, unrecognizable, userNotFound } from './triggers.ts';
import { isRecord } from './values.ts';

const missing = 'Custom auth lambda trigger is not configured for the user pool.';

const stringsOf = (value: unknown): Strings => {
  if (value === undefined || value === null) return {};
  if (!isRecord(value) || !Object.values(value).every((one) => typeof one === 'string')) throw unrecognizable();
  return value as Strings;
};

/** Asks DefineAuthChallenge what comes next, and does it. */
export const define = async (world: World, signIn: SignIn, clientMetadata: Strings | undefined, handshake?: Handshake): Promise<Json> => {
  const { pool, client, subject, history } = signIn;
  const event = eventOf({
    pool,
    client,
    subject,
    source: 'DefineAuthChallenge_Authentication',
    request: { session: history, ...userNotFound(client, subject) },
    response: { challengeName: null, issueTokens: null, failAuthentication: null },
    clientMetadata,
  });
  const response = await world.trigger(pool, 'DefineAuthChallenge', event);
  if (!response) throw unauthorized(missing);
  if (response.failAuthentication === true) throw unauthorized();
  if (response.issueTokens === true) return finish(world, signIn, clientMetadata);
  if (response.challengeName === 'PASSWORD_VERIFIER' && handshake) return passwordChallenge(world, signIn, handshake);
  if (response.challengeName === 'CUSTOM_CHALLENGE') return create(world, signIn, clientMetadata);
  throw unrecognizable();
};

const create = async (world: World, signIn: SignIn, clientMetadata: Strings | undefined): Promise<Json> => {
  const { pool, client, subject, history } = signIn;
  const event = eventOf({
    pool,
    client,
    subject,
    source: 'CreateAuthChallenge_Authentication',
    request: { challengeName: 'CUSTOM_CHALLENGE', session: history, ...userNotFound(client, subject) },
    response: { publicChallengeParameters: null, privateChallengeParameters: null, challengeMetadata: null },
    clientMetadata,
  });
  const response = await world.trigger(pool, 'CreateAuthChallenge', event);
  if (!response) throw unauthorized(missing);
  const { challengeMetadata = null } = response;
  if (challengeMetadata !== null && typeof challengeMetadata !== 'string') throw unrecognizable();
  const shown = stringsOf(response.publicChallengeParameters);
  const Session = openSession(world, {
    ...signIn,
    challengeName: 'CUSTOM_CHALLENGE',
    privateParameters: stringsOf(response.privateChallengeParameters),
    challengeMetadata: challengeMetadata ?? undefined,
  });
  return { ChallengeName: 'CUSTOM_CHALLENGE', ChallengeParameters: { ...shown, USERNAME: subject.username }, Session };
};

/** An answer to a custom challenge: Verify, then Define. */
export const verifyAnswer = async (
  world: World,
  { challengeName, privateParameters = {}, challengeMetadata, handshake: _, ...signIn }: Pending,
  answer: string,
  clientMetadata: Strings | undefined,
): Promise<Json> => {
  const { pool, client, subject } = signIn;
  const event = eventOf({
    pool,
    client,
    subject,
    source: 'VerifyAuthChallengeResponse_Authentication',
    request: { privateChallengeParameters: privateParameters, challengeAnswer: answer, ...userNotFound(client, subject) },
    response: { answerCorrect: null },
    clientMetadata,
  });
  const response = await world.trigger(pool, 'VerifyAuthChallengeResponse', event);
  if (!response) throw unauthorized(missing);
  if (typeof response.answerCorrect !== 'boolean') throw unrecognizable();
  const entry = { challengeName, challengeResult: response.answerCorrect, challengeMetadata: challengeMetadata ?? null };
  return define(world, { ...signIn, history: [...signIn.history, entry] }, clientMetadata);
};
