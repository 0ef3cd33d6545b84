import type { AddressInfo } from 'node:net';
import { adminCaller, publicCaller } from './callers.ts';
import { createUserPoolClient, describeUserPoolClient, listUserPoolClients, updateUserPoolClient } from './clients.ts';
import { initiateAuth } from './initiate.ts';
import type { Called, Json, UserPool, UserPoolOptions } from './options.ts';
import { createUserPool, describeUserPool, getUserPoolMfaConfig, setUserPoolMfaConfig, updateUserPool } from './pools.ts';
import { createProtocol, type Operations } from './protocol.ts';
import { getTokens, globalSignOut, revokeToken } from './refresh.ts';
import { respondToAuthChallenge } from './respond.ts';
import type { World } from './state.ts';
import { claimsOf, jwksOf } from './tokens.ts';
import { createTriggers } from './triggers.ts';
import { adminCreateUser, adminDisableUser, adminGetUser, adminSetUserPassword, confirmDevice, getUser } from './users.ts';
import { attributeList } from './values.ts';

export type { Json, Tokens, TriggerSlot, UserOptions, UserPool, UserPoolOptions } from './options.ts';

const region = 'eu-west-1';
const account = '123456789012';

/** The ARN of a function, by which a pool names it. */
export const arnOf = (name: string): string => `arn:aws:lambda:${region}:${account}:function:${name}`;

const operationsOf = (world: World): Operations => ({
  open: {
    InitiateAuth: (given) => initiateAuth(world, publicCaller(world, given), given),
    RespondToAuthChallenge: (given) => respondToAuthChallenge(world, publicCaller(world, given), given),
    GetTokensFromRefreshToken: (given) => getTokens(world, publicCaller(world, given), given),
    RevokeToken: (given) => revokeToken(world, publicCaller(world, given), given),
    GlobalSignOut: (given) => globalSignOut(world, given),
    GetUser: (given) => getUser(world, given),
    ConfirmDevice: (given) => confirmDevice(world, given),
  },
  signed: {
    CreateUserPool: (given) => createUserPool(world, given),
    DescribeUserPool: (given) => describeUserPool(world, given),
    UpdateUserPool: (given) => updateUserPool(world, given),
    GetUserPoolMfaConfig: (given) => getUserPoolMfaConfig(world, given),
    SetUserPoolMfaConfig: (given) => setUserPoolMfaConfig(world, given),
    CreateUserPoolClient: (given) => createUserPoolClient(world, given),
    DescribeUserPoolClient: (given) => describeUserPoolClient(world, given),
    UpdateUserPoolClient: (given) => updateUserPoolClient(world, given),
    ListUserPoolClients: (given) => listUserPoolClients(world, given),
    AdminCreateUser: (given) => adminCreateUser(world, given),
    AdminSetUserPassword: (given) => adminSetUserPassword(world, given),
    AdminGetUser: (given) => adminGetUser(world, given),
    AdminDisableUser: (given) => adminDisableUser(world, given),
    AdminInitiateAuth: (given) => initiateAuth(world, adminCaller(world, given), given),
    AdminRespondToAuthChallenge: (given) => respondToAuthChallenge(world, adminCaller(world, given), given),
  },
});

const documentsOf =
  ({ pools }: World) =>
  (path: string): Json | undefined => {
    const [, poolId = '', document] = /^\/([^/]+)\/\.well-known\/(jwks\.json)$/.exec(path) ?? [];
    const pool = document && pools.get(poolId);
    return pool ? jwksOf(pool) : undefined;
  };

const lambdaConfigOf = ({ triggers = {}, preTokenVersion = 'V1_0' }: UserPoolOptions): Json => ({
  ...Object.fromEntries(Object.entries(triggers).map(([slot, name]) => [slot, arnOf(name)])),
  ...(triggers.PreTokenGeneration && {
    PreTokenGenerationConfig: { LambdaVersion: preTokenVersion, LambdaArn: arnOf(triggers.PreTokenGeneration) },
  }),
});

/** Calls an endpoint of Cognito's as a client would. */
export const createCaller =
  (url: string): UserPool['call'] =>
  async (operation, parameters, signed = true): Promise<Called> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
        ...(signed && { authorization: 'AWS4-HMAC-SHA256 Credential=test/20260302/eu-west-1/cognito-idp/aws4_request' }),
      },
      body: JSON.stringify(parameters),
    });
    const body = (await response.json()) as Json;
    if (response.ok) return { body };
    return { error: String(body.__type), message: String(body.message), status: response.status };
  };

/** Starts a Cognito with one user pool in it. */
export const startUserPool = async (options: UserPoolOptions): Promise<UserPool> => {
  const { lambdas, now = Date.now, triggerTimeoutMs = 5000, customSrpNeedsUserSrp = false, clients = {}, users = [] } = options;
  if (options.triggers && !lambdas) throw new TypeError('a pool with triggers needs `lambdas`');
  const world: World = {
    region,
    account,
    now,
    customSrpNeedsUserSrp,
    pools: new Map(),
    sessions: new Map(),
    refreshTokens: new Map(),
    revoked: new Set(),
    trigger: createTriggers(lambdas?.url, triggerTimeoutMs),
  };
  const server = createProtocol(operationsOf(world), documentsOf(world));
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  const call = createCaller(url);
  const succeed = async (operation: string, parameters: Json): Promise<Json> => {
    const called = await call(operation, parameters);
    if (called.error !== undefined) throw new Error(`${operation}: ${called.error}: ${called.message}`);
    return called.body;
  };

  const made = await succeed('CreateUserPool', { PoolName: 'users', LambdaConfig: lambdaConfigOf(options), ...options.pool });
  const { Id: poolId, Arn: arn } = made.UserPool as { readonly Id: string; readonly Arn: string };
  const byName = new Map<string, { readonly id: string; readonly secret?: string }>();
  for (const [ClientName, settings] of Object.entries(clients)) {
    const { UserPoolClient } = await succeed('CreateUserPoolClient', { UserPoolId: poolId, ClientName, ...settings });
    const { ClientId: id, ClientSecret: secret } = UserPoolClient as { readonly ClientId: string; readonly ClientSecret?: string };
    byName.set(ClientName, { id, secret });
  }

  const addUser: UserPool['addUser'] = async ({ username, password, attributes = {}, groups = [], totpSecret }) => {
    const at = { UserPoolId: poolId, Username: username };
    const { User } = await succeed('AdminCreateUser', { ...at, UserAttributes: attributeList(attributes) });
    if (password !== undefined) await succeed('AdminSetUserPassword', { ...at, Password: password, Permanent: true });
    const user = world.pools.get(poolId)?.users.get((User as { readonly Username: string }).Username);
    if (!user) throw new Error('the user was not made');
    Object.assign(user, { groups, totpSecret });
    return { sub: user.sub, username: user.username };
  };
  for (const user of users) await addUser(user);

  return {
    url,
    poolId,
    arn,
    call,
    addUser,
    client: (name) => {
      const found = byName.get(name);
      if (!found) throw new TypeError(`no client ${name}`);
      return found;
    },
    verify: async (token) => {
      const { keys } = (await (await fetch(`${url}/${poolId}/.well-known/jwks.json`)).json()) as { readonly keys: readonly Json[] };
      return claimsOf(token, keys[0] ?? {});
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
};
