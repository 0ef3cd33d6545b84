import type { ClientCaller } from '../challenge/caller.ts';
import { isEnrolling } from '../challenge/standing.ts';
import type { Ceremony, Instance } from '../instance.ts';
import type { Ports } from '../settings.ts';
import { addedBy, tokenAfter } from './answers.ts';
import { demandInstance } from './authenticate.ts';
import type { ClientAnswer } from './client-api.ts';
import { demandOpen } from './permitted.ts';

const pending: ClientAnswer = { isVerified: false };

/**
 * Whether the link that was sent for this very token was pressed. It is asked every second, so that nothing but the instance is read
 * before it was.
 */
export const finalizeLink = async (ports: Ports, caller: ClientCaller): Promise<ClientAnswer> => {
  const { set, instance } = await demandInstance(ports, caller);
  const now = ports.clock.now();
  demandOpen({ instance, now });
  const ceremony = instance.ceremonies.findLast(
    (one) => one.method === 'EMAIL_MAGIC_LINK' && one.begunBy === 'client' && one.caller?.tokenId === caller.tokenId,
  );
  const grantTokenId = ceremony && outcomeOf(instance, ceremony, caller, now);
  if (!ceremony || grantTokenId === undefined) return pending;
  const user = await ports.store.user(caller.ref.userId);
  const result = { instance, user, ceremony, userAuthenticatorId: ceremony.userAuthenticatorId };
  return {
    isVerified: true,
    accessToken: tokenAfter({ ports, set, now }, result, grantTokenId),
    userAuthenticator: isEnrolling(ceremony.purpose) ? addedBy(result) : undefined,
  };
};

/** What the pressed link came to: `jti` of the right to enroll, empty for a proof; undefined where it came to nothing that still is. */
const outcomeOf = ({ state, proof, grant }: Instance, { spentAt }: Ceremony, { kind }: ClientCaller, now: number): string | undefined => {
  if (spentAt === undefined) return undefined;
  if (state === 'CHALLENGE_SUCCEEDED') return proof?.authTime === spentAt || kind === 'proof' ? '' : undefined;
  return grant?.at === spentAt && grant.usedAt === undefined && now < grant.until ? grant.tokenId : undefined;
};
