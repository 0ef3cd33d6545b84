import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as openid from 'openid-client';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createResourceServer } from '../../adapters/express/index.ts';
import { createApi } from '../../examples/api-step-up/api.ts';
import { createApp } from '../../examples/api-step-up/app.ts';
import { startExample } from '../../examples/api-step-up/start.ts';
import { people } from '../../examples/express-login/seed.ts';
import { startStepward } from '../../examples/express-login/stepward.ts';
import { type Api, bearer, startApi } from '../adapters/express/api.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { freePort } from '../support/free-port.ts';
import { ask, clientSecret, type OidcWorld, signIn, startOidcWorld } from '../support/oidc.ts';
import { addAuthenticator } from './challenge-person.ts';

const audience = 'https://api.example';
const listening = async (): Promise<{ readonly server: Server; readonly url: string }> => {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, 'localhost', done));
  return { server, url: `http://localhost:${(server.address() as AddressInfo).port}` };
};

describe.skipIf(!hasBrowser)('the example of an API with a step-up, before Stepward', () => {
  let world: OidcWorld;
  let browser: Browser;
  let page: Page;
  const apps: Record<string, string> = {};
  const servers: Server[] = [];
  const asked: URL[] = [];
  beforeAll(async () => {
    world = await startOidcWorld();
    await world.served.configure('signIn', { defaultUserActionResult: 'ALLOW', verificationMethods: ['PASSKEY'] });
    const api = await listening();
    api.server.on('request', createApi({ issuer: world.issuer, audience, publicUrl: api.url, now: world.served.now }));
    servers.push(api.server);
    for (const scheme of ['dpop', 'bearer']) {
      const { server, url: origin } = await listening();
      await world.register({ clientId: scheme, redirectUris: [`${origin}/callback`], audience });
      const options = { issuer: world.issuer, clientId: scheme, clientSecret, api: api.url, audience, origin, dpop: scheme === 'dpop' };
      server.on('request', await createApp(options));
      servers.push(server);
      apps[scheme] = origin;
    }
    browser = await launchBrowser();
    page = await browser.newPage();
    page.setDefaultTimeout(15_000);
    await addAuthenticator(page);
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.pathname === '/oidc/auth') asked.push(url);
    });
  });
  afterAll(async () => {
    await browser?.close();
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
    await world?.end();
  });
  const press = (name: string | RegExp) => page.getByRole('button', { name }).first().click();
  const says = async (text: RegExp) => {
    await page.getByRole('status').filter({ hasText: text }).waitFor();
    return JSON.parse(await page.getByRole('status').innerText()) as Record<string, unknown>;
  };
  /** What was asked of Stepward since last looked. */
  const wanted = () => asked.splice(0).map(({ searchParams }) => [searchParams.get('acr_values'), searchParams.get('max_age')]);

  it('a sign-in is enough for the balance', async () => {
    await page.goto(apps.dpop ?? '');
    await press('Show balance');
    await press('alice');
    expect(await says(/balance/)).toEqual({ balance: 5_000 });
    expect(wanted()).toEqual([[null, null]]);
  });
  it('to pay the API wants more: Stepward asks for it, and the token that comes of it is accepted', async () => {
    await press('Pay 2500');
    const before = world.served.mails.length;
    await press('Send the code');
    await page.fill('#code', await world.served.codeTo('alice@example.org', before));
    await press('Continue');
    await press(/Create a passkey/);
    await press('Create passkey');
    await press('I have saved them');
    expect(await says(/paid/)).toMatchObject({ paid: 2_500, by: 'alice', acr: 'phr' });
    expect(wanted()).toEqual([['phr urn:stepward:aal2', '300']]);
  });
  it('and is enough again, without a question', async () => {
    await press('Pay 2500');
    await says(/paid/);
    expect(wanted()).toEqual([]);
  });
  it('another application of the same person pays at once: its sign-in says what was proven a moment ago; tokens without DPoP', async () => {
    await page.goto(apps.bearer ?? '');
    await press('Pay 2500');
    expect(await says(/paid/)).toMatchObject({ by: 'alice', acr: 'urn:stepward:aal2' });
    expect(wanted()).toEqual([[null, null]]);
  });
  it('six minutes later it is too long ago: the passkey is asked for, and the time is that of now', async () => {
    world.served.pass(6 * 60_000);
    await press('Pay 2500');
    await press('Use your passkey');
    const { auth_time: at } = await says(/paid/);
    expect(Math.abs(Number(at) - world.served.now() / 1000)).toBeLessThan(120);
    expect(wanted()).toEqual([['phr urn:stepward:aal2', '300']]);
  });
});

