import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, type OidcWorld, outcomeOf, passByMail, signIn, startOidcWorld } from '../support/oidc.ts';

let world: OidcWorld;
beforeAll(async () => {
  world = await startOidcWorld();
  await world.register();
  await world.served.configure('signIn', { defaultUserActionResult: 'ALLOW' });
  await world.register({ clientId: 'strict', action: 'strictSignIn' });
  await world.served.configure('strictSignIn', { defaultUserActionResult: 'CHALLENGE' });
});
afterAll(() => world?.end());

const ours = (hops: readonly URL[]): readonly string[] =>
  hops.filter(({ origin }) => origin === world.served.url).map(({ pathname }) => pathname.replace(/[\w-]{21,43}/g, ':uid'));

describe('an application that is pointed at Stepward', () => {
  it('gets a code where the sign-in is allowed, with five redirects and no page of ours', async () => {
    const app = await world.app();
    const browser = world.browser();
    const { url, checks } = await ask(app);
    const stop = await signIn(browser, url);
    expect(outcomeOf(stop), stop.url.href + stop.text.slice(0, 500)).toBe('code');
    expect(ours(browser.hops)).toEqual([
      '/oidc/auth',
      '/oidc/interaction/:uid',
      '/oidc/callback/lab',
      '/oidc/interaction/:uid/upstream',
      '/oidc/auth/:uid',
    ]);
    const tokens = await openid.authorizationCodeGrant(app, stop.url, checks);
    expect(tokens.claims()).toMatchObject({ sub: 'alice', acr: 'urn:stepward:aal1', auth_time: expect.any(Number) });
    const user = await openid.fetchUserInfo(app, tokens.access_token, 'alice');
    expect(user).toMatchObject({ sub: 'alice', email: 'alice@example.org', email_verified: true, acr: 'urn:stepward:aal1' });

    // a live session of ours: straight back, silently too
    const again = await ask(app, { prompt: 'none' });
    const back = await browser.open(again.url);
    expect(outcomeOf(back), back.url.href).toBe('code');
    expect(ours(browser.hops).slice(5)).toEqual(['/oidc/auth']);
  });

  it('gets a code after a challenge that was passed, and says what was proven', async () => {
    const app = await world.app('strict');
    const browser = world.browser();
    const silent = await browser.open((await ask(app, { prompt: 'none' })).url);
    expect(outcomeOf(silent)).toBe('login_required');
    const { url, checks } = await ask(app);
    const page = await signIn(browser, url);
    expect(page.url.pathname).toBe('/challenge');
    const owed = await browser.open((await ask(app, { prompt: 'none' })).url);
    expect(outcomeOf(owed)).toBe('login_required');
    await browser.open(page.url);
    const stop = await passByMail(world, browser, 'alice@example.org');
    expect(outcomeOf(stop), stop.url.href + stop.text.slice(0, 3000)).toBe('code');
    const tokens = await openid.authorizationCodeGrant(app, stop.url, checks);
    expect(tokens.claims()).toMatchObject({ sub: 'alice', acr: 'urn:stepward:aal1', amr: ['otp'] });
  });
});
