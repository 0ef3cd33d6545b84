import { StepwardError } from '../errors.ts';
import type { Ports } from '../settings.ts';
import type { SessionTokens } from '../stepward.ts';
import { livingClient, nextRefreshToken, refreshHash, type Session, sessionKey, sidOf, tokensOf } from './session.ts';

/** D2: the SDK repeats a refresh whose answer was lost. */
const graceMs = 10_000;

const refused = (): StepwardError => new StepwardError('invalid_token', '`refreshToken` is not one of a session that lives');

/**
 * Rotates the refresh token. The one before works for ten more seconds and answers the same new one, so that no second family
 * begins; later, or any other of this session, it was stolen or its successor was: the session ends.
 */
export const refreshSession = async (ports: Ports, { refreshToken }: { readonly refreshToken: string }): Promise<SessionTokens> => {
  const sid = sidOf(ports, refreshToken);
  if (sid === undefined) throw refused();
  const set = await ports.policies.fresh();
  const now = ports.clock.now();
  const before = await ports.store.record<Session>(sessionKey(sid));
  const user = before && (await ports.store.user(before.userId));
  const client = livingClient(set, before, user, now);
  if (!before || !client) throw refused();

  const { secrets } = ports;
  const presented = refreshHash(ports, refreshToken);
  const next = nextRefreshToken(ports, sid, refreshToken);
  const nextHash = refreshHash(ports, next);
  const session = await ports.store.transactRecord<Session, Session | undefined>(sessionKey(sid), (found) => {
    if (!found || found.revokedAt !== undefined) return { answer: undefined };
    if (secrets.equal(presented, found.refreshHash)) {
      const rotated: Session = { ...found, refreshHash: nextHash, previousHash: presented, rotatedAt: now };
      return { record: rotated, answer: rotated };
    }
    const repeats =
      found.previousHash !== undefined &&
      secrets.equal(presented, found.previousHash) &&
      secrets.equal(nextHash, found.refreshHash) &&
      now < (found.rotatedAt ?? 0) + graceMs;
    return repeats ? { answer: found } : { record: { ...found, revokedAt: now }, answer: undefined };
  });
  if (!session) {
    await reportReuse(ports, client.clientId, before.userId, now);
    throw refused();
  }
  return tokensOf(ports, session, client, next, now);
};

const reportReuse = (ports: Ports, clientId: string, userId: string, at: number): Promise<void> =>
  ports.store.transact<void>({
    userId,
    load: {},
    run: () => ({ answer: undefined, changes: { events: [{ type: 'authn_token_reuse', at, data: { userId, clientId } }] } }),
  });
