import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formToken } from '../../../adapters/pages/forgery.ts';
import { knownC } from './fake-visits.ts';
import { type Pages, secrets, servePages } from './serve-pages.ts';
import { views } from './views.ts';
import { visitor } from './visitor.ts';

describe('a forged form post is refused and spends nothing', () => {
  let pages: Pages;
  let own: ReturnType<typeof visitor>;
  let csrf: string;
  beforeEach(async () => {
    pages = await servePages(views.emailCode);
    own = visitor(pages);
    csrf = (await own.get()).field('csrf');
  });
  afterEach(() => pages.close());

  const answer = { do: 'answer', challengeId: 'challenge-1', code: '482193' };

  const expectRefused = ({ status, body, setCookies }: { status: number; body: string; setCookies: readonly string[] }) => {
    expect(status).toBe(403);
    expect(body).not.toMatch(/Northwind|<form/);
    expect(setCookies).toEqual([]);
    expect(pages.visits.commands()).toEqual([]);
  };

  it('control: with token, cookie, our Origin and same-origin it is taken', async () => {
    const { status } = await own.post({ csrf, ...answer }, { 'sec-fetch-site': 'same-origin' });
    expect(status).toBe(303);
    expect(pages.visits.commands()).toEqual([{ do: 'answer', challengeId: 'challenge-1', response: '482193' }]);
  });

  it('control: an old browser sends neither Origin nor Sec-Fetch-Site', async () => {
    const body = new URLSearchParams({ csrf, ...answer }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await own.send('POST', pages.url, { body, headers })).status).toBe(303);
  });

  it.each(['https://evil.example', 'null', 'http://localhost', 'https://localhost', 'http://localhost.evil.example', ''])(
    'from the Origin `%s`',
    async (origin) => expectRefused(await own.post({ csrf, ...answer }, { origin })),
  );

  it.each(['cross-site', 'same-site', 'none', 'anything'])('from `Sec-Fetch-Site: %s`', async (site) =>
    expectRefused(await own.post({ csrf, ...answer }, { 'sec-fetch-site': site })),
  );

  it('without a token, with an empty or a made-up one', async () => {
    expectRefused(await own.post(answer));
    expectRefused(await own.post({ csrf: '', ...answer }));
    expectRefused(await own.post({ csrf: 'A'.repeat(csrf.length), ...answer }));
    expectRefused(await own.post({ csrf: `${csrf}A`, ...answer }));
  });

  it("with another browser's token", async () => {
    const foreign = formToken(secrets, 'browser-2-abcdefghijkl', knownC);
    expectRefused(await own.post({ csrf: foreign, ...answer }));
  });

  it("with another visit's token of the same browser", async () => {
    const browser = own.jar.get('__Host-stepward-browser') ?? '';
    expect(formToken(secrets, browser, knownC)).toBe(csrf);
    expectRefused(await own.post({ csrf: formToken(secrets, browser, 'another-visit'), ...answer }));
  });

  it('without the cookie', async () => {
    own.jar.clear();
    expectRefused(await own.post({ csrf, ...answer }));
  });

  it('with a field twice, too long, in another encoding or as a GET', async () => {
    const headers = { origin: pages.origin, 'content-type': 'application/x-www-form-urlencoded' };
    const twice = `csrf=${csrf}&csrf=${csrf}&do=cancel`;
    expectRefused(await own.send('POST', pages.url, { body: twice, headers }));
    const long = await own.post({ csrf, ...answer, code: '1'.repeat(17_000) });
    expect([long.status, pages.visits.commands()]).toEqual([413, []]);
    const json = JSON.stringify({ csrf, ...answer });
    expectRefused(await own.send('POST', pages.url, { body: json, headers: { origin: pages.origin, 'content-type': 'application/json' } }));
    const form = new FormData();
    for (const [name, value] of Object.entries({ csrf, ...answer })) form.set(name, value);
    expectRefused(await own.send('POST', pages.url, { body: form, headers: { origin: pages.origin } }));
    await own.get(`${pages.url}&csrf=${csrf}&do=cancel`);
    expect(pages.visits.commands()).toEqual([]);
  });

  it('by another method', async () => {
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const { status, headers } = await own.send(method, pages.url);
      expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
    }
    expect((await own.send('POST', `/challenge/done?c=${knownC}`)).status).toBe(405);
  });

  it('and is told to the operator without what was in it', () => {
    return own.post({ csrf: 'secret-token', ...answer }).then(() => {
      expect(pages.logged).toEqual([{ fields: { forgery: 'wrong-token' }, message: 'a form post was refused' }]);
    });
  });
});
