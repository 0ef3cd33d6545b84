import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccountEvents } from '../../adapters/oidc/account-events.ts';
import { type OidcClient, oidcUpstreamDefaults, upstreamSecretContext } from '../../core/index.ts';
import { appOrigin, ask, clientSecret, type OidcWorld, outcomeOf, signIn, startOidcWorld } from '../support/oidc.ts';
import { accountOf, moveTime, setUpApp } from '../support/oidc-person.ts';
import { startUpstream, type UpstreamProvider } from '../support/upstream-provider.ts';
import type { Stop, WebBrowser } from '../support/web-browser.ts';

const secret = 'other-upstream-secret-of-at-least-32-characters';
const vouched = (login: string) => ({ claims: { email: `${login}@example.org`, email_verified: true }, amr: ['pwd'] });
const people = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi', 'ivan'];

let time: ReturnType<typeof moveTime>;
let world: OidcWorld;
let elsewhere: UpstreamProvider;

beforeAll(async () => {
  time = moveTime();
  world = await startOidcWorld({ users: Object.fromEntries(people.map((login) => [login, vouched(login)])) });
  const { served } = world;
  for (const action of ['signIn', 'tokenRefresh']) await served.configure(action, { defaultUserActionResult: 'ALLOW' });
  for (const action of ['blocked', 'refreshBlocked']) await served.configure(action, { defaultUserActionResult: 'BLOCK' });
  await served.configure('always', { defaultUserActionResult: 'CHALLENGE', verificationMethods: ['AUTHENTICATOR_APP'] });
  elsewhere = await startUpstream({
    clients: [{ client_id: 'stepward', client_secret: secret, redirect_uris: [`${served.url}/oidc/callback/else`] }],
    users: { alice: vouched('alice') },
  });
  const { policies, ports } = served.composed;
  const record = {
    ...oidcUpstreamDefaults,
    ...{ id: 'else', name: 'Elsewhere', issuer: elsewhere.issuer, clientId: 'stepward', version: 1, createdAt: served.now() },
    sealedClientSecret: ports.secrets.seal(upstreamSecretContext('else'), secret),
  };
  await policies.change(() => ({ put: [{ kind: 'oidc-upstream', id: 'else', body: record }], answer: undefined }));
  await world.register();
  await world.register({ clientId: 'elsewhere', upstream: 'else' });
});
afterAll(async () => {
  await elsewhere?.close();
  await world?.end();
  time?.end();
});

const told = (stop: Stop): string | null => (stop.url.origin === appOrigin ? outcomeOf(stop) : null);

