import { decodeJwt, decodeProtectedHeader } from 'jose';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OidcClient } from '../../core/index.ts';
import { ask, followLeaving, type OidcWorld, outcomeOf, passByMail, signIn, startOidcWorld } from '../support/oidc.ts';
import { type App, moveTime, setUpApp } from '../support/oidc-person.ts';
import { upstreamUsers } from '../support/upstream-provider.ts';
import type { WebBrowser } from '../support/web-browser.ts';

const aal = (level: 1 | 2 | 3): string => `urn:stepward:aal${level}`;
const pape = 'http://schemas.openid.net/pape/policies/2007/06/multi-factor';

let time: ReturnType<typeof moveTime>;
let world: OidcWorld;
let app: App;
const clients = {
  app: {},
  lax: { strictAcr: false },
  set: { defaultAcr: [aal(2)] },
  'lax-set': { defaultAcr: [aal(2)], strictAcr: false },
  challenged: { action: 'always' },
  'lax-mail': { action: 'mail-only', strictAcr: false },
  mail: { action: 'mail-only' },
  house: { firstParty: false },
  pairwise: { subject: 'pairwise' },
  api: { audience: 'https://api.example' },
} as const satisfies Record<string, Partial<OidcClient>>;
type ClientId = keyof typeof clients;

beforeAll(async () => {
  time = moveTime();
  world = await startOidcWorld({
    users: {
      ...upstreamUsers,
      mia: { claims: { email: 'mia@example.org', email_verified: true } },
      long: { amr: ['pwd'], age: 3_600 },
      late: { amr: ['pwd'], age: 20 },
    },
  });
  app = await setUpApp(world, time, 'alice');
  const methods = { verificationMethods: ['AUTHENTICATOR_APP'] };
  await world.served.configure('signIn', { defaultUserActionResult: 'ALLOW', ...methods });
  await world.served.configure('tokenRefresh', { defaultUserActionResult: 'ALLOW' });
  await world.served.configure('always', { defaultUserActionResult: 'CHALLENGE', ...methods });
  await world.served.configure('mail-only', { defaultUserActionResult: 'CHALLENGE', verificationMethods: ['EMAIL_OTP'] });
  for (const [clientId, about] of Object.entries(clients)) await world.register({ clientId, ...about });
});
afterAll(async () => {
  await world?.end();
  time?.end();
});

type Params = Readonly<Record<string, string>>;
/** What came of a request: the name of an error or an acr, and what was asked of the person on the way. */
const request = async (browser: WebBrowser, clientId: ClientId, params: Params, login = 'alice') => {
  const configuration = await world.app(clientId);
  const { url, checks } = await ask(configuration, params);
  const { hops } = browser;
  const began = hops.length;
  await browser.open(url);
  const asked: string[] = [];
  if (browser.at.text.includes('Sign in upstream')) {
    asked.push('sign-in');
    await browser.press(login);
  }
  if (browser.at.url.pathname === '/challenge') {
    asked.push('challenge');
    await app.pass(browser);
  }
  if (browser.at.url.pathname.startsWith('/oidc/interaction/')) {
    asked.push('consent');
    await browser.press(/allow/i);
    await followLeaving(browser);
  }
  const stop = browser.at;
  const outcome = outcomeOf(stop);
  const rounds = hops.slice(began).filter(({ pathname }) => pathname.startsWith('/oidc/callback/')).length;
  if (outcome !== 'code') return { outcome, asked: asked.join(), rounds, text: stop.text };
  const tokens = await openid.authorizationCodeGrant(configuration, stop.url, checks);
  return { outcome, asked: asked.join(), rounds, tokens, claims: tokens.claims(), acr: tokens.claims()?.acr };
};

/** A browser in which somebody has signed in before. */
const signedIn = async (reached: Has, login = 'alice'): Promise<WebBrowser> => {
  const browser = world.browser();
  if (reached === 'nothing') return browser;
  const { acr } = await request(browser, 'app', reached === 'aal2' ? { acr_values: aal(2) } : {}, login);
  expect(acr).toBe(`urn:stepward:${reached}`);
  time.pass(10);
  return browser;
};

