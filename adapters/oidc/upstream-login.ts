import * as openid from 'openid-client';
import type { OidcUpstream } from '../../core/index.ts';
import type { UpstreamLogin } from './upstream.ts';
import { amrOf, mergedClaims, textClaim } from './upstream-claims.ts';
import { clockSkew, type UpstreamProvider } from './upstream-provider.ts';

/** What the return needs, kept for as long as somebody takes to sign in. */
export type PendingLogin = {
  readonly uid: string;
  readonly upstream: string;
  readonly record: string;
  readonly codeVerifier: string;
  readonly nonce: string;
  /** Milliseconds. */
  readonly begunAt: number;
  /** Seconds. */
  readonly maxAge?: number;
  /** A new sign-in was asked for. */
  readonly again: boolean;
};

/** Characters. */
const longest = { idToken: 65_536, claims: 65_536 };

const check = (holds: boolean, otherwise: string): void => {
  if (!holds) throw new TypeError(otherwise);
};

/** Milliseconds: before that a sign-in is older than was asked for. */
const earliest = ({ begunAt, maxAge, again }: PendingLogin): number => begunAt - (again ? 0 : (maxAge ?? Number.POSITIVE_INFINITY)) * 1000;

/** Checks of time that the library does not make: it measures `max_age` from now, not from when it was asked for. */
const checkTimes = (claims: openid.IDToken, pending: PendingLogin, now: number): void => {
  const { iat, auth_time: authTime } = claims;
  const latest = now / 1000 + clockSkew;
  check(iat <= latest, 'the ID token is from the future');
  check(pending.maxAge === undefined || authTime !== undefined, 'the ID token has no `auth_time`, though `max_age` was asked for');
  if (authTime === undefined) return;
  check(authTime <= latest, 'the sign-in is from the future');
  check(authTime >= earliest(pending) / 1000 - clockSkew, 'the sign-in is older than was asked for');
};

const scopesBeyondIdToken = ({ scopes }: OidcUpstream): boolean => scopes.some((scope) => scope !== 'openid' && scope !== 'offline_access');

/** Redeems the code of a return, and verifies everything that comes of it. */
export const redeem = async (
  upstream: OidcUpstream,
  { configuration: newConfiguration, metadata }: UpstreamProvider,
  pending: PendingLogin,
  back: { readonly url: URL; readonly state: string; readonly now: () => number },
): Promise<UpstreamLogin> => {
  const configuration = newConfiguration();
  const tokens = await openid.authorizationCodeGrant(configuration, back.url, {
    expectedState: back.state,
    expectedNonce: pending.nonce,
    pkceCodeVerifier: pending.codeVerifier,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  const { id_token: idToken } = tokens;
  if (!claims || idToken === undefined) throw new TypeError('no ID token came');
  const now = back.now();
  check(idToken.length <= longest.idToken, 'the ID token is too long');
  check(claims.azp === undefined || claims.azp === upstream.clientId, 'the ID token was made for another client (`azp`)');
  const sub = textClaim(claims.sub);
  if (sub === undefined) throw new TypeError('the ID token has no usable `sub`');
  check(claims.sid === undefined || textClaim(claims.sid) !== undefined, 'the ID token has no usable `sid`');
  checkTimes(claims, pending, now);

  const asks = metadata.userinfo_endpoint !== undefined && scopesBeyondIdToken(upstream);
  const userinfo = asks ? await openid.fetchUserInfo(configuration, tokens.access_token, sub) : {};
  const merged = mergedClaims(claims, userinfo);
  check(JSON.stringify(merged).length <= longest.claims, 'the claims are too long');

  return {
    upstream: upstream.id,
    iss: claims.iss,
    sub,
    sid: textClaim(claims.sid),
    acr: textClaim(claims.acr),
    amr: amrOf(claims.amr),
    // what a clock that is behind dates too early, and is taken, is as old as may be: nobody refuses it afterwards
    at: Math.min(Math.max((claims.auth_time ?? claims.iat) * 1000, earliest(pending)), now),
    claims: merged,
    idToken,
  };
};
