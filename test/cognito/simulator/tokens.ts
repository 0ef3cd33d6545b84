import { createPublicKey, generateKeyPair, type KeyObject, randomBytes, randomUUID, sign, verify } from 'node:crypto';
import { promisify } from 'node:util';
import { unauthorized } from './errors.ts';
import type { Json } from './options.ts';
import type { Client, Pool, RefreshToken, User, World } from './state.ts';
import { isRecord } from './values.ts';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

// one pair a process: making one takes longer than many a test
const pair = { made: undefined as Promise<Pick<Pool['key'], 'publicKey' | 'privateKey'>> | undefined };

export const createKey = async (): Promise<Pool['key']> => {
  pair.made ??= promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const { publicKey, privateKey } = await pair.made;
  return { kid: randomBytes(16).toString('base64'), publicKey, privateKey };
};

export const jwksOf = ({ key: { kid, publicKey } }: Pool): Json => ({
  keys: [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }],
});

const signed = ({ key }: Pool, claims: Json): string => {
  const input = `${part({ kid: key.kid, alg: 'RS256' })}.${part(claims)}`;
  return `${input}.${sign('sha256', Buffer.from(input), key.privateKey).toString('base64url')}`;
};

/** Claims of a token whose signature is by this key. */
export const claimsOf = (token: string, key: KeyObject | Json): Json => {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const publicKey = 'kty' in key ? createPublicKey({ key: { ...key }, format: 'jwk' }) : (key as KeyObject);
  const { alg } = JSON.parse(Buffer.from(header, 'base64url').toString() || '{}') as Json;
  if (alg !== 'RS256' || !verify('sha256', Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature, 'base64url')))
    throw unauthorized('Invalid Access Token');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Json;
};

const units = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 } as const satisfies Record<string, number>;
const validities = {
  AccessToken: [1, 'hours'],
  IdToken: [1, 'hours'],
  RefreshToken: [30, 'days'],
} as const satisfies Record<string, readonly [number, keyof typeof units]>;

/** Seconds for which a client's tokens of a kind are good. */
const secondsOf = ({ settings }: Client, kind: keyof typeof validities): number => {
  const [usual, usualUnit] = validities[kind];
  const given = isRecord(settings.TokenValidityUnits) ? settings.TokenValidityUnits[kind] : undefined;
  const unit = given === undefined ? usualUnit : (String(given) as keyof typeof units);
  return Number(settings[`${kind}Validity`] ?? usual) * units[unit];
};

const readable = ({ settings }: Client, name: string): boolean =>
  !Array.isArray(settings.ReadAttributes) || settings.ReadAttributes.includes(name);

const idAttributes = (client: Client, { attributes }: User): Json =>
  Object.fromEntries(
    Object.entries(attributes)
      .filter(([name]) => readable(client, name))
      .map(([name, value]) => [name, name.endsWith('_verified') ? value === 'true' : value]),
  );

/** Groups and roles as a token carries them. */
export type Groups = { readonly groups: readonly string[]; readonly roles: readonly string[]; readonly preferredRole?: string };

export type TokenClaims = { readonly id: Json; readonly access: Json };

const issuerOf = ({ region }: World, { id }: Pool): string => `https://cognito-idp.${region}.amazonaws.com/${id}`;

/** What both tokens say before PreTokenGeneration changes them. */
export const usualClaims = (
  world: World,
  pool: Pool,
  client: Client,
  user: User,
  session: { readonly authTime: number; readonly originJti: string; readonly deviceKey?: string },
): TokenClaims => {
  const iat = Math.floor(world.now() / 1000);
  const common = {
    sub: user.sub,
    iss: issuerOf(world, pool),
    origin_jti: session.originJti,
    event_id: randomUUID(),
    auth_time: session.authTime,
    iat,
  };
  return {
    id: {
      ...idAttributes(client, user),
      ...common,
      aud: client.id,
      'cognito:username': user.username,
      token_use: 'id',
      jti: randomUUID(),
      exp: iat + secondsOf(client, 'IdToken'),
    },
    access: {
      ...common,
      client_id: client.id,
      username: user.username,
      token_use: 'access',
      scope: 'aws.cognito.signin.user.admin',
      jti: randomUUID(),
      exp: iat + secondsOf(client, 'AccessToken'),
      ...(session.deviceKey && { device_key: session.deviceKey }),
    },
  };
};

export const withGroups = ({ id, access }: TokenClaims, { groups, roles, preferredRole }: Groups): TokenClaims => ({
  id: {
    ...id,
    ...(groups.length > 0 && { 'cognito:groups': groups }),
    ...(roles.length > 0 && { 'cognito:roles': roles }),
    ...(preferredRole && { 'cognito:preferred_role': preferredRole }),
  },
  access: { ...access, ...(groups.length > 0 && { 'cognito:groups': groups }) },
});

export const issue = (pool: Pool, client: Client, { id, access }: TokenClaims): Json => ({
  AccessToken: signed(pool, access),
  IdToken: signed(pool, id),
  TokenType: 'Bearer',
  ExpiresIn: secondsOf(client, 'AccessToken'),
});

export const createRefreshToken = (world: World, of: Omit<RefreshToken, 'expiresAt'>, client: Client): string => {
  const token = randomBytes(512).toString('base64url');
  world.refreshTokens.set(token, { ...of, expiresAt: world.now() + secondsOf(client, 'RefreshToken') * 1000 });
  return token;
};

/** The user whose access token this is, while it is good. */
export const ownerOf = (world: World, token: string): { readonly pool: Pool; readonly user: User; readonly claims: Json } => {
  for (const pool of world.pools.values()) {
    let claims: Json;
    try {
      claims = claimsOf(token, pool.key.publicKey);
    } catch {
      continue;
    }
    if (claims.iss !== issuerOf(world, pool)) continue;
    const user = pool.users.get(String(claims.username));
    if (claims.token_use !== 'access' || !user) break;
    if (Number(claims.exp) * 1000 <= world.now()) throw unauthorized('Access Token has expired');
    if (world.revoked.has(String(claims.origin_jti))) throw unauthorized('Access Token has been revoked');
    return { pool, user, claims };
  }
  throw unauthorized('Invalid Access Token');
};
