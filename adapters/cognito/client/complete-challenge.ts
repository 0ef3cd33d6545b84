import { inFrame } from './frame.ts';
import type { SignIn } from './kept-sign-in.ts';
import { leave } from './leave.ts';
import { originFrom, readParameters } from './parameters.ts';
import { inWindow } from './window.ts';

/** How the challenge is shown. */
export type ChallengeOptions = {
  /** Origin of Stepward's pages, such as `https://stepward.example`: the only one that is opened and listened to. */
  readonly challengeOrigin: string;
  /** Gives up: the page is taken away, and the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
} & (
  | {
      /** `popup`: in a frame over this page. `window`: in a small window; call from a click, or browsers block it. */
      readonly mode: 'popup' | 'window';
      /** Milliseconds until the page must be there; 30,000 unless told. */
      readonly readyWithin?: number;
      /** Of the frame, for screen readers, and of its button. In English unless told. */
      readonly labels?: { readonly title?: string; readonly close?: string };
      /** Not read: one call can serve all modes. */
      readonly keep?: SignIn | 'amplify';
    }
  | {
      /** This page is left; `resumeSignIn` goes on when the browser is back. */
      readonly mode: 'redirect';
      /** What goes on with: the user and the `Session` of this sign-in, or `amplify`, which keeps them itself. */
      readonly keep: SignIn | 'amplify';
    }
);

/**
 * Does what a custom challenge of Stepward's triggers asks for, and resolves with the answer to send: `continue` where nothing is asked, else
 * what the challenge ended with. The answer proves nothing here: Cognito's trigger asks Stepward about it.
 *
 * With `redirect` the promise stays open, because the browser leaves.
 *
 * @param parameters the challenge's parameters as Cognito sent them: of `customChallenge`, or `nextStep.additionalInfo` of Amplify.
 * @throws {ChallengeError} with a `code`; `TypeError` for options that are none.
 *
 * @example
 * const answer = await completeChallenge(parameters, { mode: 'popup', challengeOrigin: 'https://stepward.example' });
 * user.sendCustomChallengeAnswer(answer, callbacks);
 */
export const completeChallenge = async (parameters: unknown, options: ChallengeOptions): Promise<string> => {
  const { mode, signal } = options;
  const challengeOrigin = originFrom(options.challengeOrigin);
  signal?.throwIfAborted();
  const asked = readParameters(parameters, challengeOrigin);
  if (asked.kind === 'nothing') return 'continue';
  switch (mode) {
    case 'popup':
      return inFrame(asked.url, options);
    case 'window':
      return inWindow(asked.url, options);
    case 'redirect':
      return leave(asked.url, options.keep);
    default:
      throw new TypeError('`mode` is `popup`, `window` or `redirect`');
  }
};
