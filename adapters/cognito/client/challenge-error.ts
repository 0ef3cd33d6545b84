const messages = {
  invalid_parameters: 'the parameters of the challenge are not those of Stepward',
  wrong_origin: 'the address of the challenge is not on `challengeOrigin`',
  popup_blocked: 'the browser opened no window: call again from a click',
  cancelled: 'the challenge ended without a proof',
  expired: 'the browser came back too late: sign in again',
  not_kept: 'this browser tab began no sign-in that this answer belongs to: sign in again',
  unavailable: 'the page of the challenge could not be shown',
} as const;

/** Why there is no answer. */
export type ChallengeErrorCode = keyof typeof messages;

/** There is no answer to the challenge; `code` says why. No message holds an address, an answer or a session. */
export class ChallengeError extends Error {
  readonly code: ChallengeErrorCode;

  constructor(code: ChallengeErrorCode) {
    super(messages[code]);
    this.name = 'ChallengeError';
    this.code = code;
  }
}
