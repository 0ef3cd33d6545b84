import { afterEach, describe, expect, it } from 'vitest';
import type { PagesOptions } from '../../../adapters/pages/options.ts';
import type { Leaving } from '../../../core/index.ts';
import corpus from '../../vectors/redirects.json' with { type: 'json' };
import { knownC } from './fake-visits.ts';
import { type Pages, servePages } from './serve-pages.ts';
import { visitor } from './visitor.ts';

let pages: Pages;
afterEach(() => pages.close());

const leave = async (leaving: Partial<Leaving>, query = '', changes: Partial<PagesOptions> = {}) => {
  pages = await servePages({ page: 'leave' }, changes);
  pages.visits.leaving = { applicationName: 'Northwind Bank', result: 'succeeded', ...leaving };
  const own = visitor(pages);
  await own.get();
  return own.get(`/challenge/done?c=${knownC}${query}`);
};

const text = (markup: string) => markup.replaceAll('&amp;', '&').replaceAll('&#39;', "'").replaceAll('&quot;', '"');
const refreshOf = (body: string) => text(/<meta http-equiv="refresh" content="0;url=([^"]*)">/.exec(body)?.[1] ?? '');

describe('the leaving page', () => {
  it.each([
    ['https://app.example', {}, '', 'https://app.example/'],
    ['https://app.example/back', { token: 'a.b.c' }, '', 'https://app.example/back?token=a.b.c'],
    ['https://app.example/back', { ticket: 'T-1_x' }, '', 'https://app.example/back?stepward_ticket=T-1_x'],
    [
      'https://app.example/back?x=1&y=%20+#top',
      { ticket: 'T' },
      '&state=s',
      'https://app.example/back?x=1&y=%20+&stepward_ticket=T&state=s#top',
    ],
    ['https://app.example/#/route?z', { token: 't' }, '', 'https://app.example/?token=t#/route?z'],
    ['https://app.example/?', { token: 't' }, '', 'https://app.example/?token=t'],
    ['https://app.example/', {}, '&state=a%20b+c%2Fd%zz==~', 'https://app.example/?state=a%20b+c%2Fd%zz==~'],
    ['https://app.example/', {}, '&state=', 'https://app.example/?state='],
    ['https://app.example/', { token: 'a&b=c#d' }, '', 'https://app.example/?token=a%26b%3Dc%23d'],
  ])('%s with %o%s goes to %s', async (url, result, query, goal) => {
    const { body, status } = await leave({ target: { url, ...result } }, query);
    expect(status).toBe(200);
    expect(refreshOf(body)).toBe(goal);
    expect(text(/<a class="button" href="([^"]*)"/.exec(body)?.[1] ?? '')).toBe(goal);
    expect(body).not.toContain('<script');
    expect(body).not.toContain('<form');
  });

  it('shows the same ticket again, and sets the device cookie that the core gives', async () => {
    await leave({ target: { url: 'https://app.example/', ticket: 'T' }, setDevice: 'device-2' });
    const own = visitor(pages);
    own.jar.set('__Host-stepward-browser', 'browser-1-abcdefghijkl');
    const first = await own.get(`/challenge/done?c=${knownC}`);
    expect(first.setCookies[0]).toMatch(/^__Host-stepward-device=device-2; /);
    expect((await own.get(`/challenge/done?c=${knownC}`)).body).toBe(first.body);
  });

  it('says that the window can be closed where there is nowhere to go', async () => {
    const { body } = await leave({ result: 'not-succeeded' });
    expect(body).toContain('Not confirmed');
    expect(body).toContain('You can close this page.');
    expect(refreshOf(body)).toBe('');
  });

  it('state, query and Referer name no other target', async () => {
    const { body } = await leave(
      { target: { url: 'https://app.example/' } },
      '&redirectUrl=https://evil.example/&url=https://evil.example/',
    );
    expect(body).not.toContain('evil');
  });
});

