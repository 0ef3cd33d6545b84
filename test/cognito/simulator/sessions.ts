import { randomBytes } from 'node:crypto';
import { unauthorized } from './errors.ts';
import type { Client, Pending, World } from './state.ts';

/** A session string for what the next call must answer. */
export const openSession = (
  { sessions, now }: World,
  pending: Pending,
  session: string = randomBytes(96).toString('base64url'),
): string => {
  const minutes = Number(pending.client.settings.AuthSessionValidity);
  sessions.set(session, { pending, expiresAt: now() + minutes * 60_000 });
  return session;
};

/** Uses a session string up. Whoever comes second, with another client or for another challenge has none. */
export const takeSession = ({ sessions, now }: World, client: Client, challengeName: string, session: string): Pending => {
  const found = sessions.get(session);
  if (!found || found.pending.client !== client || found.pending.challengeName !== challengeName)
    throw unauthorized('Invalid session for the user.');
  sessions.delete(session);
  if (found.expiresAt <= now()) throw unauthorized('Invalid session for the user, session is expired.');
  return found.pending;
};