describe('an API that trusts Stepward', () => {
  let world: OidcWorld;
  let tokens: openid.TokenEndpointResponse;
  const apis: Record<string, Api> = {};
  beforeAll(async () => {
    world = await startOidcWorld();
    await world.served.configure('signIn', { defaultUserActionResult: 'ALLOW' });
    await world.register();
    await world.register({ clientId: 'api', redirectUris: ['https://api.example/none'] });
    const app = await world.app();
    const { url, checks } = await ask(app);
    tokens = await openid.authorizationCodeGrant(app, (await signIn(world.browser(), url)).url, checks);
    const introspection = { clientId: 'api', clientSecret, clients: ['app'] };
    const options = { issuer: world.issuer, audience, introspection };
    const { requireStepUp } = createResourceServer(options);
    apis.aal1 = await startApi(requireStepUp({ acrValues: ['urn:stepward:aal1'], maxAge: 300 }));
    apis.aal2 = await startApi(requireStepUp({ acrValues: ['urn:stepward:aal2'] }));
    apis.others = await startApi(
      createResourceServer({ ...options, introspection: { ...introspection, clients: ['else'] } }).requireToken(),
    );
    // whose name is that of the client, so that an ID token is for it
    apis.named = await startApi(createResourceServer({ ...options, audience: 'app' }).requireToken());
  });
  afterAll(async () => {
    for (const api of Object.values(apis)) await api.close();
    await world?.end();
  });
  const call = (api: string, token = '') => apis[api]?.call([bearer(token)]);

  it('takes its opaque tokens, with what was proven, from the clients that it knows', async () => {
    const passed = { iss: world.issuer, sub: 'alice', client_id: 'app', acr: 'urn:stepward:aal1', auth_time: expect.any(Number) };
    expect(await call('aal1', tokens.access_token)).toMatchObject({ status: 200, body: { passed } });
    expect(await call('aal2', tokens.access_token)).toMatchObject({ status: 401, body: { error: 'insufficient_user_authentication' } });
    expect(await call('others', tokens.access_token)).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
  });
  it('may ask, which a client without a secret may not', async () => {
    await world.register({ clientId: 'public', authMethod: 'none' });
    const asks = async (clientId: string, auth: openid.ClientAuth) =>
      openid.tokenIntrospection(await world.app(clientId, auth), tokens.access_token);
    expect(await asks('api', openid.ClientSecretBasic(clientSecret))).toMatchObject({ active: true, sub: 'alice' });
    expect(await asks('public', openid.None())).toEqual({ active: false });
  });
  it('hears nothing of refresh tokens, and takes none', async () => {
    const app = await world.app();
    const { url, checks } = await ask(app, { scope: 'openid offline_access', prompt: 'consent' });
    const granted = await openid.authorizationCodeGrant(app, (await signIn(world.browser(), url)).url, checks);
    expect(await openid.tokenIntrospection(app, granted.refresh_token ?? '')).toMatchObject({ active: true });
    const { active } = await openid.tokenIntrospection(await world.app('api'), granted.refresh_token ?? '');
    expect({ active, call: await call('named', granted.refresh_token) }).toMatchObject({ active: false, call: { status: 401 } });
  });
  it('takes no ID token, also where it is for an audience of that name', async () => {
    expect(await call('named', tokens.access_token)).toMatchObject({ status: 200 });
    expect(await call('named', tokens.id_token)).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
  });
});

describe.skipIf(!hasBrowser)('the demonstration, as it is started', () => {
  it('pays for somebody who had nothing but a password', async () => {
    const [identityProvider, stepwardPort, app, api] = await Promise.all(
      ['127.0.0.1', 'localhost', 'localhost', 'localhost'].map(freePort),
    );
    const local = (port = 0) => `http://localhost:${port}`;
    const places = {
      identityProvider: `http://127.0.0.1:${identityProvider}`,
      stepward: local(stepwardPort),
      app: local(app),
      api: local(api),
    };
    const lines: string[] = [];
    const [stepward, browser] = await Promise.all([startStepward(stepwardPort ?? 0, (line) => lines.push(line)), launchBrowser()]);
    const example = await startExample(places, { url: stepward.url, key: stepward.managementKey });
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(20_000);
      await addAuthenticator(page);
      const press = (name: string | RegExp) => page.getByRole('button', { name }).first().click();
      await page.goto(places.app);
      await press('Pay 2500');
      await page.getByLabel('E-mail address').fill(people.emails[0]);
      await page.getByLabel('Password').fill(people.password);
      await press('Sign in');
      await press('Send the code');
      await expect.poll(() => lines.some((line) => /\|.*\b\d{6}\b/.test(line)), { timeout: 20_000 }).toBe(true);
      await page.fill('#code', /\b(\d{6})\b/.exec(lines.find((line) => /\|.*\b\d{6}\b/.test(line)) ?? '')?.[1] ?? '');
      await press('Continue');
      await press(/Create a passkey/);
      await press('Create passkey');
      await press('I have saved them');
      await page.getByRole('status').filter({ hasText: '"paid":2500' }).waitFor();
    } finally {
      await browser.close();
      example.stop();
      await stepward.stop();
    }
  });
});