const essential = (acr: unknown): Params => ({ claims: JSON.stringify({ id_token: { acr } }) });

type Has = 'nothing' | 'aal1' | 'aal2';
type Expected = { readonly outcome?: string; readonly acr?: string; readonly asked: string };
type More = { readonly client?: ClientId; readonly login?: 'alice' | 'bob' };
type Row = [why: string, has: Has, params: Params, expected: Expected, more?: More];
const rows = (...all: readonly Row[]): [string, Has, Params, Expected, More][] =>
  all.map(([why, has, params, expected, more = {}]) => [why, has, params, expected, more]);

describe('acr_values', () => {
  it.each(
    rows(
      ['a level that every sign-in has', 'nothing', { acr_values: aal(1) }, { acr: aal(1), asked: 'sign-in' }],
      ['a second factor, at the first sign-in', 'nothing', { acr_values: aal(2) }, { acr: aal(2), asked: 'sign-in,challenge' }],
      ['a second factor, in a session without', 'aal1', { acr_values: aal(2) }, { acr: aal(2), asked: 'challenge' }],
      ['a second factor, in a session that has it', 'aal2', { acr_values: aal(2) }, { acr: aal(2), asked: '' }],
      ['by its older name', 'aal1', { acr_values: pape }, { acr: aal(2), asked: 'challenge' }],
      ['nothing that is known', 'nothing', { acr_values: 'urn:else:1 toString __proto__' }, { acr: aal(1), asked: 'sign-in' }],
      ['something unknown before', 'aal1', { acr_values: `urn:else:1 ${aal(2)}` }, { acr: aal(2), asked: 'challenge' }],
      ['none, and the session has more', 'aal2', {}, { acr: aal(2), asked: '' }],
      ['two that are met: the first', 'aal2', { acr_values: `${aal(1)} ${aal(2)}` }, { acr: aal(1), asked: '' }],
      ['two that are met, the other way round', 'aal2', { acr_values: `${aal(2)} ${aal(1)}` }, { acr: aal(2), asked: '' }],
      [
        'one that is out of reach before one that is not',
        'aal1',
        { acr_values: `${aal(3)} ${aal(2)}` },
        { acr: aal(2), asked: 'challenge' },
      ],
      ['nobody reaches it', 'aal1', { acr_values: aal(3) }, { outcome: 'unmet_authentication_requirements', asked: '' }],
      ['nobody reaches it, hardware', 'aal2', { acr_values: 'phrh' }, { outcome: 'unmet_authentication_requirements', asked: '' }],
      ['no method of the action reaches it', 'aal2', { acr_values: 'phr' }, { outcome: 'unmet_authentication_requirements', asked: '' }],
      [
        'this user has no second factor and may have none',
        'nothing',
        { acr_values: aal(2) },
        { outcome: 'unmet_authentication_requirements', asked: 'sign-in' },
        { login: 'bob' },
      ],
      ['a hundred, the known one late', 'aal1', { acr_values: `${'x '.repeat(99)}${aal(2)}` }, { acr: aal(1), asked: '' }],
      [
        'out of reach, of a client that takes what was reached',
        'aal1',
        { acr_values: aal(3) },
        { acr: aal(1), asked: '' },
        { client: 'lax' },
      ],
      ['within reach, of such a client', 'aal1', { acr_values: aal(2) }, { acr: aal(2), asked: 'challenge' }, { client: 'lax' }],
      ['what the client is registered with', 'aal1', {}, { acr: aal(2), asked: 'challenge' }, { client: 'set' }],
      ['other than the client is registered with', 'aal1', { acr_values: aal(1) }, { acr: aal(1), asked: '' }, { client: 'set' }],
      [
        'registered, out of reach, and the client takes less',
        'nothing',
        {},
        { acr: aal(1), asked: 'sign-in' },
        { client: 'lax-set', login: 'bob' },
      ],
      [
        'out of reach, by an action that challenges anyway',
        'aal1',
        { acr_values: aal(3) },
        { outcome: 'unmet_authentication_requirements', asked: '' },
        { client: 'challenged' },
      ],
    ),
  )('%s, with %s', async (_, has, params, expected, more) => {
    const browser = await signedIn(has);
    expect(await request(browser, more.client ?? 'app', params, more.login)).toMatchObject({ outcome: 'code', ...expected });
  });

  it('is never said to be more than the challenge proved', async () => {
    const browser = world.browser();
    const { url, checks } = await ask(await world.app('lax-mail'), { acr_values: aal(2) });
    expect((await signIn(browser, url, 'mia')).url.pathname).toBe('/challenge');
    const stop = await passByMail(world, browser, 'mia@example.org');
    const tokens = await openid.authorizationCodeGrant(await world.app('lax-mail'), stop.url, checks);
    expect(tokens.claims()).toMatchObject({ acr: aal(1), amr: ['otp'] });
  });
});

