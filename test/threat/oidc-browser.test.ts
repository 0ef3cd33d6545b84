import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appOrigin, ask, type OidcWorld, outcomeOf as outcomeIn, passByMail, signIn, startOidcWorld } from '../support/oidc.ts';
import { accountOf } from '../support/oidc-person.ts';
import type { Stop, WebBrowser } from '../support/web-browser.ts';

let world: OidcWorld;
const rounds = process.env.STEPWARD_LONG_TESTS === '1' ? 20 : 2;
const racers = (at: string) => Array.from({ length: rounds }, (_, nth) => `racer-${at}-${nth}`);
const people = [...Array.from({ length: 40 }, (_, nth) => `person-${nth}`), ...racers('back'), ...racers('resume')];
/** What the application was told; our own pages and the identity provider's answers have such parameters too. */
const outcomeOf = (stop: Stop): string | null => (stop.url.origin === appOrigin ? outcomeIn(stop) : null);
let next = 0;
/** Somebody who was not here before: a mailbox takes a code now and then only. */
const somebody = (): string => {
  next += 1;
  return `person-${next}`;
};
const mailOf = (login: string): string => `${login}@example.org`;

beforeAll(async () => {
  const users = people.map((login) => [login, { claims: { email: mailOf(login), email_verified: true }, amr: ['pwd'] }] as const);
  world = await startOidcWorld({ users: Object.fromEntries(users) });
  await world.served.configure('signIn', { defaultUserActionResult: 'ALLOW' });
  await world.served.configure('always', { defaultUserActionResult: 'CHALLENGE' });
  await world.register();
  await world.register({ clientId: 'strict', action: 'always' });
  await world.register({ clientId: 'strict-2', action: 'always' });
});
afterAll(() => world?.end());

const callback = /^\/oidc\/callback\//;
const back = /^\/oidc\/interaction\/[\w-]+\/return$/;
const resume = /^\/oidc\/auth\/[\w-]+$/;

const request = async (clientId: string) => (await ask(await world.app(clientId))).url;
/** A browser in which somebody has signed in, without a challenge. */
const signedIn = async (login: string): Promise<WebBrowser> => {
  const browser = world.browser();
  expect(outcomeOf(await signIn(browser, await request('app'), login))).toBe('code');
  return browser;
};
/** The challenges of somebody, oldest first. */
const challenges = async (login: string) =>
  world.served.composed.store.instances({ userId: accountOf(world, login), action: 'always', order: 'oldest', limit: 20 });
const states = async (login: string) => (await challenges(login)).map(({ state, consumedAt }) => [state, consumedAt !== undefined]);
const untouched = [['CHALLENGE_SUCCEEDED', false]];
const isRefused = ({ url, status }: Stop): boolean => status === 400 && url.origin === world.served.url;
/** Somebody who has passed a challenge and is about to come back with the ticket. */
const returning = async (browser: WebBrowser, login: string, at = back): Promise<URL> => {
  await signIn(browser, await request('strict'), login);
  expect(browser.at.url.pathname).toBe('/challenge');
  browser.holdAt(at);
  const { url } = await passByMail(world, browser, mailOf(login));
  expect(url.pathname).toMatch(at);
  browser.holdAt();
  return url;
};

