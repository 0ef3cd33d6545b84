import { tell } from '../challenge/answer.ts';
import type { ClientCaller } from '../challenge/caller.ts';
import { changeProof, demandsAuthenticator, isLast, withoutAuthenticator } from '../challenge/factor-change.ts';
import { deliver } from '../challenge/sending.ts';
import type { Situation } from '../challenge/standing.ts';
import { factorEvents } from '../challenge/succeed.ts';
import { StepwardError } from '../errors.ts';
import type { Ports } from '../settings.ts';
import type { Authenticator, User } from '../user.ts';
import { authenticatorShown } from './answers.ts';
import { situationOf } from './authenticate.ts';
import type { ClientAnswer } from './client-api.ts';
import { demandOpen } from './permitted.ts';

const demandScope = ({ scope }: ClientCaller, word: string): void => {
  if (!scope.split(' ').includes(word)) throw new StepwardError('scope_missing', `the token needs the scope \`${word}\``);
};

/** The user's authenticators; whole with a proof token, else masked. */
export const listAuthenticators = async (ports: Ports, caller: ClientCaller): Promise<readonly ClientAnswer[]> => {
  const situation = await situationOf(ports, caller);
  demandScope(caller, 'read:authenticators');
  demandOpen(situation);
  return situation.user.authenticators
    .filter((one) => one.verifiedAt !== undefined)
    .map((one) => authenticatorShown(one, caller.proof ? 'whole' : 'masked'));
};

/** Removes an authenticator, with a fresh proof of this instance; the last one stays while its action asks for one. Unknown: done. */
export const removeAuthenticator = async (ports: Ports, caller: ClientCaller, id: string): Promise<void> => {
  const situation = await situationOf(ports, caller);
  demandScope(caller, 'remove:authenticators');
  const { set, now } = situation;
  removable(situation, id);
  const removed = await ports.store.transact<{ readonly user: User; readonly one: Authenticator } | undefined>({
    userId: situation.user.userId,
    load: { instance: situation.instance },
    run: ({ instance, user }) => {
      const one = instance && user && removable({ ...situation, instance, user }, id);
      if (!one) return { answer: undefined };
      const { user: after, gone } = withoutAuthenticator({ ports, set }, user, one, now);
      const timeline = [...instance.timeline, { at: now, event: 'authenticator-removed', detail: one.verificationMethod }].slice(-100);
      return {
        answer: { user: after, one },
        changes: {
          user: after,
          instances: [{ ...instance, timeline }],
          events: factorEvents('authenticator.deleted', user.userId, gone, now),
        },
      };
    },
  });
  if (!removed) return;
  const { user, one } = removed;
  for (const message of tell({ ...situation, user }, 'removed', one.verificationMethod, one.email)) deliver(ports, message);
};

/** The authenticator, if there is one and it may go; throws where it may not. */
const removable = (situation: Situation, id: string): Authenticator | undefined => {
  const { set, instance, user, now } = situation;
  demandOpen(situation);
  if (!changeProof(situation))
    throw new StepwardError('enrollment_not_allowed', 'a fresh proof of this action, at the level of what is enrolled, comes first');
  const one = user.authenticators.find((each) => each.userAuthenticatorId === id);
  if (one?.verificationMethod === 'RECOVERY_CODE') throw new StepwardError('invalid_request', 'recovery codes are replaced, not removed');
  if (one && isLast(situation, one) && demandsAuthenticator(set, instance, now))
    throw new StepwardError('last_authenticator', `\`${instance.action}\` needs one, and this is the only one left`);
  return one;
};
