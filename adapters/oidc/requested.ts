import { errors } from 'oidc-provider';
import { knownAcrs } from '../../core/index.ts';

/** What an authorization request asks of the sign-in. */
export type Requested = {
  /** Every value as it came, in the client's order. */
  readonly acrs: readonly string[];
  /** Nothing weaker will do (OpenID Connect Core §5.5.1.1). */
  readonly isEssential: boolean;
  /** Seconds. */
  readonly maxAge?: number;
};

type Params = { readonly acr_values?: unknown; readonly claims?: unknown; readonly max_age?: unknown; readonly [anew]?: unknown };

/**
 * Parameter in which a `max_age` of 0 is kept: the library makes it a mere `prompt=login`, which an older second factor outlives.
 * Whoever sends it asks for no less.
 */
export const anew = 'stepward_anew';

/** Keeps a `max_age` of 0, in a step of the library that comes before it is lost. */
export const keepAnew = (params: Record<string, unknown> | undefined): void => {
  if (params?.max_age !== undefined && Number(params.max_age) === 0) params[anew] = '1';
};

const most = 16;

const essentialAcr = (claims: unknown): readonly string[] | undefined => {
  if (typeof claims !== 'string') return undefined;
  const acr = (JSON.parse(claims) as { id_token?: { acr?: { essential?: unknown; value?: unknown; values?: unknown } | null } | null })
    .id_token?.acr;
  if (acr?.essential !== true) return undefined;
  const values = acr.values ?? (acr.value === undefined ? undefined : [acr.value]);
  if (values === undefined) return undefined;
  if (!Array.isArray(values) || values.length === 0 || !values.every((value): value is string => typeof value === 'string'))
    throw new errors.InvalidRequest('claims.id_token.acr must name its values as strings');
  return values;
};

/**
 * Reads acr_values, an essential acr and max_age; the library has checked their syntax.
 * An essential acr goes before `acr_values`, which are voluntary (OpenID Connect Core §3.1.2.1).
 *
 * @throws InvalidRequest for an acr that is no string.
 */
export const requestedOf = ({ acr_values: acrValues, claims, max_age, [anew]: isAnew }: Params): Requested => {
  const maxAge = isAnew === undefined ? max_age : 0;
  const essential = essentialAcr(claims);
  const voluntary = typeof acrValues === 'string' ? acrValues.split(' ').filter(Boolean) : [];
  const acrs = (essential ?? voluntary).slice(0, most);
  return {
    acrs,
    isEssential: essential !== undefined && essential.length > 0,
    ...(maxAge !== undefined && maxAge !== '' && { maxAge: Number(maxAge) }),
  };
};

/** Whether anything was asked for that this server knows; unknown values are as good as none. */
export const asksForAcr = ({ acrs }: Requested): boolean => knownAcrs(acrs).length > 0;

/** Whether nothing but unknown values will do. */
export const isImpossible = (requested: Requested): boolean => requested.isEssential && !asksForAcr(requested);