/** What an application holds of somebody, and whether it is still worth anything. */
const held = async (clientId: string, login: string, browser: WebBrowser = world.browser()) => {
  const app = await world.app(clientId);
  const { url, checks } = await ask(app, { scope: 'openid email offline_access', prompt: 'consent' });
  const stop = await signIn(browser, url, login);
  expect(told(stop), stop.text.slice(0, 300)).toBe('code');
  const tokens = await openid.authorizationCodeGrant(app, stop.url, checks);
  return {
    browser,
    works: async () => {
      const silent = await browser.open((await ask(app, { prompt: 'none' })).url);
      const read = await fetch(`${world.issuer}/me`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
      const { active } = await openid.tokenIntrospection(app, tokens.access_token);
      const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' });
      const headers = { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` };
      const refreshed = await fetch(`${world.issuer}/token`, { method: 'POST', headers, body });
      return { session: told(silent), userinfo: read.status, active, refresh: refreshed.status };
    },
  };
};
const alive = { session: 'code', userinfo: 200, active: true, refresh: 200 };
const dead = { session: 'login_required', userinfo: 401, active: false, refresh: 400 };

describe('a session of one identity provider', () => {
  it('is none for an application of another', async () => {
    const browser = world.browser();
    const [app, other] = [await world.app(), await world.app('elsewhere')];
    expect(told(await signIn(browser, (await ask(app)).url))).toBe('code');
    expect(told(await browser.open((await ask(other, { prompt: 'none' })).url))).toBe('login_required');
    const { url, checks } = await ask(other);
    await browser.open(url);
    // whoever signs in there is another account, though he has the same name and address
    await browser.press('alice');
    if (browser.at.text.includes('Submitting Callback')) await browser.press('Continue');
    expect(told(browser.at), browser.at.text.slice(0, 500)).toBe('code');
    const tokens = await openid.authorizationCodeGrant(other, browser.at.url, checks);
    expect(tokens.claims()?.sub).toBe('alice');
    expect(accountOf(world, 'alice')).not.toBe(accountOf({ ...world, upstream: elsewhere }, 'alice'));
    expect(told(await browser.open((await ask(other, { prompt: 'none' })).url))).toBe('code');
    expect(told(await browser.open((await ask(app, { prompt: 'none' })).url))).toBe('login_required');
  });
});

describe('a client that was removed and made again', () => {
  const change = (work: 'remove' | Partial<OidcClient>) =>
    work === 'remove'
      ? world.served.composed.policies.change(() => ({ remove: [{ kind: 'oidc-client', id: 'gone' }], answer: undefined }))
      : world.register({ clientId: 'gone', ...work });

  it('has nothing of what it was given before', async () => {
    await change({});
    const before = await held('gone', 'bob');
    const app = await world.app('gone');
    const late = await ask(app);
    const { url } = await before.browser.open(late.url);
    expect(url.searchParams.has('code')).toBe(true);
    await change('remove');
    expect(await before.browser.open((await ask(app)).url)).toMatchObject({ status: 400 });
    time.pass(2);
    await change({ id: 'gone-2', createdAt: world.served.now() });
    expect(await before.works()).toEqual({ ...dead, session: 'code' });
    await expect(openid.authorizationCodeGrant(app, url, late.checks)).rejects.toMatchObject({ error: 'invalid_grant' });
    // what it is given now is worth something
    expect(await (await held('gone', 'bob')).works()).toEqual(alive);
  });

  it('asks for consent again', async () => {
    await world.register({ clientId: 'gone', firstParty: false });
    const browser = world.browser();
    const asks = async () => {
      const stop = await signIn(browser, (await ask(await world.app('gone'))).url, 'bob');
      return told(stop) ?? stop.url.pathname.split('/')[2];
    };
    expect(await asks()).toBe('interaction');
    await browser.press(/allow/i);
    await browser.open((await ask(await world.app('gone'))).url);
    await change('remove');
    time.pass(2);
    await change({ id: 'gone-3', createdAt: world.served.now(), firstParty: false });
    expect(await asks()).toBe('interaction');
  });
});

describe('BLOCK', () => {
  const block = async (clientId: string, browser: WebBrowser): Promise<void> => {
    expect(told(await browser.open((await ask(await world.app(clientId))).url))).toBe('access_denied');
  };

  it('at a sign-in ends every session and refresh token of the user, where the client wants that', async () => {
    await world.register({ clientId: 'guarded', action: 'blocked', revokeOnBlock: true });
    const [one, two, other] = [await held('app', 'carol'), await held('app', 'carol'), await held('app', 'dave')];
    await block('guarded', one.browser);
    expect(await one.works()).toEqual(dead);
    expect(await two.works()).toEqual(dead);
    expect(await other.works()).toEqual(alive);
    // and keeps nobody out who may come in again
    time.pass(2);
    expect(await (await held('app', 'carol', one.browser)).works()).toEqual(alive);
  });

  it('ends nothing where the client does not', async () => {
    await world.register({ clientId: 'unguarded', action: 'blocked' });
    const one = await held('app', 'dave');
    await block('unguarded', one.browser);
    expect(await one.works()).toEqual(alive);
  });

  it('at a refresh does the same', async () => {
    await world.register({ clientId: 'guarded-refresh', refreshAction: 'refreshBlocked', revokeOnBlock: true });
    const other = await held('app', 'erin');
    const one = await held('guarded-refresh', 'erin');
    expect(await one.works()).toMatchObject({ refresh: 400 });
    expect(await one.works()).toEqual(dead);
    expect(await other.works()).toEqual(dead);
  });
});

const until = async (holds: () => Promise<boolean>): Promise<boolean> => {
  for (let tries = 0; tries < 100; tries++) {
    if (await holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
};
const isOver = (browser: WebBrowser) => async () =>
  told(await browser.open((await ask(await world.app(), { prompt: 'none' })).url)) === 'login_required';

describe('a user who is erased', () => {
  it('is signed in nowhere any more, whatever his clients want, and what was said of him is gone', async () => {
    const { stepward, store, ports } = world.served.composed;
    const [one, other] = [await held('app', 'ivan'), await held('app', 'dave')];
    const account = accountOf(world, 'ivan');
    const kept = () => store.providerState.find('Account', ports.secrets.hash('oidc:Account', account));
    expect(await kept()).toBeDefined();
    await stepward.deleteUser(account);
    expect(await until(isOver(one.browser))).toBe(true);
    expect(await one.works()).toEqual(dead);
    expect(await until(async () => (await kept()) === undefined)).toBe(true);
    expect(await other.works()).toEqual(alive);
  });
});

describe('an authenticator that was removed', () => {
  const appsOf = async (login: string): Promise<string[]> => {
    const all = await world.served.composed.stepward.getAuthenticators(accountOf(world, login));
    return all.filter((one) => one.verificationMethod === 'AUTHENTICATOR_APP').map((one) => String(one.userAuthenticatorId));
  };
  const removeApp = async (login: string): Promise<void> => {
    for (const id of await appsOf(login)) await world.served.composed.stepward.deleteAuthenticator(accountOf(world, login), id);
  };
  it('ends the user’s sessions and refresh tokens, where a client of his wants that', async () => {
    await world.register({ clientId: 'careful', revokeOnBlock: true });
    await setUpApp(world, time, 'frank');
    const [one, careful, other] = [await held('app', 'frank'), await held('careful', 'frank'), await held('app', 'dave')];
    expect(await one.works()).toEqual(alive);
    await removeApp('frank');
    expect(await until(isOver(one.browser))).toBe(true);
    expect(await one.works()).toEqual(dead);
    expect(await careful.works()).toEqual(dead);
    expect(await other.works()).toEqual(alive);
    time.pass(2);
    expect(await (await held('careful', 'frank')).works()).toEqual(alive);
  });

  it('ends nothing of a user who has no such client', async () => {
    await setUpApp(world, time, 'grace');
    const [grace, heidi] = [await held('app', 'grace'), await held('careful', 'heidi')];
    await removeApp('grace');
    // whoever is told after them is told last
    const frank = await held('careful', 'frank');
    await setUpApp(world, time, 'frank');
    await removeApp('frank');
    expect(await until(isOver(frank.browser))).toBe(true);
    expect(await grace.works()).toEqual(alive);
    expect(await heidi.works()).toEqual(alive);
  });

  it.each([
    ['authenticator.deleted', { userId: 'u', verificationMethod: 'PASSKEY' }, 1],
    ['authenticator.deleted', { userId: 'u', verificationMethod: 'RECOVERY_CODE' }, 0],
    ['authenticator.created', { userId: 'u', verificationMethod: 'PASSKEY' }, 0],
    ['authenticator.deleted', { verificationMethod: 'PASSKEY' }, 0],
  ])('is one of %s with %o: %i', async (type, data, times) => {
    const ended: string[] = [];
    let again: (() => Promise<void>) | undefined;
    const guarded = { revokeOnBlock: true } as OidcClient;
    let isDown = true;
    const heard = createAccountEvents({
      directory: { refresh: async () => world.served.composed.policies.current(), client: () => guarded },
      records: { clientsOf: async () => ['app'], find: async () => undefined, remove: async () => undefined },
      endAccount: async (accountId) => {
        if (isDown) throw new Error('the database cannot be had');
        ended.push(accountId);
      },
      failed: (work) => {
        again = work;
      },
    });
    await heard({ type, at: 0, data });
    // what could not be done is done later
    isDown = false;
    await again?.();
    expect(ended).toHaveLength(times);
  });
});
