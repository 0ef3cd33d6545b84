import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arnOf, type Json, startUserPool, type UserPool } from './index.ts';

let pool: UserPool;
beforeAll(async () => {
  pool = await startUserPool({ clients: { app: { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH'], AuthSessionValidity: 15 }, other: {} } });
});
afterAll(() => pool.stop());

const body = async (operation: string, parameters: Json): Promise<Json> => {
  const called = await pool.call(operation, { UserPoolId: pool.poolId, ...parameters });
  if (called.error !== undefined) throw new Error(`${called.error}: ${called.message}`);
  return called.body;
};
const described = async (): Promise<Json> => (await body('DescribeUserPool', {})).UserPool as Json;
const client = async (ClientId: string): Promise<Json> => (await body('DescribeUserPoolClient', { ClientId })).UserPoolClient as Json;

describe('UpdateUserPool', () => {
  it('resets what it is not sent', async () => {
    const set = {
      DeletionProtection: 'ACTIVE',
      AutoVerifiedAttributes: ['email'],
      DeviceConfiguration: { ChallengeRequiredOnNewDevice: true },
      AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
      UserPoolTags: { team: 'a' },
      LambdaConfig: { DefineAuthChallenge: arnOf('define') },
      UserPoolTier: 'PLUS',
    };
    await body('UpdateUserPool', set);
    expect(await described()).toMatchObject(set);
    await body('UpdateUserPool', { UserPoolTags: { team: 'a' } });
    const after = await described();
    expect(after).toMatchObject({
      DeletionProtection: 'INACTIVE',
      LambdaConfig: {},
      UserPoolTier: 'ESSENTIALS',
      UserPoolTags: { team: 'a' },
    });
    for (const name of ['AutoVerifiedAttributes', 'DeviceConfiguration', 'AccountRecoverySetting'])
      expect(after[name], name).toBeUndefined();
    expect(after.Name).toBe('users');
  });

  it('keeps DcrConfiguration where it is absent, and takes it whole where it is not', async () => {
    await body('UpdateUserPool', { DcrConfiguration: { a: 1, b: 2 } });
    await body('UpdateUserPool', {});
    expect(await described()).toMatchObject({ DcrConfiguration: { a: 1, b: 2 } });
    await body('UpdateUserPool', { DcrConfiguration: { a: 3 } });
    expect((await described()).DcrConfiguration).toEqual({ a: 3 });
  });

  it('wants one ARN of PreTokenGeneration, and a tier that has its version', async () => {
    const versioned = (LambdaVersion: string) => ({ PreTokenGenerationConfig: { LambdaVersion, LambdaArn: arnOf('pre-token') } });
    await expect(body('UpdateUserPool', { LambdaConfig: { ...versioned('V1_0'), PreTokenGeneration: arnOf('other') } })).rejects.toThrow(
      'InvalidParameterException',
    );
    await expect(body('UpdateUserPool', { UserPoolTier: 'LITE', LambdaConfig: versioned('V2_0') })).rejects.toThrow(
      'FeatureUnavailableInTier',
    );
    await body('UpdateUserPool', { LambdaConfig: versioned('V2_0') });
    expect(await described()).toMatchObject({ LambdaConfig: { PreTokenGeneration: arnOf('pre-token') } });
  });

  it('without MfaConfiguration switches MFA off', async () => {
    const on = { SoftwareTokenMfaConfiguration: { Enabled: true }, MfaConfiguration: 'OPTIONAL' };
    await body('SetUserPoolMfaConfig', on);
    expect(await body('GetUserPoolMfaConfig', {})).toMatchObject(on);
    await body('UpdateUserPool', {});
    expect(await body('GetUserPoolMfaConfig', {})).toMatchObject({ MfaConfiguration: 'OFF' });
  });
});

describe('UpdateUserPoolClient', () => {
  it('resets what it is not sent, and with it the flows', async () => {
    const { id: ClientId } = pool.client('app');
    expect(await client(ClientId)).toMatchObject({ ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH'], AuthSessionValidity: 15 });
    await body('UpdateUserPoolClient', { ClientId, ReadAttributes: ['email'] });
    const after = await client(ClientId);
    expect(after).toMatchObject({
      ReadAttributes: ['email'],
      AuthSessionValidity: 3,
      PreventUserExistenceErrors: 'LEGACY',
      ClientName: 'app',
    });
    expect(after.ExplicitAuthFlows).toBeUndefined();
  });

  it.each([
    ['an AuthSessionValidity of 2', { AuthSessionValidity: 2 }],
    ['an AuthSessionValidity of 16', { AuthSessionValidity: 16 }],
    ['a flow that there is not', { ExplicitAuthFlows: ['ALLOW_EVERYTHING'] }],
    ['flows of both kinds', { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH', 'ADMIN_NO_SRP_AUTH'] }],
    ['rotation with refresh', { ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'], RefreshTokenRotation: { Feature: 'ENABLED' } }],
  ])('refuses %s', async (_, settings) => {
    await expect(body('UpdateUserPoolClient', { ClientId: pool.client('other').id, ...settings })).rejects.toThrow(
      'InvalidParameterException',
    );
  });

  it('clients are listed page by page', async () => {
    const first = await body('ListUserPoolClients', { MaxResults: 1 });
    expect(first).toMatchObject({ UserPoolClients: [{ ClientName: 'app' }], NextToken: '1' });
    expect(await body('ListUserPoolClients', { NextToken: first.NextToken })).toMatchObject({ UserPoolClients: [{ ClientName: 'other' }] });
  });
});

it('pools have users and clients of their own', async () => {
  const { UserPool } = await body('CreateUserPool', { PoolName: 'second' });
  const UserPoolId = String((UserPool as Json).Id);
  const ExplicitAuthFlows = ['ALLOW_ADMIN_USER_PASSWORD_AUTH'];
  const { UserPoolClient } = await body('CreateUserPoolClient', { UserPoolId, ClientName: 'app', ExplicitAuthFlows });
  const who = { UserPoolId, Username: 'ann' };
  await body('AdminCreateUser', who);
  await body('AdminSetUserPassword', { ...who, Password: 'Correct-horse-1', Permanent: true });
  const AuthParameters = { USERNAME: 'ann', PASSWORD: 'Correct-horse-1' };
  const { ClientId } = UserPoolClient as Json;
  const signedIn = await body('AdminInitiateAuth', { UserPoolId, ClientId, AuthFlow: 'ADMIN_USER_PASSWORD_AUTH', AuthParameters });
  const { AccessToken } = signedIn.AuthenticationResult as Json;
  expect(await body('GetUser', { AccessToken })).toMatchObject({ Username: 'ann' });
  await expect(body('AdminGetUser', { UserPoolId: pool.poolId, Username: 'ann' })).rejects.toThrow('UserNotFoundException');
  await expect(body('GetUser', { AccessToken: `${AccessToken}x` })).rejects.toThrow('NotAuthorizedException');
});

describe('the protocol', () => {
  it('wants a signature for what is the account’s, and none for what is everybody’s', async () => {
    const unsigned = await pool.call('DescribeUserPool', { UserPoolId: pool.poolId }, false);
    expect(unsigned).toMatchObject({ error: 'MissingAuthenticationTokenException', status: 400 });
    const open = await pool.call('InitiateAuth', { ClientId: 'nobody', AuthFlow: 'CUSTOM_AUTH' }, false);
    expect(open).toMatchObject({ error: 'ResourceNotFoundException' });
    for (const operation of ['toString', 'DeleteEverything', ''])
      expect((await pool.call(operation, {})).error).toBe('UnknownOperationException');
  });

  it('lets browsers of other origins call', async () => {
    const preflight = await fetch(pool.url, { method: 'OPTIONS', headers: { 'access-control-request-headers': 'x-amz-target' } });
    expect(preflight.headers.get('access-control-allow-headers')).toBe('x-amz-target');
    const failed = await fetch(pool.url, { method: 'POST', body: '{' });
    expect([failed.status, failed.headers.get('x-amzn-errortype')]).toEqual([400, 'UnknownOperationException']);
    expect(failed.headers.get('access-control-allow-origin')).toBe('*');
  });
});
