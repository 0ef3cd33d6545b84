import type { Json, Strings } from './options.ts';
import type { Client, Pool, User, World } from './state.ts';
import { type Groups, type TokenClaims, withGroups } from './tokens.ts';
import { eventOf, hasTrigger, preTokenVersion, unrecognizable } from './triggers.ts';
import { isRecord } from './values.ts';

export type TokenSource = 'Authentication' | 'NewPasswordChallenge' | 'AuthenticateDevice' | 'RefreshTokens';

const reserved = new Set(
  'acr amr at_hash aud auth_time azp cognito:username exp iat identities iss jti nbf nonce origin_jti sub token_use'.split(' '),
);
const isReserved = (claim: string): boolean => reserved.has(claim) || claim.startsWith('dev:');

const record = (value: unknown): Json => {
  if (value === undefined || value === null) return {};
  if (!isRecord(value)) throw unrecognizable();
  return value;
};
const names = (value: unknown): readonly string[] => {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string')) throw unrecognizable();
  return value;
};

/** A token with claims added and left out; reserved ones stay as they are. */
const changed = (claims: Json, changes: Json, isAllowed: (value: unknown) => boolean): Json => {
  const added = Object.entries(record(changes.claimsToAddOrOverride));
  if (!added.every(([, value]) => isAllowed(value))) throw unrecognizable();
  const gone = new Set(names(changes.claimsToSuppress));
  const all = { ...claims, ...Object.fromEntries(added.filter(([name]) => !isReserved(name))) };
  return Object.fromEntries(Object.entries(all).filter(([name]) => isReserved(name) || !gone.has(name)));
};

const scoped = (claims: Json, changes: Json): Json => {
  const gone = new Set(names(changes.scopesToSuppress));
  const scopes = [...String(claims.scope).split(' '), ...names(changes.scopesToAdd)].filter((scope) => !gone.has(scope));
  return { ...claims, scope: [...new Set(scopes)].join(' ') };
};

/** Where an answer says nothing of groups, or says it with null or an empty object, the user has none. */
const groupsOf = (details: unknown): Groups => {
  const given = record(details);
  return {
    groups: names(given.groupsToOverride),
    roles: names(given.iamRolesToOverride),
    ...(typeof given.preferredRole === 'string' && { preferredRole: given.preferredRole }),
  };
};

/** The claims of both tokens after PreTokenGeneration. */
export const generateTokens = async (
  world: World,
  pool: Pool,
  client: Client,
  user: User,
  usual: TokenClaims,
  about: { readonly source: TokenSource; readonly clientMetadata?: Strings },
): Promise<TokenClaims> => {
  const own: Groups = { groups: user.groups, roles: [] };
  if (!hasTrigger(pool, 'PreTokenGeneration')) return withGroups(usual, own);
  const version = preTokenVersion(pool);
  const isFirst = version === 'V1_0';
  const event = eventOf({
    pool,
    client,
    subject: { username: user.username, user },
    source: `TokenGeneration_${about.source}`,
    version: version.charAt(1),
    request: {
      groupConfiguration: { groupsToOverride: user.groups, iamRolesToOverride: [], preferredRole: null },
      ...(!isFirst && { scopes: String(usual.access.scope).split(' ') }),
    },
    response: isFirst ? { claimsOverrideDetails: null } : { claimsAndScopeOverrideDetails: null },
    clientMetadata: about.clientMetadata,
  });
  const response = (await world.trigger(pool, 'PreTokenGeneration', event)) ?? {};
  const details = isFirst ? response.claimsOverrideDetails : response.claimsAndScopeOverrideDetails;
  if (details === undefined || details === null) return withGroups(usual, own);
  const { groupOverrideDetails, idTokenGeneration, accessTokenGeneration, ...first } = record(details);
  const { id, access } = withGroups(usual, groupsOf(groupOverrideDetails));
  if (isFirst) return { id: changed(id, first, (value) => typeof value === 'string'), access };
  const forAccess = record(accessTokenGeneration);
  return {
    id: changed(id, record(idTokenGeneration), () => true),
    access: scoped(
      changed(access, forAccess, () => true),
      forAccess,
    ),
  };
};
