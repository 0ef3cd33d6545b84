import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { knownC } from './fake-visits.ts';
import { type Pages, servePages } from './serve-pages.ts';
import { noon, views } from './views.ts';
import { visitor } from './visitor.ts';

let pages: Pages;
let now = noon;
beforeAll(async () => {
  pages = await servePages(views.choose, { now: () => now });
});
afterAll(() => pages.close());

type Own = ReturnType<typeof visitor>;
let own: Own;
beforeEach(() => {
  own = visitor(pages);
});

describe('the id of a browser', () => {
  const ask = async (canSet: boolean, visit: Own = own) => {
    pages.answerBy((request, response, host) => {
      const ids = [host.device(request, response, canSet), host.device(request, response, canSet)];
      response.end(JSON.stringify(ids));
    });
    const { body, setCookies } = await visit.get('/oidc');
    return { ids: JSON.parse(body) as readonly (string | null)[], setCookies };
  };

  it('is made once, kept in a cookie that no script and no other host reads, and told from then on', async () => {
    const first = await ask(true);
    const [id] = first.ids;
    expect(id).toMatch(/^[\w-]{22}$/);
    expect(first.ids).toEqual([id, id]);
    expect(first.setCookies).toEqual([`__Host-stepward-device-id=${id}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=${400 * 86_400}`]);
    expect(await ask(true)).toEqual({ ids: [id, id], setCookies: [] });
    expect((await ask(true, visitor(pages))).ids).not.toContain(id);
  });

  it('is not made where it may not be', async () => {
    expect(await ask(false)).toEqual({ ids: [null, null], setCookies: [] });
  });

  it.each(['', 'short', `${'a'.repeat(23)}`, `${'a'.repeat(21)}.`, `${'a'.repeat(21)}%`])(
    '`%s` is none of ours: a new one',
    async (value) => {
      own.jar.set('__Host-stepward-device-id', value);
      expect((await ask(false)).ids).toEqual([null, null]);
      expect((await ask(true)).ids[0]).toMatch(/^[\w-]{22}$/);
    },
  );
});

describe('entering a visit', () => {
  const returnUrl = 'http://localhost/oidc/interaction/abc/return';
  const enter = (lang?: string, c = knownC) =>
    pages.answerBy(async (request, response, host) => {
      if (!(await host.enter(request, response, { c, returnUrl, lang }))) response.writeHead(410).end('not yours');
    });
  beforeEach(async () => {
    await pages.close();
    pages = await servePages(views.choose, { now: () => now });
    own = visitor(pages);
    enter();
  });

  it('binds it to this browser and sends that to the page, on one answer', async () => {
    const { status, headers, setCookies } = await own.get('/oidc');
    expect([status, headers.get('location')]).toEqual([303, `/challenge?c=${knownC}`]);
    expect(setCookies.map((line) => line.split('=')[0])).toEqual(['__Host-stepward-browser', '__Host-stepward-device']);
    expect(pages.visits.calls).toEqual([
      { call: 'enter', returnUrl, request: expect.objectContaining({ c: knownC, mode: 'redirect', forceEnrollment: false }) },
    ]);
    expect((await own.get(headers.get('location') ?? '')).status).toBe(200);
  });

  it('again for the same browser, and for no other', async () => {
    await own.get('/oidc');
    expect((await own.get('/oidc')).status).toBe(303);
    const { status, body, setCookies } = await visitor(pages).get('/oidc');
    expect({ status, body, setCookies }).toEqual({ status: 410, body: 'not yours', setCookies: [] });
  });

  it('a frame is none of its browsers', async () => {
    const { status, setCookies } = await own.get('/oidc', { 'sec-fetch-dest': 'iframe' });
    expect({ status, setCookies, calls: pages.visits.calls }).toEqual({ status: 410, setCookies: [], calls: [] });
  });

  it('an unknown visit is nobody’s', async () => {
    enter(undefined, 'unknown');
    expect((await own.get('/oidc')).status).toBe(410);
  });

  it.each([
    ['fr', '&lang=fr'],
    ['xx fr-CA de', '&lang=fr-CA'],
    ['xx yy', ''],
    [`${'x'.repeat(4000)} fr`, '&lang=fr'],
    [`${'xx '.repeat(30)}fr`, ''],
    ['fr&x=1', ''],
  ])('in the first language that is spoken of `%s`', async (lang, query) => {
    enter(lang);
    expect((await own.get('/oidc')).headers.get('location')).toBe(`/challenge?c=${knownC}${query}`);
  });

  it('what is finished goes on to leave', async () => {
    pages.visits.show({ page: 'leave' });
    expect((await own.get('/oidc')).headers.get('location')).toBe(`/challenge/done?c=${knownC}`);
  });

  it.each([
    ['HEAD', {}],
    ['POST', {}],
    ['GET', { 'sec-purpose': 'prefetch;prerender' }],
  ])('%s with %o binds nothing', async (method, headers) => {
    const { status, setCookies } = await own.send(method, '/oidc', { headers });
    expect({ status, setCookies, calls: pages.visits.calls }).toEqual({ status: 204, setCookies: [], calls: [] });
  });

  it('a core that fails is no success', async () => {
    pages.visits.failure = new Error('away');
    pages.answerBy(async (request, response, host) => {
      const entered = await host.enter(request, response, { c: knownC, returnUrl }).catch(() => 'failed');
      response.end(String(entered));
    });
    expect((await own.get('/oidc')).body).toBe('failed');
  });
});

