import { createHash } from 'node:crypto';
import { createRandom } from '../../../adapters/secrets/random.ts';
import { createSecrets } from '../../../adapters/secrets/secrets.ts';
import { type Authenticator, chooseLocale, newUser, wordsIn } from '../../../core/index.ts';
import type { AuthenticatorMethod, CeremonyContext, Enrolled, Refused, Started, Verified } from '../../../core/ports/authenticator.ts';

export const random = createRandom();
export const secrets = createSecrets({ keys: [{ id: 'k1', key: new Uint8Array(32).fill(7) }] });

export const start = Date.UTC(2027, 0, 4, 10, 0, 0);

export const displayHash = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** A ceremony of one user, Ada unless said, for one fresh challenge. */
export const ceremony = (
  changes: Partial<CeremonyContext> & { readonly userId?: string; readonly locale?: string } = {},
): CeremonyContext => {
  const { userId = 'ada', locale, ...rest } = changes;
  const now = rest.now ?? start;
  const webauthnUserId = createHash('sha256').update(userId).digest('base64url');
  return {
    challengeId: random.uuid(now),
    instanceId: random.uuid(now),
    action: 'withdrawFunds',
    user: { ...newUser(userId, now), webauthnUserId },
    account: 'a•••@e•••.org',
    authenticators: [],
    display: [],
    displayHash: '',
    settings: {},
    applicationName: 'Example Bank',
    words: wordsIn(chooseLocale({ track: locale })),
    now,
    ...rest,
  };
};

/** Stores what an enrollment gave, as the core would. */
export const stored = (enrolled: Enrolled | Refused, now = start): Authenticator => {
  if (!enrolled.ok) throw new Error(`enrollment was refused: ${enrolled.reason}`);
  return { ...enrolled.authenticator, userAuthenticatorId: random.uuid(now), createdAt: now };
};

export const verifiedOf = (answer: Verified | Refused): Verified => {
  if (!answer.ok) throw new Error(`verification was refused: ${answer.reason}`);
  return answer;
};

export const enrollmentOf = (method: AuthenticatorMethod): NonNullable<AuthenticatorMethod['enrollment']> => {
  if (method.enrollment === undefined) throw new Error(`${method.method} has no enrollment`);
  return method.enrollment;
};

export const codeIn = (started: Started): string => {
  const [code] = /\b\d{6,8}\b/.exec(started.message?.text ?? '') ?? [];
  if (code === undefined) throw new Error('the message has no code');
  return code;
};
