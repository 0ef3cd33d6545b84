import { decodeProtectedHeader } from 'jose';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createProviderKeys } from '../../adapters/oidc/key-rotation.ts';
import { appOrigin, ask, clientSecret, followLeaving, outcomeOf, signIn } from '../support/oidc.ts';
import { type OidcNodes, startOidcNodes } from '../support/oidc-nodes.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { createWebBrowser, type WebBrowser } from '../support/web-browser.ts';

/** Longer than a node goes without asking for the newest settings. */
const wait = (): Promise<void> => new Promise((done) => setTimeout(done, 400));

const passByMail = async ({ mails }: OidcNodes, browser: WebBrowser) => {
  await browser.press(/send|code by e-mail/i);
  const code = await vi.waitFor(
    () => {
      const found = /: (\d{6})$/m.exec(mails.at(-1)?.text ?? '')?.[1];
      if (found === undefined) throw new Error('no code came');
      return found;
    },
    { timeout: 20_000 },
  );
  await browser.press(/verify|continue|confirm/i, { code });
  if (browser.at.text.includes('codes-saved')) await browser.press('I have saved them');
  return followLeaving(browser);
};

const setUp = async (world: OidcNodes): Promise<void> => {
  await world.configure('let-in', { defaultUserActionResult: 'ALLOW' });
  await world.configure('ask', { defaultUserActionResult: 'CHALLENGE' });
  await world.configure('tokenRefresh', { defaultUserActionResult: 'ALLOW' });
  await world.register(0, { action: 'let-in' });
  await world.register(1, { clientId: 'wary', action: 'ask' });
  await wait();
};

const applicationOf = (world: OidcNodes, clientId = 'app', secret = clientSecret) =>
  openid.discovery(new URL(`${world.publicUrl}/oidc`), clientId, undefined, openid.ClientSecretBasic(secret), {
    execute: world.publicUrl.startsWith('http:') ? [openid.allowInsecureRequests] : [],
  });

const offline = { scope: 'openid email offline_access', prompt: 'consent' };

describe('two nodes on one database, each with every second request', () => {
  let server: TestPostgres | undefined;
  let world: OidcNodes;
  beforeAll(async () => {
    server = await startPostgres();
    world = await startOidcNodes({ count: 2, databaseUrl: await server?.database() });
    await setUp(world);
  });
  afterAll(async () => {
    await world?.end();
    await server?.stop();
  });
  const browser = (): WebBrowser => createWebBrowser([appOrigin]);
  const refused = (call: Promise<unknown>) =>
    call.then(
      () => 'taken',
      ({ error }) => error,
    );

  it('a sign-in and its challenge go on where the other left them', async () => {
    const since = world.turns.length;
    const application = await applicationOf(world, 'wary');
    const one = browser();
    const { url, checks } = await ask(application, offline);
    await signIn(one, url);
    const stop = await passByMail(world, one);
    expect(outcomeOf(stop), stop.text).toBe('code');
    const tokens = await openid.authorizationCodeGrant(application, stop.url, checks);
    const refreshed = await openid.refreshTokenGrant(application, tokens.refresh_token ?? '');
    const sub = tokens.claims()?.sub ?? '';
    expect(await openid.fetchUserInfo(application, refreshed.access_token, sub)).toMatchObject({ amr: ['otp'] });
    expect(await refused(openid.refreshTokenGrant(application, tokens.refresh_token ?? ''))).toBe('invalid_grant');
    expect(await refused(openid.refreshTokenGrant(application, refreshed.refresh_token ?? ''))).toBe('invalid_grant');
    expect(new Set(world.turns.slice(since))).toEqual(new Set([0, 1]));
  });

  it('whoever signed out at one is signed out at the other', async () => {
    const application = await applicationOf(world);
    const one = browser();
    const { url, checks } = await ask(application);
    const tokens = await openid.authorizationCodeGrant(application, (await signIn(one, url)).url, checks);
    const silently = async () => outcomeOf(await one.open((await ask(application, { prompt: 'none' })).url));
    expect([await silently(), await silently()]).toEqual(['code', 'code']);
    await one.open(openid.buildEndSessionUrl(application, { id_token_hint: tokens.id_token ?? '' }));
    await one.press('Sign out');
    expect([await silently(), await silently()]).toEqual(['login_required', 'login_required']);
  });

  it('a key that one rotates is in use at both, and tokens of before verify', async () => {
    const application = await applicationOf(world);
    const before = await ask(application);
    const stop = await signIn(browser(), before.url);
    const [node] = world.nodes;
    if (!node) return expect.fail();
    const { policies, ports } = node.composed;
    const keysIn = (hours: number) => createProviderKeys(policies, ports.secrets, () => Date.now() + hours * 3_600_000);
    expect((await keysIn(0).rotate('test')).done).toBe('publish');
    expect((await keysIn(2).rotate('test')).done).toBe('sign');
    await wait();
    const kids = new Set<string | undefined>();
    const first = await openid.authorizationCodeGrant(application, stop.url, before.checks);
    kids.add(decodeProtectedHeader(first.id_token ?? '').kid);
    for (let turn = 0; turn < 3; turn++) {
      const again = await ask(application);
      const next = await openid.authorizationCodeGrant(application, (await signIn(browser(), again.url)).url, again.checks);
      kids.add(decodeProtectedHeader(next.id_token ?? '').kid);
    }
    expect(kids.size).toBe(1);
    const { keys } = await keysIn(0).list();
    expect(keys.find(({ kid }) => kids.has(kid))).toMatchObject({ state: 'signing' });
  });

  it('what one changes of a client holds at the other: its last secret is gone', async () => {
    const taken = async () => {
      const response = await fetch(`${world.publicUrl}/oidc/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`brief:${clientSecret}`)}` },
        body: new URLSearchParams({ grant_type: 'authorization_code', code: 'none', redirect_uri: `${appOrigin}/callback` }),
      });
      return ((await response.json()) as { readonly error: string }).error;
    };
    await world.register(0, { clientId: 'brief', action: 'let-in' });
    await wait();
    expect([await taken(), await taken()]).toEqual(['invalid_grant', 'invalid_grant']);
    await world.register(1, { clientId: 'brief', action: 'let-in', secrets: [], version: 2 });
    await wait();
    expect([await taken(), await taken()]).toEqual(['invalid_client', 'invalid_client']);
  });
});