describe('a form of a host’s page', () => {
  beforeEach(() =>
    pages.answerBy(async (request, response, host) => {
      const fields = await host.posted(request, response);
      response.end(JSON.stringify(fields === undefined ? 'refused' : Object.fromEntries(fields)));
    }),
  );
  const post = async (fields: Record<string, string>, headers: Record<string, string> = {}) =>
    JSON.parse((await own.post(fields, headers, '/oidc')).body) as unknown;

  it('is read', async () => {
    expect(await post({ decision: 'allow', 'é&': '=' }, { 'sec-fetch-site': 'same-origin' })).toEqual({ decision: 'allow', 'é&': '=' });
  });

  it.each([
    ['origin', 'https://evil.example'],
    ['origin', 'null'],
    ['sec-fetch-site', 'same-site'],
    ['sec-fetch-site', 'cross-site'],
    ['sec-fetch-site', 'none'],
  ])('is refused with %s: %s', async (name, value) => expect(await post({ decision: 'allow' }, { [name]: value })).toBe('refused'));

  it('is refused where a field comes twice, where it is too large, and where it is no form', async () => {
    const send = async (body: string, type = 'application/x-www-form-urlencoded') =>
      JSON.parse((await own.send('POST', '/oidc', { body, headers: { 'content-type': type } })).body) as unknown;
    expect(await send('a=1&b=2')).toEqual({ a: '1', b: '2' });
    expect(await send('a=1&a=2')).toBe('refused');
    expect(await send(`a=${'x'.repeat(20_000)}`)).toBe('refused');
    expect(await send('{"a":1}', 'application/json')).toBe('refused');
  });
});

describe('leaving by a page of its own', () => {
  const text = (markup: string) => markup.replaceAll('&amp;', '&').replaceAll('&#39;', "'").replaceAll('&quot;', '"');
  const refreshOf = (body: string) => text(/<meta http-equiv="refresh" content="0;url=([^"]*)">/.exec(body)?.[1] ?? '');
  const leaveTo = (href: string, lang?: string) =>
    pages.answerBy((request, response, host) => host.leave(request, response, href, { lang }));
  const target = 'https://wiki.example/signed-out?state=a%20b&x=\'"<i>';
  const parsed = new URL(target).href;

  it('a GET is answered with it', async () => {
    leaveTo(target);
    const { status, body, headers } = await own.get('/oidc');
    expect([status, refreshOf(body), text(/<a class="button" href="([^"]*)"/.exec(body)?.[1] ?? '')]).toEqual([200, parsed, parsed]);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
    );
    expect(body).not.toMatch(/<script|<form|<i>/);
  });

  it('a POST is answered with a redirect to it, on our own origin', async () => {
    leaveTo(target, 'de');
    const { status, headers } = await own.post({}, {}, '/oidc');
    const location = headers.get('location') ?? '';
    expect(status).toBe(303);
    expect(location).toMatch(/^\/challenge\/on\?to=/);
    const page = await visitor(pages).get(location);
    expect([page.status, refreshOf(page.body)]).toEqual([200, parsed]);
    expect(page.body).toContain('<html lang="de"');
    expect(page.headers.get('cache-control')).toBe('no-store');
  });

  it('is over after a minute', async () => {
    leaveTo(target);
    const location = (await own.post({}, {}, '/oidc')).headers.get('location') ?? '';
    now += 59_999;
    expect((await own.get(location)).status).toBe(200);
    now += 1;
    expect((await own.get(location)).status).toBe(404);
    now = noon;
  });

  it('nobody but a host says where it goes', async () => {
    leaveTo(target);
    const location = (await own.post({}, {}, '/oidc')).headers.get('location') ?? '';
    const sealed = JSON.stringify({ href: 'https://evil.example/', until: now + 60_000 });
    const forged = [
      '/challenge/on',
      '/challenge/on?to=',
      '/challenge/on?to=https://evil.example/',
      `${location.slice(0, -4)}AAAA`,
      `/challenge/on?to=${Buffer.from(sealed).toString('base64url')}.AAAA`,
    ];
    for (const path of forged) {
      const { status, body } = await own.get(path);
      expect([path, status, refreshOf(body)]).toEqual([path, 404, '']);
    }
  });

  it.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'blob:https://x',
    'file:///etc/passwd',
    'about:blank',
    '/relative',
    '//evil.example',
    '',
  ])('goes nowhere by `%s`', async (href) => {
    pages.answerBy(async (request, response, host) => {
      const said = await host.leaving(request, href).catch((error: unknown) => error);
      response.end(String(said instanceof TypeError));
    });
    expect((await own.get('/oidc')).body).toBe('true');
  });

  it('an app of its own is gone to by its scheme', async () => {
    leaveTo('com.example.app:/signed-out');
    expect(refreshOf((await own.get('/oidc')).body)).toBe('com.example.app:/signed-out');
  });
});

describe('what a host’s own pages carry', () => {
  it('headers for a library’s page that posts by itself: a hash can be added, and nothing stops the post', () => {
    const headers = pages.host.headers('auto-post');
    expect(headers['Content-Security-Policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(headers).toMatchObject({ 'Cache-Control': 'no-store', 'Referrer-Policy': 'same-origin', 'X-Content-Type-Options': 'nosniff' });
    expect(Object.keys(headers)).not.toContain('Content-Type');
  });

  it('who is there: address, agent, language', async () => {
    pages.answerBy((request, response, host) => response.end(JSON.stringify(host.browser(request))));
    const { body } = await own.get('/oidc', { 'user-agent': 'Agent/1', 'accept-language': 'pt' });
    expect(JSON.parse(body)).toEqual({ ipAddress: expect.stringMatching(/127\.0\.0\.1|::1/), userAgent: 'Agent/1', acceptLanguage: 'pt' });
  });
});
