import { checkSecretHash } from './callers.ts';
import { CognitoError, unauthorized } from './errors.ts';
import { checkStatus, rotates } from './finish.ts';
import { checkRefresh } from './flows.ts';
import type { Json, Strings } from './options.ts';
import { generateTokens } from './pre-token.ts';
import type { Client, Pool, RefreshToken, User, World } from './state.ts';
import { createRefreshToken, issue, ownerOf, usualClaims } from './tokens.ts';
import { optionalText, text } from './values.ts';

const gone = (): CognitoError => unauthorized('Invalid Refresh Token');

const found = (world: World, pool: Pool, client: Client, token: string): { readonly kept: RefreshToken; readonly user: User } => {
  const kept = world.refreshTokens.get(token);
  const user = kept && pool.users.get(kept.username);
  if (!kept || !user || kept.clientId !== client.id || world.revoked.has(kept.originJti)) throw gone();
  if (kept.expiresAt <= world.now()) throw unauthorized('Refresh Token has expired');
  if (kept.replacedUntil !== undefined && kept.replacedUntil <= world.now())
    throw new CognitoError('RefreshTokenReuseException', 'Refresh token reuse detected');
  checkStatus(user);
  return { kept, user };
};

const renewed = async (
  world: World,
  pool: Pool,
  client: Client,
  { kept, user }: ReturnType<typeof found>,
  clientMetadata?: Strings,
): Promise<Json> => {
  const usual = usualClaims(world, pool, client, user, kept);
  return issue(pool, client, await generateTokens(world, pool, client, user, usual, { source: 'RefreshTokens', clientMetadata }));
};

/** InitiateAuth with a refresh token: of the triggers PreTokenGeneration alone runs, without metadata. */
export const refresh = async (world: World, pool: Pool, client: Client, given: Strings): Promise<Json> => {
  const token = text(given, 'REFRESH_TOKEN');
  const held = found(world, pool, client, token);
  checkSecretHash(client, given, held.user.username, held.user.sub);
  return { AuthenticationResult: await renewed(world, pool, client, held), ChallengeParameters: {} };
};

const checkSecret = ({ secret }: Client, parameters: Json): void => {
  if (optionalText(parameters, 'ClientSecret') !== secret) throw unauthorized('Client secret is not valid.');
};

/** GetTokensFromRefreshToken: with rotation on, a new refresh token that lasts as long as the first would have. */
export const getTokens = async (world: World, { pool, client }: { readonly pool: Pool; readonly client: Client }, parameters: Json) => {
  checkSecret(client, parameters);
  checkRefresh(client);
  const held = found(world, pool, client, text(parameters, 'RefreshToken'));
  const AuthenticationResult = await renewed(world, pool, client, held, parameters.ClientMetadata as Strings | undefined);
  if (!rotates(client)) return { AuthenticationResult };
  const { RetryGracePeriodSeconds = 0 } = client.settings.RefreshTokenRotation as { readonly RetryGracePeriodSeconds?: number };
  const RefreshToken = createRefreshToken(world, held.kept, client);
  world.refreshTokens.set(RefreshToken, { ...held.kept, replacedUntil: undefined });
  held.kept.replacedUntil ??= world.now() + RetryGracePeriodSeconds * 1000;
  return { AuthenticationResult: { ...AuthenticationResult, RefreshToken } };
};

/** RevokeToken: the refresh token and every access token of its sign-in. */
export const revokeToken = ({ refreshTokens, revoked }: World, { client }: { readonly client: Client }, parameters: Json): Json => {
  checkSecret(client, parameters);
  if (client.settings.EnableTokenRevocation !== true)
    throw new CognitoError('UnsupportedOperationException', 'Token revocation is not enabled for this client');
  const kept = refreshTokens.get(text(parameters, 'Token'));
  if (kept && kept.clientId !== client.id) throw new CognitoError('UnauthorizedException', 'The token was not issued to this client');
  if (kept) revoked.add(kept.originJti);
  return {};
};

/** GlobalSignOut: every refresh token of the user, and the access tokens of those sign-ins. */
export const globalSignOut = (world: World, parameters: Json): Json => {
  const { pool, user } = ownerOf(world, text(parameters, 'AccessToken'));
  for (const { poolId, username, originJti } of world.refreshTokens.values())
    if (poolId === pool.id && username === user.username) world.revoked.add(originJti);
  return {};
};
