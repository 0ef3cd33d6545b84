import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appOrigin, redirectUri } from '../support/oidc.ts';
import { createWebBrowser, type WebBrowser } from '../support/web-browser.ts';
import { begin, endOf, pass, postHome, signed, usersNamed } from './lab/person.ts';
import { type Auth0World, newSecret, startAuth0World } from './lab/world.ts';

describe('which tenants send and take back browsers', () => {
  let world: Auth0World;
  beforeAll(async () => {
    world = await startAuth0World({ users: usersNamed('ada', 'bob', 'cyd', 'dan', 'eve') });
    await world.served.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
  });
  afterAll(() => world?.end());
  const record = (change: object) => world.served.manage('PATCH', '/auth0-tenants/lab', change);

  /** A login under the tenant's other name. */
  const atCustomDomain = async (browser: WebBrowser, userId: string): Promise<void> => {
    const query = new URLSearchParams({ client_id: 'app', response_type: 'code', scope: 'openid', redirect_uri: redirectUri });
    await browser.open(`https://${world.tenant.customDomain}/auth?${query}`);
    await browser.press(userId);
  };

  it('a domain that no tenant has gets no page; one that it has is gone back to', async () => {
    const refused = world.browser();
    await atCustomDomain(refused, 'auth0|ada');
    expect([refused.at.url.origin, refused.at.status]).toEqual([world.served.url, expect.any(Number)]);
    expect(refused.at.text).not.toMatch(/<form/);

    await record({ domains: [world.tenant.domain, world.tenant.customDomain] });
    const browser = createWebBrowser([appOrigin]);
    await atCustomDomain(browser, 'auth0|ada');
    const event = world.tenant.executions.at(-1)?.event;
    if (!event) throw new Error('the Action did not run');
    await pass(world, { browser, event });
    expect(browser.at.text).toContain(`action="https://${world.tenant.customDomain}/continue"`);
    expect(endOf(await browser.press('Continue'))).toBe('code');
  });

  it('a session token that is not exactly this one opens nothing', async () => {
    const sender = world.browser();
    sender.holdAt(/^\/challenge/);
    const { effects } = await begin(world, 'auth0|bob', {}, sender);
    const link = new URL(effects.redirectedTo ?? '');
    const token = link.searchParams.get('session_token') ?? '';
    const claims = decodeJwt(token);
    const secret = String(world.secrets.STEPWARD_REDIRECT_SECRET);
    const now = Math.floor(Date.now() / 1000);
    const bad: Readonly<Record<string, string | undefined>> = {
      absent: undefined,
      expired: signed({ ...claims, iat: now - 400, exp: now - 100 }, secret),
      'of another issuer': signed({ ...claims, iss: 'elsewhere.example' }, secret),
      'of another user': signed({ ...claims, sub: 'auth0|ada' }, secret),
      'of another instance': signed({ ...claims, instance: 'other' }, secret),
      'signed by somebody else': signed(claims, newSecret()),
      'not signed': signed(claims, secret, { alg: 'none', typ: 'JWT' }).replace(/[^.]*$/, ''),
    };
    for (const [why, changed] of Object.entries(bad)) {
      const url = new URL(link);
      url.searchParams.delete('session_token');
      if (changed !== undefined) url.searchParams.append('session_token', changed);
      const { status, text } = await world.browser().open(url);
      expect([why, status >= 400, /<form/.test(text)]).toEqual([why, true, false]);
    }
    const { status, text } = await world.browser().open(link);
    expect([status, /<form/.test(text)]).toEqual([200, true]);
  });

  it('what is signed names nobody: no e-mail in URL, token or console', async () => {
    const sender = world.browser();
    const signing = await begin(world, 'auth0|cyd', {}, sender);
    const home = await pass(world, signing);
    await postHome(world, sender, { ...home });
    const said = world.tenant.executions.slice(-2).map(({ effects }) => effects.console);
    expect(said).toEqual([expect.stringMatching(/^stepward /), expect.stringMatching(/^stepward /)]);
    const tokens = [home.stepward_token, signing.effects.redirectedTo ?? ''].map((text) =>
      Buffer.from(/\.([\w-]+)\./.exec(text.replace(/^.*session_token=/, ''))?.[1] ?? '', 'base64url').toString(),
    );
    for (const text of [...tokens, ...said, ...sender.hops.map(String)]) {
      expect(text.length).toBeGreaterThan(0);
      expect(decodeURIComponent(text)).not.toMatch(/example\.org/);
    }
  });

  it('a login that began before a rotation of the secret ends after it, whichever side went first', async () => {
    const old = String(world.secrets.STEPWARD_REDIRECT_SECRET);
    const fresh = newSecret();
    // sent with the old one; then the server signs with the new one, which the Action has too
    const first = await begin(world, 'auth0|dan');
    await record({ secrets: [fresh, old] });
    await world.deploy({ STEPWARD_REDIRECT_SECRET: fresh, STEPWARD_REDIRECT_SECRET_PREVIOUS: old });
    const home = await pass(world, first);
    expect(await postHome(world, first.browser, { ...home })).toBe('code');

    // signed by the server with the old one; then both know only the new one beside it, then no more
    await record({ secrets: [old, fresh] });
    const second = await begin(world, 'auth0|eve');
    const late = await pass(world, second);
    const resumed = { ...second.event, transaction: { ...second.event.transaction, metadata: second.effects.metadata } };
    await record({ secrets: [fresh] });
    await world.deploy({ STEPWARD_REDIRECT_SECRET_PREVIOUS: newSecret() });
    expect((await world.action.resume(resumed, { body: { ...late } })).denied).toMatch(/^step_up_failed/);
    await world.deploy({ STEPWARD_REDIRECT_SECRET_PREVIOUS: old });
    expect(await postHome(world, second.browser, { ...late })).toBe('code');
  });
});
