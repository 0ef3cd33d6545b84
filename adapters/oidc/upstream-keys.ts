import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { type Limits, remembered } from './remembered.ts';
import type { Fetch } from './upstream-provider.ts';

/** The key set in which this key should be; undefined: any. */
type KeySet = (kid?: string) => Promise<JSONWebKeySet>;

const minute = 60_000;
const limits: Limits = { fresh: 5 * minute, stale: 60 * minute, pause: 10_000 };

const read = async (fetch: Fetch, uri: string): Promise<JSONWebKeySet> => {
  const response = await fetch(uri, { headers: { accept: 'application/json, application/jwk-set+json' }, redirect: 'manual' });
  if (response.status !== 200) throw new TypeError(`the key set's address answered ${response.status}`);
  const set: JSONWebKeySet = JSON.parse(await response.text());
  if (!Array.isArray(set?.keys)) throw new TypeError('the key set has no keys');
  return set;
};

/**
 * Creates the public keys of an upstream: kept for five minutes, for an hour while they cannot be had, and asked for anew, not
 * more than once in ten seconds, when a token names a key that is not among them.
 */
export const createUpstreamKeys = (fetch: Fetch, uri: string, now: () => number): KeySet => {
  const keySet = remembered(() => read(fetch, uri), limits, now);
  return (kid) => keySet(({ keys }) => kid === undefined || keys.some((key) => key?.kid === kid));
};

const kidOf = (tokenAnswer: string): string | undefined => {
  try {
    return decodeProtectedHeader(JSON.parse(tokenAnswer).id_token).kid;
  } catch {
    return undefined;
  }
};

/** A `fetch` for one use of `openid-client`: it has the key set from here, by the key that the ID token before it names. */
export const withKeys = (fetch: Fetch, keySet: KeySet, at: { readonly keys: string; readonly tokenEndpoint?: string }): Fetch => {
  let kid: string | undefined;
  return async (input, init) => {
    const url = String(input);
    if (url === at.keys && (init?.method ?? 'GET') === 'GET') return Response.json(await keySet(kid));
    const response = await fetch(input, init);
    if (url === at.tokenEndpoint) kid = kidOf(await response.clone().text());
    return response;
  };
};

/** The same keys for `jose`. */
export const keysFor =
  (keySet: KeySet): JWTVerifyGetKey =>
  async (header, token) =>
    createLocalJWKSet(await keySet(header.kid))(header, token);
