import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knownC } from './fake-visits.ts';
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

  it('style 4 kB, script 5 kB, all that a first view loads 15 kB', async () => {
    const { get } = visitor(pages);
    const { body } = await get('/challenge');
    const asset = async (pattern: RegExp) => (await get(pattern.exec(body)?.[0] ?? '')).body;
    const style = size(await asset(/\/challenge\/assets\/\w+\.\w+\.css/));
    const script = size(await asset(/\/challenge\/assets\/\w+\.\w+\.js/));
    const icon = size(await asset(/\/challenge\/assets\/\w+\.\w+\.svg/));
    expect(style).toBeLessThanOrEqual(4 * kB);
    expect(script).toBeLessThanOrEqual(5 * kB);
    expect(size(body) + style + script + icon).toBeLessThanOrEqual(15 * kB);
  });
});
