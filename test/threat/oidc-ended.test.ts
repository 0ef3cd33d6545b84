import * as openid from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { accountIdOf } from '../../adapters/oidc/account.ts';
import { createProviderRecords } from '../../adapters/oidc/records.ts';
import { StepwardError } from '../../core/index.ts';
import type { ProviderState } from '../../core/ports/provider-state.ts';
import { ask, clientSecret, type OidcWorld, outcomeOf, signIn, startOidcWorld } from '../support/oidc.ts';

let world: OidcWorld;
let whole: ProviderState;
beforeAll(async () => {
  world = await startOidcWorld();
  await world.register();
  for (const action of ['signIn', 'tokenRefresh']) await world.served.configure(action, { defaultUserActionResult: 'ALLOW' });
  whole = { ...state() };
});
afterEach(() => void Object.assign(state(), whole));
afterAll(() => world?.end());

const state = (): ProviderState => world.served.composed.ports.store.providerState;

const endAccount = (accountId: string): Promise<void> => {
  const { ports, policies } = world.served.composed;
  const epoch = async () => (await policies.current()).epoch;
  const { secrets } = ports;
  return createProviderRecords({ state: state(), secrets, now: world.served.now, epoch, warn: () => undefined }).endAccount(accountId);
};

const signedIn = async (login = 'alice') => {
  const browser = world.browser();
  const app = await world.app();
  const { url, checks } = await ask(app, { scope: 'openid email offline_access', prompt: 'consent' });
  const stop = await signIn(browser, url, login);
  return { browser, app, tokens: await openid.authorizationCodeGrant(app, stop.url, checks) };
};
const silently = async ({ browser, app }: Awaited<ReturnType<typeof signedIn>>) => {
  const { url, checks } = await ask(app, { prompt: 'none' });
  return { stop: await browser.open(url), checks };
};
const error = (call: Promise<unknown>) =>
  call.then(
    () => 'taken',
    (reason) => `${reason.status} ${reason.error ?? reason.code}`,
  );

/** Holds the next session that is saved, as a slow request would, until it is let go. */
const slowSave = () => {
  const [held, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let isFirst = true;
  Object.assign(state(), {
    put: async (row: Parameters<ProviderState['put']>[0]) => {
      if (row.model === 'Session' && isFirst) {
        isFirst = false;
        held.resolve();
        await go.promise;
      }
      return whole.put(row);
    },
  });
  return { held: held.promise, go: go.resolve };
};

describe('a request that is under way while its session ends', () => {
  // fails without: the mark of an ended session, set at the sign-out
  it('does not bring it back: signed out at the application', async () => {
    const person = await signedIn();
    const { held, go } = slowSave();
    const late = silently(person);
    await held;
    await person.browser.open(openid.buildEndSessionUrl(person.app, { id_token_hint: person.tokens.id_token ?? '' }));
    await person.browser.press('Sign out');
    go();
    const { stop, checks } = await late;
    expect(outcomeOf(stop)).toBe('code');
    expect(await error(openid.authorizationCodeGrant(person.app, stop.url, checks))).toBe('400 invalid_grant');
    expect(outcomeOf((await silently(person)).stop)).toBe('login_required');
  });

  // fails without: the mark of an ended account
  it('does not bring it back: the account was ended', async () => {
    const [person, other] = [await signedIn(), await signedIn('bob')];
    const { held, go } = slowSave();
    const late = silently(person);
    await held;
    await endAccount(accountIdOf(world.upstream.issuer, 'alice'));
    go();
    const { stop, checks } = await late;
    expect(await error(openid.authorizationCodeGrant(person.app, stop.url, checks))).toBe('400 invalid_grant');
    expect(await error(openid.refreshTokenGrant(person.app, person.tokens.refresh_token ?? ''))).toBe('400 invalid_grant');
    expect(await error(openid.fetchUserInfo(person.app, person.tokens.access_token, 'alice'))).toMatch(/^401/);
    expect(outcomeOf((await silently(person)).stop)).toBe('login_required');
    expect(outcomeOf((await silently(other)).stop)).toBe('code');
  });
});

describe('while the database cannot be had', () => {
  const goes = (): void => {
    const gone = async (): Promise<never> => {
      throw new StepwardError('unavailable', 'the database cannot be had, try again');
    };
    Object.assign(state(), Object.fromEntries(Object.keys(whole).map((name) => [name, gone])));
  };

  it('everybody is told to come again, nobody is let in, and nothing is spent', async () => {
    const person = await signedIn();
    const refreshToken = person.tokens.refresh_token ?? '';
    goes();
    expect(outcomeOf((await silently(person)).stop)).toBe('temporarily_unavailable');
    const refreshed = await fetch(`${world.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`app:${clientSecret}`)}` },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken }),
    });
    expect([refreshed.status, await refreshed.json()]).toEqual([503, { error: 'temporarily_unavailable' }]);
    const shown = await fetch(`${world.issuer}/me`, { headers: { authorization: `Bearer ${person.tokens.access_token}` } });
    expect(shown.status).toBe(503);
    Object.assign(state(), whole);
    expect(outcomeOf((await silently(person)).stop)).toBe('code');
    expect(await error(openid.refreshTokenGrant(person.app, refreshToken))).toBe('taken');
  });
});

