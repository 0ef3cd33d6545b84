import type { Mode } from './mode.ts';

/** The query of a challenge URL. `state` and `lang` are kept as they were written, percent-encoding and all. */
export type ChallengeQuery = {
  readonly c: string;
  readonly popup: boolean;
  readonly forceEnrollment: boolean;
  readonly state?: string;
  readonly lang?: string;
  /** What a host vouches with for this browser; in no path that a page makes. */
  readonly sessionToken?: string;
};

const maxStateLength = 4096;
const isOpaque = (text: string): boolean => /^[\w.~-]{1,128}$/.test(text);
const printable = /^[!-~]*$/;
/** A JWS in compact form; one that is longer or else is read as one that nobody signed. */
const isToken = (text: string): boolean => text.length <= 4096 && /^[\w.-]*$/.test(text);

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
};

/** Raw values by decoded name; undefined where a name cannot be read or comes twice. */
const rawPairs = (search: string): ReadonlyMap<string, string> | undefined => {
  const pairs = new Map<string, string>();
  for (const pair of search.split('&')) {
    if (pair === '') continue;
    const cut = pair.indexOf('=');
    const name = decode(cut < 0 ? pair : pair.slice(0, cut));
    if (name === undefined || pairs.has(name)) return undefined;
    pairs.set(name, cut < 0 ? '' : pair.slice(cut + 1));
  }
  return pairs;
};

/** Reads the query of a challenge URL; undefined for one that no page of ours makes (no `c`, a parameter twice, a state too long). */
export const parseChallengeQuery = (requestTarget: string): ChallengeQuery | undefined => {
  const start = requestTarget.indexOf('?');
  const pairs = rawPairs(start < 0 ? '' : requestTarget.slice(start + 1));
  const c = pairs?.get('c');
  if (pairs === undefined || c === undefined || !isOpaque(c)) return undefined;
  const state = pairs.get('state');
  if (state !== undefined && (state.length > maxStateLength || !printable.test(state))) return undefined;
  const lang = decode(pairs.get('lang') ?? '');
  const sessionToken = pairs.get('session_token');
  return {
    c,
    popup: pairs.get('mode') === 'popup',
    forceEnrollment: pairs.get('force_enrollment') === 'true',
    ...(state === undefined ? {} : { state }),
    ...(sessionToken === undefined ? {} : { sessionToken: isToken(sessionToken) ? sessionToken : '' }),
    ...(lang !== undefined && /^[A-Za-z0-9-]{2,35}$/.test(lang) ? { lang } : {}),
  };
};

/** A path of ours that goes on with the same visit. It names no host. */
export const visitPath = (path: '/challenge' | '/challenge/done', query: ChallengeQuery): string => {
  const pairs = [`c=${query.c}`];
  if (query.popup) pairs.push('mode=popup');
  if (query.forceEnrollment) pairs.push('force_enrollment=true');
  if (query.state !== undefined) pairs.push(`state=${query.state}`);
  if (query.lang !== undefined) pairs.push(`lang=${query.lang}`);
  return `${path}?${pairs.join('&')}`;
};

/** Where a page asks how a ceremony stands. A script's request does not say how its page is shown: the page does. */
export const waitingPath = ({ c }: ChallengeQuery, challengeId: string, mode: Mode): string =>
  `/challenge/waiting?c=${c}&id=${encodeURIComponent(challengeId)}&in=${mode}`;

/** Reads what `waitingPath` wrote; undefined for anything else. */
export const parseWaiting = (
  requestTarget: string,
): { readonly c: string; readonly challengeId: string; readonly mode: Mode } | undefined => {
  const fields = new URLSearchParams(requestTarget.slice(requestTarget.indexOf('?') + 1));
  const [c, challengeId] = [fields.get('c') ?? '', fields.get('id') ?? ''];
  const mode = (['redirect', 'window', 'frame'] as const).find((one) => one === fields.get('in'));
  return mode !== undefined && isOpaque(c) && isOpaque(challengeId) ? { c, challengeId, mode } : undefined;
};

/** The value of `state` as its owner wrote it, for a transport that encodes it again. */
export const decodedState = (query: ChallengeQuery): string | undefined =>
  query.state === undefined ? undefined : (decode(query.state) ?? query.state);
