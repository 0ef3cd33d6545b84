import { ChallengeError } from './challenge-error.ts';

/** What the CreateAuthChallenge trigger asks of the browser. */
export type Asked = { readonly kind: 'nothing' } | { readonly kind: 'challenge'; readonly url: string };

const loopback = /^(?:localhost|127\.0\.0\.1|\[::1\])$/;

/** An origin to the letter; throws a `TypeError` for anything else, and for one without TLS that is not this machine. */
export const originFrom = (origin: unknown): string => {
  const url = typeof origin === 'string' && URL.canParse(origin) ? new URL(origin) : undefined;
  const isSecure = url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback.test(url.hostname));
  if (!url || !isSecure || url.origin !== origin)
    throw new TypeError('`challengeOrigin` is an https origin, such as `https://stepward.example`');
  return url.origin;
};

/** A `blob:` address has the origin of whoever made it, so the protocol is looked at, too. */
const isChallengeOn = (origin: string, address: string): boolean => {
  if (!URL.canParse(address)) return false;
  const { protocol, origin: its, username, password, pathname, searchParams, hash } = new URL(address);
  return (
    /^https?:$/.test(protocol) &&
    its === origin &&
    username + password + hash === '' &&
    pathname.endsWith('/challenge') &&
    searchParams.getAll('c').length === 1
  );
};

/** Reads the public parameters of the challenge, which are the words of whoever answered the browser. */
export const readParameters = (parameters: unknown, challengeOrigin: string): Asked => {
  const { stepward, mode, url } = (typeof parameters === 'object' && parameters !== null ? parameters : {}) as Readonly<
    Record<string, unknown>
  >;
  if (stepward !== '1') throw new ChallengeError('invalid_parameters');
  if (mode === 'none') return { kind: 'nothing' };
  if (mode !== 'challenge' || typeof url !== 'string' || url.length > 2048) throw new ChallengeError('invalid_parameters');
  if (!isChallengeOn(challengeOrigin, url)) throw new ChallengeError('wrong_origin');
  return { kind: 'challenge', url: new URL(url).href };
};
