import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contactOf } from '../../adapters/oidc/account.ts';
import { addressKey } from '../../core/index.ts';
import { ask, type OidcWorld, outcomeOf, passByMail, signIn, startOidcWorld } from '../support/oidc.ts';
import { type App, accountOf, moveTime, setUpApp } from '../support/oidc-person.ts';
import { upstreamUsers } from '../support/upstream-provider.ts';

/** What identity providers say of people whom they know well. */
const odd = {
  dan: { email: 'dan@intranet', email_verified: true },
  eve: { email: 'eve@example.org, mallory@example.org', email_verified: true },
  finn: { email: 'finn@example.org', email_verified: true, locale: 'de_DE.UTF-8\u0000', preferred_username: 'f\u0000\ud800' },
} as const;

let world: OidcWorld;
let app: App;
const time = moveTime();
beforeAll(async () => {
  const users = { ...upstreamUsers, ...Object.fromEntries(Object.entries(odd).map(([name, claims]) => [name, { claims, amr: ['pwd'] }])) };
  world = await startOidcWorld({ users, about: { scopes: ['openid', 'email', 'profile', 'phone'] } });
  await world.served.configure('let-in', { defaultUserActionResult: 'ALLOW' });
  await world.served.configure('ask-again', { defaultUserActionResult: 'CHALLENGE', verificationMethods: ['EMAIL_OTP'] });
  await world.served.configure('tokenRefresh', { defaultUserActionResult: 'ALLOW' });
  await world.register({ action: 'let-in', subject: 'upstream' });
  await world.register({ clientId: 'wary', action: 'ask-again' });
  app = await setUpApp(world, time, 'alice');
});
afterAll(async () => {
  time.end();
  await world?.end();
});

describe('whom the identity provider signs in is not locked out', () => {
  // fails without: an address that nobody could use is left out of what the core is told
  it.each(Object.keys(odd))('by an address that is none: %s', async (login) => {
    const { url } = await ask(await world.app());
    expect(outcomeOf(await signIn(world.browser(), url, login))).toBe('code');
  });

  // fails without: what the session had met before the challenge is not asked of the challenge alone
  it('by a challenge that proves less than the session has proven already', async () => {
    const browser = world.browser();
    const aal2 = { acr_values: 'urn:stepward:aal2' };
    await signIn(browser, (await ask(await world.app(), aal2)).url);
    expect(outcomeOf(await app.pass(browser))).toBe('code');
    const mail = { verificationMethod: 'EMAIL_OTP', email: 'alice@example.org' } as const;
    await world.served.api.enrollVerified(accountOf(world, 'alice'), mail);
    const wary = await world.app('wary');
    const { url, checks } = await ask(wary, aal2);
    await browser.open(url);
    const stop = await passByMail(world, browser, 'alice@example.org');
    expect(outcomeOf(stop), stop.text).toBe('code');
    const tokens = await openid.authorizationCodeGrant(wary, stop.url, checks);
    expect(tokens.claims()).toMatchObject({ acr: 'urn:stepward:aal2' });
  });
});

describe('an address of which the upstream says that it is verified', () => {
  it.each([
    [
      { email: 'Ann@EXAMPLE.org', email_verified: true },
      { email: 'Ann@example.org', emailVerified: true },
    ],
    [{ email: 'ann@intranet', email_verified: true }, {}],
    [
      { phone_number: '+1 (425) 555-1212', phone_number_verified: true },
      { phoneNumber: '+14255551212', phoneNumberVerified: true },
    ],
    [{ phone_number: '089 1234567', phone_number_verified: true }, {}],
  ])('is one that the core takes, or left out: %o', (claims, contact) => {
    expect(contactOf({ accountId: 'a', upstream: 'lab', iss: 'i', sub: 's', claims })).toEqual(contact);
  });
});

describe('a session of an upstream that is gone', () => {
  const remembered = { scope: 'openid email offline_access', prompt: 'consent' };

  it('signs nobody in, and its tokens tell nothing', async () => {
    const browser = world.browser();
    const application = await world.app();
    const { url, checks } = await ask(application, remembered);
    const tokens = await openid.authorizationCodeGrant(application, (await signIn(browser, url)).url, checks);
    const silently = async (more = {}) => outcomeOf(await browser.open((await ask(application, { prompt: 'none', ...more })).url));
    const refresh = () =>
      openid.refreshTokenGrant(application, tokens.refresh_token ?? '').then(
        () => 'taken',
        ({ error }) => error,
      );
    expect(await silently()).toBe('code');
    const { policies } = world.served.composed;
    const before = (await policies.fresh()).oidcUpstreams.get('lab');
    const put = (body: unknown) => policies.change(() => ({ put: [{ kind: 'oidc-upstream', id: 'lab', body }], answer: undefined }));
    await put({ ...before, issuer: 'https://another.example', version: 2 });
    expect(await silently()).toBe('login_required');
    expect(await silently({ id_token_hint: tokens.id_token ?? '' })).toBe('login_required');
    expect(await refresh()).toBe('invalid_grant');
    await put(before);
    expect(await silently()).toBe('code');
  });

  it('whose account is no longer known is asked to sign in, and then goes on', async () => {
    const browser = world.browser();
    const application = await world.app();
    const { url, checks } = await ask(application);
    const tokens = await openid.authorizationCodeGrant(application, (await signIn(browser, url)).url, checks);
    const { providerState: state } = world.served.composed.store;
    const { find } = state;
    Object.assign(state, { find: async (model: string, id: string) => (model === 'Account' ? undefined : find(model, id)) });
    const hinted: readonly Readonly<Record<string, string>>[] = [{}, { id_token_hint: tokens.id_token ?? '' }];
    for (const more of hinted)
      expect(outcomeOf(await browser.open((await ask(application, { prompt: 'none', ...more })).url))).toBe('login_required');
    const asked = await ask(application);
    Object.assign(state, { find });
    expect(outcomeOf(await signIn(browser, asked.url))).toBe('code');
  });
});

describe('an upstream at which a whole company signs out at once', () => {
  // the last of the file: nobody signs in from this address for a minute
  it('is heard beyond what one address may ask', async () => {
    const { limiter } = world.served.composed;
    while ((await limiter.take('host-address', addressKey('127.0.0.1') ?? '')) === 'admitted');
    expect((await fetch(`http://127.0.0.1:${new URL(world.issuer).port}/oidc/auth`)).status).toBe(429);
    const end = async () => {
      const body = new URLSearchParams({ logout_token: world.upstream.logoutToken({ sid: 'of-somebody' }) });
      return (await fetch(`http://127.0.0.1:${new URL(world.issuer).port}/oidc/backchannel-logout/lab`, { method: 'POST', body })).status;
    };
    expect(await end()).toBe(200);
  });
});
