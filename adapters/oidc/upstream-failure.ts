import { AuthorizationResponseError, ResponseBodyError } from 'openid-client';
import { UpstreamError } from './upstream.ts';

/** What providers say when the user, and nobody else, said no. */
const refusals: ReadonlySet<string> = new Set(['access_denied', 'user_cancelled_login', 'user_cancelled_authorize', 'user_denied']);

/** Of an error code that another server wrote: what may stand in a log. */
const plain = (text: unknown): string => (typeof text === 'string' && /^[\w.-]{1,64}$/.test(text) ? text : 'unreadable');

const messageOf = (error: Error): string => {
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) return `${error.message} (${plain(error.error)})`;
  // what quotes the text that it could not read might quote a token
  return error instanceof SyntaxError ? error.name : error.message;
};

/** Why it failed, cause by cause; never what was sent or answered. */
export const reasonOf = (error: unknown): string => {
  const said: string[] = [];
  for (let one = error; one instanceof Error && said.length < 4; one = one.cause) {
    const message = messageOf(one);
    if (said.at(-1) !== message) said.push(message);
  }
  return said.join(': ') || 'unknown';
};

/** The failure as the application hears it: only that the user refused is told apart. */
export const asUpstreamError = (error: unknown): UpstreamError => {
  if (error instanceof UpstreamError) return error;
  if (error instanceof AuthorizationResponseError && refusals.has(error.error))
    return new UpstreamError('access_denied', 'the user did not sign in', { cause: error });
  return new UpstreamError('temporarily_unavailable', 'the identity provider cannot be used', { cause: error });
};
