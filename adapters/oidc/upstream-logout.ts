import { type JWTPayload, errors as joseErrors, jwtVerify } from 'jose';
import type { OidcUpstream } from '../../core/index.ts';
import { UpstreamError } from './upstream.ts';
import { textClaim } from './upstream-claims.ts';
import { clockSkew, type UpstreamProvider } from './upstream-provider.ts';

const event = 'http://schemas.openid.net/event/backchannel-logout';

/** Seconds for which a logout token is taken after it was made. */
export const logoutWindow = 300;

/** Characters. */
const longest = 16_384;

/** `JWT` says as little as nothing; a type that says more must be the right one (RFC 8725 §3.11). */
const types: ReadonlySet<unknown> = new Set([undefined, 'jwt', 'logout+jwt']);

const typeOf = (typ: unknown): unknown => (typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : typ);

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

const refuse = (why: string, cause?: unknown): UpstreamError => new UpstreamError('access_denied', `the logout token ${why}`, { cause });

const faultOf = (payload: JWTPayload, now: number): string | undefined => {
  const { events, iat, sid, sub } = payload;
  if (!isObject(events) || !isObject((events as Readonly<Record<string, unknown>>)[event])) return 'is about another event';
  if ('nonce' in payload) return 'has a `nonce`, as an ID token has';
  if (typeof iat !== 'number' || iat > now + clockSkew || iat < now - logoutWindow - clockSkew) return 'is not of now';
  if (textClaim(payload.jti) === undefined) return 'has no usable `jti`';
  if (sid === undefined && sub === undefined) return 'names nobody';
  if ([sid, sub].some((one) => one !== undefined && textClaim(one) === undefined)) return 'names nobody readably';
  return undefined;
};

const verified = async (upstream: OidcUpstream, { keys, algorithms }: UpstreamProvider, token: string, now: number) => {
  try {
    return await jwtVerify(token, keys, {
      algorithms: [...algorithms],
      issuer: upstream.issuer,
      audience: upstream.clientId,
      clockTolerance: clockSkew,
      currentDate: new Date(now),
    });
  } catch (error) {
    const outside = error instanceof joseErrors.JWKSTimeout || !(error instanceof joseErrors.JOSEError);
    throw outside ? error : refuse('is not valid', error);
  }
};

/** Verifies a back-channel logout token (OpenID Connect Back-Channel Logout 1.0 §2.6), all but that it is used once. */
export const readLogoutToken = async (upstream: OidcUpstream, provider: UpstreamProvider, token: string, now: number) => {
  if (token.length > longest) throw refuse('is too long');
  const { payload, protectedHeader } = await verified(upstream, provider, token, now);
  if (!types.has(typeOf(protectedHeader.typ))) throw refuse('is of another type');
  const fault = faultOf(payload, now / 1000);
  if (fault !== undefined) throw refuse(fault);
  return { sid: textClaim(payload.sid), sub: textClaim(payload.sub), jti: String(payload.jti) };
};
