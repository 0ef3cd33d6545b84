import { StepwardError } from '../errors.ts';
import type { SessionClaims } from '../ports/token-signer.ts';
import type { Ports } from '../settings.ts';
import type { SessionAnswer, ValidateSessionRequest } from '../stepward.ts';
import { attributesAnswer } from '../user-answer.ts';
import { livingClient, type Session, sessionKey } from './session.ts';

const dead = (): StepwardError => new StepwardError('invalid_token', '`accessToken` is not one of a session that lives');

const claimsOf = (ports: Ports, accessToken: string, epoch: number): SessionClaims => {
  const claims = ports.signer.verifySession(accessToken);
  if (!claims || claims.epoch !== epoch) throw dead();
  return claims;
};

const isOf = (session: Session | undefined, claims: SessionClaims): session is Session =>
  session?.sid === claims.sid && session.userId === claims.sub && session.clientId === claims.client_id;

/** Who a session is of, asked of the database each time: what was revoked a moment ago, on any node, is dead. */
export const validateSession = async (ports: Ports, { accessToken, clientIds }: ValidateSessionRequest): Promise<SessionAnswer> => {
  const set = await ports.policies.fresh();
  const now = ports.clock.now();
  const claims = claimsOf(ports, accessToken, set.epoch);
  if (claims.exp * 1000 <= now) throw new StepwardError('expired_token', '`accessToken` has expired, refresh the session');
  const [session, user] = await Promise.all([ports.store.record<Session>(sessionKey(claims.sid)), ports.store.user(claims.sub)]);
  if (!isOf(session, claims) || !user || !livingClient(set, session, user, now)) throw dead();
  if (clientIds && !clientIds.includes(claims.client_id)) throw dead();
  return {
    user: { userId: user.userId, ...attributesAnswer(user) },
    expiresAt: claims.exp,
    ...(session.proof && { verificationMethod: session.proof.method }),
  };
};