describe('a return transport', () => {
  const transport = (url: string, matched = 'https://auth0.example/continue') => ({
    matches: (returnUrl: string) => returnUrl === matched,
    leave: (_: string, result: { ticket?: string; token?: string; state?: string }) => ({
      kind: 'post' as const,
      url,
      fields: { state: result.state ?? '', ticket: result.ticket ?? '', '"><script>': '"><script>' },
    }),
  });
  const redirectOrigins = ['https://auth0.example'];
  const target = { url: 'https://auth0.example/continue', ticket: 'T' };

  it('posts its fields, in the first page that matches, without a word from outside', async () => {
    const transports = [transport('https://never.example', 'https://other.example/'), transport('https://auth0.example/continue')];
    const { body } = await leave({ target, applicationName: 'Northwind Bank' }, '&state=a%20b', { transports, redirectOrigins });
    expect(body).toContain('<form method="post" action="https://auth0.example/continue" data-submit>');
    expect(body).toContain('<input type="hidden" name="state" value="a b"><input type="hidden" name="ticket" value="T">');
    expect(body).toContain('name="&quot;&gt;&lt;script&gt;" value="&quot;&gt;&lt;script&gt;"');
    expect(body).not.toContain('Northwind');
    expect(body).toContain('<button>');
  });

  it.each(['https://evil.example/', 'javascript:alert(1)', 'https://auth0.example@evil.example/', '//evil.example'])(
    'goes nowhere when it answers `%s`',
    async (url) => {
      const { body } = await leave({ target }, '', { transports: [transport(url)], redirectOrigins });
      expect(body).not.toContain(url);
      expect(body).toContain('We cannot send you back');
    },
  );
});

describe('the stored target is checked again at the moment of leaving', () => {
  it('every address of the corpus, with the settings of the corpus', async () => {
    pages = await servePages({ page: 'leave' }, { redirectOrigins: corpus.origins });
    const own = visitor(pages);
    await own.get();
    for (const { url, allowed } of corpus.cases) {
      pages.visits.leaving = { applicationName: 'A', result: 'succeeded', target: { url, ticket: 'the-ticket' } };
      const { body, headers } = await own.get(`/challenge/done?c=${knownC}`);
      expect(headers.get('location'), url).toBeNull();
      expect(refreshOf(body) !== '', url).toBe(allowed);
      expect(body.includes('the-ticket'), url).toBe(allowed);
      if (allowed)
        expect(
          corpus.origins.map((origin) => new URL(origin).origin),
          url,
        ).toContain(new URL(refreshOf(body)).origin);
    }
    expect(pages.logged.length).toBe(corpus.cases.filter(({ allowed }) => !allowed).length);
  });

  it('a setting changed between track and return counts as it is now', async () => {
    const { body } = await leave({ target: { url: 'https://app.example/', ticket: 'T' } }, '', { redirectOrigins: [] });
    expect([refreshOf(body), body.includes('>T<')]).toEqual(['', false]);
    expect(body).toContain('We cannot send you back');
  });

  it('in development every loopback port is good, and no other host', async () => {
    const settings = { redirectOrigins: [], anyLoopbackPort: true };
    expect(refreshOf((await leave({ target: { url: 'http://localhost:5173/x' } }, '', settings)).body)).toBe('http://localhost:5173/x');
    await pages.close();
    expect(refreshOf((await leave({ target: { url: 'https://app.example/' } }, '', settings)).body)).toBe('');
  });
});

describe('back to our own provider', () => {
  const ownOrigin = 'https://id.example';
  const settings = { publicUrl: new URL(ownOrigin), redirectOrigins: [] };
  const go = async (url: string, changes: Partial<PagesOptions> = {}) =>
    leave({ target: { url, ticket: 'T' } }, '', { ...settings, ...changes });

  it('a visit that was entered goes to its interaction with its ticket, whatever origins are listed', async () => {
    const { body, headers } = await go(`${ownOrigin}/oidc/interaction/abc/return`);
    expect(refreshOf(body)).toBe(`${ownOrigin}/oidc/interaction/abc/return?stepward_ticket=T`);
    expect(headers.get('content-security-policy')).toContain("form-action 'none'");
    expect(body).not.toContain('<form');
  });

  it.each(['/', '/oidc/auth', '/oidc/interaction', '/oidc/interaction/../auth', '/v1', '/challenge'])(
    'and nowhere else: %s',
    async (path) => {
      expect(refreshOf((await go(`${ownOrigin}${path}`)).body)).toBe('');
    },
  );

  it.each(['http://id.example', 'https://id.example.evil.example', 'https://id.example@evil.example', 'https://id.example:8443'])(
    'nor to the same path of %s',
    async (origin) => expect(refreshOf((await go(`${origin}/oidc/interaction/abc/return`)).body)).toBe(''),
  );

  it('no transport takes it', async () => {
    const transports = [{ matches: () => true, leave: () => ({ kind: 'redirect' as const, url: 'https://evil.example/' }) }];
    expect(refreshOf((await go(`${ownOrigin}/oidc/interaction/abc/return`, { transports })).body)).toContain(ownOrigin);
  });
});
