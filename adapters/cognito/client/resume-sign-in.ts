/// <reference lib="dom" />
import { ChallengeError } from './challenge-error.ts';
import { type SignIn, takeSignIn } from './kept-sign-in.ts';

/** A sign-in that goes on after a redirect. */
export type ResumedSignIn = {
  /** To send to Cognito. */
  readonly answer: string;
  /** What was kept; absent where Amplify keeps it. */
  readonly signIn?: SignIn;
};

const ticketForm = /^[\w-]{1,1024}$/;
const ours = /^(?:stepward_ticket=|state=stepward-)/;

/** The query without what is for us; everything else byte for byte. */
const withoutOurs = ({ pathname, search, hash }: Location): string => {
  const others = search
    .slice(1)
    .split('&')
    .filter((part) => part !== '' && !ours.test(part));
  return `${pathname}${others.length > 0 ? `?${others.join('&')}` : ''}${hash}`;
};

/**
 * Reads from this page's address what a redirect to the challenge ended with, and takes it out of the address. Undefined where the page was
 * opened otherwise. Call it once, when the page is loaded.
 *
 * @throws {ChallengeError} `cancelled`: no proof. `expired`: too late. `not_kept`: nothing was begun in this tab, or it was answered before.
 *
 * @example
 * const resumed = resumeSignIn();
 * if (resumed) await confirmSignIn({ challengeResponse: resumed.answer });
 */
export const resumeSignIn = (): ResumedSignIn | undefined => {
  const query = new URLSearchParams(location.search);
  const [ticket, ...more] = query.getAll('stepward_ticket');
  const state = query.get('state');
  if (ticket === undefined && !state?.startsWith('stepward-')) return undefined;
  // what served once is not left in the address, whatever it is worth
  history.replaceState(history.state, '', withoutOurs(location));
  const kept = takeSignIn(sessionStorage, state, Date.now());
  if (kept === undefined) throw new ChallengeError('not_kept');
  if (ticket === undefined || more.length > 0 || !ticketForm.test(ticket)) throw new ChallengeError('cancelled');
  return { answer: ticket, ...(kept.signIn && { signIn: kept.signIn }) };
};
