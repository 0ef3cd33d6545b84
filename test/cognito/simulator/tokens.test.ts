import { afterEach, describe, expect, it } from 'vitest';
import type { Json, UserPoolOptions } from './index.ts';
import { type Lab, startLab } from './lab.ts';

let lab: Lab | undefined;
afterEach(() => lab?.end());

const withPreToken = async (details: Json | null, options: Partial<UserPoolOptions> = {}): Promise<Lab> => {
  const member = (options.preTokenVersion ?? 'V1_0') === 'V1_0' ? 'claimsOverrideDetails' : 'claimsAndScopeOverrideDetails';
  lab = await startLab({ 'pre-token': (event) => ({ ...event, response: { [member]: details } }) }, options);
  return lab;
};
const claims = async ({ pool, person }: Lab): Promise<{ readonly id: Json; readonly access: Json }> => {
  const { tokens, message } = await person().signIn('USER_SRP_AUTH');
  if (!tokens) throw new Error(message);
  return { id: await pool.verify(tokens.IdToken), access: await pool.verify(tokens.AccessToken) };
};

const reserved =
  'acr amr at_hash aud auth_time azp cognito:username exp iat identities iss jti nbf nonce origin_jti sub token_use dev:x'.split(' ');
const forged = Object.fromEntries(reserved.map((name) => [name, 'forged']));
const keepGroups = { groupOverrideDetails: { groupsToOverride: ['staff'] } };

describe('PreTokenGeneration V1', () => {
  it('changes the ID token, with the exception of reserved claims', async () => {
    const changes = { claimsToAddOrOverride: { ...forged, level: '2' }, claimsToSuppress: ['email', 'sub', 'aud'] };
    const { id, access } = await claims(await withPreToken({ ...changes, ...keepGroups }));
    expect(id).toMatchObject({ level: '2', sub: expect.stringMatching(/^[0-9a-f-]{36}$/), 'cognito:groups': ['staff'] });
    expect(id.email).toBeUndefined();
    expect(Object.values(id)).not.toContain('forged');
    expect(access.level).toBeUndefined();
  });

  it.each([
    ['nothing at all', null, ['staff']],
    ['no groups', {}, undefined],
    ['null for groups', { groupOverrideDetails: null }, undefined],
    ['an empty object for groups', { groupOverrideDetails: {} }, undefined],
    ['groups', { groupOverrideDetails: { groupsToOverride: ['a', 'b'] } }, ['a', 'b']],
  ])('answered with %s leaves these groups', async (_, details, groups) => {
    const { id, access } = await claims(await withPreToken(details));
    expect([id['cognito:groups'], access['cognito:groups']]).toEqual([groups, groups]);
  });
});

describe.each(['V2_0', 'V3_0'] as const)('PreTokenGeneration %s', (preTokenVersion) => {
  it('gets scopes and its version, changes both tokens and the scopes', async () => {
    const changes = { claimsToAddOrOverride: { ...forged, level: { n: 2 } } };
    const one = await withPreToken(
      {
        idTokenGeneration: changes,
        accessTokenGeneration: { ...changes, scopesToAdd: ['stepward/aal2'], scopesToSuppress: ['aws.cognito.signin.user.admin'] },
        ...keepGroups,
      },
      { preTokenVersion },
    );
    const { id, access } = await claims(one);
    expect(id).toMatchObject({ level: { n: 2 } });
    expect(access).toMatchObject({ level: { n: 2 }, scope: 'stepward/aal2', 'cognito:groups': ['staff'] });
    expect([...Object.values(id), ...Object.values(access)]).not.toContain('forged');
    const event = one.lambdas.invocations.at(-1)?.event;
    expect(event).toMatchObject({
      version: preTokenVersion.charAt(1),
      request: { scopes: ['aws.cognito.signin.user.admin'], groupConfiguration: { groupsToOverride: ['staff'] } },
    });
  });
});

