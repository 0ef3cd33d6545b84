import type { OidcUpstream } from '../../core/index.ts';

/** What an authorization request at an upstream is made of. Never the application's own state or nonce. */
export type UpstreamStart = {
  /** The interaction that goes on when it comes back. */
  readonly uid: string;
  readonly loginHint?: string;
  readonly uiLocales?: string;
  readonly prompt?: string;
  /** Seconds. */
  readonly maxAge?: number;
  /** Our values, in order of preference; those that the upstream's map has are asked for. */
  readonly acrValues?: readonly string[];
  readonly idTokenHint?: string;
};

/** A first factor that an upstream has proven: every token was verified. */
export type UpstreamLogin = {
  readonly upstream: string;
  readonly iss: string;
  readonly sub: string;
  /** Its session, which its logout tokens name. */
  readonly sid?: string;
  readonly acr?: string;
  readonly amr: readonly string[];
  /** Milliseconds: its `auth_time`, else when the token was issued. */
  readonly at: number;
  /** ID token and userinfo, the protocol's own claims left out. */
  readonly claims: Readonly<Record<string, unknown>>;
  readonly idToken: string;
};

/** Why no first factor came of it, as the application hears it. */
export class UpstreamError extends Error {
  readonly error: 'access_denied' | 'temporarily_unavailable';
  constructor(error: 'access_denied' | 'temporarily_unavailable', message: string, options?: ErrorOptions) {
    super(message, options);
    this.error = error;
  }
}

/** The session, or everything, of whom an upstream says that he signed out. */
export type LoggedOut = { readonly sid?: string; readonly sub?: string };

/** The OpenID providers that prove the first factor. Every failure is an `UpstreamError`. */
export interface Upstreams {
  /** Keeps what the return needs and answers where the browser goes. */
  begin(upstream: OidcUpstream, start: UpstreamStart): Promise<string>;
  /** The interaction that a `state` belongs to; spends nothing. */
  interactionOf(upstreamId: string, state: string): Promise<string | undefined>;
  /** Spends the `state` and redeems the code; `query` is that of the return, `uid` the interaction whose cookie the browser has. */
  finish(upstream: OidcUpstream, uid: string, query: URLSearchParams): Promise<UpstreamLogin>;
  /** Where the browser goes to end the upstream's session; undefined where it has no such place. */
  endSession(
    upstream: OidcUpstream,
    ask: { readonly idToken: string; readonly returnTo: string; readonly state: string },
  ): Promise<string | undefined>;
  /**
   * Verifies a back-channel logout token (OpenID Connect Back-Channel Logout 1.0 §2.6), once. One that is refused is `access_denied`,
   * one that cannot be checked now `temporarily_unavailable`. Where `end` fails the token counts as not taken: the upstream may send it again.
   */
  loggedOut(upstream: OidcUpstream, logoutToken: string, end?: (who: LoggedOut) => Promise<void>): Promise<LoggedOut>;
}
