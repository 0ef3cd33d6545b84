import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, followLeaving, type OidcWorld, outcomeOf, startOidcWorld } from '../support/oidc.ts';

let world: OidcWorld;
beforeAll(async () => {
  world = await startOidcWorld({ about: { domains: ['example.org', 'xn--mnchen-3ya.example'] } });
  await world.served.configure('signIn', { defaultUserActionResult: 'ALLOW' });
  await world.register({ clientId: 'shared', upstream: undefined, subject: 'pairwise' });
});
afterAll(() => world?.end());

const begin = async (more: Readonly<Record<string, string>> = {}) => {
  const browser = world.browser();
  const asked = await ask(await world.app('shared'), more);
  return { browser, stop: await browser.open(asked.url), asked };
};

describe('an application that people of several organisations use', () => {
  it.each(['alice@example.org', 'alice@EXAMPLE.ORG', 'alice@münchen.example'])(
    'sends %s to the identity provider of the domain',
    async (hint) => {
      const { browser, stop } = await begin({ login_hint: hint });
      expect(stop.text).toContain('Sign in upstream');
      expect(outcomeOf(await browser.press('alice'))).toBe('code');
      expect(
        world.upstream
          .requests('authorization')
          .findLast(({ query }) => query.has('client_id'))
          ?.query.get('login_hint'),
      ).toBe(hint);
    },
  );

  it('asks for the address where none is given, and takes only its domain', async () => {
    const { browser, stop, asked } = await begin();
    expect(stop.url.pathname).toMatch(/^\/oidc\/interaction\//);
    const unknown = await browser.press(/./, { address: 'alice@nowhere.example' });
    expect(unknown.status).toBe(422);
    const other = await browser.press(/./, { address: 'bob@nowhere.example' });
    expect(other.text.replaceAll('bob@', 'alice@')).toBe(unknown.text);
    await browser.press(/./, { address: 'nobody-at-all@example.org' });
    const page = await followLeaving(browser);
    expect(page.text).toContain('Sign in upstream');
    const back = await browser.press('alice');
    expect(outcomeOf(back)).toBe('code');
    const tokens = await openid.authorizationCodeGrant(await world.app('shared'), back.url, asked.checks);
    // each application knows its users by names of its own
    expect(tokens.claims()?.sub).toMatch(/^[\w-]{43}$/);
    expect(tokens.claims()?.sub).not.toBe('alice');
  });

  it('without a session is told so silently, whoever is meant', async () => {
    for (const hint of ['alice@example.org', 'alice@nowhere.example']) {
      const { stop } = await begin({ prompt: 'none', login_hint: hint });
      expect(outcomeOf(stop)).toBe('login_required');
    }
  });

  it('posted from elsewhere, an address begins nothing', async () => {
    const { browser, stop } = await begin();
    const response = await fetch(`${stop.url}/address`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', cookie: browser.cookieHeader(stop.url.href) },
      body: new URLSearchParams({ address: 'alice@example.org' }),
    });
    expect(response.status).toBeGreaterThanOrEqual(400);
  });
});
