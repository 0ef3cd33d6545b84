import { randomBytes } from 'node:crypto';
import { unauthorized } from './errors.ts';
import type { Client, Pending, World } from './state.ts';

/** A session string for what the next call must answer. */
export const openSession = ({ sessions, now }: World, pending: Pending): string => {
  const session = randomBytes(96).toString('base64url');
  const minutes = Number(pending.client.settings.AuthSessionValidity);
  sessions.set(session, { pending, expiresAt: now() + minutes * 60_000 });
  return session;
};

/** What was pending, and a way to give its session string back as it was. */
export type Taken = { readonly pending: Pending; putBack(): void };

/** Uses a session string up. Whoever comes second, with another client or for another challenge has none. */
export const takeSession = ({ sessions, now }: World, client: Client, challengeName: string, session: string): Taken => {
  const found = sessions.get(session);
  if (!found || found.pending.client !== client || found.pending.challengeName !== challengeName)
    throw unauthorized('Invalid session for the user.');
  sessions.delete(session);
  if (found.expiresAt <= now()) throw unauthorized('Invalid session for the user, session is expired.');
  return { pending: found.pending, putBack: () => void sessions.set(session, found) };
};
