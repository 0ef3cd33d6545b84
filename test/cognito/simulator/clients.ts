import { randomBytes } from 'node:crypto';
import { clientOf, poolOf } from './callers.ts';
import { invalid } from './errors.ts';
import { checkFlowSettings } from './flows.ts';
import type { Json } from './options.ts';
import type { Client, Pool, World } from './state.ts';
import { text } from './values.ts';

const unset = Symbol('not set');

/** What UpdateUserPoolClient takes → its value where it is not sent. */
const settable = {
  RefreshTokenValidity: 30,
  AccessTokenValidity: unset,
  IdTokenValidity: unset,
  TokenValidityUnits: unset,
  ReadAttributes: unset,
  WriteAttributes: unset,
  ExplicitAuthFlows: unset,
  SupportedIdentityProviders: unset,
  CallbackURLs: unset,
  LogoutURLs: unset,
  DefaultRedirectURI: unset,
  AllowedOAuthFlows: unset,
  AllowedOAuthScopes: unset,
  AllowedOAuthFlowsUserPoolClient: false,
  AnalyticsConfiguration: unset,
  PreventUserExistenceErrors: 'LEGACY',
  EnableTokenRevocation: true,
  EnablePropagateAdditionalUserContextData: false,
  AuthSessionValidity: 3,
  RefreshTokenRotation: unset,
} as const satisfies Record<string, unknown>;

const settingsFrom = (parameters: Json): Json => {
  checkFlowSettings(parameters);
  const entries = Object.entries(settable)
    .map(([name, otherwise]) => [name, parameters[name] ?? otherwise] as const)
    .filter(([, value]) => value !== unset);
  const settings: Json = Object.fromEntries(entries);
  const minutes = settings.AuthSessionValidity;
  if (typeof minutes !== 'number' || minutes < 3 || minutes > 15)
    throw invalid("1 validation error detected: Value at 'authSessionValidity' failed to satisfy constraint: 3 to 15");
  return settings;
};

const shown = (pool: Pool, { id, name, secret, createdAt, settings }: Client): Json => ({
  UserPoolId: pool.id,
  ClientId: id,
  ClientName: name,
  ...(secret !== undefined && { ClientSecret: secret }),
  CreationDate: createdAt / 1000,
  LastModifiedDate: createdAt / 1000,
  ...settings,
});

export const createUserPoolClient = (world: World, parameters: Json): Json => {
  const pool = poolOf(world, parameters);
  const client: Client = {
    id: randomBytes(13).toString('hex'),
    name: text(parameters, 'ClientName'),
    createdAt: world.now(),
    settings: settingsFrom(parameters),
    ...(parameters.GenerateSecret === true && { secret: randomBytes(26).toString('hex').slice(0, 51) }),
  };
  pool.clients.set(client.id, client);
  return { UserPoolClient: shown(pool, client) };
};

export const describeUserPoolClient = (world: World, parameters: Json): Json => {
  const pool = poolOf(world, parameters);
  return { UserPoolClient: shown(pool, clientOf(pool, parameters)) };
};

export const updateUserPoolClient = (world: World, parameters: Json): Json => {
  const pool = poolOf(world, parameters);
  const client = clientOf(pool, parameters);
  client.settings = settingsFrom(parameters);
  return { UserPoolClient: shown(pool, client) };
};

export const listUserPoolClients = (world: World, parameters: Json): Json => {
  const pool = poolOf(world, parameters);
  const all = [...pool.clients.values()].map(({ id, name }) => ({ ClientId: id, ClientName: name, UserPoolId: pool.id }));
  const from = Number(parameters.NextToken ?? 0);
  const until = from + Number(parameters.MaxResults ?? 60);
  return { UserPoolClients: all.slice(from, until), ...(until < all.length && { NextToken: String(until) }) };
};