describe('an essential acr', () => {
  const unmet = { outcome: 'unmet_authentication_requirements', asked: '' };
  const invalid = { outcome: 'invalid_request', asked: '' };
  it.each(
    rows(
      ['one value', 'aal1', essential({ essential: true, value: aal(2) }), { acr: aal(2), asked: 'challenge' }],
      ['values', 'aal1', essential({ essential: true, values: [aal(2)] }), { acr: aal(2), asked: 'challenge' }],
      ['values, one unknown', 'aal1', essential({ essential: true, values: ['urn:else', aal(2)] }), { acr: aal(2), asked: 'challenge' }],
      ['that is met', 'aal2', essential({ essential: true, value: aal(2) }), { acr: aal(2), asked: '' }],
      [
        'beside acr_values, which ask for less',
        'aal1',
        { ...essential({ essential: true, value: aal(2) }), acr_values: aal(1) },
        { acr: aal(2), asked: 'challenge' },
      ],
      ['unknown alone', 'aal2', essential({ essential: true, values: ['urn:else'] }), unmet],
      ['out of reach', 'aal2', essential({ essential: true, value: aal(3) }), unmet],
      ['out of reach, of a client that takes less', 'aal2', essential({ essential: true, value: 'phrh' }), unmet, { client: 'lax' }],
      [
        'out of reach, where challenges are the rule',
        'aal2',
        essential({ essential: true, value: aal(3) }),
        unmet,
        { client: 'challenged' },
      ],
      ['of anything', 'aal1', essential({ essential: true }), { acr: aal(1), asked: '' }],
      ['null', 'aal1', essential(null), { acr: aal(1), asked: '' }],
      ['not essential', 'aal1', essential({ value: aal(2) }), { acr: aal(1), asked: '' }],
      ['no values', 'aal1', essential({ essential: true, values: [] }), invalid],
      ['a value that is null', 'aal1', essential({ essential: true, value: null }), invalid],
      ['a value that is a number', 'aal1', essential({ essential: true, value: 2 }), invalid],
      ['values that are text', 'aal1', essential({ essential: true, values: aal(2) }), invalid],
      ['values, one of them an object', 'aal1', essential({ essential: true, values: [aal(2), {}] }), invalid],
      ['in claims that are a list', 'aal1', { claims: '[]' }, invalid],
      ['in claims that are null', 'aal1', { claims: 'null' }, invalid],
      ['in claims that are cut off', 'aal1', { claims: '{"id_token":{"acr"' }, invalid],
      ['in an id_token that is text', 'aal1', { claims: '{"id_token":"acr"}' }, invalid],
    ),
  )('%s, with %s', async (_, has, params, expected, more) => {
    const browser = await signedIn(has);
    expect(await request(browser, more.client ?? 'app', params)).toMatchObject({ outcome: 'code', rounds: 0, ...expected });
  });
});

