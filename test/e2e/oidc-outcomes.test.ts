import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StepwardError } from '../../core/index.ts';
import { ask, clientSecret, followLeaving, type OidcWorld, outcomeOf, passByMail, signIn, startOidcWorld } from '../support/oidc.ts';
import type { Stop, WebBrowser } from '../support/web-browser.ts';

let world: OidcWorld;
const outcomes = ['ALLOW', 'CHALLENGE', 'REVIEW', 'BLOCK'] as const;
type Decides = (typeof outcomes)[number] | 'nobody';
const clientOf = (decides: Decides): string => `app-${decides.toLowerCase()}`;

beforeAll(async () => {
  world = await startOidcWorld();
  for (const outcome of outcomes) {
    await world.served.configure(`sign-in-${outcome}`, { defaultUserActionResult: outcome });
    await world.served.configure(`refresh-${outcome}`, { defaultUserActionResult: outcome });
    await world.register({ clientId: clientOf(outcome), action: `sign-in-${outcome}`, refreshAction: `refresh-${outcome}` });
    await world.register({ clientId: `refresh-${outcome}`, action: 'sign-in-ALLOW', refreshAction: `refresh-${outcome}` });
  }
  await world.register({ clientId: clientOf('nobody'), action: 'unheard' });
  await world.register({ clientId: 'refresh-nobody', action: 'sign-in-ALLOW', refreshAction: 'unheard' });
  await world.register({ clientId: 'lenient', action: 'unheard', refreshAction: 'unheard', failurePolicy: 'allow' });
  await world.register({ clientId: 'fallback', action: 'unheard', failurePolicy: 'fallback' });
  // what is asked about this action nobody can answer
  const { stepward } = world.served.composed;
  const { track } = stepward;
  Object.assign(stepward, {
    track: async (request: Parameters<typeof track>[0]) => {
      if (request.action === 'unheard') throw new StepwardError('unavailable', 'the database cannot be had', { retryAfter: 1 });
      return track(request);
    },
  });
});
afterAll(() => world?.end());

const signedIn = async (): Promise<WebBrowser> => {
  const browser = world.browser();
  const { url } = await ask(await world.app(clientOf('ALLOW')));
  expect(outcomeOf(await signIn(browser, url))).toBe('code');
  return browser;
};

/** What comes back to the application, and through which of our pages it came. */
const answered = async (
  clientId: string,
  flow: 'interactive' | 'sso' | 'silent',
): Promise<{ readonly stop: Stop; readonly browser: WebBrowser }> => {
  const browser = flow === 'interactive' ? world.browser() : await signedIn();
  const { url } = await ask(await world.app(clientId), flow === 'silent' ? { prompt: 'none' } : {});
  return { stop: await signIn(browser, url), browser };
};

