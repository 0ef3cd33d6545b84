/// <reference lib="dom" />
import type { ServerResponse } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knownC } from '../adapters/pages/fake-visits.ts';
import { type Pages, serve, servePages } from '../adapters/pages/serve-pages.ts';
import { viewNames, views } from '../adapters/pages/views.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';

/** Passes requests on to the pages, or lets them wait for an answer. */
const startWay = async (pages: Pages) => {
  let passes: (path: string) => boolean = () => true;
  let asked: string[] = [];
  let waiting: (() => void)[] = [];
  const answer = async (path: string, cookie: string | undefined, response: ServerResponse): Promise<void> => {
    const { status, headers, body } = await fetch(`${pages.origin}${path}`, { redirect: 'manual', headers: cookie ? { cookie } : {} });
    response.writeHead(status, { ...Object.fromEntries(headers), 'set-cookie': headers.getSetCookie() });
    if (body) for await (const chunk of body) response.write(chunk);
    response.end();
  };
  const { origin, close } = await serve(({ url = '', headers: { cookie } }, response) => {
    asked.push(url);
    // a page that waits asks again after the test
    const go = () => void answer(url, cookie, response).catch(() => response.destroy());
    if (passes(url)) go();
    else waiting.push(go);
  });
  return {
    url: `${origin}/challenge?c=${knownC}`,
    close,
    /** From now on these paths are answered, and no other. */
    only: (next: (path: string) => boolean): void => {
      passes = next;
      asked = [];
    },
    release: (): void => {
      passes = () => true;
      for (const go of waiting) go();
      waiting = [];
    },
    answered: (): readonly string[] => asked.filter(passes),
  };
};

const isPage = (path: string): boolean => path.startsWith('/challenge?');
const isStyle = (path: string): boolean => path.endsWith('.css');

/** Resolves when text or a picture was painted. */
const painted = (page: Page): Promise<unknown> =>
  page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0, undefined, { timeout: 60_000 });
const colours = (page: Page): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

describe.skipIf(!hasBrowser)('the first paint', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it.each(viewNames)('of the page %s needs the page and one style sheet, and once they are kept the page alone', async (name) => {
    const pages = await servePages(views[name]);
    const way = await startWay(pages);
    const context = await browser.newContext();
    const page = await context.newPage();
    way.only((path) => isPage(path) || isStyle(path));
    await page.goto(way.url, { waitUntil: 'commit' });
    await painted(page);
    const [document, style, ...more] = way.answered();
    expect([isPage(document ?? ''), isStyle(style ?? ''), more]).toEqual([true, true, []]);
    const dressed = await colours(page);
    expect(dressed).not.toBe('rgba(0, 0, 0, 0)');
    way.release();
    await page.waitForLoadState('load');

    way.only(isPage);
    await page.goto(way.url, { waitUntil: 'commit' });
    await painted(page);
    expect(way.answered()).toHaveLength(1);
    expect(await colours(page)).toBe(dressed);
    way.release();
    await context.close();
    await way.close();
    await pages.close();
  });
});
