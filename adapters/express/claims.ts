import { Refused } from './refusal.ts';

/** What a verified access token says, under the names of RFC 9068 and RFC 7662. */
export type AccessTokenClaims = {
  readonly iss: string;
  readonly sub: string;
  readonly client_id: string;
  readonly aud?: string | readonly string[];
  /** Unix seconds, as all times here. */
  readonly exp?: number;
  readonly nbf?: number;
  readonly iat?: number;
  readonly scope?: string;
  readonly acr?: string;
  readonly amr?: readonly string[];
  readonly auth_time?: number;
  /** The key that the token is bound to (RFC 9449 §6). */
  readonly cnf?: { readonly jkt: string };
  readonly [claim: string]: unknown;
};

type Kind = (value: unknown) => boolean;
const isText: Kind = (value) => typeof value === 'string' && value !== '';
const isTexts: Kind = (value) => Array.isArray(value) && value.every((one) => typeof one === 'string');
const isTime: Kind = (value) => typeof value === 'number' && Number.isFinite(value);
/** INVARIANT: a token bound in a way that is not checked here (a certificate, say) is no token. */
const isThumbprint: Kind = (value) =>
  typeof value === 'object' && value !== null && Object.keys(value).join() === 'jkt' && isText((value as { jkt: unknown }).jkt);

const kinds: Readonly<Record<string, Kind>> = {
  sub: isText,
  client_id: isText,
  aud: (value) => isText(value) || isTexts(value),
  exp: isTime,
  nbf: isTime,
  iat: isTime,
  scope: (value) => typeof value === 'string',
  acr: isText,
  amr: isTexts,
  auth_time: isTime,
  cnf: isThumbprint,
};

export type ClaimRules = {
  readonly issuer: string;
  /** Names of this API; a token is for one of them. */
  readonly audience: readonly string[];
  /** Seconds by which two clocks may differ. */
  readonly clockTolerance: number;
  /** Unix milliseconds. */
  readonly now: () => number;
};

export const hasAudience = ({ aud }: Readonly<Record<string, unknown>>, audience: readonly string[]): boolean =>
  (Array.isArray(aud) ? aud : [aud]).some((one) => audience.includes(one as string));

/** The claims, each of its kind, those that are named there, and the token alive. Throws `Refused`. */
export const checkClaims = (
  claims: Readonly<Record<string, unknown>>,
  required: readonly string[],
  { issuer, clockTolerance, now }: ClaimRules,
): AccessTokenClaims => {
  for (const name of required) if (!Object.hasOwn(claims, name)) throw new Refused('invalid_token', `the token has no ${name}`);
  for (const [name, isKind] of Object.entries(kinds))
    if (Object.hasOwn(claims, name) && claims[name] !== undefined && !isKind(claims[name]))
      throw new Refused('invalid_token', `the token's ${name} cannot be used`);
  const { iss, exp, nbf, iat, auth_time: authTime } = claims as AccessTokenClaims;
  const seconds = Math.floor(now() / 1000);
  if (iss !== issuer) throw new Refused('invalid_token', 'the token is of another issuer');
  if (exp !== undefined && exp <= seconds - clockTolerance) throw new Refused('invalid_token', 'the token has expired');
  if (nbf !== undefined && nbf > seconds + clockTolerance) throw new Refused('invalid_token', 'the token is not valid yet');
  if (iat !== undefined && iat > seconds + clockTolerance) throw new Refused('invalid_token', 'the token was issued in the future');
  // else it would stay recent for ever
  if (authTime !== undefined && authTime > seconds + clockTolerance) throw new Refused('invalid_token', 'its auth_time is in the future');
  return claims as AccessTokenClaims;
};
