/** Why nobody is let in, and what a person may read of it: Cognito shows the text of an error to the user. */
const texts = {
  blocked: 'Sign-in was blocked',
  review: 'Sign-in has to be reviewed first. Sign in again once it was approved',
  interaction_required: 'This sign-in needs a further proof, which cannot be asked for here',
  unavailable: 'Sign-in is not possible at the moment. Try again later',
  again: 'Sign in again',
} as const;

export type RefusalCode = keyof typeof texts;

/**
 * No tokens. The message starts with a marker that an application can read, `[stepward:code:reference]` or `[stepward:code]`, has no full
 * stop at its end, because Cognito adds one, and names nothing but the action instance.
 */
export class Refusal extends Error {
  readonly outcome: string;

  constructor(code: RefusalCode, about: { readonly ref?: string; readonly text?: string; readonly outcome?: string } = {}) {
    const { ref, text = texts[code], outcome = code } = about;
    super(`[stepward:${code}${ref === undefined ? '' : `:${ref}`}] ${text}`);
    this.name = 'Refusal';
    this.outcome = outcome;
  }
}
