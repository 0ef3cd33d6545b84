import { afterEach, describe, expect, it } from 'vitest';
import type { Leaving } from '../../../core/index.ts';
import { knownC } from './fake-visits.ts';
import { type Pages, servePages } from './serve-pages.ts';
import { viewNames, views } from './views.ts';
import { type Answer, visitor } from './visitor.ts';

const frameAncestors = ['https://shop.example', 'https://bank.example'];
const inFrame = { 'sec-fetch-dest': 'iframe' };
const inTab = { 'sec-fetch-dest': 'document' };
const popup = `/challenge?c=${knownC}&mode=popup`;
const done = `/challenge/done?c=${knownC}&mode=popup`;

const framers = ({ headers }: Answer) => /frame-ancestors ([^;]*)/.exec(headers.get('content-security-policy') ?? '')?.[1];
const opening = ({ body }: Answer) => /<html[^>]*>/.exec(body)?.[0] ?? '';

describe('how a visit is shown', () => {
  let pages: Pages;
  afterEach(() => pages.close());
  const begin = async (changes: Parameters<typeof servePages>[1] = { frameAncestors }) => {
    pages = await servePages(views.choose, changes);
    return visitor(pages);
  };

  it('a frame: cookies that arrive across sites, partitioned, under names of their own; framed by the listed alone', async () => {
    const own = await begin();
    const answer = await own.get(popup, inFrame);
    expect(answer.setCookies).toEqual([
      expect.stringMatching(/^__Host-stepward-frame-browser=[\w-]+; Path=\/; Secure; HttpOnly; SameSite=None; Partitioned$/),
      expect.stringMatching(
        /^__Host-stepward-frame-device=[\w-]+; Path=\/; Secure; HttpOnly; SameSite=None; Partitioned; Max-Age=34560000$/,
      ),
    ]);
    expect(framers(answer)).toBe('https://shop.example https://bank.example');
    expect(answer.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(opening(answer)).toContain('data-mode="frame" data-hosts="https://shop.example https://bank.example"');
    expect(pages.visits.calls).toMatchObject([{ request: { mode: 'frame', browser: undefined, device: undefined } }]);
    await own.get(popup, inFrame);
    expect(pages.visits.calls[1]).toMatchObject({
      request: { browser: own.jar.get('__Host-stepward-frame-browser'), device: own.jar.get('__Host-stepward-frame-device') },
    });
  });

  it.each([
    ['`document`', inTab],
    ['nothing, as an old browser does,', {}],
  ])('a window, which says %s: the cookies of a tab, framed by nobody, not cut from its opener', async (_, headers) => {
    const own = await begin();
    const answer = await own.get(popup, headers);
    expect(answer.setCookies.map((line) => line.split('=', 1)[0])).toEqual(['__Host-stepward-browser', '__Host-stepward-device']);
    for (const line of answer.setCookies) expect(line).toContain('SameSite=Lax');
    expect(framers(answer)).toBe("'none'");
    expect(answer.headers.get('cross-origin-opener-policy')).toBe('unsafe-none');
    expect(opening(answer)).toContain('data-mode="window"');
    expect(pages.visits.calls).toMatchObject([{ request: { mode: 'window' } }]);
  });

  it('a tab: framed by nobody, apart from who opened it, nobody to talk to', async () => {
    const own = await begin();
    const answer = await own.get(pages.url, inTab);
    expect(framers(answer)).toBe("'none'");
    expect(answer.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(opening(answer)).toBe('<html lang="en" dir="ltr">');
  });

  it('a jar does not serve the other: a window does not see the cookies of a frame, nor the reverse', async () => {
    const own = await begin();
    await own.get(popup, inFrame);
    await own.get(popup, inTab);
    expect(pages.visits.calls[1]).toMatchObject({ request: { browser: undefined, device: undefined } });
  });

  it.each([
    ['a frame where nobody is listed', [], popup, inFrame],
    ['a frame that does not say `mode=popup`', frameAncestors, `/challenge?c=${knownC}`, inFrame],
    ['an object', frameAncestors, popup, { 'sec-fetch-dest': 'object' }],
    ['an embed', frameAncestors, popup, { 'sec-fetch-dest': 'embed' }],
    ['a frame of a frameset', frameAncestors, popup, { 'sec-fetch-dest': 'frame' }],
    ['an image', frameAncestors, popup, { 'sec-fetch-dest': 'image' }],
  ])('%s gets nothing, and binds and decides nothing', async (_, list, target, headers) => {
    const own = await begin({ frameAncestors: list });
    for (const path of [target, target.replace('/challenge', '/challenge/done')]) {
      const answer = await own.get(path, headers);
      expect([answer.status, answer.setCookies, framers(answer)]).toEqual([404, [], "'none'"]);
      expect(answer.body).not.toMatch(/Northwind|<form/);
    }
    expect((await own.post({ do: 'cancel' }, headers, target)).status).toBe(403);
    expect(pages.visits.calls).toEqual([]);
  });

  it('in development any loopback port may frame, and nobody else', async () => {
    const own = await begin({ frameAncestors: [], anyLoopbackPort: true });
    const answer = await own.get(popup, inFrame);
    expect(framers(answer)).toBe('http://localhost:* http://127.0.0.1:* https://localhost:* https://127.0.0.1:*');
    expect(opening(answer)).toContain('data-hosts="" data-loopback');
  });

  it('every answer of a window leaves it tied to its opener, redirects and failures too', async () => {
    const own = await begin();
    const page = await own.get(popup, inTab);
    const post = await own.post({ csrf: page.field('csrf'), do: 'back' }, inTab, popup);
    const forged = await own.post({ csrf: 'x', do: 'back' }, inTab, popup);
    pages.visits.failure = new Error('down');
    const trouble = await own.get(popup, inTab);
    for (const answer of [page, post, forged, trouble])
      expect([answer.status, answer.headers.get('cross-origin-opener-policy')]).toEqual([answer.status, 'unsafe-none']);
    expect([post.status, forged.status, trouble.status]).toEqual([303, 403, 503]);
  });

  it('what is no page of a visit says so to the page that shows it', async () => {
    const own = await begin();
    expect(opening(await own.get('/challenge?c=unknown-visit-00000000&mode=popup', inFrame))).toContain(
      'data-error="not_found" data-status="404"',
    );
    expect(opening(await own.post({ csrf: 'x', do: 'back' }, inFrame, popup))).toContain('data-error="forbidden" data-status="403"');
    pages.visits.failure = new Error('down');
    expect(opening(await own.get(popup, inFrame))).toContain('data-error="unavailable" data-status="503"');
  });

  it.each(['frame', 'window'] as const)('the end of a %s: a page with script, and no way to another origin', async (mode) => {
    const own = await begin();
    const headers = mode === 'frame' ? inFrame : inTab;
    await own.get(popup, headers);
    const end = async (leaving: Leaving): Promise<Answer> => {
      pages.visits.leaving = leaving;
      return own.get(done, headers);
    };
    const told = await end({ applicationName: 'Northwind Bank', result: 'succeeded', message: { token: 'a.b"<c' } });
    expect(told.status).toBe(200);
    expect(told.body).toContain('data-close data-token="a.b&quot;&lt;c"');
    expect(told.body).toContain('<script type="module"');
    expect(told.body).not.toMatch(/http-equiv|https?:\/\/(?!shop|bank)/);
    expect(told.headers.get('content-security-policy')).toContain("form-action 'self'");
    const silent = await end({ applicationName: 'Northwind Bank', result: 'not-succeeded', message: {} });
    expect(silent.body).toContain('data-close>');
    expect(silent.body).not.toContain('data-token');
  });

  it('a form of the frame takes the visit into a window, from our own page alone', async () => {
    const own = await begin();
    const move = { do: 'window', key: 'the-key' };
    const foreign: readonly Record<string, string>[] = [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }];
    for (const headers of foreign) expect((await own.post(move, { ...inTab, ...headers }, popup)).status).toBe(403);
    expect(pages.visits.calls).toEqual([]);
    expect((await own.post({ ...move, key: 'x' }, inTab, popup)).status).toBe(403);
    const moved = await own.post(move, inTab, popup);
    expect([moved.status, moved.headers.get('location')]).toEqual([303, popup]);
    expect(moved.setCookies).toEqual([expect.stringMatching(/^__Host-stepward-browser=.*SameSite=Lax$/)]);
    expect(pages.visits.calls.at(-1)).toMatchObject({ call: 'move', key: 'the-key', request: { mode: 'window' } });
  });

  it.each(viewNames)('in a frame the page %s keeps its size', async (name) => {
    const { gzipSync } = await import('node:zlib');
    const own = await begin();
    own.jar.set('__Host-stepward-frame-browser', 'browser-1-abcdefghijkl');
    pages.visits.show(views[name]);
    const { body } = await own.get(popup, inFrame);
    expect(body).toContain('id="to-window"');
    expect(gzipSync(body, { level: 9 }).length).toBeLessThanOrEqual((body.includes('class="qr"') ? 5 : 3) * 1000);
  });
});