describe('an answer that belongs to another browser', () => {
  it('of the identity provider signs nobody in, and is not spent', async () => {
    const [mallory, login] = [world.browser(), somebody()];
    mallory.holdAt(callback);
    const { url } = await signIn(mallory, await request('app'), login);
    expect(url.pathname).toMatch(callback);
    const victim = world.browser();
    expect(isRefused(await victim.open(url))).toBe(true);
    // neither while a sign-in of the victim's own is under way
    victim.holdAt(callback);
    const own = await signIn(victim, await request('app'), somebody());
    victim.holdAt();
    expect(isRefused(await victim.open(url))).toBe(true);
    const crossed = new URL(own.url);
    crossed.searchParams.set('code', url.searchParams.get('code') ?? '');
    const mixed = new URL(own.url);
    mixed.searchParams.set('state', url.searchParams.get('state') ?? '');
    expect(isRefused(await victim.open(mixed))).toBe(true);
    expect(outcomeOf(await victim.open(crossed))).toBe('temporarily_unavailable');
    mallory.holdAt();
    expect(outcomeOf(await mallory.open(url))).toBe('code');
    for (const change of ['state', 'code'] as const) {
      const other = new URL(url);
      other.searchParams.delete(change);
      expect(isRefused(await world.browser().open(other)), change).toBe(true);
    }
    expect(isRefused(await mallory.open(url))).toBe(true);
  });

  it('of a challenge is refused, and the challenge is not used', async () => {
    const [browser, login] = [world.browser(), somebody()];
    const url = await returning(browser, login);
    expect(isRefused(await world.browser().open(url))).toBe(true);
    // one that has an interaction of its own, for the same user
    const other = world.browser();
    await signIn(other, await request('strict-2'), login);
    const here = other.hops.findLast(({ pathname }) => pathname.startsWith('/oidc/interaction/'));
    expect(isRefused(await other.open(url))).toBe(true);
    const moved = new URL(`${here?.pathname}/return${url.search}`, world.served.url);
    expect(outcomeOf(await other.open(moved))).toBe('access_denied');
    expect((await states(login))[0]).toEqual(untouched[0]);
    expect(outcomeOf(await browser.open(url))).toBe('code');
    expect((await states(login))[0]).toEqual(['CHALLENGE_SUCCEEDED', true]);
  });

  it('without the cookie of its interaction is refused', async () => {
    const [browser, login] = [world.browser(), somebody()];
    const url = await returning(browser, login);
    browser.forget('interaction');
    expect(isRefused(await browser.open(url))).toBe(true);
    expect(await states(login)).toEqual(untouched);
    const [again, other] = [world.browser(), somebody()];
    const resumed = await returning(again, other, resume);
    again.forget('resume');
    expect(isRefused(await again.open(resumed))).toBe(true);
    expect(isRefused(await world.browser().open(resumed))).toBe(true);
    expect(await states(other)).toEqual(untouched);
  });

  it.each(['return', 'resume'] as const)('after the session was ended or is another user’s is refused (at %s)', async (where) => {
    for (const change of ['signed out', 'another user', 'no cookie'] as const) {
      const login = somebody();
      const browser = await signedIn(login);
      const url = await returning(browser, login, where === 'return' ? back : resume);
      if (change === 'no cookie') browser.forget('stepward-oidc');
      else {
        await browser.open(`${world.issuer}/session/end`);
        await browser.press(/sign out|yes/i);
        browser.forget('lab_session');
        if (change === 'another user') expect(outcomeOf(await signIn(browser, await request('app'), somebody()))).toBe('code');
      }
      const stop = await browser.open(url);
      expect(outcomeOf(stop), `${change} ${stop.url}`).not.toBe('code');
      expect(isRefused(stop), `${change} ${stop.url}`).toBe(true);
      expect(await states(login), change).toEqual(untouched);
    }
  });
});

describe('a link that is sent to somebody else', () => {
  it('to a challenge or its interaction gains its sender nothing', async () => {
    const [mallory, victim, login] = [world.browser(), world.browser(), somebody()];
    const page = await signIn(mallory, await request('strict'), login);
    const here = mallory.hops.findLast(({ pathname }) => pathname.startsWith('/oidc/interaction/'))?.href ?? '';
    for (const url of [page.url.href, here, `${here}/return`, `${here}/cancel`]) {
      const stop = await victim.open(url);
      expect(outcomeOf(stop)).toBeNull();
      expect(
        () =>
          stop.text.match(/name="method"|name="challengeId"/)?.[0] ??
          (() => {
            throw new Error('no form');
          })(),
      ).toThrow('no form');
    }
    expect(await states(login)).toEqual([['CHALLENGE_REQUIRED', false]]);
    const held = await mallory.open(`${here}/return`);
    expect([held.status, outcomeOf(held)]).toEqual([200, null]);
    // who has the mailbox goes on where it began
    await mallory.open(page.url);
    expect(outcomeOf(await passByMail(world, mallory, mailOf(login)))).toBe('code');
  });

  it('to an authorization request, begun elsewhere, signs in whoever opens it, and not its sender', async () => {
    const [mallory, login] = [world.browser(), somebody()];
    const url = await request('strict');
    await signIn(mallory, url, login);
    const victim = world.browser();
    await signIn(victim, url, login);
    expect(outcomeOf(await passByMail(world, victim, mailOf(login)))).toBe('code');
    const here = mallory.hops.findLast(({ pathname }) => pathname.startsWith('/oidc/interaction/'))?.href ?? '';
    expect(outcomeOf(await mallory.open(`${here}/return`))).toBeNull();
  });
});