describe.each(['interactive', 'sso'] as const)('an %s sign-in', (flow) => {
  it('that is allowed has its code', async () => {
    const { stop } = await answered(clientOf('ALLOW'), flow);
    expect(outcomeOf(stop)).toBe('code');
  });

  it('that is challenged has its code once the challenge is passed', async () => {
    const { stop, browser } = await answered(clientOf('CHALLENGE'), flow);
    expect(stop.url.pathname).toBe('/challenge');
    const back = await passByMail(world, browser, 'alice@example.org');
    expect(outcomeOf(back), back.text).toBe('code');
  });

  it('whose challenge is cancelled is refused', async () => {
    const { browser } = await answered(clientOf('CHALLENGE'), flow);
    await browser.press('Cancel');
    expect(outcomeOf(await followLeaving(browser))).toBe('access_denied');
  });

  it('whose challenge has expired is refused', async () => {
    await world.register({ clientId: 'hasty', action: 'sign-in-CHALLENGE', challengeExpiresIn: 60 });
    const { stop, browser } = await answered('hasty', flow);
    world.served.pass(61_000);
    await browser.open(stop.url);
    const interaction = browser.hops.findLast(({ pathname }) => pathname.startsWith('/oidc/interaction/'));
    const back = await browser.open(new URL(`${interaction?.pathname.split('/').slice(0, 4).join('/')}/return`, world.served.url));
    expect(outcomeOf(back), back.text).toBe('access_denied');
  });

  it('that nobody has finished is held at a page of ours', async () => {
    const { browser } = await answered(clientOf('CHALLENGE'), flow);
    const interaction = browser.hops.findLast(({ pathname }) => pathname.startsWith('/oidc/interaction/'));
    const here = interaction?.pathname.split('/').slice(0, 4).join('/');
    const held = await browser.open(new URL(`${here}/return`, world.served.url));
    expect(held.status).toBe(200);
    expect(held.url.pathname).toBe(`${here}/return`);
    // a ticket that is none ends it, and the challenge is not used
    expect(outcomeOf(await browser.open(new URL(`${here}/return?stepward_ticket=made-up`, world.served.url)))).toBe('access_denied');
  });

  it('that a person has to look at is told so, with a reference, and refused', async () => {
    const { stop, browser } = await answered(clientOf('REVIEW'), flow);
    expect(stop.url.pathname).toMatch(/^\/oidc\/interaction\//);
    expect(stop.text).toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/);
    const back = await browser.open(`${stop.url}/return`);
    expect(outcomeOf(back)).toBe('access_denied');
  });

  it('that a person has approved meanwhile has its code', async () => {
    const { stop, browser } = await answered(clientOf('REVIEW'), flow);
    const [reference = ''] = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(stop.text) ?? [];
    const { stepward, store } = world.served.composed;
    const [found] = await store.instances({ action: 'sign-in-REVIEW', order: 'newest', limit: 1 });
    expect(found?.idempotencyKey).toBe(reference);
    await stepward.updateAction(
      { userId: found?.userId ?? '', action: 'sign-in-REVIEW', idempotencyKey: reference },
      { state: 'REVIEW_SUCCEEDED', reviewer: 'carol' },
    );
    expect(outcomeOf(await browser.open(`${stop.url}/return`))).toBe('code');
  });

  it('that is blocked is refused, and why is not said', async () => {
    const { stop } = await answered(clientOf('BLOCK'), flow);
    expect(outcomeOf(stop)).toBe('access_denied');
    expect(stop.url.href).not.toMatch(/block|rule|risk/i);
  });

  it('that nobody can decide is refused, save where the client lets such pass', async () => {
    expect(outcomeOf((await answered(clientOf('nobody'), flow)).stop)).toBe('temporarily_unavailable');
    expect(outcomeOf((await answered('fallback', flow)).stop)).toBe('temporarily_unavailable');
    expect(outcomeOf((await answered('lenient', flow)).stop)).toBe('code');
  });
});

describe('what no decision stands behind', () => {
  it('says so in every token, until a decision does', async () => {
    const app = await world.app('lenient');
    const browser = world.browser();
    const enter = async () => {
      const { url, checks } = await ask(app, { scope: 'openid offline_access', prompt: 'consent' });
      return openid.authorizationCodeGrant(app, (await signIn(browser, url)).url, checks);
    };
    const tokens = await enter();
    expect(tokens.claims()).toMatchObject({ stepward_undecided: true });
    expect(await openid.fetchUserInfo(app, tokens.access_token, 'alice')).toMatchObject({ stepward_undecided: true });
    expect(await openid.tokenIntrospection(app, tokens.access_token)).toMatchObject({ stepward_undecided: true });
    const refreshed = await openid.refreshTokenGrant(app, tokens.refresh_token ?? '');
    expect(refreshed.claims()).toMatchObject({ stepward_undecided: true });
    await world.register({ clientId: 'lenient', action: 'sign-in-ALLOW', refreshAction: 'refresh-ALLOW', failurePolicy: 'allow' });
    const decided = await openid.refreshTokenGrant(app, refreshed.refresh_token ?? '');
    expect(decided.claims()).not.toHaveProperty('stepward_undecided');
    expect((await enter()).claims()).not.toHaveProperty('stepward_undecided');
    await world.register({ clientId: 'lenient', action: 'unheard', refreshAction: 'unheard', failurePolicy: 'allow' });
    const metrics = await (await fetch(`${world.served.url}/metrics`)).text();
    expect(metrics).toMatch(/stepward_undecided_total\{adapter="oidc",result="proceeded"\} [1-9]/);
  });

  it('cannot be said by the application itself', async () => {
    const app = await world.app(clientOf('ALLOW'));
    const claims = JSON.stringify({ id_token: { stepward_undecided: { essential: true, value: true } } });
    const { url } = await ask(app, { claims, resource: 'urn:stepward:undecided' });
    expect(outcomeOf(await signIn(world.browser(), url))).toBe('invalid_target');
    const again = await ask(app, { claims });
    const tokens = await openid.authorizationCodeGrant(app, (await signIn(world.browser(), again.url)).url, again.checks);
    expect(tokens.claims()).not.toHaveProperty('stepward_undecided');
  });
});

