import type { AttemptError } from '../../core/index.ts';
import type { Secrets } from '../../core/ports/secrets.ts';

/** What the page after a form post says once: why the answer did not count, or that a new code is on its way. */
export type Notice = AttemptError | 'last-authenticator' | 'sent' | 'changed';

const notices = [
  'wrong',
  'late',
  'spent',
  'wait',
  'not-sent',
  'unconfirmed',
  'cancelled-by-browser',
  'confirm-again',
  'last-authenticator',
  'sent',
  'changed',
] as const satisfies readonly Notice[];

const seal = (secrets: Secrets, notice: Notice, c: string): string => secrets.hash('pages.notice', `${notice} ${c}`);

/** The cookie's value: the notice, bound to its visit. */
export const writeNotice = (secrets: Secrets, notice: Notice, c: string): string => `${notice}.${seal(secrets, notice, c)}`;

/** The notice for this visit; undefined for none, another visit's or a made-up one. */
export const readNotice = (secrets: Secrets, value: string | undefined, c: string): Notice | undefined => {
  const [word, hash] = (value ?? '').split('.', 2);
  const notice = notices.find((known) => known === word);
  return notice !== undefined && hash !== undefined && secrets.equal(hash, seal(secrets, notice, c)) ? notice : undefined;
};
