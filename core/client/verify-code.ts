import { answer } from '../challenge/answer.ts';
import type { ClientCaller } from '../challenge/caller.ts';
import { ceremonyContext, methodOf } from '../challenge/ceremony-context.ts';
import type { Situation } from '../challenge/standing.ts';
import { StepwardError } from '../errors.ts';
import type { Ceremony } from '../instance.ts';
import type { Ports } from '../settings.ts';
import { addedBy, demandConfirmed, notVerified, tokenAfter } from './answers.ts';
import { situationOf } from './authenticate.ts';
import { openCeremonyOf } from './ceremonies.ts';
import type { ClientAnswer, CodeMethod } from './client-api.ts';
import { demandOpen, purposeOrNone, toProve } from './permitted.ts';

/** Methods whose code a person has without being sent one: nothing has to be begun for it. */
const unasked: ReadonlySet<CodeMethod> = new Set(['AUTHENTICATOR_APP', 'RECOVERY_CODE']);

/** Takes a code. Wrong, used and late ones look alike. */
export const verifyCode = async (ports: Ports, caller: ClientCaller, method: CodeMethod, code: string): Promise<ClientAnswer> => {
  const situation = await situationOf(ports, caller);
  demandOpen(situation);
  const begun = openCeremonyOf({ method });
  const unbegun = begun(situation) === undefined && unasked.has(method) ? await newCeremony(situation, method) : undefined;
  const open = (now: Situation): Ceremony | undefined =>
    begun(now) ?? (unbegun && purposeOrNone(toProve(now, method)) === unbegun.purpose ? unbegun : undefined);
  const grantTokenId = ports.random.uuid(situation.now);
  const result = await answer(situation, { open, response: code, grantTokenId });
  demandConfirmed(result);
  if (!result.finished) return notVerified(result.error);
  return {
    isVerified: true,
    accessToken: tokenAfter(situation, result, grantTokenId),
    userAuthenticator: addedBy(result),
    recoveryCodes: result.recoveryCodes,
  };
};

const newCeremony = async (situation: Situation, method: CodeMethod): Promise<Ceremony | undefined> => {
  const { ports, instance, now } = situation;
  const permitted = toProve(situation, method);
  const purpose = purposeOrNone(permitted);
  if (!purpose) {
    // an answer that comes again after the challenge was met is a used code
    if (instance.state === 'CHALLENGE_SUCCEEDED' || typeof permitted === 'string') return undefined;
    throw new StepwardError(permitted.code, permitted.message);
  }
  const challengeId = ports.random.uuid(now);
  const { kept, expiresAt } = await methodOf(ports, method).challenge(ceremonyContext(situation, challengeId, method));
  return { challengeId, method, purpose, begunBy: 'client', createdAt: now, expiresAt, tries: 0, kept };
};
