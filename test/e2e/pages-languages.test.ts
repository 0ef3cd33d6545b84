/// <reference lib="dom" />
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogues, defaultTenant, defaultTheme, type Language, languages, type MessageText } from '../../core/index.ts';
import { servePages } from '../adapters/pages/serve-pages.ts';
import { views } from '../adapters/pages/views.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { auditedPages, misfits, visitAll } from './pages-audit.ts';
import { watch } from './pages-watch.ts';

const narrow = { width: 320, height: 640 };

const accents: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ').map((letter, at) => [
    letter,
    Array.from('åƀçðéƒĝĥîĵķļɱñöþɋŕšţûṽŵẋýžÅƁÇÐÉƑĜĤÎĴĶĻṀÑÖÞɊŔŠŢÛṼŴẊÝŽ')[at] ?? letter,
  ]),
);

/** The pseudo-locale: every letter has an accent, every text is half as long again, and brackets show where it ends. */
const pseudo = (message: MessageText): string => {
  const text = (typeof message === 'string' ? message : message.other) ?? '';
  const accented = text.replace(/\{\w+\}|[A-Za-z]/g, (part) => accents[part] ?? part);
  return `[${accented} ${'é'.repeat(Math.ceil(text.length * 0.4))}]`;
};

/** Words in plain letters that come from no catalogue; data of the test's visits is set apart by its elements. */
const hardCoded = (): readonly string[] => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found: string[] = [];
  for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
    // a length of time is written by Intl
    const text = (node.textContent ?? '').replace(/\d+ (?:second|minute|hour)s?/g, '');
    if (/[A-Za-z]{3}/.test(text) && node.parentElement?.closest('bdi, time, noscript, .codes, .secret, footer') === null)
      found.push(text.trim());
  }
  return found;
};

describe.skipIf(!hasBrowser)('languages', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  // a long one, one without spaces, and both that are read from the right; all ten in the long run
  const looked = process.env.STEPWARD_LONG_TESTS === '1' ? languages : (['de', 'ja', 'ar', 'he'] as const);

  it.concurrent.each(looked)('%s: at 320 px nothing is cut on any page, and the browser reports nothing', async (language) => {
    const pages = await auditedPages();
    const context = await browser.newContext({ viewport: narrow, locale: language });
    const page = await context.newPage();
    const seen = await watch(page, pages.origin);
    const found: string[] = [];
    await visitAll(page, pages, language, async (_, name) => {
      expect(await page.locator('html').getAttribute('lang')).toBe(language);
      for (const misfit of await page.evaluate(misfits)) found.push(`${name}: ${misfit}`);
    });
    expect(found).toEqual([]);
    expect(seen.taken().filter((line) => !/status of 404/.test(line))).toEqual([]);
    await context.close();
    await pages.close();
  });

  it('pseudo-locale, with wide spacing: nothing is cut at 320 px, and no word is written into a page', async () => {
    const messages = Object.fromEntries(Object.entries(catalogues.en).map(([key, message]) => [key, pseudo(message)]));
    const settings = async () => ({ tenant: defaultTenant, messageOverrides: { en: messages }, theme: defaultTheme });
    const pages = await auditedPages({ settings });
    const context = await browser.newContext({ viewport: narrow });
    const page = await context.newPage();
    const found: string[] = [];
    await visitAll(page, pages, 'en', async (_, name) => {
      expect(await page.title()).toContain('[');
      for (const word of await page.evaluate(hardCoded)) found.push(`${name}: not in the catalogue: ${word}`);
      for (const misfit of await page.evaluate(misfits)) found.push(`${name}: ${misfit}`);
      // WCAG 2.2, 1.4.12
      await page.evaluate(() => {
        const style = new CSSStyleSheet();
        style.replaceSync(
          '*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-bottom:2em!important}',
        );
        document.adoptedStyleSheets = [style];
      });
      for (const misfit of await page.evaluate(misfits)) found.push(`${name}, spaced: ${misfit}`);
    });
    expect(found).toEqual([]);
    await context.close();
    await pages.close();
  });

  const rightToLeft = ['ar', 'he'] as const satisfies readonly Language[];

  it.each(rightToLeft)('%s mirrors the page; codes, addresses and amounts stay as they are read', async (language) => {
    const pages = await servePages(views.choose);
    const page = await browser.newPage({ viewport: { width: 800, height: 800 } });
    const placed = async (selector: string) => {
      const box = await page.locator(selector).first().boundingBox();
      if (box === null) throw new Error(`no ${selector}`);
      return { start: box.x, end: 800 - box.x - box.width };
    };
    const places = async (selectors: readonly string[]) => Promise.all(selectors.map(placed));
    const selectors = ['.brand svg', 'button.quiet svg', '.card'];
    await page.goto(`${pages.url}&lang=en`);
    const ltr = await places(selectors);
    await page.goto(`${pages.url}&lang=${language}`);
    const rtl = await places(selectors);
    for (const [at, { start }] of ltr.entries()) expect(rtl[at]?.end, selectors[at]).toBeCloseTo(start, 0);
    expect(await page.locator('small bdi').first().getAttribute('dir')).toBe('ltr');

    const directions = () =>
      page.evaluate(() =>
        Object.fromEntries(
          ['#code', '.muted bdi', '.codes', '.secret'].map((selector) => {
            const element = document.querySelector(selector);
            return [selector, element === null ? undefined : getComputedStyle(element).direction];
          }),
        ),
      );
    pages.visits.show(views.emailCode);
    await page.goto(`${pages.url}&lang=${language}`);
    expect(await directions()).toMatchObject({ '#code': 'ltr', '.muted bdi': 'ltr' });
    pages.visits.show(views.recoveryCodes);
    await page.goto(`${pages.url}&lang=${language}`);
    expect(await directions()).toMatchObject({ '.codes': 'ltr' });
    pages.visits.show(views.enrollApp);
    await page.goto(`${pages.url}&lang=${language}`);
    expect(await directions()).toMatchObject({ '.secret': 'ltr' });
    await page.close();
    await pages.close();
  });

  it('the languages open without script and by the keyboard, and lead to the same visit', async () => {
    const pages = await servePages(views.emailCode);
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(pages.url);
    await page.locator('footer summary').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Français' }).click();
    expect(await page.locator('html').getAttribute('lang')).toBe('fr');
    await page.fill('#code', '123456');
    await page.keyboard.press('Enter');
    await expect.poll(() => pages.visits.commands()).toMatchObject([{ do: 'answer', response: '123456' }]);
    expect(new URL(page.url()).searchParams.get('lang')).toBe('fr');
    await context.close();
    await pages.close();
  });
});
