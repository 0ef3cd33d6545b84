import { acrMeets } from '../../core/index.ts';
import type { AccessTokenClaims } from './claims.ts';
import type { StepUpRule } from './options.ts';

/** Why a token does not meet a rule; undefined where it does. What the token does not say it does not meet (RFC 9470 §3). */
export const shortOf = (
  { acr, auth_time: authTime }: AccessTokenClaims,
  { acrValues, maxAge }: StepUpRule,
  /** Unix milliseconds. */
  now: number,
): string | undefined => {
  if (acrValues && !(acr !== undefined && acrValues.some((wanted) => acrMeets(acr, wanted)))) return 'a stronger authentication is needed';
  if (maxAge !== undefined && !(authTime !== undefined && authTime + maxAge >= Math.floor(now / 1000)))
    return 'a more recent authentication is needed';
  return undefined;
};
