import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultColours, defaultTenant, type Theme } from '../../../core/index.ts';
import { knownC } from './fake-visits.ts';
import { hostViewNames, hostViews } from './host-views.ts';
import { knownL, linkViewNames, linkViews } from './link-views.ts';
import { type Pages, servePages } from './serve-pages.ts';
import { viewNames, views } from './views.ts';
import { visitor } from './visitor.ts';

const size = (text: string) => gzipSync(text, { level: 9 }).length;
const kB = 1000;

describe('sizes, gzip -9', () => {
  let pages: Pages;
  beforeAll(async () => {
    pages = await servePages(views.choose, { links: { help: '/help', privacy: '/privacy' } });
  });
  afterAll(() => pages.close());

  it.each(viewNames)('the page %s', async (name) => {
    const own = visitor(pages);
    own.jar.set('__Host-stepward-browser', 'browser-1-abcdefghijkl');
    pages.visits.show(views[name]);
    const { body } = await own.get(`/challenge?c=${knownC}`);
    expect(body).toContain('<h1>');
    expect(size(body)).toBeLessThanOrEqual((body.includes('class="qr"') ? 5 : 3) * kB);
  });

  it.each(hostViewNames)('a host’s page: %s', async (name) => {
    pages.answerBy((request, response, host) => host.show(request, response, hostViews[name], { lang: 'ar' }));
    expect(size((await visitor(pages).get('/oidc')).body)).toBeLessThanOrEqual(3 * kB);
  });

  /** Everything that a page makes the browser load, from the page itself. */
  const loaded = (body: string) =>
    Array.from(body.matchAll(/<(link|script|img)[^>]*? (?:href|src)="([^"]+)"/g), ([, element = '', path = '']) => ({ element, path }));

  it.each(linkViewNames)('the page behind a mailed link: %s', async (name) => {
    pages.links.show(linkViews[name]);
    const { body } = await visitor(pages).get(`/challenge/link?l=${knownL}`);
    expect(body).toContain('<h1>');
    expect(size(body)).toBeLessThanOrEqual(3 * kB);
  });

  it('style 4 kB, script 5 kB, all that a first view loads 15 kB', async () => {
    const { get } = visitor(pages);
    const { body } = await get('/challenge');
    const sizes = await Promise.all(
      loaded(body).map(async ({ element, path }) => {
        const { status, body: content } = await get(path);
        expect([path, status]).toEqual([path, 200]);
        return { kind: path.replace(/^.*\./, ''), element, size: size(content) };
      }),
    );
    expect(sizes.map(({ kind }) => kind).sort()).toEqual(['css', 'js', 'svg']);
    const sizeOf = (wanted: string) => sizes.find(({ kind }) => kind === wanted)?.size ?? Number.NaN;
    expect(sizeOf('css')).toBeLessThanOrEqual(4 * kB);
    expect(sizeOf('js')).toBeLessThanOrEqual(5 * kB);
    expect(sizes.reduce((sum, one) => sum + one.size, size(body))).toBeLessThanOrEqual(15 * kB);
  });

  it('a theme of an operator adds no style sheet and keeps to 4 kB', async () => {
    const theme: Theme = {
      colors: { light: defaultColours.dark, dark: defaultColours.light },
      radius: 'large',
      density: 'roomy',
      font: 'rounded',
      productName: 'Northwind Bank',
    };
    const own = await servePages(views.choose, { settings: async () => ({ tenant: defaultTenant, messageOverrides: {}, theme }) });
    const { get } = visitor(own);
    const styles = loaded((await get('/challenge')).body).filter(({ path }) => path.endsWith('.css'));
    expect(styles).toHaveLength(1);
    expect(size((await get(styles[0]?.path)).body)).toBeLessThanOrEqual(4 * kB);
    await own.close();
  });
});
