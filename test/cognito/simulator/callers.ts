import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { CognitoError, notFound, unauthorized } from './errors.ts';
import type { Json, Strings } from './options.ts';
import { createVerifier, type Verifier } from './srp.ts';
import type { Client, Pool, Subject, User, World } from './state.ts';
import { list, text } from './values.ts';

export type Caller = { readonly pool: Pool; readonly client: Client; readonly isAdmin: boolean };

export const poolOf = ({ pools }: World, parameters: Json): Pool => {
  const id = text(parameters, 'UserPoolId');
  const pool = pools.get(id);
  if (!pool) throw notFound(`User pool ${id} does not exist.`);
  return pool;
};

export const clientOf = ({ clients }: Pool, parameters: Json): Client => {
  const id = text(parameters, 'ClientId');
  const client = clients.get(id);
  if (!client) throw notFound(`User pool client ${id} does not exist.`);
  return client;
};

/** Who calls without credentials of the account is known by the client id alone. */
export const publicCaller = (world: World, parameters: Json): Caller => {
  const id = text(parameters, 'ClientId');
  for (const pool of world.pools.values()) {
    const client = pool.clients.get(id);
    if (client) return { pool, client, isAdmin: false };
  }
  throw notFound(`User pool client ${id} does not exist.`);
};

export const adminCaller = (world: World, parameters: Json): Caller => {
  const pool = poolOf(world, parameters);
  return { pool, client: clientOf(pool, parameters), isAdmin: true };
};

/** @param usernames for any of which the hash may stand. */
export const checkSecretHash = ({ id, secret }: Client, { SECRET_HASH }: Strings, ...usernames: readonly string[]): void => {
  if (secret === undefined && SECRET_HASH === undefined) return;
  if (SECRET_HASH === undefined) throw unauthorized(`Client ${id} is configured with secret but SECRET_HASH was not received`);
  const given = Buffer.from(SECRET_HASH, 'base64');
  const isRight = usernames.some((username) => {
    const expected = createHmac('sha256', secret ?? '')
      .update(username + id)
      .digest();
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (secret === undefined || !isRight) throw unauthorized(`Unable to verify secret hash for client ${id}`);
};

export const findUser = ({ users, fixed }: Pool, name: string): User | undefined => {
  const direct = users.get(name);
  if (direct) return direct;
  const aliases = list(fixed, 'AliasAttributes') ?? [];
  const instead = list(fixed, 'UsernameAttributes') ?? [];
  const isNamed = ({ sub, attributes }: User): boolean =>
    sub === name ||
    instead.some((alias) => attributes[alias] === name) ||
    aliases.some((alias) => attributes[alias] === name && (alias === 'preferred_username' || attributes[`${alias}_verified`] === 'true'));
  return [...users.values()].find(isNamed);
};

/** What somebody unknown is measured against: the same each time, so that the salt tells nothing. */
const decoy = ({ id, key }: Pool, username: string): Verifier => {
  const digest = createHash('sha256').update(key.kid).update(username).digest('hex');
  const { v } = createVerifier(id, username, digest);
  return { group: id.split('_')[1] ?? '', userId: username, salt: BigInt(`0x${digest.slice(0, 32)}`), v };
};

/** Who signs in; somebody unknown too, where the client hides who exists. */
export const subjectOf = (pool: Pool, client: Client, name: string): Subject => {
  const user = findUser(pool, name);
  if (!user && client.settings.PreventUserExistenceErrors !== 'ENABLED')
    throw new CognitoError('UserNotFoundException', 'User does not exist.');
  const username = user?.username ?? name;
  return { username, user, verifier: user?.verifier ?? decoy(pool, username) };
};
