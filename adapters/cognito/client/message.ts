/** What a page of a challenge tells the page that shows it. */
export type Message =
  | { readonly kind: 'ready' | 'trouble' | 'other' }
  | { readonly kind: 'height'; readonly height: number }
  | { readonly kind: 'end'; readonly answer: string | undefined };

/** A proof token (JWS) or a ticket. */
const answerForm = /^[\w.-]{1,4096}$/;

const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Reads the data of a message: a text in JSON with an event's name, or an object with a height. */
export const readMessage = (data: unknown): Message => {
  if (typeof data !== 'string') {
    const { height } = membersOf(data);
    return typeof height === 'number' && height > 0 && height < 10_000 ? { kind: 'height', height } : { kind: 'other' };
  }
  const { event, token } = membersOf(parsed(data));
  switch (event) {
    case 'AUTHSIGNAL_READY':
      return { kind: 'ready' };
    case 'AUTHSIGNAL_API_ERROR':
      return { kind: 'trouble' };
    case 'AUTHSIGNAL_CLOSE_POPUP':
      return { kind: 'end', answer: typeof token === 'string' && answerForm.test(token) ? token : undefined };
    default:
      return { kind: 'other' };
  }
};
