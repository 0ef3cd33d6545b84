import { randomUUID } from 'node:crypto';
import { findUser, poolOf } from './callers.ts';
import { CognitoError } from './errors.ts';
import { tracksDevices } from './finish.ts';
import type { Json } from './options.ts';
import { setPassword } from './passwords.ts';
import type { Pool, User, World } from './state.ts';
import { ownerOf } from './tokens.ts';
import { attributeList, attributesIn, isRecord, list, optionalText, text } from './values.ts';

const seconds = (ms: number): number => ms / 1000;

const userOf = (world: World, parameters: Json): { readonly pool: Pool; readonly user: User } => {
  const pool = poolOf(world, parameters);
  const user = findUser(pool, text(parameters, 'Username'));
  if (!user) throw new CognitoError('UserNotFoundException', 'User does not exist.');
  return { pool, user };
};

const shown = ({ username, sub, attributes, createdAt, isEnabled, status }: User): Json => ({
  Username: username,
  Enabled: isEnabled,
  UserStatus: status,
  UserCreateDate: seconds(createdAt),
  UserLastModifiedDate: seconds(createdAt),
  Attributes: attributeList({ ...attributes, sub }),
});

export const adminCreateUser = (world: World, parameters: Json): Json => {
  const pool = poolOf(world, parameters);
  const name = text(parameters, 'Username');
  if (findUser(pool, name)) throw new CognitoError('UsernameExistsException', 'User account already exists');
  const { sub: _, ...attributes } = attributesIn(parameters, 'UserAttributes');
  const sub = randomUUID();
  const [instead] = list(pool.fixed, 'UsernameAttributes') ?? [];
  const user: User = {
    username: instead === undefined ? name : sub,
    sub,
    createdAt: world.now(),
    attributes: { ...(instead !== undefined && { [instead]: name }), ...attributes },
    status: 'FORCE_CHANGE_PASSWORD',
    isEnabled: true,
    groups: [],
    usedSteps: new Set(),
    devices: new Map(),
    failures: 0,
    lockedUntil: 0,
  };
  setPassword(pool, user, optionalText(parameters, 'TemporaryPassword') ?? `Aa1!${randomUUID()}`);
  pool.users.set(user.username, user);
  return { User: shown(user) };
};

export const adminSetUserPassword = (world: World, parameters: Json): Json => {
  const { pool, user } = userOf(world, parameters);
  setPassword(pool, user, text(parameters, 'Password'));
  user.status = parameters.Permanent === true ? 'CONFIRMED' : 'FORCE_CHANGE_PASSWORD';
  return {};
};

export const adminGetUser = (world: World, parameters: Json): Json => {
  const { user } = userOf(world, parameters);
  const { Attributes, ...rest } = shown(user);
  return { ...rest, UserAttributes: Attributes };
};

export const adminDisableUser = (world: World, parameters: Json): Json => {
  userOf(world, parameters).user.isEnabled = false;
  return {};
};

export const getUser = (world: World, parameters: Json): Json => {
  const { user } = ownerOf(world, text(parameters, 'AccessToken'));
  return { Username: user.username, UserAttributes: attributeList({ sub: user.sub, ...user.attributes }) };
};

/** ConfirmDevice: keeps what the device will be proven by. */
export const confirmDevice = (world: World, parameters: Json): Json => {
  const { pool, user } = ownerOf(world, text(parameters, 'AccessToken'));
  const { DeviceSecretVerifierConfig: secret } = parameters;
  if (!tracksDevices(pool) || !isRecord(secret)) throw new CognitoError('InvalidParameterException', 'Device tracking is not on.');
  const number = (name: string): bigint => BigInt(`0x${Buffer.from(text(secret, name), 'base64').toString('hex')}`);
  const userId = text(parameters, 'DeviceKey');
  user.devices.set(userId, { group: `-${pool.id.split('_')[1]}`, userId, salt: number('Salt'), v: number('PasswordVerifier') });
  return { UserConfirmationNecessary: false };
};