describe('after a restore of the database', () => {
  // fails without: the epoch beside each value
  it('nothing of the time before is taken, and the user signs in anew', async () => {
    const person = await signedIn();
    await world.served.composed.policies.change(({ epoch }) => ({
      put: [{ kind: 'epoch', id: 'epoch', body: { epoch: epoch + 1 } }],
      answer: undefined,
    }));
    expect(outcomeOf((await silently(person)).stop)).toBe('login_required');
    expect(await error(openid.refreshTokenGrant(person.app, person.tokens.refresh_token ?? ''))).toBe('400 invalid_grant');
    expect(await error(openid.fetchUserInfo(person.app, person.tokens.access_token, 'alice'))).toMatch(/^401/);
    expect(outcomeOf((await silently(await signedIn())).stop)).toBe('code');
  });
});

describe('while one kind of what is remembered cannot be had', () => {
  const down = (model: string): void => {
    const failing =
      (name: 'find' | 'put' | 'take' | 'findByAccount') =>
      async (first: never, ...rest: never[]) => {
        const of = typeof first === 'string' ? first : (first as { readonly model: string }).model;
        if (of === model) throw new StepwardError('unavailable', 'the database cannot be had, try again');
        return (whole[name] as (...all: unknown[]) => Promise<unknown>)(first, ...rest);
      };
    for (const name of ['find', 'put', 'take', 'findByAccount'] as const) Object.assign(state(), { [name]: failing(name) });
  };
  // openid-client keeps what is no answer of OAuth as the cause
  const status = (call: Promise<unknown>) =>
    call.then(
      () => 200,
      ({ status, cause }) => status ?? cause?.status,
    );
  const models = ['FactorLog', 'Account', 'Session', 'Grant', 'AuthorizationCode', 'Ended', 'UpstreamSession'];

  it.each(models)('no sign-in fails by a fault of ours: %s', async (model) => {
    const person = await signedIn();
    down(model);
    const { stop, checks } = await silently(person);
    const outcome = outcomeOf(stop);
    expect(['temporarily_unavailable', 'code'].includes(String(outcome)), `${outcome}`).toBe(true);
    if (outcome === 'code') expect([200, 503]).toContain(await status(openid.authorizationCodeGrant(person.app, stop.url, checks)));
    expect([200, 503]).toContain(await status(openid.refreshTokenGrant(person.app, person.tokens.refresh_token ?? '')));
    const me = await fetch(`${world.issuer}/me`, { headers: { authorization: `Bearer ${person.tokens.access_token}` } });
    expect([200, 503]).toContain(me.status);
    const fresh = await signIn(world.browser(), (await ask(person.app)).url).catch((reason) => reason);
    expect(
      fresh.status === 503 || ['temporarily_unavailable', 'code'].includes(String(outcomeOf(fresh))),
      `${fresh.status} ${fresh.url}`,
    ).toBe(true);
    const out = await person.browser.open(openid.buildEndSessionUrl(person.app, { id_token_hint: person.tokens.id_token ?? '' }));
    expect([200, 503]).toContain(out.status);
    if (out.status === 200) expect([200, 503]).toContain((await person.browser.press('Sign out')).status);
  });
});

describe('while the settings cannot be had', () => {
  const wait = async (): Promise<void> => new Promise((done) => setTimeout(done, 300));

  it('clients are told in their own language, browsers on a page', async () => {
    const { policies } = world.served.composed;
    const { fresh, current } = policies;
    await wait();
    const gone = async (): Promise<never> => {
      throw new StepwardError('unavailable', 'the database cannot be had, try again');
    };
    Object.assign(policies, { fresh: gone, current: gone });
    try {
      const token = await fetch(`${world.issuer}/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'refresh_token' }) });
      expect([token.status, await token.json()]).toEqual([503, { error: 'temporarily_unavailable' }]);
      const page = await fetch(`${world.issuer}/auth?client_id=app`);
      expect([page.status, page.headers.get('content-type')]).toEqual([503, expect.stringContaining('text/html')]);
    } finally {
      Object.assign(policies, { fresh, current });
    }
  });

  it('a return from the identity provider is not lost: it may be loaded again', async () => {
    const browser = world.browser();
    browser.holdAt(/^\/oidc\/callback\//);
    const app = await world.app();
    const { url } = await signIn(browser, (await ask(app)).url);
    const gone = async (): Promise<never> => {
      throw new StepwardError('unavailable', 'the database cannot be had, try again');
    };
    browser.holdAt();
    Object.assign(state(), { find: gone });
    expect((await browser.open(url)).status).toBe(503);
    Object.assign(state(), whole);
    expect(outcomeOf(await browser.open(url))).toBe('code');
  });
});

describe('a token that nobody gave', () => {
  it('is refused as such, and is no fault of ours', async () => {
    const answer = await fetch(`${world.issuer}/me`, { headers: { authorization: 'Bearer nobody-gave-this' } });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('invalid_token')]);
  });
});
