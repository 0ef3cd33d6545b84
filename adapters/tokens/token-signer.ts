import { type KeyObject, sign as signBytes, verify as verifyBytes } from 'node:crypto';
import type { SessionClaims, TokenClaims, TokenKind, TokenSigner } from '../../core/ports/token-signer.ts';
import { isSessionClaims, isTokenClaims } from './claims.ts';
import { loadSigningKey, type SigningKey } from './signing-key.ts';

const kinds = ['track', 'proof', 'return'] as const satisfies readonly TokenKind[];
/** Longer than any token made here. */
const maxTokenLength = 8192;
/** Tokens that are remembered as rightly signed: some 10 MB. */
const mostChecked = 10_000;
/** 64 bytes of Ed25519 in base64url; the last character carries four bits that must be zero, so each signature has one spelling. */
const signaturePattern = /^[A-Za-z0-9_-]{85}[AQgw]$/;
const payloadPattern = /^[A-Za-z0-9_-]+$/;

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const parsed = (payload: string): unknown => {
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
};

/**
 * Creates and checks Stepward's own tokens (JWS compact, EdDSA over Ed25519). The first key signs, all verify. A header is never
 * parsed: only the headers that these keys would write are known, so `alg`, `jwk`, `jku` and `x5u` of a stranger mean nothing.
 *
 * @param issuer the `iss` of every token: the public URL.
 * @param audience the `aud` of every token: the tenant id.
 * @throws TypeError for no key, a key that is not Ed25519, or a `kid` listed twice.
 * @example
 * const signer = createTokenSigner({ keys: [generateSigningKey()], issuer: 'https://auth.example', audience: 'tenant' });
 */
export const createTokenSigner = (settings: {
  readonly keys: readonly SigningKey[];
  readonly issuer: string;
  readonly audience: string;
}): TokenSigner => {
  const { issuer, audience } = settings;
  const keys = settings.keys.map(loadSigningKey);
  const [signing] = keys;
  if (signing === undefined) throw new TypeError('at least one signing key is needed');
  if (new Set(keys.map(({ kid }) => kid)).size !== keys.length) throw new TypeError('each kid must be listed once');

  const headerOf = (kid: string, kind: TokenKind): string => encode({ alg: 'EdDSA', kid, typ: `stepward-${kind}+jwt` });
  const sessionHeaderOf = (kid: string): string => encode({ alg: 'EdDSA', kid, typ: 'at+jwt' });
  const known = new Map<string, { readonly kind: TokenKind; readonly publicKey: KeyObject }>();
  // kept apart: no list of kinds can ever let an access token pass for one of an action instance, or the reverse
  const ofSessions = new Map<string, { readonly publicKey: KeyObject }>();
  for (const { kid, publicKey } of keys) {
    for (const kind of kinds) known.set(headerOf(kid, kind), { kind, publicKey });
    ofSessions.set(sessionHeaderOf(kid), { publicKey });
  }
  const ownHeaders = Object.fromEntries(kinds.map((kind) => [kind, headerOf(signing.kid, kind)])) as Readonly<Record<TokenKind, string>>;

  const signed = (header: string, claims: unknown): string => {
    const input = `${header}.${encode(claims)}`;
    return `${input}.${signBytes(null, Buffer.from(input), signing.privateKey).toString('base64url')}`;
  };

  /** Tokens whose signature was right, whole, oldest first: one is shown several times, and the check costs more than all else. */
  const checked = new Set<string>();
  const isRight = (token: string, input: string, publicKey: KeyObject, signature: string): boolean => {
    if (checked.has(token)) return true;
    if (!verifyBytes(null, Buffer.from(input), publicKey, Buffer.from(signature, 'base64url'))) return false;
    for (const oldest of checked) {
      if (checked.size < mostChecked) break;
      checked.delete(oldest);
    }
    checked.add(token);
    return true;
  };

  /** What a token says, where its header is one of those asked for and its signature right. */
  const opened = <M extends { readonly publicKey: KeyObject }>(
    token: string,
    signedAs: (header: string) => M | undefined,
  ): { readonly match: M; readonly claims: unknown } | undefined => {
    if (typeof token !== 'string' || token.length > maxTokenLength) return undefined;
    const [header = '', payload = '', signature = '', ...rest] = token.split('.');
    const match = signedAs(header);
    if (match === undefined || rest.length > 0 || !payloadPattern.test(payload) || !signaturePattern.test(signature)) return undefined;
    if (!isRight(token, `${header}.${payload}`, match.publicKey, signature)) return undefined;
    return { match, claims: parsed(payload) };
  };

  const sign = (kind: TokenKind, claims: TokenClaims): string => {
    if (claims.iss !== issuer || claims.aud !== audience) throw new TypeError('`iss` and `aud` must be those of this signer');
    return signed(ownHeaders[kind], claims);
  };

  const verify = (
    token: string,
    expected: readonly TokenKind[],
  ): { readonly kind: TokenKind; readonly claims: TokenClaims } | undefined => {
    const read = opened(token, (header) => {
      const found = known.get(header);
      return found && expected.includes(found.kind) ? found : undefined;
    });
    if (read === undefined || !isTokenClaims(read.claims) || read.claims.iss !== issuer || read.claims.aud !== audience) return undefined;
    return { kind: read.match.kind, claims: read.claims };
  };

  const ownSessionHeader = sessionHeaderOf(signing.kid);
  const signSession = (claims: SessionClaims): string => {
    if (claims.iss !== issuer || claims.aud !== claims.client_id)
      throw new TypeError('`iss` must be that of this signer, `aud` the client');
    return signed(ownSessionHeader, claims);
  };
  const verifySession = (token: string): SessionClaims | undefined => {
    const { claims } = opened(token, (header) => ofSessions.get(header)) ?? {};
    return isSessionClaims(claims) && claims.iss === issuer && claims.aud === claims.client_id ? claims : undefined;
  };

  return { sign, verify, signSession, verifySession, jwks: () => ({ keys: keys.map(({ publicJwk }) => publicJwk) }) };
};
