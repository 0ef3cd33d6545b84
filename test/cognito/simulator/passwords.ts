import { CognitoError, unauthorized } from './errors.ts';
import { createVerifier, isPassword } from './srp.ts';
import type { Pool, Subject, User, World } from './state.ts';

const freeTries = 5;
const longestLock = 15 * 60_000;

/** Throws while the user is locked after too many wrong passwords. */
export const checkLock = ({ now }: World, { user }: Subject): void => {
  if (user && user.lockedUntil > now()) throw unauthorized('Password attempts exceeded');
};

/** Counts a wrong password; from the fifth on the user is locked, each time for twice as long. */
export const wrongPassword = ({ now }: World, { user }: Subject): CognitoError => {
  if (user) {
    user.failures += 1;
    if (user.failures >= freeTries) user.lockedUntil = now() + Math.min(longestLock, 1000 * 2 ** (user.failures - freeTries));
  }
  return unauthorized();
};

export const rightPassword = ({ user }: Subject): void => {
  if (user) user.failures = 0;
};

/** A password as such. */
export const checkPassword = (world: World, subject: Subject, password: string): void => {
  checkLock(world, subject);
  if (!isPassword(subject.verifier, password) || !subject.user?.verifier) throw wrongPassword(world, subject);
  rightPassword(subject);
};

export const setPassword = (pool: Pool, user: User, password: string): void => {
  const { PasswordPolicy = {} } = (pool.settings.Policies ?? {}) as { readonly PasswordPolicy?: { readonly MinimumLength?: number } };
  if (password.length < (PasswordPolicy.MinimumLength ?? 8))
    throw new CognitoError('InvalidPasswordException', 'Password did not conform with policy: Password not long enough');
  user.verifier = createVerifier(pool.id.split('_')[1] ?? '', user.username, password);
};