describe('max_age and prompt', () => {
  it.each(
    rows(
      ['0', 'aal1', { max_age: '0' }, { acr: aal(1), asked: 'sign-in' }],
      ['1', 'aal1', { max_age: '1' }, { acr: aal(1), asked: 'sign-in' }],
      ['10000', 'aal1', { max_age: '10000' }, { acr: aal(1), asked: '' }],
      ['0, silently', 'aal1', { max_age: '0', prompt: 'none' }, { outcome: 'login_required', asked: '' }],
      ['1, silently', 'aal1', { max_age: '1', prompt: 'none' }, { outcome: 'login_required', asked: '' }],
      ['less than nothing', 'aal1', { max_age: '-1' }, { outcome: 'invalid_request', asked: '' }],
      ['no number', 'aal1', { max_age: 'soon' }, { outcome: 'invalid_request', asked: '' }],
      ['half a second', 'aal1', { max_age: '0.5' }, { outcome: 'invalid_request', asked: '' }],
      ['for ever', 'aal1', { max_age: 'Infinity' }, { outcome: 'invalid_request', asked: '' }],
      ['prompt=none', 'nothing', { prompt: 'none' }, { outcome: 'login_required', asked: '' }],
      ['prompt=none', 'aal1', { prompt: 'none' }, { acr: aal(1), asked: '' }],
      ['prompt=none and a second factor', 'aal1', { prompt: 'none', acr_values: aal(2) }, { outcome: 'interaction_required', asked: '' }],
      ['prompt=none and a second factor', 'aal2', { prompt: 'none', acr_values: aal(2) }, { acr: aal(2), asked: '' }],
      [
        'prompt=none and what nobody reaches',
        'aal2',
        { prompt: 'none', acr_values: aal(3) },
        { outcome: 'unmet_authentication_requirements', asked: '' },
      ],
      ['prompt=login', 'aal1', { prompt: 'login' }, { acr: aal(1), asked: 'sign-in' }],
      ['prompt=login', 'nothing', { prompt: 'login' }, { acr: aal(1), asked: 'sign-in' }],
      ['prompt=consent of the house', 'aal1', { prompt: 'consent' }, { acr: aal(1), asked: '' }],
      ['prompt=consent of a stranger', 'aal1', { prompt: 'consent' }, { acr: aal(1), asked: 'consent' }, { client: 'house' }],
      [
        'prompt=login consent and a second factor',
        'aal1',
        { prompt: 'login consent', acr_values: aal(2) },
        { acr: aal(2), asked: 'sign-in,challenge,consent' },
        { client: 'house' },
      ],
      ['prompt=none login', 'aal1', { prompt: 'none login' }, { outcome: 'invalid_request', asked: '' }],
      ['prompt=stepward', 'aal1', { prompt: 'stepward' }, { outcome: 'invalid_request', asked: '' }],
      ['login_hint', 'nothing', { login_hint: 'alice@example.org' }, { acr: aal(1), asked: 'sign-in' }],
    ),
  )('%s, with %s', async (_, has, params, expected, more) => {
    const browser = await signedIn(has);
    expect(await request(browser, more.client ?? 'app', params)).toMatchObject({ outcome: 'code', ...expected });
  });

  it('login_hint and prompt reach the identity provider; state and nonce of the application do not', async () => {
    const { url } = await ask(await world.app(), { login_hint: 'alice@example.org', prompt: 'login' });
    const before = world.upstream.requests('authorization').length;
    await signIn(world.browser(), url);
    const [asked] = world.upstream.requests('authorization').slice(before);
    expect(Object.fromEntries(asked?.query ?? [])).toMatchObject({ login_hint: 'alice@example.org', prompt: 'login' });
    for (const name of ['state', 'nonce']) expect(asked?.query.get(name)).not.toBe(url.searchParams.get(name));
  });
});

