import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { knownC } from './fake-visits.ts';
import { type Pages, servePages } from './serve-pages.ts';
import { viewNames, views } from './views.ts';
import { visitor } from './visitor.ts';

describe('which browser a visit belongs to', () => {
  let pages: Pages;
  beforeEach(async () => {
    pages = await servePages(views.choose);
  });
  afterEach(() => pages.close());

  it('is the first that opens it: two __Host- cookies, the device for 400 days', async () => {
    const { setCookies, status } = await visitor(pages).get();
    expect(status).toBe(200);
    expect(setCookies).toEqual([
      expect.stringMatching(/^__Host-stepward-browser=[\w-]+; Path=\/; Secure; HttpOnly; SameSite=Lax$/),
      expect.stringMatching(/^__Host-stepward-device=[\w-]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=34560000$/),
    ]);
    expect(pages.visits.calls).toMatchObject([
      { call: 'open', binds: true, request: { c: knownC, mode: 'redirect', forceEnrollment: false } },
    ]);
  });

  it('reports browser, device, address, agent and language of each request to the core', async () => {
    const own = visitor(pages);
    await own.get();
    await own.get(`${pages.url}&force_enrollment=true&mode=popup`, { 'user-agent': 'Agent/1', 'accept-language': 'de' });
    expect(pages.visits.calls[1]).toMatchObject({
      request: {
        browser: own.jar.get('__Host-stepward-browser'),
        device: own.jar.get('__Host-stepward-device'),
        ipAddress: expect.stringMatching(/127\.0\.0\.1|::1/),
        userAgent: 'Agent/1',
        acceptLanguage: 'de',
        mode: 'window',
        forceEnrollment: true,
      },
    });
  });

  it('a second browser, before or after the first has finished, sees the neutral page and gets no cookie', async () => {
    const [first, second] = [visitor(pages), visitor(pages)];
    await first.get();
    const foreign = await second.get();
    expect(foreign.status).toBe(404);
    expect(foreign.setCookies).toEqual([]);
    expect(foreign.body).not.toContain('Northwind');
    pages.visits.show({ page: 'leave' });
    pages.visits.leaving = {
      applicationName: 'Northwind Bank',
      result: 'succeeded',
      target: { url: 'https://app.example/', ticket: 'the-ticket' },
    };
    const done = await second.get(`/challenge/done?c=${knownC}`);
    expect(done.status).toBe(404);
    expect(done.body).not.toContain('the-ticket');
    expect((await first.get(`/challenge/done?c=${knownC}`)).body).toContain('the-ticket');
  });

  it('HEAD does not bind', async () => {
    const answer = await visitor(pages).head();
    expect([answer.setCookies, answer.body]).toEqual([[], '']);
    expect(pages.visits.calls).toMatchObject([{ call: 'open', binds: false }]);
    expect((await visitor(pages).get()).status).toBe(200);
  });

  it.each(['prefetch', 'prefetch;prerender', 'prefetch;anonymous-client-ip'])(
    '`Sec-Purpose: %s` asks the core nothing',
    async (purpose) => {
      const answer = await visitor(pages).get(pages.url, { 'sec-purpose': purpose });
      expect([answer.status, answer.body, answer.setCookies]).toEqual([204, '', []]);
      await visitor(pages).get(`/challenge/done?c=${knownC}`, { 'sec-purpose': purpose });
      expect(pages.visits.calls).toEqual([]);
    },
  );

  it('a cookie of another form is not handed on', async () => {
    await visitor(pages).get(pages.url, { cookie: '__Host-stepward-browser="<x>"; stepward-browser=abcdefgh; __Host-stepward-device=' });
    expect(pages.visits.calls).toMatchObject([{ request: { browser: undefined, device: undefined } }]);
  });
});

describe('what the neutral page tells', () => {
  it('unknown and foreign visits, repeated and missing parameters: the same bytes, headers and status', async () => {
    const pages = await servePages(views.choose);
    await visitor(pages).get();
    const other = visitor(pages);
    const targets = [
      pages.url,
      '/challenge?c=unknown-visit-00000000',
      `${pages.url}&force_enrollment=true`,
      '/challenge?c=unknown-visit-00000000&force_enrollment=true&state=abc',
      '/challenge',
      '/challenge?c=',
      `${pages.url}&c=${knownC}`,
      `${pages.url}&state=a&state=b`,
      `${pages.url}&%63=x`,
      `${pages.url}&state=${'x'.repeat(4097)}`,
      '/challenge?c=<script>',
      '/challenge?c=%ff',
      `/challenge/done?c=${knownC}`,
      '/challenge/done?c=unknown-visit-00000000',
    ];
    const answers = [];
    for (const target of targets) {
      const { status, headers, body } = await other.get(target);
      answers.push(JSON.stringify([status, Array.from(headers).filter(([name]) => name !== 'date'), body]));
    }
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('[404,');
    expect(answers[0]).not.toContain('<form');
    await pages.close();
  });

  it.each(['blocked', 'review', 'expired', 'noWay'] as const)(
    '%s shows no method and no form to enroll, whatever the query says',
    async (name) => {
      const pages = await servePages(views[name]);
      const { body } = await visitor(pages).get(`${pages.url}&force_enrollment=true`);
      expect(body).not.toMatch(/name="method"|value="enroll"|value="choose"|<input type="text"/);
      await pages.close();
    },
  );

  it('every other page has what this test looks for', () => {
    expect(viewNames.length).toBeGreaterThan(20);
  });
});

describe('Host and forwarded headers', () => {
  it('have no effect on links, forms, redirects and cookies', async () => {
    const pages = await servePages(views.choose);
    const plain = await visitor(pages).get();
    const forwarded: readonly Record<string, string>[] = [
      { 'x-forwarded-host': 'evil.example' },
      { 'x-forwarded-proto': 'http', 'x-forwarded-port': '81' },
      { forwarded: 'host=evil.example;proto=http' },
      { 'x-original-url': '/evil', 'x-rewrite-url': '/evil', 'x-forwarded-prefix': '/evil' },
    ];
    for (const headers of forwarded) {
      const own = await servePages(views.choose);
      const answer = await visitor(own).get(own.url, headers);
      expect(answer.body).toBe(plain.body);
      expect(answer.setCookies).toEqual(plain.setCookies);
      const post = await visitor(own).post({}, { ...headers, origin: 'http://evil.example' });
      expect(post.status).toBe(403);
      await own.close();
    }
    expect(plain.body.match(/https?:\/\//g)).toBeNull();
    await pages.close();
  });

  it('a foreign Host or an absolute-form target changes no byte', async () => {
    const { connect } = await import('node:net');
    const pages = await servePages(views.choose);
    const ask = (target: string, host: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect(Number(new URL(pages.origin).port), 'localhost');
        const chunks: Buffer[] = [];
        socket.on('data', (chunk: Buffer) => chunks.push(chunk));
        socket.on('end', () => resolve(Buffer.concat(chunks).toString()));
        socket.on('error', reject);
        socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      });
    const first = await ask('/challenge?c=unknown-visit-00000000', 'localhost');
    for (const answer of [
      await ask('/challenge?c=unknown-visit-00000000', 'evil.example'),
      await ask('http://evil.example/challenge?c=unknown-visit-00000000', 'evil.example'),
    ]) {
      expect(answer).not.toContain('evil');
      expect(answer.replace(/^Date:.*$/m, '')).toBe(first.replace(/^Date:.*$/m, ''));
    }
    await pages.close();
  });
});
