import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { knownL, linkViews } from './link-views.ts';
import { type Pages, servePages } from './serve-pages.ts';
import { views } from './views.ts';
import { visitor } from './visitor.ts';

describe('the page behind a mailed link', () => {
  let pages: Pages;
  beforeAll(async () => {
    pages = await servePages(views.choose);
  });
  afterAll(() => pages.close());
  beforeEach(() => {
    pages.links.presses.length = 0;
    pages.links.pressed = { view: { page: 'link-done' } };
    pages.links.show(linkViews.here);
  });

  const address = () => `${pages.origin}/challenge/link?l=${knownL}`;
  const press = (fields: Record<string, string> = { l: knownL }, headers: Record<string, string> = { origin: pages.origin }) =>
    fetch(`${pages.origin}/challenge/link`, { method: 'POST', body: new URLSearchParams(fields), headers, redirect: 'manual' });

  it.each(['GET', 'HEAD'])('is opened by %s without a press and without a cookie, and is not kept', async (method) => {
    const response = await fetch(address(), { method });
    expect(response.status).toBe(200);
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(pages.links.presses).toEqual([]);
  });

  it('has one button, and says action, account, browser, place and time', async () => {
    const { body } = await visitor(pages).get(`/challenge/link?l=${knownL}`);
    expect(body.match(/<button/g)).toHaveLength(1);
    for (const text of ['Signing in as', 'a•••@e•••.org', 'Chrome', 'macOS', 'Lisbon', '14:02']) expect(body).toContain(text);
  });

  it('leaves a press by a redirect to a page of ours, which any reload repeats for nothing', async () => {
    const done = await press();
    expect([done.status, done.headers.get('location')]).toEqual([303, '/challenge/link?l=done']);
    pages.links.pressed = { view: linkViews.code, setBrowser: 'browser-of-another' };
    const code = await press();
    expect([code.status, code.headers.get('location')]).toEqual([303, `/challenge/link?l=${knownL}`]);
    expect(code.headers.get('set-cookie')).toMatch(/^__Host-stepward-browser=browser-of-another; .*HttpOnly; SameSite=Lax/);
    expect(await code.text()).toBe('');
  });

  it('says why a press did not count, once', async () => {
    pages.links.pressed = { view: linkViews.here, error: 'wait' };
    const { get, jar } = visitor(pages);
    const refused = await press();
    const cookie = /__Host-stepward-notice=([^;]+)/.exec(refused.headers.get('set-cookie') ?? '')?.[1] ?? '';
    jar.set('__Host-stepward-notice', cookie);
    expect((await get(`/challenge/link?l=${knownL}`)).body).toContain('That was too quick.');
    expect((await get(`/challenge/link?l=${knownL}`)).body).not.toContain('That was too quick.');
  });

  it('hands on the box to remember only where it was ticked', async () => {
    await press();
    await press({ l: knownL, remember: 'yes' });
    expect(pages.links.presses.map(({ remember }) => remember)).toEqual([false, true]);
  });

  it.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['no origin that can be named', { origin: 'null' }],
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a site beside ours', { 'sec-fetch-site': 'same-site' }],
  ])('takes no press from %s', async (_, headers) => {
    expect((await press({ l: knownL }, headers)).status).toBe(403);
    expect(pages.links.presses).toEqual([]);
  });

  it('takes no press with two links in it', async () => {
    const body = `l=${knownL}&l=${knownL}`;
    const headers = { origin: pages.origin, 'content-type': 'application/x-www-form-urlencoded' };
    expect((await fetch(`${pages.origin}/challenge/link`, { method: 'POST', body, headers })).status).toBe(403);
    expect(pages.links.presses).toEqual([]);
  });

  it('is the neutral page for a link that is over, whoever asks', async () => {
    pages.links.show({ page: 'neutral' });
    const known = await visitor(pages).get(`/challenge/link?l=${knownL}`);
    const unknown = await visitor(pages).get('/challenge/link?l=unknown');
    expect([known.status, unknown.status]).toEqual([404, 404]);
    expect(known.body).toBe(unknown.body);
    const pressed = await press({ l: 'unknown' });
    expect([pressed.status, await pressed.text()]).toEqual([404, unknown.body]);
  });

  it('is never framed, and not opened by a browser that only guesses', async () => {
    const framed = await fetch(address(), { headers: { 'sec-fetch-dest': 'iframe' } });
    expect(framed.status).toBe(404);
    const top = await fetch(address());
    expect(top.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect((await fetch(address(), { headers: { 'sec-purpose': 'prefetch' } })).status).toBe(204);
  });
});

describe('a page that waits for a link', () => {
  let pages: Pages;
  beforeAll(async () => {
    pages = await servePages(views.emailLink);
  });
  afterAll(() => pages.close());

  const waiting = async (query: string, cookie = '') => {
    const response = await fetch(`${pages.origin}/challenge/waiting?${query}`, { headers: { cookie } });
    return { response, state: ((await response.json()) as { readonly state: string }).state };
  };

  it('asks how it stands, by a GET that says no more than that', async () => {
    const { get, jar } = visitor(pages);
    const { body } = await get(pages.url);
    const query = /\/challenge\/waiting\?([^"]+)/.exec(body)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const cookie = `__Host-stepward-browser=${jar.get('__Host-stepward-browser')}`;
    const { response, state } = await waiting(query, cookie);
    expect(state).toBe('waiting');
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    pages.visits.waits = 'pressed-elsewhere';
    expect((await waiting(query, cookie)).state).toBe('pressed-elsewhere');
    expect((await waiting(query)).state).toBe('over');
  });

  it.each(['', 'c=x', 'c=x&id=y', 'c=x&id=y&in=elsewhere', 'c=%00&id=y&in=redirect', 'c=unknown&id=y&in=redirect'])(
    'and is told that it is over for `%s`',
    async (query) => {
      expect((await waiting(query)).state).toBe('over');
    },
  );

  it('stops asking once the link is over: then the page has nothing to wait for', async () => {
    pages.visits.show(views.emailLinkOver);
    const { get, jar } = visitor(pages);
    jar.set('__Host-stepward-browser', 'browser-1-abcdefghijkl');
    expect((await get(pages.url)).body).not.toContain('data-wait');
  });
});