describe('I4: the requirement never drops', () => {
  it('by a second tab, with a session', async () => {
    const login = somebody();
    const browser = await signedIn(login);
    const first = await browser.open(await request('strict'));
    const second = await browser.open(await request('strict-2'));
    expect(second.url.pathname).toBe('/challenge');
    expect(second.url.href).not.toBe(first.url.href);
    await browser.open(first.url);
    expect(outcomeOf(await passByMail(world, browser, mailOf(login)))).toBe('code');
    const here = browser.hops.filter(({ pathname }) => /^\/oidc\/interaction\/[\w-]+$/.test(pathname));
    for (const { href } of here) {
      const stop = await browser.open(`${href}/return`);
      expect(outcomeOf(stop), href).not.toBe('code');
    }
    expect((await browser.open(second.url)).text).toMatch(/e-mail/i);
    expect((await states(login)).filter(([, used]) => used)).toHaveLength(1);
  });

  it('by a second tab, before anybody has signed in', async () => {
    const [browser, login] = [world.browser(), somebody()];
    await browser.open(await request('strict'));
    const tab = browser.at.url;
    await browser.open(await request('strict-2'));
    await browser.press(login);
    expect(browser.at.url.pathname).toBe('/challenge');
    const stop = await browser.open(tab);
    if (stop.text.includes('Sign in upstream')) await browser.press(login);
    expect(outcomeOf(browser.at)).not.toBe('code');
    expect((await states(login)).every(([state, used]) => state === 'CHALLENGE_REQUIRED' && !used)).toBe(true);
  });

  it('by going back or loading again, at any step before the challenge is passed', async () => {
    const [browser, login] = [world.browser(), somebody()];
    const page = await signIn(browser, await request('strict'), login);
    const ours = browser.hops.filter(({ origin }) => origin === world.served.url);
    expect(ours.length).toBeGreaterThanOrEqual(6);
    // the address at which it began begins anew, and is kept for last
    for (const hop of [...ours.slice(1), ours[0] as URL]) {
      const stop = await browser.open(hop);
      expect(outcomeOf(stop), hop.pathname).not.toBe('code');
    }
    expect(browser.at.url.pathname).toBe('/challenge');
    expect((await states(login)).every(([state, used]) => state === 'CHALLENGE_REQUIRED' && !used)).toBe(true);
    expect((await browser.open(page.url)).status).toBe(200);
  });

  it('by opening any address of a sign-in that has its code again: no other code, no second use', async () => {
    const [browser, login] = [world.browser(), somebody()];
    await signIn(browser, await request('strict'), login);
    const stop = await passByMail(world, browser, mailOf(login));
    expect(outcomeOf(stop)).toBe('code');
    const ours = browser.hops.filter(({ origin, pathname }) => origin === world.served.url && pathname.startsWith('/oidc/'));
    for (const hop of ours.slice(1)) expect(outcomeOf(await browser.open(hop)), hop.href).not.toBe('code');
    expect(await states(login)).toEqual([['CHALLENGE_SUCCEEDED', true]]);
    await browser.open(ours[0] as URL);
    expect(browser.at.url.pathname).toBe('/challenge');
  });

  it('by leaving out the result: an interaction that is resumed without one has nothing', async () => {
    const [browser, login] = [world.browser(), somebody()];
    await signIn(browser, await request('strict'), login);
    const here = browser.hops.findLast(({ pathname }) => pathname.startsWith('/oidc/interaction/'))?.pathname ?? '';
    const stop = await browser.open(new URL(here.replace('/interaction/', '/auth/'), world.served.url));
    expect(outcomeOf(stop)).not.toBe('code');
    expect((await states(login)).every(([state, used]) => state === 'CHALLENGE_REQUIRED' && !used)).toBe(true);
  });
});

describe('I3: many at once', () => {
  const codes = async (browser: WebBrowser, url: URL): Promise<readonly Stop[]> => {
    const stops = await Promise.all(Array.from({ length: 6 }, () => browser.open(url)));
    for (const { status, url: at } of stops) expect(status, at.href).toBeLessThan(500);
    return stops.filter((stop) => outcomeOf(stop) === 'code');
  };

  it.each([
    ['returns with one ticket', back],
    ['resumes of one interaction', resume],
  ] as const)('%s: one code', async (_, at) => {
    for (let round = 0; round < rounds; round++) {
      const [browser, login] = [world.browser(), `racer-${at === back ? 'back' : 'resume'}-${round}`];
      const url = await returning(browser, login, at);
      expect(await codes(browser, url)).toHaveLength(1);
      expect(await states(login)).toEqual([['CHALLENGE_SUCCEEDED', true]]);
    }
  });

  it('answers of the identity provider with one state: one sign-in at most', async () => {
    const browser = world.browser();
    browser.holdAt(callback);
    const { url } = await signIn(browser, await request('app'), somebody());
    browser.holdAt();
    expect((await codes(browser, url)).length).toBeLessThanOrEqual(1);
  });

  it('redemptions of one code and of one refresh token: GHSA-7w99-5wm4-3g79', async () => {
    await world.served.configure('tokenRefresh', { defaultUserActionResult: 'ALLOW' });
    const app = await world.app();
    const take = async () => {
      const { url, checks } = await ask(app, { scope: 'openid offline_access', prompt: 'consent' });
      return { url: (await signIn(world.browser(), url, 'person-30')).url, checks };
    };
    const { url, checks } = await take();
    const redeemed = await Promise.allSettled(Array.from({ length: 6 }, () => openid.authorizationCodeGrant(app, url, checks)));
    const won = redeemed.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(won).toHaveLength(1);
    // whoever had it has nothing of it
    await expect(openid.fetchUserInfo(app, won[0]?.access_token ?? '', 'person-30')).rejects.toThrow();
    await expect(openid.refreshTokenGrant(app, won[0]?.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' });

    const two = await take();
    const first = await openid.authorizationCodeGrant(app, two.url, two.checks);
    const second = await openid.refreshTokenGrant(app, first.refresh_token ?? '');
    expect(second.refresh_token).not.toBe(first.refresh_token);
    await expect(openid.refreshTokenGrant(app, first.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(openid.refreshTokenGrant(app, second.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(openid.fetchUserInfo(app, second.access_token, 'person-30')).rejects.toThrow();
  });
});
