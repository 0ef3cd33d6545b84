import { errors, type JWTPayload, jwtVerify } from 'jose';
import { type AccessTokenClaims, type ClaimRules, checkClaims, hasAudience } from './claims.ts';
import type { Issuer } from './issuer.ts';
import { Refused, Unavailable } from './refusal.ts';

const required = ['exp', 'iat', 'sub', 'client_id'] as const;

/**
 * Verifies a JWT access token (RFC 9068 §4). Keys come from the issuer alone: `jwk`, `jku` and `x5u` in a header are not looked at.
 * Rejects with `Refused` or `Unavailable`.
 */
export const createJwtCheck =
  (rules: ClaimRules, algorithms: readonly string[], issuer: Issuer) =>
  async (token: string): Promise<AccessTokenClaims> => {
    const options = { algorithms: [...algorithms], typ: 'at+jwt', clockTolerance: rules.clockTolerance };
    let payload: JWTPayload;
    try {
      ({ payload } = await jwtVerify(token, issuer.key, { ...options, currentDate: new Date(rules.now()) }));
    } catch (cause) {
      if (cause instanceof Unavailable) throw cause;
      const what = cause instanceof errors.JWTExpired ? 'the token has expired' : 'this is no access token that the issuer signed';
      throw new Refused('invalid_token', what, { cause });
    }
    if (!hasAudience(payload, rules.audience)) throw new Refused('invalid_token', 'the token is for another audience');
    return checkClaims(payload, required, rules);
  };