describe('id_token_hint', () => {
  const idToken = async (clientId: ClientId, login: string): Promise<string> =>
    (await request(world.browser(), clientId, {}, login)).tokens?.id_token ?? '';

  it.each(['app', 'pairwise'] as const)('of the same user passes, of another ends after one round (%s)', async (clientId) => {
    const [alice, bob] = [await idToken(clientId, 'alice'), await idToken(clientId, 'bob')];
    const browser = await signedIn('aal1');
    expect(await request(browser, clientId, { id_token_hint: alice })).toMatchObject({ outcome: 'code', rounds: 0 });
    expect(await request(browser, clientId, { id_token_hint: alice, prompt: 'none' })).toMatchObject({ outcome: 'code' });
    expect(await request(browser, clientId, { id_token_hint: bob, prompt: 'none' })).toMatchObject({
      outcome: 'login_required',
      rounds: 0,
    });
    // the identity provider has a session of alice's and asks nobody
    expect(await request(browser, clientId, { id_token_hint: bob })).toMatchObject({ outcome: 'login_required', asked: '', rounds: 1 });
    expect(await request(world.browser(), clientId, { id_token_hint: bob })).toMatchObject({ outcome: 'login_required', rounds: 1 });
    expect(await request(world.browser(), clientId, { id_token_hint: bob }, 'bob')).toMatchObject({ outcome: 'code', rounds: 1 });
    const sub = JSON.stringify({ id_token: { sub: { value: 'somebody' } } });
    expect(await request(browser, clientId, { claims: sub })).toMatchObject({ outcome: 'login_required', rounds: 1 });
  });

  it('of another issuer, for another client, changed or no token at all is refused', async () => {
    const own = await idToken('app', 'alice');
    const [header, payload, signature = ''] = own.split('.');
    const foreign = world.upstream.logoutToken({ sub: 'alice', aud: 'app' }, { header: { typ: 'JWT' } });
    const changed = `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    const browser = await signedIn('aal1');
    for (const id_token_hint of [foreign, await idToken('lax', 'alice'), changed, `${btoa('{"alg":"none"}')}.${payload}.`, 'x', 'x.y.z'])
      expect(await request(browser, 'app', { id_token_hint })).toMatchObject({ outcome: 'invalid_request', rounds: 0 });
  });
});

describe('what was proven is not lost, and not made new', () => {
  it('by signing in anew: the second factor stays, with its own time', async () => {
    const browser = await signedIn('aal2');
    const before = (await request(browser, 'app', {})).claims;
    time.pass(600);
    const after = await request(browser, 'app', { prompt: 'login' });
    expect(after).toMatchObject({ asked: 'sign-in', acr: aal(2) });
    expect(after.claims?.auth_time).toBe(before?.auth_time);
    expect(after.claims?.amr).toEqual(before?.amr);
  });

  it('but does not count where the application wants everything anew', async () => {
    const browser = await signedIn('aal2');
    time.pass(120);
    const began = Math.floor(Date.now() / 1000);
    const fresh = await request(browser, 'app', { max_age: '0' });
    expect(fresh).toMatchObject({ asked: 'sign-in', acr: aal(1) });
    expect(fresh.claims?.auth_time).toBeGreaterThanOrEqual(began);
    // what was asked for once is no memory
    expect(await request(browser, 'app', {})).toMatchObject({ asked: '', acr: aal(2) });
  });

  it('and everything anew includes the second factor where that is asked for', async () => {
    const browser = await signedIn('aal2');
    time.pass(120);
    const { url, checks } = await ask(await world.app(), { max_age: '0', acr_values: aal(2) });
    const began = Math.floor(Date.now() / 1000);
    expect((await signIn(browser, url)).url.pathname).toBe('/challenge');
    time.pass(45);
    const stop = await app.pass(browser);
    const tokens = await openid.authorizationCodeGrant(await world.app(), stop.url, checks);
    expect(tokens.claims()).toMatchObject({ acr: aal(2) });
    expect(tokens.claims()?.auth_time).toBeGreaterThanOrEqual(began + 45);
  });

  it('by silent requests: the time stays', async () => {
    const browser = await signedIn('aal2');
    const times = new Set<unknown>();
    for (let count = 0; count < 3; count++) {
      times.add((await request(browser, 'app', { prompt: 'none', acr_values: aal(2) })).claims?.auth_time);
      time.pass(900);
    }
    expect(times.size).toBe(1);
  });

  it('for longer than a day, or an hour in which nobody was there', async () => {
    const browser = await signedIn('aal2');
    time.pass(3_601);
    expect(await request(browser, 'app', {})).toMatchObject({ acr: aal(1) });
    expect(await request(browser, 'app', { prompt: 'none', acr_values: aal(2) })).toMatchObject({ outcome: 'interaction_required' });
    const used = await signedIn('aal2');
    for (let minutes = 0; minutes < 11 * 60; minutes += 55) {
      time.pass(55 * 60);
      expect(await request(used, 'app', { prompt: 'none', acr_values: aal(2) })).toMatchObject({ acr: aal(2) });
    }
  });
});

describe('acr, amr and auth_time', () => {
  it.each(['nothing', 'aal2'] as const)('are the same wherever they are read (%s before)', async (has) => {
    const browser = await signedIn(has);
    const opaque = await request(browser, 'app', { scope: 'openid offline_access', prompt: 'consent' });
    const assurance = ({ acr, amr, auth_time }: Record<string, unknown>) => ({ acr, amr, auth_time });
    const expected = assurance({ ...opaque.claims });
    expect(expected).toEqual({ acr: aal(has === 'aal2' ? 2 : 1), amr: has === 'aal2' ? ['otp'] : [], auth_time: expect.any(Number) });
    const client = await world.app();
    const refreshed = await openid.refreshTokenGrant(client, opaque.tokens?.refresh_token ?? '');
    expect(assurance({ ...refreshed.claims() })).toEqual(expected);
    for (const { access_token } of [opaque.tokens, refreshed].filter((one) => one !== undefined)) {
      expect(access_token).not.toContain('.');
      expect(assurance(await openid.fetchUserInfo(client, access_token, 'alice'))).toEqual(expected);
      expect(assurance(await openid.tokenIntrospection(client, access_token))).toEqual(expected);
    }
    const { tokens, claims } = await request(browser, 'api', {});
    expect(assurance({ ...claims })).toEqual(expected);
    const token = tokens?.access_token ?? '';
    expect(decodeProtectedHeader(token)).toMatchObject({ typ: 'at+jwt', alg: 'ES256' });
    expect(assurance(decodeJwt(token))).toEqual(expected);
    expect(decodeJwt(token)).toMatchObject({ iss: world.issuer, aud: 'https://api.example', client_id: 'api' });
  });
});

describe('a sign-in at the identity provider', () => {
  it('that is older than asked for is not accepted, whatever the identity provider was told', async () => {
    for (const params of [{ max_age: '600' } as Params, { max_age: '0' }, { prompt: 'login' }])
      expect(await request(world.browser(), 'app', params, 'long')).toMatchObject({ outcome: 'temporarily_unavailable' });
    const browser = world.browser();
    const first = await request(browser, 'app', { max_age: '4000' }, 'long');
    expect(first.claims?.auth_time).toBeLessThanOrEqual(Math.floor(Date.now() / 1000) - 3_600);
    expect(await request(browser, 'app', { max_age: '4000' }, 'long')).toMatchObject({ outcome: 'code', asked: '' });
    expect(await request(browser, 'app', { max_age: '600', prompt: 'none' })).toMatchObject({ outcome: 'login_required' });
    expect(await request(browser, 'app', { max_age: '600' }, 'long')).toMatchObject({ outcome: 'temporarily_unavailable' });
  });

  it('that its clock puts a few seconds too early keeps nobody out', async () => {
    for (const params of [{ max_age: '1' } as Params, { max_age: '0' }, { prompt: 'login' }])
      expect(await request(world.browser(), 'app', params, 'late')).toMatchObject({ outcome: 'code' });
  });
});