describe('behind a proxy that ends TLS, and says nothing true of where it is', () => {
  const origin = 'https://login.localhost:8443';
  let world: OidcNodes;
  const cookies: string[] = [];
  const seen: Response[] = [];
  beforeAll(async () => {
    let inside = '';
    world = await startOidcNodes({
      count: 1,
      publicUrl: (port) => {
        inside = `http://localhost:${port}`;
        return origin;
      },
      headers: {
        host: 'evil.example',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': 'evil.example',
        forwarded: 'host=evil.example;proto=http',
      },
    });
    const { fetch } = globalThis;
    vi.stubGlobal('fetch', async (input: string | URL, init?: RequestInit) => {
      const url = new URL(input);
      if (url.origin !== origin) return fetch(input, init);
      const response = await fetch(`${inside}${url.pathname}${url.search}`, init);
      cookies.push(...response.headers.getSetCookie());
      seen.push(response);
      return response;
    });
    await setUp(world);
  });
  afterAll(async () => {
    vi.unstubAllGlobals();
    await world?.end();
  });

  it('every address is the public one, and every cookie is for TLS alone', async () => {
    const application = await applicationOf(world, 'wary');
    const metadata = application.serverMetadata();
    expect(metadata.issuer).toBe(`${origin}/oidc`);
    const addresses = Object.entries(metadata).filter(([name]) => name.endsWith('_endpoint') || name === 'jwks_uri');
    expect(addresses.length).toBeGreaterThan(6);
    for (const [name, address] of addresses) expect([name, new URL(String(address)).origin]).toEqual([name, origin]);

    const browser = createWebBrowser([appOrigin]);
    const { url, checks } = await ask(application, offline);
    await signIn(browser, url);
    expect(new URL(world.upstream.requests('authorization')[0]?.query.get('redirect_uri') ?? '').origin).toBe(origin);
    const stop = await passByMail(world, browser);
    expect(outcomeOf(stop), stop.text).toBe('code');
    expect(stop.url.searchParams.get('iss')).toBe(`${origin}/oidc`);
    const tokens = await openid.authorizationCodeGrant(application, stop.url, checks);
    expect(tokens.claims()?.iss).toBe(`${origin}/oidc`);
    await browser.open(openid.buildEndSessionUrl(application, { id_token_hint: tokens.id_token ?? '' }));
    await browser.press('Sign out');

    const foreign = browser.hops.filter(({ origin: of }) => ![origin, new URL(world.upstream.issuer).origin, appOrigin].includes(of));
    expect(foreign).toEqual([]);
    const names = new Set(cookies.map((cookie) => cookie.slice(0, cookie.indexOf('=')).replace(/\.sig$/, '')));
    expect(names).toEqual(
      new Set([
        ...['__Host-stepward-oidc', '__Secure-stepward-interaction', '__Secure-stepward-resume'],
        ...['__Host-stepward-device', '__Host-stepward-browser', '__Host-stepward-device-id'],
      ]),
    );
    for (const cookie of cookies) expect(cookie).toMatch(/^(?=.*; ?secure)(?=.*; ?httponly)(?=.*; ?samesite=lax)(?!.*; ?domain=)/i);
    for (const cookie of cookies.filter((one) => one.startsWith('__Host-'))) expect(cookie).toMatch(/; ?path=\/(?:;|$)/i);
  });

  it('nothing that carries a code, a ticket or a state is kept by a cache or told to the next site', () => {
    const told = seen.filter(({ headers }) => /[?&](?:code|state|stepward_ticket|c)=/.test(headers.get('location') ?? ''));
    expect(told.length).toBeGreaterThan(3);
    for (const { headers } of told)
      expect([headers.get('location'), headers.get('cache-control'), headers.get('referrer-policy')]).toEqual([
        headers.get('location'),
        expect.stringContaining('no-store'),
        expect.stringMatching(headers.get('location')?.startsWith('/challenge') ? /^same-origin$/ : /^no-referrer$/),
      ]);
  });
});
