const texts = {
  blocked: 'You cannot sign in now.',
  review: 'We are having a look at this sign-in first. Sign in again once it was approved.',
  interaction_required: 'This sign-in needs a further proof, which cannot be asked for here.',
  unavailable: 'Signing in is not possible at the moment. Try again later.',
  again: 'Sign in again.',
} as const;

/** Why Stepward's triggers let nobody in. */
export type RefusalCode = keyof typeof texts;

/** What an application can show. */
export type Refusal = {
  readonly code: RefusalCode;
  /** For whoever supports your users: names the action instance. */
  readonly reference?: string;
  /** In English, of this code; never a text that came over the network. */
  readonly text: string;
};

const marker = /\[stepward:([A-Za-z_]{1,32})(?::([\w.-]{1,128}))?\]/;
const longest = 4096;

const textIn = (error: unknown): string => {
  const message = typeof error === 'object' && error !== null ? (error as { readonly message?: unknown }).message : error;
  return typeof message === 'string' ? message.slice(0, longest) : '';
};

/**
 * Reads an error of Cognito's (or its text, such as `error_description`). Undefined where it is none of Stepward's: a wrong password, or
 * too many wrong answers. A code that this version does not know reads as `unavailable`.
 */
export const readRefusal = (error: unknown): Refusal | undefined => {
  const [whole, word = '', reference] = marker.exec(textIn(error)) ?? [];
  if (whole === undefined) return undefined;
  const code = Object.hasOwn(texts, word) ? (word as RefusalCode) : 'unavailable';
  return { code, ...(reference !== undefined && { reference }), text: texts[code] };
};
