import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, type JWTPayload, jwtVerify } from 'jose';
import { Refused, Unavailable } from './refusal.ts';
import type { Replay } from './replay.ts';

/** Signatures of clients; what the issuer signs with is another matter. */
export const proofAlgorithms = ['ES256', 'PS256', 'RS256', 'EdDSA', 'Ed25519'] as const;

/** Seconds: the clock of what remembers proofs may be ahead of this one. */
const margin = 60;

export type ProofRules = {
  /** Where clients see this API: origin, and the path that a proxy takes off. */
  readonly publicUrl: URL;
  /** Seconds, either way. */
  readonly proofWindow: number;
  readonly replay: Replay;
  /** Milliseconds that `replay` may take. */
  readonly timeout: number;
  /** Unix milliseconds. */
  readonly now: () => number;
};

/** What a proof must be about. */
export type Proven = {
  readonly method: string;
  /** Target of the request, as its first line says it. */
  readonly target: string;
  readonly token: string;
  /** Thumbprint of the key that the token is bound to. */
  readonly jkt: string;
};

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** Without query and fragment, in the normal form of a URL (RFC 9449 §4.3). */
const comparable = (value: unknown): string | undefined => {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (!url) return undefined;
  url.search = '';
  url.hash = '';
  return url.href;
};

/**
 * The request's URL as it stands: neither Host nor a whole URL in its first line has a say, and a path that a URL parser would write otherwise
 * (`/a/../b`, a backslash) is that of no proof, since the application's router reads it literally.
 */
const requestUrl = (publicUrl: URL, target: string): string =>
  `${publicUrl.origin}${publicUrl.pathname.replace(/\/+$/, '')}${target.split('?')[0]}`;

const remembered = async (ask: () => ReturnType<Replay>, timeout: number): Promise<'first' | 'repeated'> => {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${timeout} ms`)), timeout);
  try {
    return await Promise.race([ask(), late]);
  } catch (cause) {
    throw new Unavailable('whether the proof was used before cannot be known', 5, { cause });
  } finally {
    clearTimeout(timer);
  }
};

/** Verifies a DPoP proof for a token that is bound to its key (RFC 9449 §4.3, §7.1), once. Rejects with `Refused` or `Unavailable`. */
export const createProofCheck =
  ({ publicUrl, proofWindow, replay, timeout, now }: ProofRules) =>
  async (proof: string, { method, target, token, jkt }: Proven): Promise<void> => {
    const refuse = (what: string, cause?: unknown): never => {
      throw new Refused('invalid_dpop_proof', what, { cause });
    };
    let payload: JWTPayload;
    try {
      const key: typeof EmbeddedJWK = async (header, jws) => {
        // before the signature: nobody but the holder of a token has it computed with a key of his choice
        if (!header?.jwk || (await calculateJwkThumbprint(header.jwk)) !== jkt) throw new TypeError('the key is another one');
        return EmbeddedJWK(header, jws);
      };
      const options = { algorithms: [...proofAlgorithms], typ: 'dpop+jwt', currentDate: new Date(now()) };
      ({ payload } = await jwtVerify(proof, key, options));
    } catch (cause) {
      return refuse("the proof is not signed by the token's key", cause);
    }
    const { htm, htu, ath, iat, jti } = payload;
    const seconds = Math.floor(now() / 1000);
    if (htm !== method) refuse('the proof is for another method');
    if (comparable(htu) !== requestUrl(publicUrl, target)) refuse('the proof is for another URL');
    if (ath !== digest(token)) refuse('the proof is for another token');
    if (typeof iat !== 'number' || Math.abs(seconds - iat) > proofWindow) return refuse('the proof is too old, or of the future');
    if (typeof jti !== 'string' || jti === '') return refuse('the proof has no jti');
    // with the key: nobody uses up the jti of another
    const use = await remembered(() => replay(digest(`${jkt}\n${jti}`), Math.ceil(iat) + proofWindow + margin), timeout);
    if (use !== 'first') refuse('the proof was used before');
  };
