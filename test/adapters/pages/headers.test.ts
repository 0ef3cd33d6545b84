import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knownC } from './fake-visits.ts';
import { type Pages, servePages } from './serve-pages.ts';
import { viewNames, views } from './views.ts';
import { visitor } from './visitor.ts';

const post = { matches: () => true, leave: () => ({ kind: 'post' as const, url: 'https://app.example/continue', fields: { a: '1' } }) };

const policies = {
  page: "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  leaving: "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
  'auto-post': "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
};

const common = {
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'strict-transport-security': 'max-age=63072000',
  'x-content-type-options': 'nosniff',
};

const expectHeaders = (headers: Headers, expected: Record<string, string>) => {
  for (const [name, value] of Object.entries({ ...common, ...expected })) expect(headers.get(name), name).toBe(value);
  const permissions = headers.get('permissions-policy')?.split(', ') ?? [];
  expect(permissions).toContain('publickey-credentials-get=(self)');
  expect(permissions).toContain('publickey-credentials-create=(self)');
  expect(permissions.filter((entry) => !entry.endsWith('=()'))).toHaveLength(2);
  for (const off of ['camera', 'microphone', 'geolocation', 'payment', 'usb']) expect(permissions).toContain(`${off}=()`);
  for (const name of ['server', 'x-powered-by', 'etag', 'access-control-allow-origin']) expect(headers.get(name), name).toBeNull();
};

describe('the headers of the pages', () => {
  let pages: Pages;
  beforeAll(async () => {
    pages = await servePages(views.choose);
  });
  afterAll(() => pages.close());

  it.each(viewNames)('%s', async (name) => {
    pages.visits.show(views[name]);
    const { headers, status } = await visitor(pages).get();
    expect(status === 200 || status === 404).toBe(true);
    expectHeaders(headers, {
      'content-security-policy': policies.page,
      'cache-control': 'no-store',
      'content-type': 'text/html; charset=utf-8',
    });
  });

  it('neutral, refused and broken pages have them too', async () => {
    const { get, post: send, send: any } = visitor(pages);
    for (const answer of [await get('/challenge'), await send({}), await any('PUT', '/challenge'), await get('/challenge/assets/x.js')]) {
      expectHeaders(answer.headers, { 'content-security-policy': policies.page, 'cache-control': 'no-store' });
    }
  });

  it('a form post answers 303 with no-store and without a body', async () => {
    const fresh = await servePages(views.choose);
    const { status, headers, body } = await visitor(fresh).submit({ do: 'back' });
    expect([status, body]).toEqual([303, '']);
    expectHeaders(headers, { location: `/challenge?c=${knownC}`, 'cache-control': 'no-store' });
    await fresh.close();
  });

  it.each([
    ['leaving', []],
    ['auto-post', [post]],
  ] as const)('the %s page', async (kind, transports) => {
    const leaving = await servePages({ page: 'leave' }, { transports });
    leaving.visits.leaving = { applicationName: 'A', result: 'succeeded', target: { url: 'https://app.example/' } };
    const { get } = visitor(leaving);
    await get();
    const { status, headers } = await get(`/challenge/done?c=${knownC}`);
    expect(status).toBe(200);
    expectHeaders(headers, { 'content-security-policy': policies[kind], 'cache-control': 'no-store' });
    await leaving.close();
  });

  it('assets are immutable and carry their hash in their name', async () => {
    const { get } = visitor(pages);
    const { body } = await visitor(await pages).get('/challenge');
    const names = Array.from(body.matchAll(/\/(?:challenge\/assets\/[a-z]+\.|theme\/)[0-9a-f]{16}\.[a-z]+/g), ([name]) => name);
    expect(names).toHaveLength(3);
    for (const name of names) {
      const { status, headers } = await get(name);
      expect(status).toBe(200);
      expectHeaders(headers, { 'cache-control': 'public, max-age=31536000, immutable' });
      const other = await get(name.replace(/[0-9a-f]{16}/, '0000000000000000'));
      // a page may outlive its theme: it gets today's style, and keeps it for this once
      expect([other.status, other.headers.get('cache-control')]).toEqual([name.startsWith('/theme/') ? 200 : 404, 'no-store']);
    }
  });
});
