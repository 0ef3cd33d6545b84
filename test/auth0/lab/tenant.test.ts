import { decodeJwt } from 'jose';
import * as openid from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ask, clientSecret, outcomeOf, redirectUri } from '../../support/oidc.ts';
import { createWebBrowser, type Stop, type WebBrowser } from '../../support/web-browser.ts';
import { createSandbox, type Sandbox } from '../sandbox/index.ts';
import { startTenant, type Tenant } from './tenant.ts';

const elsewhere = 'https://elsewhere.example';
const errorOf = ({ url }: Stop) => [url.searchParams.get('error'), url.searchParams.get('error_description')];

describe('the tenant of the lab', () => {
  let tenant: Tenant;
  let app: openid.Configuration;
  let browser: WebBrowser;
  beforeAll(async () => {
    tenant = await startTenant({ users: { 'auth0|ada': { email: 'ada@example.org', enrolledFactors: [{ type: 'otp' }] } } });
    await tenant.register({
      client_id: 'app',
      client_secret: clientSecret,
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
    });
    app = await openid.discovery(new URL(tenant.issuer), 'app', undefined, openid.ClientSecretPost(clientSecret));
  });
  afterAll(() => tenant?.close());
  beforeEach(() => {
    browser = createWebBrowser(['https://app.example', elsewhere]);
  });

  const deploy = async (first: string, second = ''): Promise<Sandbox> => {
    const code = `exports.onExecutePostLogin = async (event, api) => {${first}};
      exports.onContinuePostLogin = async (event, api) => {${second}};`;
    const sandbox = await createSandbox({ code, node: 'current', secrets: {} });
    tenant.deploy(sandbox);
    return sandbox;
  };
  const login = async (more: Readonly<Record<string, string>> = {}) => {
    const asked = await ask(app, { scope: 'openid email', ...more });
    const stop = await browser.open(asked.url);
    return { ...asked, stop: stop.text.includes('Sign in at the tenant') ? await browser.press('auth0|ada') : stop };
  };
  const tokensOf = ({ stop, checks }: Awaited<ReturnType<typeof login>>) => openid.authorizationCodeGrant(app, stop.url, checks);
  const redirects = `api.redirect.sendUserTo('${elsewhere}/')`;

  it('signs in where the Action does nothing, by its claims, and again without a page', async () => {
    await deploy(`for (const token of [api.idToken, api.accessToken]) token.setCustomClaim('https://stepward.example/claims/acr', 'x')`);
    const tokens = await tokensOf(await login());
    expect(tokens.claims()).toMatchObject({ sub: 'auth0|ada', 'https://stepward.example/claims/acr': 'x' });
    expect(decodeJwt(tokens.access_token)).toMatchObject({ 'https://stepward.example/claims/acr': 'x' });
    expect(outcomeOf((await login({ prompt: 'none' })).stop)).toBe('code');
    const { event } = tenant.executions.at(-1) ?? {};
    expect(event?.transaction).toMatchObject({ prompt: ['none'], protocol: 'oidc-basic-profile' });
    expect(event?.authentication).toEqual({ methods: [{ name: 'pwd', timestamp: expect.any(String) }] });
  });

  it('keeps the session when the Action denies or throws', async () => {
    await deploy(`api.access.deny('not you')`);
    expect(errorOf((await login()).stop)).toEqual(['access_denied', 'not you']);
    expect(errorOf((await login({ prompt: 'none' })).stop)).toEqual(['access_denied', 'not you']);
    await deploy(`throw new Error('broken')`);
    expect(errorOf((await login({ prompt: 'none' })).stop)).toEqual(['access_denied', 'broken']);
    await deploy('');
    expect(outcomeOf((await login({ prompt: 'none' })).stop)).toBe('code');
  });

  it('answers a redirect under prompt=none by interaction_required', async () => {
    await deploy('');
    await login();
    await deploy(redirects);
    expect(errorOf((await login({ prompt: 'none' })).stop)[0]).toBe('interaction_required');
  });

  const goOn = (state: string, how: 'GET' | 'POST', cookies: string, origin = tenant.issuer): Promise<Response> => {
    const field = new URLSearchParams({ state });
    const common = { redirect: 'manual', headers: { cookie: cookies } } as const;
    return how === 'GET'
      ? fetch(`${origin}/continue?${field}`, common)
      : fetch(`${origin}/continue`, { ...common, method: 'POST', body: field });
  };

  it.each(['GET', 'POST'] as const)('goes on at /continue by %s, once, in the browser that began', async (how) => {
    await deploy(
      `api.transaction.setMetadata('kept', 'yes'); ${redirects}`,
      `api.authentication.recordMethod('https://x.example/' + event.transaction.metadata.kept + '/' + event.request.method)`,
    );
    const began = await login();
    const state = began.stop.url.searchParams.get('state') ?? '';
    const cookies = browser.cookieHeader(`${tenant.issuer}/continue`);
    expect((await goOn(state, how, '')).status).toBe(400);
    expect((await goOn('other', how, cookies)).status).toBe(400);
    const [first, second] = await Promise.all([goOn(state, how, cookies), goOn(state, how, cookies)]);
    expect([first.status, second.status].sort()).toEqual([302, 400]);
    expect((await goOn(state, how, cookies)).status).toBe(400);
    const onward = (first.status === 302 ? first : second).headers.get('location') ?? '';
    expect(outcomeOf(await browser.open(onward))).toBe('code');
    await deploy('');
    await login({ prompt: 'none' });
    expect(tenant.executions.at(-1)?.event.authentication).toMatchObject({
      methods: [{ name: 'pwd' }, { name: `https://x.example/yes/${how}` }],
    });
  });

  it('a denial on the way back reaches the application', async () => {
    await deploy(redirects, `api.access.deny('failed')`);
    const { stop } = await login();
    const answer = await goOn(stop.url.searchParams.get('state') ?? '', 'POST', browser.cookieHeader(tenant.issuer));
    expect(errorOf(await browser.open(answer.headers.get('location') ?? ''))).toEqual(['access_denied', 'failed']);
  });

  it('asks for its own factor, and says `amr` of that login alone', async () => {
    await deploy(`api.authentication.challengeWith({ type: 'otp' })`);
    const asked = await login();
    expect(browser.at.text).toContain('Prove a factor');
    const stop = await browser.press('otp');
    expect((await tokensOf({ ...asked, stop })).claims()?.amr).toEqual(['mfa']);
    await deploy('');
    expect((await tokensOf(await login({ prompt: 'none' }))).claims()?.amr).toBeUndefined();
    expect(tenant.executions.at(-1)?.event.authentication).toMatchObject({ methods: [{ name: 'pwd' }, { name: 'mfa', type: 'otp' }] });
  });

  it('fails the login where its factor is not passed', async () => {
    await deploy(`api.authentication.challengeWith({ type: 'otp' })`);
    await login();
    expect(errorOf(await browser.press('cancel'))[0]).toBe('access_denied');
  });

  it('runs on a refresh, where a denial is invalid_grant', async () => {
    await deploy('');
    const tokens = await tokensOf(await login({ prompt: 'login' }));
    const refreshToken = tokens.refresh_token ?? '';
    expect((await openid.refreshTokenGrant(app, refreshToken)).access_token).toEqual(expect.any(String));
    expect(tenant.executions.at(-1)?.event.transaction).toMatchObject({ protocol: 'oauth2-refresh-token' });
    await deploy(`api.access.deny('no')`);
    await expect(openid.refreshTokenGrant(app, refreshToken)).rejects.toMatchObject({ error: 'invalid_grant' });
    await deploy('');
    expect((await openid.refreshTokenGrant(app, refreshToken)).access_token).toEqual(expect.any(String));
  });

  it('says by which name it was called', async () => {
    await deploy('');
    await browser.open(`https://${tenant.customDomain}/auth?client_id=app&response_type=code&scope=openid&redirect_uri=${redirectUri}`);
    await browser.press('auth0|ada');
    expect(tenant.executions.at(-1)?.event.request).toMatchObject({ hostname: tenant.customDomain });
  });
});
