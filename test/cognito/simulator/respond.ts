import { type Caller, checkSecretHash, findUser } from './callers.ts';
import { define, verifyAnswer } from './custom-auth.ts';
import { CognitoError, invalid, unauthorized } from './errors.ts';
import { finish } from './finish.ts';
import type { Json, Strings } from './options.ts';
import { checkLock, rightPassword, setPassword, wrongPassword } from './passwords.ts';
import { takeSession } from './sessions.ts';
import { isProven, type Proof } from './srp.ts';
import type { Pending, SignIn, World } from './state.ts';
import { afterPassword, answered, checkTotp, deviceChallenge } from './steps.ts';
import { strings, text } from './values.ts';

type Answer = (world: World, pending: Pending, given: Strings, metadata: Strings | undefined) => Promise<Json>;

const proofIn = (given: Strings): Proof => ({
  secretBlock: text(given, 'PASSWORD_CLAIM_SECRET_BLOCK'),
  signature: text(given, 'PASSWORD_CLAIM_SIGNATURE'),
  timestamp: text(given, 'TIMESTAMP'),
});

/** On from a factor that Cognito asked for: a new password is the end of it, outside Define. */
const goOn = (world: World, signIn: SignIn, metadata: Strings | undefined): Promise<Json> =>
  signIn.isCustom && !signIn.isNewPassword ? define(world, signIn, metadata) : finish(world, signIn, metadata);

const password: Answer = async (world, pending, given, metadata) => {
  const { subject, handshake } = pending;
  checkLock(world, subject);
  if (!handshake || !isProven(subject.verifier, handshake, proofIn(given)) || !subject.user?.verifier) throw wrongPassword(world, subject);
  rightPassword(subject);
  const signIn = answered(pending, 'PASSWORD_VERIFIER');
  return afterPassword(world, signIn) ?? goOn(world, signIn, metadata);
};

const newPassword: Answer = async (world, pending, given, metadata) => {
  const { pool, subject } = pending;
  if (!subject.user) throw unauthorized();
  setPassword(pool, subject.user, text(given, 'NEW_PASSWORD'));
  subject.user.status = 'CONFIRMED';
  const signIn = { ...answered(pending, 'NEW_PASSWORD_REQUIRED'), isNewPassword: true };
  return afterPassword(world, signIn) ?? finish(world, signIn, metadata);
};

const totp: Answer = async (world, pending, given, metadata) => {
  const { user } = pending.subject;
  if (!user || !checkTotp(world, user, text(given, 'SOFTWARE_TOKEN_MFA_CODE')))
    throw new CognitoError('CodeMismatchException', 'Invalid code received for user');
  return goOn(world, answered(pending, 'SOFTWARE_TOKEN_MFA'), metadata);
};

const device: Answer = async (world, pending, given) => deviceChallenge(world, answered(pending, 'DEVICE_SRP_AUTH'), text(given, 'SRP_A'));

const devicePassword: Answer = async (world, pending, given, metadata) => {
  const { subject, handshake, deviceKey = '' } = pending;
  const verifier = subject.user?.devices.get(deviceKey);
  if (!verifier || !handshake || !isProven(verifier, handshake, proofIn(given))) throw unauthorized();
  return goOn(world, { ...answered(pending, 'DEVICE_PASSWORD_VERIFIER'), isDevice: true }, metadata);
};

const answers: Readonly<Record<string, Answer>> = {
  PASSWORD_VERIFIER: password,
  CUSTOM_CHALLENGE: (world, pending, given, metadata) => verifyAnswer(world, pending, text(given, 'ANSWER'), metadata),
  NEW_PASSWORD_REQUIRED: newPassword,
  SOFTWARE_TOKEN_MFA: totp,
  DEVICE_SRP_AUTH: device,
  DEVICE_PASSWORD_VERIFIER: devicePassword,
};

/** RespondToAuthChallenge and AdminRespondToAuthChallenge. */
export const respondToAuthChallenge = async (world: World, { pool, client }: Caller, parameters: Json): Promise<Json> => {
  const challengeName = text(parameters, 'ChallengeName');
  const given = strings(parameters, 'ChallengeResponses');
  const answer = Object.hasOwn(answers, challengeName) ? answers[challengeName] : undefined;
  if (!answer) throw invalid(`The simulator has no challenge ${challengeName}.`);
  const name = text(given, 'USERNAME');
  checkSecretHash(client, given, name);
  const metadata = parameters.ClientMetadata === undefined ? undefined : strings(parameters, 'ClientMetadata');
  const { pending, putBack } = takeSession(world, client, challengeName, text(parameters, 'Session'));
  const username = findUser(pool, name)?.username ?? name;
  if (username !== pending.subject.username) throw unauthorized('Invalid session for the user.');
  try {
    // amazon-cognito-identity-js knows the key of its device only once it has the user's name
    return await answer(world, { ...pending, deviceKey: given.DEVICE_KEY ?? pending.deviceKey }, given, metadata);
  } catch (thrown) {
    // a code may be typed again
    if (thrown instanceof CognitoError && thrown.code === 'CodeMismatchException') putBack();
    throw thrown;
  }
};
