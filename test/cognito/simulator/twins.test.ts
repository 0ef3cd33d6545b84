import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lambdas, startLambdas } from '../lambda-host/index.ts';
import { startCognitoLocal } from '../support/cognito-local.ts';
import { hasPackages } from '../support/packages.ts';
import { arnOf, type Json, startUserPool, type UserPool } from './index.ts';

type Twin = { readonly call: UserPool['call']; stop(): Promise<void> };

// cognito-local names a trigger that failed by its function, AWS by its slot
const PreTokenGeneration = 'PreTokenGeneration';
const twins: Readonly<Record<string, (lambdas: Lambdas) => Promise<Twin>>> = {
  'the simulator': (lambdas) => startUserPool({ lambdas }),
  ...(hasPackages() && { 'cognito-local': (lambdas: Lambdas) => startCognitoLocal(lambdas, { PreTokenGeneration }) }),
};

const username = 'ann@example.org';
const password = 'Correct-horse-1';

describe.each(Object.entries(twins))('%s', (_, start) => {
  let lambdas: Lambdas;
  let twin: Twin;
  let refusal: string | undefined;
  let UserPoolId: string;
  let ClientId: string;
  const body = async (operation: string, parameters: Json): Promise<Json> => {
    const called = await twin.call(operation, parameters);
    if (called.error !== undefined) throw new Error(`${operation}: ${called.error}: ${called.message}`);
    return called.body;
  };
  beforeAll(async () => {
    const handlers = {
      [PreTokenGeneration]: (event: Json) => {
        if (refusal !== undefined) throw new Error(refusal);
        const claimsToAddOrOverride = { source: String(event.triggerSource), sub: 'forged', amr: 'forged', token_use: 'forged' };
        return { ...event, response: { claimsOverrideDetails: { claimsToAddOrOverride, claimsToSuppress: ['email', 'sub'] } } };
      },
    };
    lambdas = await startLambdas({ handlers });
    twin = await start(lambdas);
    const LambdaConfig = { PreTokenGeneration: arnOf(PreTokenGeneration) };
    const pool = await body('CreateUserPool', { PoolName: 'twin', UsernameAttributes: ['email'], LambdaConfig });
    UserPoolId = String((pool.UserPool as Json).Id);
    const ExplicitAuthFlows = ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'];
    const client = await body('CreateUserPoolClient', { UserPoolId, ClientName: 'app', ExplicitAuthFlows });
    ClientId = String((client.UserPoolClient as Json).ClientId);
    const UserAttributes = [
      { Name: 'email', Value: username },
      { Name: 'email_verified', Value: 'true' },
    ];
    await body('AdminCreateUser', { UserPoolId, Username: username, UserAttributes, MessageAction: 'SUPPRESS' });
    await body('AdminSetUserPassword', { UserPoolId, Username: username, Password: password, Permanent: true });
  });
  afterAll(async () => {
    await twin?.stop();
    await lambdas.stop();
  });

  const signIn = () =>
    twin.call(
      'InitiateAuth',
      { ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME: username, PASSWORD: password } },
      false,
    );
  const tokensOf = (called: Awaited<ReturnType<typeof signIn>>): Readonly<Record<string, string>> => {
    if (called.error !== undefined) throw new Error(called.message);
    return called.body.AuthenticationResult as Readonly<Record<string, string>>;
  };
  const claimsIn = (token = ''): Json => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Json;

  it('runs PreTokenGeneration V1 on sign-in and on refresh; it changes the ID token, but no reserved claim', async () => {
    const signedIn = tokensOf(await signIn());
    const REFRESH_TOKEN = signedIn.RefreshToken;
    const renewed = tokensOf(
      await twin.call('InitiateAuth', { ClientId, AuthFlow: 'REFRESH_TOKEN_AUTH', AuthParameters: { REFRESH_TOKEN } }, false),
    );
    for (const [tokens, source] of [
      [signedIn, 'TokenGeneration_Authentication'],
      [renewed, 'TokenGeneration_RefreshTokens'],
    ] as const) {
      const id = claimsIn(tokens.IdToken);
      expect(id).toMatchObject({ source, token_use: 'id', aud: ClientId, sub: expect.any(String) });
      expect(id.email).toBeUndefined();
      expect(Object.values(id)).not.toContain('forged');
      expect(claimsIn(tokens.AccessToken)).toMatchObject({
        token_use: 'access',
        client_id: ClientId,
        scope: 'aws.cognito.signin.user.admin',
      });
      expect(claimsIn(tokens.AccessToken).source).toBeUndefined();
    }
    for (const { event } of lambdas.invocations)
      expect(event).toMatchObject({
        userPoolId: UserPoolId,
        callerContext: { clientId: ClientId },
        request: { userAttributes: { email: username, email_verified: 'true', sub: expect.any(String) } },
      });
  });

  it('says UserLambdaValidationException, with the text, where it throws', async () => {
    refusal = '[sample] No';
    const { error, message } = { message: undefined, ...(await signIn()) };
    expect([error, message]).toEqual(['UserLambdaValidationException', 'PreTokenGeneration failed with error [sample] No.']);
    refusal = undefined;
    expect(tokensOf(await signIn()).IdToken).toBeDefined();
  });

  it('loses what UpdateUserPool is not sent', async () => {
    const set = {
      AutoVerifiedAttributes: ['email'],
      DeviceConfiguration: { ChallengeRequiredOnNewDevice: true },
      LambdaConfig: { PreTokenGeneration: arnOf(PreTokenGeneration) },
    };
    const described = async () => (await body('DescribeUserPool', { UserPoolId })).UserPool as Json;
    await body('UpdateUserPool', { UserPoolId, ...set });
    expect(await described()).toMatchObject(set);
    await body('UpdateUserPool', { UserPoolId, AutoVerifiedAttributes: ['email'] });
    const after = await described();
    expect(after.AutoVerifiedAttributes).toEqual(['email']);
    expect(after.DeviceConfiguration).toBeUndefined();
    expect(Object.keys((after.LambdaConfig ?? {}) as Json)).toEqual([]);
  });
});