describe('a refresh token', () => {
  const signedIn = async (one: Lab) => {
    const { tokens } = await one.person().signIn('USER_SRP_AUTH');
    return { token: tokens?.RefreshToken ?? '', access: tokens?.AccessToken ?? '' };
  };

  it('gives new tokens of the same sign-in, by PreTokenGeneration with its own source, until it expires', async () => {
    const one = await withPreToken(null);
    const { token, access } = await signedIn(one);
    one.pass(60_000);
    const { tokens } = await one.person().refresh(token);
    const [before, after] = [await one.pool.verify(access), await one.pool.verify(tokens?.AccessToken ?? '')];
    expect(after).toMatchObject({ auth_time: before.auth_time, origin_jti: before.origin_jti, iat: Number(before.iat) + 60 });
    expect(tokens?.RefreshToken).toBeUndefined();
    expect(one.lambdas.invocations.at(-1)?.event.triggerSource).toBe('TokenGeneration_RefreshTokens');
    expect(await one.person({ client: 'legacy' }).refresh(token)).toMatchObject({ error: 'NotAuthorizedException' });
    one.pass(30 * 86_400_000);
    expect(await one.person().refresh(token)).toMatchObject({ message: 'Refresh Token has expired' });
  });

  it('that is revoked, or whose user signed out everywhere, gives nothing more, nor does its access token', async () => {
    const one = await withPreToken(null);
    const [first, second] = [await signedIn(one), await signedIn(one)];
    const { id: ClientId } = one.pool.client('app');
    expect(await one.pool.call('GetUser', { AccessToken: first.access }, false)).toMatchObject({ body: { Username: 'ann' } });
    await one.pool.call('RevokeToken', { ClientId, Token: first.token }, false);
    expect(await one.person().refresh(first.token)).toMatchObject({ error: 'NotAuthorizedException' });
    expect(await one.pool.call('GetUser', { AccessToken: first.access }, false)).toMatchObject({
      message: 'Access Token has been revoked',
    });
    expect(await one.person().refresh(second.token)).toMatchObject({ tokens: expect.anything() });
    await one.pool.call('GlobalSignOut', { AccessToken: second.access }, false);
    expect(await one.person().refresh(second.token)).toMatchObject({ error: 'NotAuthorizedException' });
  });

  it('that rotates is replaced, works on for the grace period, and is refused by InitiateAuth', async () => {
    const rotating = {
      ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'],
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 10 },
    };
    const one = await withPreToken(null, { clients: { rotating } });
    const person = one.person({ client: 'rotating' });
    const { tokens } = await person.signIn('USER_SRP_AUTH');
    const RefreshToken = tokens?.RefreshToken ?? '';
    const renew = (token: string) =>
      one.pool.call('GetTokensFromRefreshToken', { ClientId: one.pool.client('rotating').id, RefreshToken: token }, false);
    expect(await person.refresh(RefreshToken)).toMatchObject({ error: 'InvalidParameterException' });
    const first = await renew(RefreshToken);
    expect(first).toMatchObject({ body: { AuthenticationResult: { RefreshToken: expect.any(String), AccessToken: expect.any(String) } } });
    one.pass(9_000);
    expect((await renew(RefreshToken)).error).toBeUndefined();
    one.pass(2_000);
    expect(await renew(RefreshToken)).toMatchObject({ error: 'RefreshTokenReuseException' });
  });
});

it('an access token is refused once it expired, and so is an ID token', async () => {
  const one = await withPreToken(null);
  const { tokens } = await one.person().signIn('USER_SRP_AUTH');
  expect(await one.pool.call('GetUser', { AccessToken: tokens?.IdToken }, false)).toMatchObject({ error: 'NotAuthorizedException' });
  one.pass(3_600_000);
  expect(await one.pool.call('GetUser', { AccessToken: tokens?.AccessToken }, false)).toMatchObject({
    message: 'Access Token has expired',
  });
});
