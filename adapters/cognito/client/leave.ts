/// <reference lib="dom" />
import { ChallengeError } from './challenge-error.ts';
import { keepSignIn, type SignIn } from './kept-sign-in.ts';

/** Leaves this page for the challenge. It settles only where the person comes back to this very page by the browser's own button. */
export const leave = (url: string, keep: SignIn | 'amplify'): Promise<string> =>
  new Promise((_, reject) => {
    const state = keepSignIn(sessionStorage, keep, Date.now());
    const back = ({ persisted }: PageTransitionEvent): void => {
      if (!persisted) return;
      removeEventListener('pageshow', back);
      reject(new ChallengeError('cancelled'));
    };
    addEventListener('pageshow', back);
    location.assign(`${url}&state=${state}`);
  });
