/// <reference lib="dom" />
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PageSettings } from '../../adapters/pages/options.ts';
import { defaultTenant, defaultTheme, type Theme } from '../../core/index.ts';
import { servePages } from '../adapters/pages/serve-pages.ts';
import { views } from '../adapters/pages/views.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { png, svg } from '../support/pictures.ts';
import { watch } from './pages-watch.ts';

const picture = (type: 'png' | 'svg', bytes: Buffer) => ({ type, width: 120, height: 40, data: bytes.toString('base64url') }) as const;

/** What the management API would refuse, as it would stand in the database. */
const hostilePicture = picture(
  'svg',
  Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40" onload="top.hit=1;hit=1"><script>top.hit=1;hit=1</script>' +
      '<foreignObject width="9" height="9"><body xmlns="http://www.w3.org/1999/xhtml" onload="hit=1"><img src="https://evil.example/x"/></body></foreignObject>' +
      '<image href="https://evil.example/y.png"/><style>@import url(https://evil.example/z.css);</style><rect width="120" height="40"/></svg>',
  ),
);

const settingsWith = (theme: Partial<Theme>): PageSettings => ({
  tenant: defaultTenant,
  messageOverrides: {},
  theme: { ...defaultTheme, ...theme },
});

describe.skipIf(!hasBrowser)('a themed page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  /** What the browser fetched for the page that is shown: which held up the first paint, and which came over the network. */
  const timings = () =>
    performance.getEntriesByType('resource').map((entry) => {
      const { name, renderBlockingStatus, transferSize } = entry as PerformanceResourceTiming & { renderBlockingStatus: string };
      return { kind: name.replace(/^.*\./, ''), blocks: renderBlockingStatus === 'blocking', fetched: transferSize > 0 };
    });

  it.each<[string, Partial<Theme>]>([
    ['the default look', {}],
    [
      'a theme with pictures',
      { colors: { light: { accent: '#0a5c36' } }, logo: picture('svg', svg()), favicon: picture('png', png(32, 32)) },
    ],
  ])('%s: cold, the page and one style sheet before the first paint; then the page alone', async (_, theme) => {
    const pages = await servePages(views.choose, { settings: async () => settingsWith(theme) });
    const context = await browser.newContext();
    const page = await context.newPage();
    const seen = await watch(page, pages.origin);
    await page.goto(pages.url, { waitUntil: 'networkidle' });
    const cold = await page.evaluate(timings);
    expect(cold.filter(({ blocks }) => blocks).map(({ kind }) => kind)).toEqual(['css']);
    expect(cold.filter(({ kind }) => kind === 'js')).toEqual([{ kind: 'js', blocks: false, fetched: true }]);
    // nothing that the style sheet would have to wait for in turn
    const style = await page.evaluate(() =>
      Array.from(document.styleSheets, (sheet) => Array.from(sheet.cssRules, (rule) => rule.cssText).join('')),
    );
    expect(style).toHaveLength(1);
    expect(style[0]).not.toMatch(/@import|url\(/);
    await page.goto(`${pages.url}&state=again`, { waitUntil: 'networkidle' });
    const again = await page.evaluate(timings);
    expect(again.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['css', 'js']));
    expect(again.filter(({ fetched }) => fetched)).toEqual([]);
    expect(seen.taken()).toEqual([]);
    await context.close();
    await pages.close();
  });

  it('has the colours of its scheme, and changes with the theme without a reload of anything old', async () => {
    let settings = settingsWith({
      colors: { light: { ground: '#ffeedd' }, dark: { ground: '#000011' } },
      radius: 'none',
      density: 'compact',
    });
    const pages = await servePages(views.choose, { settings: async () => settings });
    const page = await browser.newPage();
    const looks = () =>
      page.evaluate(() => {
        const card = document.querySelector('.card') ?? document.body;
        return [getComputedStyle(document.body).backgroundColor, getComputedStyle(card).borderRadius, getComputedStyle(card).paddingTop];
      });
    await page.goto(pages.url);
    expect(await looks()).toEqual(['rgb(255, 238, 221)', '0px', '24px']);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await looks()).toEqual(['rgb(0, 0, 17)', '0px', '24px']);
    settings = settingsWith({});
    await page.goto(pages.url);
    expect(await looks()).toEqual(['rgb(16, 18, 22)', '14px', '32px']);
    await page.close();
    await pages.close();
  });

  it('an SVG with a script, had one come through, does nothing: in the page and opened by itself', async () => {
    const pages = await servePages(views.choose, { settings: async () => settingsWith({ logo: hostilePicture }) });
    const context = await browser.newContext();
    const page = await context.newPage();
    const seen = await watch(page, pages.origin);
    await page.goto(pages.url, { waitUntil: 'networkidle' });
    const logo = page.locator('.brand img');
    expect(await logo.evaluate((image: HTMLImageElement) => [image.complete, image.naturalWidth > 0])).toEqual([true, true]);
    expect(await page.evaluate('window.hit')).toBeUndefined();
    expect(seen.taken()).toEqual([]);
    const blocked: string[] = [];
    page.on('requestfailed', (request) => blocked.push(`${request.failure()?.errorText} ${request.url().replace(/^.*\//, '')}`));
    await page.goto(new URL((await logo.getAttribute('src')) ?? '', pages.origin).href, { waitUntil: 'networkidle' });
    expect(await page.evaluate(() => [document.documentElement.nodeName, self.origin, (window as { hit?: number }).hit])).toEqual([
      'svg',
      'null',
      undefined,
    ]);
    // the debugger sees what was asked for; the policy stopped each before it left
    expect(blocked.sort()).toEqual(['csp x', 'csp y.png', 'csp z.css']);
    await context.close();
    await pages.close();
  });
});
