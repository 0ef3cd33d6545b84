export type TokenKind = 'track' | 'proof' | 'return';

/** Claims of a token; times in seconds (RFC 7519). */
export type TokenClaims = {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
  readonly epoch: number;
  readonly scope?: string;
  readonly other: { readonly tenantId: string; readonly userId: string; readonly actionCode: string; readonly idempotencyKey: string };
  readonly acr?: string;
  readonly amr?: readonly string[];
  readonly auth_time?: number;
  readonly method?: string;
};

/** Claims of a session's access token (RFC 9068); times in seconds. */
export type SessionClaims = {
  readonly iss: string;
  readonly sub: string;
  /** The app client, as `client_id`. */
  readonly aud: string;
  readonly client_id: string;
  readonly sid: string;
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
  readonly epoch: number;
  readonly acr?: string;
  readonly amr?: readonly string[];
  readonly auth_time?: number;
};

/** JWS compact, EdDSA, with `kid`; `typ` is `stepward-<kind>+jwt`, of access tokens `at+jwt`. */
export interface TokenSigner {
  sign(kind: TokenKind, claims: TokenClaims): string;
  /** Checks signature, `typ` among `kinds`, `iss`, `aud`; not the time. Undefined for anything else. */
  verify(token: string, kinds: readonly TokenKind[]): { readonly kind: TokenKind; readonly claims: TokenClaims } | undefined;
  signSession(claims: SessionClaims): string;
  /** The same for an access token; whose `aud` it is, and the time, the caller compares. */
  verifySession(token: string): SessionClaims | undefined;
  jwks(): { readonly keys: readonly unknown[] };
}
