import { StepwardError } from '../errors.ts';
import { endSessions } from '../history.ts';
import type { Ports } from '../settings.ts';
import { type Session, sessionKey } from './session.ts';

/** Ends one session. An access token that has expired does it too, and one of a session that has ended changes nothing. */
export const revokeSession = async (ports: Ports, { accessToken }: { readonly accessToken: string }): Promise<void> => {
  const set = await ports.policies.fresh();
  const claims = ports.signer.verifySession(accessToken);
  if (!claims || claims.epoch !== set.epoch) throw new StepwardError('invalid_token', '`accessToken` is not one of a session');
  const now = ports.clock.now();
  await ports.store.transactRecord<Session, void>(sessionKey(claims.sid), (session) => ({
    answer: undefined,
    ...(session && session.revokedAt === undefined && { record: { ...session, revokedAt: now } }),
  }));
};

/** Ends every session of a user, in one write. */
export const revokeUserSessions = (ports: Ports, { userId }: { readonly userId: string }): Promise<void> =>
  ports.store.transact<void>({
    userId,
    load: {},
    run: ({ user }) => ({ answer: undefined, ...(user?.sessionEra !== undefined && { changes: { user: endSessions(user) } }) }),
  });
