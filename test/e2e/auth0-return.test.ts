import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Auth0Login, auth0Tenant, partsOf, signedBy, withAddress } from '../support/auth0-tenant.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { type Served, startServed } from '../support/served.ts';
import { watch } from './pages-watch.ts';

const secret = 'the-redirect-secret-of-a-tenant-on-loopback';
const state = 'hKFo2SBhYmMtc3RhdGU_~+/=';

/** Stepward on `localhost`, the tenant on `127.0.0.1`, the application on a third: two sites and three origins. */
describe.skipIf(!hasBrowser)('from an Auth0 tenant and back, in Chromium', () => {
  let served: Served;
  let browser: Browser;
  let tenant: Server;
  let domain: string;
  let application: string;
  let page: Page;
  let seen: Awaited<ReturnType<typeof watch>>;
  /** What the tenant was asked, oldest first. */
  const asked: { readonly line: string; readonly cookie: string; readonly body: URLSearchParams }[] = [];
  /** Where the tenant's redirect sends the browser. */
  let sent = '';

  beforeAll(async () => {
    tenant = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      asked.push({ line: `${request.method} ${request.url}`, cookie: request.headers.cookie ?? '', body: new URLSearchParams(text) });
      const goTo = (location: string) => response.writeHead(302, { location }).end();
      if (request.url === '/authorize') {
        response.setHeader('set-cookie', 'auth0_compat=the-login; Path=/; HttpOnly; Secure; SameSite=None');
        return goTo(sent);
      }
      if (request.url === '/continue') return goTo('/authorize/resume');
      return goTo(`${application}/callback`);
    });
    await new Promise<void>((done) => tenant.listen(0, '127.0.0.1', done));
    domain = `127.0.0.1:${(tenant.address() as AddressInfo).port}`;
    served = await startServed({}, { development: true });
    application = served.app.origin.replace('//localhost', '//app.localhost');
    await served.composed.management.createAuth0Tenant('test', { id: 'lab', domains: [domain], secrets: [secret] });
    await served.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
    tenant?.closeAllConnections();
    await new Promise((done) => tenant?.close(done) ?? done(undefined));
  });
  beforeEach(() => {
    asked.splice(0);
  });
  afterEach(() => page?.context().close());

  const open = async (userId: string, options: BrowserContextOptions = {}): Promise<Auth0Login & { readonly email: string }> => {
    const email = await withAddress(served, userId);
    const login = await auth0Tenant(served, domain, 'http').begin(userId);
    sent = login.sent(signedBy(secret, login.claims()), state);
    page = await (await browser.newContext(options)).newPage();
    seen = await watch(page, served.url);
    const before = served.mails.length;
    await page.goto(`http://${domain}/authorize`);
    if ((await page.locator('#code').count()) === 0) await page.getByRole('button').first().click();
    await page.fill('#code', await served.codeTo(email, before));
    return { ...login, email };
  };
  const arrived = async ({ userId, instance, binding }: Auth0Login): Promise<void> => {
    await page.waitForURL(`${application}/callback`);
    expect(asked.map(({ line }) => line)).toEqual(['GET /authorize', 'POST /continue', 'GET /authorize/resume']);
    const { cookie, body } = asked[1] ?? { cookie: '', body: new URLSearchParams() };
    expect([cookie, [...body.keys()], body.get('state')]).toEqual(['auth0_compat=the-login', ['state', 'stepward_token'], state]);
    const [, claims] = partsOf(body.get('stepward_token') ?? '');
    expect(claims).toMatchObject({ sub: userId, instance, state });
    const ref = { userId, action: 'signIn', idempotencyKey: instance };
    expect((await served.api.consume(ref, { binding, ticket: String(claims?.ticket), consumeKey: 'k' })).state).toBe('CHALLENGE_SUCCEEDED');
  };
  /** Violations and complaints; the requests to the tenant and the application are meant. */
  const complaints = () => seen.taken().filter((line) => !/^request to http:\/\/(127\.0\.0\.1|app\.localhost)/.test(line));

  it('the page posts itself, through a chain of redirects to a third origin, and nothing is reported', async () => {
    const login = await open('auth0|chromium');
    expect(page.url()).toBe(login.url);
    await page.getByRole('button', { name: 'Continue' }).click();
    await arrived(login);
    expect(complaints()).toEqual([]);
  });

  it('without JavaScript the same way, by its button', async () => {
    const login = await open('auth0|no script', { javaScriptEnabled: false });
    await page.getByRole('button', { name: 'Continue' }).click();
    expect(new URL(page.url()).pathname).toBe('/challenge/done');
    expect(asked).toHaveLength(1);
    await page.getByRole('button', { name: 'Continue' }).click();
    await arrived(login);
  });

  it('control: the same page with a `form-action` of the tenant is blocked on its way to the application', async () => {
    const login = await open('auth0|control');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.waitForURL(`${application}/callback`);
    const leavingPage = login.url.replace('/challenge?', '/challenge/done?');
    await page.goto(leavingPage).catch(() => undefined);
    await page.waitForURL(`${application}/callback`);
    const before = served.app.requests.length;
    await page.route('**/challenge/done?*', async (route) => {
      const response = await route.fetch();
      const policy = `${response.headers()['content-security-policy']}; form-action http://${domain}`;
      await route.fulfill({ response, headers: { ...response.headers(), 'content-security-policy': policy } });
    });
    await page.goto(leavingPage, { waitUntil: 'commit' });
    await expect.poll(() => complaints().join()).toContain('form-action');
    expect(page.url()).toBe(leavingPage);
    expect(served.app.requests).toHaveLength(before);
  });

  it('another browser that is given the whole redirect learns nothing, and the first goes on', async () => {
    const login = await open('auth0|victim');
    const attacker = await (await browser.newContext()).newPage();
    const stolen = await attacker.goto(sent);
    expect(stolen?.status()).toBe(404);
    await attacker.context().close();
    await page.getByRole('button', { name: 'Continue' }).click();
    await arrived(login);
  });
});
