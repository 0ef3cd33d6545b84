import { type AnswerResult, answer } from '../challenge/answer.ts';
import type { ClientCaller } from '../challenge/caller.ts';
import type { Situation } from '../challenge/standing.ts';
import { begin } from '../challenge/start-ceremony.ts';
import { StepwardError } from '../errors.ts';
import type { CeremonyPurpose } from '../instance.ts';
import type { Ports } from '../settings.ts';
import { browserHashOf } from './anonymous-start.ts';
import { addedBy, demandConfirmed, tokenAfter } from './answers.ts';
import { situationOf } from './authenticate.ts';
import { demandStarted, openCeremonyOf } from './ceremonies.ts';
import type { ClientAnswer, CredentialAnswer, CredentialMethod, CredentialWishes, TiedTo } from './client-api.ts';
import { credentialIdOf } from './credential-id.ts';
import { demand, demandOpen, toEnroll, toProve } from './permitted.ts';

const started = async (
  situation: Situation,
  method: CredentialMethod,
  { browser }: TiedTo,
  purposeOf: (now: Situation) => CeremonyPurpose,
): Promise<{ readonly challengeId: string; readonly options: ClientAnswer }> => {
  const result = await begin(situation, { method, quiet: 0, purposeOf, browserHash: browserHashOf(situation.ports, browser) });
  const { challengeId } = demandStarted(situation, result);
  return { challengeId, options: result.shown as ClientAnswer };
};

/** Options of `navigator.credentials.create`, named as the application wishes. */
export const registrationOptions = async (
  ports: Ports,
  caller: ClientCaller,
  method: CredentialMethod,
  wishes: CredentialWishes & TiedTo,
): Promise<ClientAnswer> => {
  const situation = await situationOf(ports, caller);
  const { challengeId, options } = await started(situation, method, wishes, (now) => demand(toEnroll(now, method)));
  return { challengeId, options: wished(options, wishes) };
};

type CreationOptions = { readonly user: ClientAnswer; readonly authenticatorSelection: ClientAnswer };

const wished = (options: ClientAnswer, { username, displayName, authenticatorAttachment }: CredentialWishes): ClientAnswer => {
  const { user, authenticatorSelection } = options as CreationOptions;
  const name = username ?? displayName;
  return {
    ...options,
    user: { ...user, ...(name && { name, displayName: displayName ?? name }) },
    authenticatorSelection: { ...authenticatorSelection, ...(authenticatorAttachment && { authenticatorAttachment }) },
  };
};

export const authenticationOptions = async (
  ports: Ports,
  caller: ClientCaller,
  method: CredentialMethod,
  tied: TiedTo,
): Promise<ClientAnswer> => started(await situationOf(ports, caller), method, tied, (now) => demand(toProve(now, method)));

const answered = async (
  situation: Situation,
  method: CredentialMethod,
  { credential, challengeId, browser }: CredentialAnswer,
): Promise<{ readonly result: AnswerResult; readonly accessToken: string | undefined }> => {
  const { ports, now } = situation;
  const grantTokenId = ports.random.uuid(now);
  const open = openCeremonyOf({ method, challengeId, browserHash: browserHashOf(ports, browser) });
  const result = await answer(situation, { open, response: credential, grantTokenId });
  demandConfirmed(result);
  if (!result.finished) throw await refusedCredential(ports, credential);
  return { result, accessToken: tokenAfter(situation, result, grantTokenId) };
};

/** One that nobody has is told apart: the browser may forget it. */
const refusedCredential = async (ports: Ports, credential: unknown): Promise<StepwardError> => {
  const id = credentialIdOf(credential);
  const owner = id === undefined ? undefined : await ports.store.credentialOwner(id);
  return id === undefined || owner !== undefined
    ? new StepwardError('invalid_credential', 'this credential could not be accepted')
    : new StepwardError('unknown_credential', 'there is no such credential');
};

/** Enrolls a new credential. */
export const addCredential = async (
  ports: Ports,
  caller: ClientCaller,
  method: CredentialMethod,
  given: CredentialAnswer,
): Promise<ClientAnswer> => {
  const situation = await situationOf(ports, caller);
  demand(toEnroll(situation, method));
  const id = credentialIdOf(given.credential);
  const owner = id === undefined ? undefined : await ports.store.credentialOwner(id);
  const refused = new StepwardError('invalid_credential', 'this credential could not be enrolled');
  // WebAuthn Level 3 §7.1: a credential is one user's only
  if (owner !== undefined && owner !== situation.user.userId) throw refused;
  const { result, accessToken } = await answered(situation, method, given).catch((error: unknown) => {
    throw error instanceof StepwardError && error.code === 'unknown_credential' ? refused : error;
  });
  const { userId } = situation.user;
  return { isVerified: true, accessToken, userAuthenticatorId: result.userAuthenticatorId, userId, userAuthenticator: addedBy(result) };
};

/** Proves an enrolled credential. */
export const verifyCredential = async (
  ports: Ports,
  caller: ClientCaller,
  method: CredentialMethod,
  given: CredentialAnswer,
): Promise<ClientAnswer> => {
  const situation = await situationOf(ports, caller);
  demandOpen(situation);
  const { result, accessToken } = await answered(situation, method, given);
  return passkeyAnswer(result, accessToken);
};

export const passkeyAnswer = ({ user, userAuthenticatorId }: AnswerResult, accessToken: string | undefined): ClientAnswer => ({
  isVerified: true,
  accessToken,
  userId: user?.userId,
  userAuthenticatorId,
  username: user?.username,
  userDisplayName: user?.displayName,
});
