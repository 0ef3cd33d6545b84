import { answer } from '../challenge/answer.ts';
import type { ClientCaller } from '../challenge/caller.ts';
import { methodOf } from '../challenge/ceremony-context.ts';
import { activeMethods } from '../enrolled.ts';
import { StepwardError } from '../errors.ts';
import type { Ceremony } from '../instance.ts';
import type { PolicySet } from '../policy/policies.ts';
import type { Ports } from '../settings.ts';
import { track } from '../track.ts';
import { type Authenticator, credentialIdsOf, type User } from '../user.ts';
import { type AnonymousStart, anonymousContext, browserHashOf, demandClientStart, startKey } from './anonymous-start.ts';
import { demandConfirmed, tokenAfter } from './answers.ts';
import { situationOf } from './authenticate.ts';
import type { CalledFrom, ClientAnswer, CredentialAnswer } from './client-api.ts';
import { credentialIdOf } from './credential-id.ts';
import { purposeOrNone, toProve } from './permitted.ts';
import { passkeyAnswer } from './webauthn.ts';

const method = 'PASSKEY';
const refused = () => new StepwardError('invalid_credential', 'this credential could not be accepted');
const unknown = () => new StepwardError('unknown_credential', 'there is no such credential');

type Given = CredentialAnswer & { readonly deviceId?: string };
type Begun = AnonymousStart & { readonly challengeId: string; readonly expiresAt: number };

/**
 * A passkey says who it is, then the whole decision is taken for that user from where the browser calls: BLOCK and REVIEW come first,
 * else the passkey meets the instance.
 */
export const verifyAnonymous = async (ports: Ports, given: Given, from: CalledFrom): Promise<ClientAnswer> => {
  const set = await ports.policies.fresh();
  const start = await findStart(ports, given);
  demandClientStart(set, start.action, ports.clock.now());
  const { userId } = await whoseCredential(ports, set, start, given.credential);
  if (!(await take(ports, start))) throw refused();
  const { action, idempotencyKey } = start;
  const request = { userId, action, idempotencyKey, ...from, deviceId: given.deviceId };
  const { instance } = await track(ports, request, { origin: 'client' });
  if (instance.state !== 'ALLOW' && instance.state !== 'CHALLENGE_REQUIRED')
    throw new StepwardError('access_denied', 'this action cannot go on');
  return complete(ports, start, { ref: instance, kind: 'track', tokenId: '', scope: instance.scope, ...from }, given.credential);
};

const findStart = async (ports: Ports, { challengeId, browser }: Given): Promise<Begun> => {
  if (challengeId === undefined) throw new StepwardError('invalid_request', '`challengeId` is needed without a token');
  const start = await ports.store.record<AnonymousStart>(startKey(challengeId));
  const isHis = start?.browserHash === undefined || start.browserHash === browserHashOf(ports, browser);
  if (!start || !isHis || start.spentAt !== undefined || start.expiresAt === undefined || start.expiresAt <= ports.clock.now())
    throw refused();
  return { ...start, challengeId, expiresAt: start.expiresAt };
};

/** The user whose passkey has signed this start's challenge. */
const whoseCredential = async (ports: Ports, set: PolicySet, start: Begun, credential: unknown): Promise<User> => {
  const id = credentialIdOf(credential);
  if (id === undefined) throw refused();
  const userId = await ports.store.credentialOwner(id);
  const user = userId === undefined ? undefined : await ports.store.user(userId);
  const authenticator = user && passkeyOf(user, id);
  if (!user || !authenticator) throw unknown();
  if (!activeMethods(ports, set).includes(method)) throw refused();
  const context = anonymousContext(ports, set, start, ports.clock.now(), user, [authenticator]);
  const checked = await methodOf(ports, method).verify({ context, kept: start.kept, response: credential });
  if (!checked.ok) throw refused();
  return user;
};

const passkeyOf = (user: User, credentialId: string): Authenticator | undefined =>
  user.authenticators.find(
    (one) =>
      one.verificationMethod === method &&
      one.verifiedAt !== undefined &&
      credentialIdsOf({ authenticators: [one] }).includes(credentialId),
  );

/** One of several that show the same answer at once goes on. */
const take = (ports: Ports, { challengeId, kept }: Begun): Promise<boolean> =>
  ports.store.transactRecord<AnonymousStart, boolean>(startKey(challengeId), (start) => {
    const isSame = start !== undefined && start.spentAt === undefined && JSON.stringify(start.kept) === JSON.stringify(kept);
    return isSame ? { answer: true, record: { ...start, spentAt: ports.clock.now() } } : { answer: false };
  });

const complete = async (ports: Ports, start: Begun, caller: ClientCaller, credential: unknown): Promise<ClientAnswer> => {
  const situation = await situationOf(ports, caller);
  const { challengeId, expiresAt, kept } = start;
  const ceremony: Ceremony = {
    challengeId,
    method,
    purpose: 'verify',
    begunBy: 'client',
    createdAt: situation.now,
    expiresAt,
    tries: 0,
    kept,
  };
  if (purposeOrNone(toProve(situation, method)) !== 'verify')
    throw new StepwardError('method_not_permitted', `\`${method}\` cannot meet this action`);
  const result = await answer(situation, {
    open: (now) => (purposeOrNone(toProve(now, method)) === 'verify' ? ceremony : undefined),
    response: credential,
  });
  demandConfirmed(result);
  if (!result.finished) throw refused();
  return passkeyAnswer(result, tokenAfter(situation, result, ''));
};

/** The first of these passkeys that is enrolled, whoever asks: their ids are known to the browsers that made them alone. */
export const findPasskey = async (ports: Ports, credentialIds: readonly string[]): Promise<ClientAnswer> => {
  const set = await ports.policies.fresh();
  for (const credentialId of activeMethods(ports, set).includes(method) ? credentialIds : []) {
    const userId = await ports.store.credentialOwner(credentialId);
    const user = userId === undefined ? undefined : await ports.store.user(userId);
    const one = user && passkeyOf(user, credentialId);
    if (one?.verifiedAt !== undefined) return { credentialId, verifiedAt: new Date(one.verifiedAt).toISOString() };
  }
  throw new StepwardError('not_found', 'none of these passkeys is enrolled');
};
