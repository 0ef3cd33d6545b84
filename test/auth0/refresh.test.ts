import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { begin, pass, usersNamed } from './lab/person.ts';
import { useSamplePolicy } from './lab/policy.ts';
import { type Auth0World, startAuth0World } from './lab/world.ts';

describe('a refresh', () => {
  let world: Auth0World;
  let refreshToken = '';
  beforeAll(async () => {
    world = await startAuth0World({ users: usersNamed('ada') });
    await useSamplePolicy(world.served, 'redirect');
    const signing = await begin(world, 'auth0|ada');
    await pass(world, signing);
    const stop = await signing.browser.press('Continue');
    ({ refresh_token: refreshToken = '' } = await openid.authorizationCodeGrant(world.app, stop.url, signing.checks));
  });
  afterAll(() => world?.end());

  const refresh = (): Promise<string> =>
    openid.refreshTokenGrant(world.app, refreshToken).then(
      () => 'tokens',
      ({ error }) => error,
    );

  it('is decided by an action of its own; what was proven at sign-in is not asked of it; the server of the application is not the user', async () => {
    expect(await refresh()).toBe('tokens');
    const { path, body } = world.calls.at(-1) ?? {};
    expect(path).toMatch(/\/actions\/tokenRefresh$/);
    expect(body).toMatchObject({ context: { flow: 'refresh', canRedirect: false } });
    expect([body?.ipAddress, body?.userAgent, body?.redirectUrl]).toEqual([undefined, undefined, undefined]);
  });

  it.each(['CHALLENGE', 'REVIEW', 'BLOCK'])('%s is `invalid_grant`, and none the later', async (outcome) => {
    await world.served.configure('tokenRefresh', { defaultUserActionResult: outcome });
    expect(await refresh()).toBe('invalid_grant');
    await world.served.configure('tokenRefresh', { defaultUserActionResult: 'ALLOW' });
    expect(await refresh()).toBe('tokens');
  });

  it('is refused without the server, by the failure policy that says nothing else, and goes on by one that says so', async () => {
    await world.served.stop();
    expect(await refresh()).toBe('invalid_grant');
    await world.deploy({ STEPWARD_FAILURE_POLICY: 'signIn=deny,tokenRefresh=allow' });
    expect(await refresh()).toBe('tokens');
    await world.served.restart();
    await world.served.configure('tokenRefresh', { defaultUserActionResult: 'BLOCK' });
    expect(await refresh()).toBe('invalid_grant');
  });
});
