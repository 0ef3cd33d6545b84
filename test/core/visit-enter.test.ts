import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TrackRequest } from '../../core/index.ts';
import { createBrowser, createWorld, type TestBrowser, type World } from '../support/stepward.ts';
import { browserElsewhere, enrolledByEmail, passByEmail, proceed, refOf, refusalOf, secondNode, track } from '../support/use-cases.ts';

const binding = 'login-session';
const back = 'http://localhost:8787/oidc/interaction/abc_-123/return';
const neutral = { view: { page: 'neutral' } };

describe('a visit that an adapter on our own origin enters for the browser', () => {
  let world: World;
  let userId: string;
  let email: string;
  let browser: TestBrowser;
  let count = 0;
  beforeAll(async () => {
    world = await createWorld();
    await world.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
  });
  afterAll(() => world.end());
  beforeEach(async () => {
    world.pass(86_400_000);
    count += 1;
    userId = `user-${count}`;
    email = await enrolledByEmail(world, userId);
    browser = createBrowser(world);
  });

  const begun = (more: Partial<TrackRequest> = {}) => track(world, { userId, binding, redirectUrl: undefined, ...more });
  const stored = (answer: { readonly idempotencyKey: string }) => world.store.instance(refOf(userId, answer));

  it('belongs to that browser, and leaves with its ticket to where the adapter said', async () => {
    const answer = await begun();
    expect((await browser.enter(answer.url, back)).view.page).toBe('choose');
    await passByEmail(world, browser, answer.url, email);
    const { target } = (await browser.leave(answer.url)) ?? {};
    expect(target).toEqual({ url: back, ticket: expect.any(String) });
    const consumed = await world.stepward.consume(refOf(userId, answer), { binding, ticket: target?.ticket });
    expect(consumed).toMatchObject({ state: 'CHALLENGE_SUCCEEDED' });
  });

  it('the return is kept sealed', async () => {
    const answer = await begun();
    await browser.enter(answer.url, back);
    expect((await stored(answer))?.redirectUrl).not.toContain('interaction');
  });

  it('another browser gets nothing and changes nothing, before it was opened and after', async () => {
    const answer = await begun();
    await browser.enter(answer.url, back);
    const before = await stored(answer);
    const other = browserElsewhere(world);
    expect(await other.enter(answer.url, `${back}/other`)).toEqual(neutral);
    expect(await other.open(answer.url)).toEqual(neutral);
    expect(await stored(answer)).toEqual(before);
    const opened = await begun();
    await browser.open(opened.url);
    const after = await stored(opened);
    expect(await other.enter(opened.url, back)).toEqual(neutral);
    expect(await stored(opened)).toEqual(after);
  });

  it('entered at once by two browsers over two nodes it is one of theirs, and returns as that one said', async () => {
    const node = await secondNode(world);
    const answer = await begun();
    const two = [browser, browserElsewhere(node as World)] as const;
    const pages = await Promise.all(two.map((one, index) => one.enter(answer.url, `${back}/${index}`)));
    const winner = pages.findIndex(({ view }) => view.page === 'choose');
    expect(pages.map(({ view }) => view.page).sort()).toEqual(['choose', 'neutral']);
    await two[winner]?.act(answer.url, { do: 'cancel' });
    expect((await two[winner]?.leave(answer.url))?.target?.url).toBe(`${back}/${winner}`);
    await node.close();
  });

  it('entered again by its browser, also where it was opened before, it returns where it was last told to', async () => {
    const answer = await begun();
    await browser.open(answer.url);
    await browser.enter(answer.url, back);
    const again = await browser.enter(answer.url, `${back}?again`);
    expect(again).toEqual({ view: expect.objectContaining({ page: 'choose' }) });
    await passByEmail(world, browser, answer.url, email);
    expect((await browser.enter(answer.url, `${back}?last`)).view.page).toBe('leave');
    expect((await browser.leave(answer.url))?.target?.url).toBe(`${back}?last`);
    const { timeline } = (await stored(answer)) ?? {};
    expect(timeline?.filter(({ event }) => event === 'opened')).toHaveLength(1);
  });

  it('what was consumed cannot be entered', async () => {
    const { answer } = await proceed(world, browser, { userId, binding }, email);
    const before = await stored(answer);
    expect(await browser.enter(answer.url, back)).toEqual(neutral);
    expect(await browserElsewhere(world).enter(answer.url, back)).toEqual(neutral);
    expect(await stored(answer)).toEqual(before);
  });

  it('what is over is entered to leave without a ticket', async () => {
    const answer = await begun();
    world.pass(86_400_000);
    expect((await browser.enter(answer.url, back)).view).toMatchObject({ page: 'expired', canLeave: true });
    expect((await browser.leave(answer.url))?.target).toEqual({ url: back });
  });

  it.each([
    ['BLOCK', 'blocked'],
    ['REVIEW', 'review'],
  ] as const)('a %s is shown as such, and leaves without a ticket', async (defaultUserActionResult, page) => {
    await world.configure('other', { defaultUserActionResult });
    const answer = await begun({ action: 'other' });
    expect((await browser.enter(answer.url, back)).view).toMatchObject({ page, canLeave: true });
    expect((await browser.leave(answer.url))?.target).toEqual({ url: back });
  });

  it('needs a binding: without one it would leave with a token', async () => {
    const answer = await begun({ binding: undefined });
    expect(await browser.enter(answer.url, back)).toEqual(neutral);
    expect((await stored(answer))?.visit.browserHash).toBeUndefined();
  });

  it('is not entered from a frame or a window, nor where it was begun in one', async () => {
    const answer = await begun();
    for (const mode of ['frame', 'window'] as const) expect(await browser.enter(answer.url, back, { mode })).toEqual(neutral);
    await browser.open(answer.url, { mode: 'window' });
    const before = await stored(answer);
    expect(await browser.enter(answer.url, back)).toEqual(neutral);
    expect(await stored(answer)).toEqual(before);
  });

  it('an unknown visit is neutral', async () => {
    expect(await browser.enter('http://localhost:8787/challenge?c=AAAAAAAAAAAAAAAAAAAAAA', back)).toEqual(neutral);
  });

  it('a device whose proof is fresh has nothing to do', async () => {
    await world.configure('fresh', { defaultUserActionResult: 'CHALLENGE', challengeValidFor: 3600 });
    await proceed(world, browser, { userId, action: 'fresh', binding }, email);
    const before = browser.device;
    const answer = await begun({ action: 'fresh' });
    expect((await browser.enter(answer.url, back)).view.page).toBe('leave');
    expect(browser.device).not.toBe(before);
    const { target } = (await browser.leave(answer.url)) ?? {};
    expect(target).toEqual({ url: back, ticket: expect.any(String) });
  });

  it('decides again over this browser where the host could not see it', async () => {
    const office = { ipIn: [{ var: 'ip.address' }, ['203.0.113.0/24']] };
    await world.configure('deferred', { defaultUserActionResult: 'CHALLENGE' }, [{ type: 'ALLOW', conditions: office }]);
    const answer = await begun({ action: 'deferred', ipAddress: undefined, context: { deferSignals: true } });
    expect(answer.state).toBe('CHALLENGE_REQUIRED');
    expect((await browser.enter(answer.url, back)).view.page).toBe('leave');
    expect((await browser.leave(answer.url))?.target).toEqual({ url: back, ticket: expect.any(String) });
  });

  it.each([
    'http://localhost:3000/oidc/interaction/abc/return',
    'https://localhost:8787/oidc/interaction/abc/return',
    'http://localhost:8787/oidc/interaction/',
    'http://localhost:8787/oidc/auth',
    'http://localhost:8787/oidc/interaction/../auth',
    'http://localhost:8787/oidc/interaction/%2e%2e/auth',
    'http://x@localhost:8787/oidc/interaction/abc',
    '/oidc/interaction/abc',
    'javascript:alert(1)',
    'https://app.example/',
  ])('does not return to %s', async (url) => {
    const answer = await begun();
    expect(await refusalOf(browser.enter(answer.url, url))).toEqual({ code: 'redirect_not_allowed' });
    expect((await stored(answer))?.visit.browserHash).toBeUndefined();
  });

  it.each([
    back,
    'http://localhost:8787/oidc/auth',
    'http://localhost:8787/OIDC/Interaction/x',
    'http://localhost:8787//oidc/interaction/x',
  ])('a caller of track cannot name %s, where every loopback port is allowed or our own origin is listed', async (redirectUrl) => {
    expect(await refusalOf(track(world, { userId, binding, redirectUrl }))).toEqual({ code: 'redirect_not_allowed' });
    const listed = await createWorld({ development: false, redirectOrigins: ['http://localhost:8787'] });
    expect(await refusalOf(track(listed, { userId, binding, redirectUrl }))).toEqual({ code: 'redirect_not_allowed' });
    await track(listed, { userId, binding, redirectUrl: 'http://localhost:8787/app' });
    await listed.end();
  });
});
