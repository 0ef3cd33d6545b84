import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  ask,
  clientSecret,
  followLeaving,
  type OidcWorld,
  outcomeOf,
  passByMail,
  signIn,
  startOidcWorld,
  upstreamSecret,
} from '../support/oidc.ts';
import { crawl } from './support/crawl.ts';

const secrets: Record<string, string> = { 'client secret': clientSecret, 'upstream secret': upstreamSecret };
/** What the addresses carry that browsers are sent to, at us, at the upstream and at the application. */
const carried = ['state', 'nonce', 'code', 'c', 'stepward_ticket', 'request_uri', 'id_token_hint'];
let world: OidcWorld;
let log = '';
let running = '';

/** Every byte of the files, freed pages and the log among them. */
const dump = (): string => {
  const path = world.served.databaseUrl.slice('sqlite:'.length);
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(basename(path)))
    .map((name) => readFileSync(join(dirname(path), name), 'latin1'))
    .join('\n');
};

/** A sign-in by way of the upstream with a challenge, its tokens, a refresh, a silent sign-in and a sign-out. */
const fullRun = async (): Promise<void> => {
  const app = await world.app();
  const browser = world.browser();
  const { url, checks } = await ask(app, { scope: 'openid email offline_access', prompt: 'consent', login_hint: 'alice@example.org' });
  secrets['code verifier'] = checks.pkceCodeVerifier;
  const page = await signIn(browser, url);
  expect(page.url.pathname).toBe('/challenge');
  const stop = await passByMail(world, browser, 'alice@example.org');
  expect(outcomeOf(stop)).toBe('code');
  const first = await openid.authorizationCodeGrant(app, stop.url, checks);
  const second = await openid.refreshTokenGrant(app, first.refresh_token ?? '');
  await openid.fetchUserInfo(app, second.access_token, 'alice');
  const silent = await ask(app, { prompt: 'none' });
  expect(outcomeOf(await browser.open(silent.url))).toBe('interaction_required');
  running = dump();
  await browser.open(
    openid.buildEndSessionUrl(app, { id_token_hint: first.id_token ?? '', state: 'state-of-the-sign-out-of-the-application' }),
  );
  await browser.press('Sign out');
  await followLeaving(browser);

  for (const [name, tokens] of Object.entries({ first, second }))
    for (const kind of ['access_token', 'refresh_token', 'id_token'] as const) secrets[`${name} ${kind}`] = tokens[kind] ?? '';
  for (const [nth, cookie] of [...browser.seen].entries()) if (cookie.length > 15) secrets[`cookie ${nth}`] = cookie;
  for (const [nth, hop] of browser.hops.entries())
    for (const name of carried) {
      const value = hop.searchParams.get(name);
      if (value !== null) secrets[`${name} of hop ${nth}`] = value;
    }
  for (const [name, secret] of Object.entries(secrets)) expect(secret.length, `${name} was not seen`).toBeGreaterThan(15);
};

describe('no secret of a sign-in at rest or in passing, over the whole server', () => {
  beforeAll(async () => {
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      log += text;
      return true;
    });
    world = await startOidcWorld({ variables: { STEPWARD_LOG_LEVEL: 'trace' }, about: { endSession: true } });
    await world.register();
    await world.served.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
    await world.served.configure('tokenRefresh', { defaultUserActionResult: 'ALLOW' });
    await fullRun();
    // events come to the log a moment later
    await vi.waitFor(() => expect(log).toContain('action.consumed'), { timeout: 20_000 });
    write.mockRestore();
  });
  afterAll(() => world?.end());

  // fails without: sealed interactions (what an upstream gave), keyed hashes of ids and of client secrets
  it('the database, with a session and after it', () => {
    for (const model of ['Session', 'Grant', 'AccessToken', 'RefreshToken', 'FactorLog', 'Account'])
      expect(running.includes(model), `no ${model} was there`).toBe(true);
    expect(crawl(running, secrets)).toEqual([]);
    expect(crawl(dump(), secrets)).toEqual([]);
  });

  it('the log, at its most talkative', () => {
    expect(log).toContain('authenticator.created');
    expect(crawl(log, secrets)).toEqual([]);
  });

  it('the scan finds each secret that was planted', () => {
    const around = running.slice(0, 20_000);
    for (const [name, secret] of Object.entries(secrets)) expect(crawl(`${around}{"planted":"${secret}"}`, secrets)).toContain(name);
  });
});
