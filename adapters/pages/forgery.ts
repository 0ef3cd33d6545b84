import type { IncomingHttpHeaders } from 'node:http';
import type { Secrets } from '../../core/ports/secrets.ts';

/** The token of every form of one visit in one browser. */
export const formToken = (secrets: Secrets, browser: string, c: string): string => secrets.hash('pages.form', `${browser} ${c}`);

/** What is known of a form post before anything is done with it. */
export type FormPost = {
  readonly headers: IncomingHttpHeaders;
  readonly browser: string | undefined;
  readonly c: string;
  readonly token: string | undefined;
};

/** Why a post counts as forged. */
export type Forgery = 'no-browser' | 'foreign-origin' | 'foreign-site' | 'wrong-token';

/** Whether a post says that it comes from a page that is not ours. */
export const isForeign = (headers: IncomingHttpHeaders, ourOrigin: string): Forgery | undefined => {
  const site = headers['sec-fetch-site'];
  if (headers.origin !== undefined && headers.origin !== ourOrigin) return 'foreign-origin';
  return site !== undefined && site !== 'same-origin' ? 'foreign-site' : undefined;
};

/** Looks for a sign that a post does not come from a form of ours, shown to this browser for this visit. */
export const findForgery = (post: FormPost, ourOrigin: string, secrets: Secrets): Forgery | undefined => {
  const foreign = isForeign(post.headers, ourOrigin);
  if (foreign !== undefined) return foreign;
  if (post.browser === undefined) return 'no-browser';
  if (post.token === undefined || !secrets.equal(post.token, formToken(secrets, post.browser, post.c))) return 'wrong-token';
  return undefined;
};