describe('a silent sign-in', () => {
  it.each([
    ['ALLOW', 'code'],
    ['CHALLENGE', 'interaction_required'],
    ['REVIEW', 'access_denied'],
    ['BLOCK', 'access_denied'],
    ['nobody', 'temporarily_unavailable'],
  ] as const)('decided as %s comes back with %s', async (decides, outcome) => {
    const { stop } = await answered(clientOf(decides), 'silent');
    expect(outcomeOf(stop)).toBe(outcome);
  });

  it('without a session asks for a sign-in', async () => {
    const stop = await world.browser().open((await ask(await world.app(clientOf('ALLOW')), { prompt: 'none' })).url);
    expect(outcomeOf(stop)).toBe('login_required');
  });
});

describe('a refresh', () => {
  const refreshToken = async (clientId: string): Promise<{ readonly app: openid.Configuration; readonly token: string }> => {
    const app = await world.app(clientId);
    const { url, checks } = await ask(app, { scope: 'openid offline_access', prompt: 'consent' });
    const stop = await signIn(world.browser(), url);
    const tokens = await openid.authorizationCodeGrant(app, stop.url, checks);
    return { app, token: tokens.refresh_token ?? '' };
  };
  /** What the token endpoint answers. */
  const refresh = async (app: openid.Configuration, token: string): Promise<{ readonly status: number; readonly error: unknown }> => {
    const response = await fetch(`${world.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${app.clientMetadata().client_id}:${clientSecret}`)}` },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token }),
    });
    return { status: response.status, error: ((await response.json()) as { readonly error?: string }).error };
  };

  it('that is allowed has its tokens, and spends the old one', async () => {
    const { app, token } = await refreshToken('refresh-ALLOW');
    const tokens = await openid.refreshTokenGrant(app, token);
    expect(tokens.refresh_token).not.toBe(token);
    expect(tokens.claims()).toMatchObject({ sub: 'alice', acr: 'urn:stepward:aal1' });
  });

  it.each(['CHALLENGE', 'REVIEW', 'BLOCK'] as const)('decided as %s is refused and spends nothing', async (outcome) => {
    const { app, token } = await refreshToken(`refresh-${outcome}`);
    expect(await refresh(app, token)).toEqual({ status: 400, error: 'invalid_grant' });
    await world.served.configure(`refresh-${outcome}`, { defaultUserActionResult: 'ALLOW' });
    await expect(openid.refreshTokenGrant(app, token)).resolves.toHaveProperty('access_token');
    await world.served.configure(`refresh-${outcome}`, { defaultUserActionResult: outcome });
  });

  it('that nobody can decide is told to come again, and spends nothing', async () => {
    const { app, token } = await refreshToken('refresh-nobody');
    expect(await refresh(app, token)).toEqual({ status: 503, error: 'temporarily_unavailable' });
    await world.register({ clientId: 'refresh-nobody', action: 'sign-in-ALLOW', refreshAction: 'refresh-ALLOW' });
    await expect(openid.refreshTokenGrant(app, token)).resolves.toHaveProperty('access_token');
  });
});
