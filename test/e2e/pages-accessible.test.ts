/// <reference lib="dom" />
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultLanguage, languages, type View } from '../../core/index.ts';
import { knownC } from '../adapters/pages/fake-visits.ts';
import { type Pages, servePages } from '../adapters/pages/serve-pages.ts';
import { viewNames, views } from '../adapters/pages/views.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

type Found = { readonly id: string; readonly nodes: readonly string[] };

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Runs in the page. The page's own policy does not concern what the debugger evaluates. */
const audit = async (page: Page): Promise<readonly Found[]> => {
  await page.evaluate(axe);
  return page.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(rules)} }).then(({ violations }) => violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((node) => node.html + ' ' + node.failureSummary) })))`,
  );
};

/** What is cut off, overlaps the edge or is too small to hit. */
const misfits = (): readonly string[] => {
  const name = (element: Element) => `${element.tagName.toLowerCase()}.${element.className} ${element.textContent?.trim().slice(0, 30)}`;
  const shown = Array.from(document.querySelectorAll<HTMLElement>('body *')).filter((element) => element.checkVisibility());
  const wide = shown.filter(
    (element) => element.getBoundingClientRect().right > innerWidth + 1 || element.getBoundingClientRect().left < -1,
  );
  const targets = shown.filter((element) => element.matches('button, a, input:not([type=checkbox]), label.check'));
  const small = targets.filter((element) => element.getBoundingClientRect().height < 24);
  const main = targets.filter((element) => element.matches('button:not(.link), .button, input[type=text], label.check'));
  const low = main.filter((element) => element.getBoundingClientRect().height < 44);
  return [
    ...(document.documentElement.scrollWidth > innerWidth ? ['the page scrolls sideways'] : []),
    ...wide.map((element) => `wide: ${name(element)}`),
    ...small.map((element) => `under 24 px: ${name(element)}`),
    ...low.map((element) => `under 44 px: ${name(element)}`),
  ];
};

const looks: Readonly<Record<string, BrowserContextOptions>> = {
  'light, wide': { colorScheme: 'light', viewport: { width: 1024, height: 800 } },
  'dark, wide': { colorScheme: 'dark', viewport: { width: 1024, height: 800 } },
  'light, 320 px': { colorScheme: 'light', viewport: { width: 320, height: 640 } },
  'dark, 320 px': { colorScheme: 'dark', viewport: { width: 320, height: 640 } },
  'forced colours, 320 px': { forcedColors: 'active', colorScheme: 'dark', viewport: { width: 320, height: 640 } },
};

/** The audit itself needs a script engine, so the page's script is kept away and what stands in `noscript` is shown. */
const switchScriptOff = async (page: Page): Promise<void> => {
  await page.route('**/challenge?*', async (route) => {
    if (route.request().method() !== 'GET') return route.continue();
    const response = await route.fetch({ maxRedirects: 0 });
    const body = (await response.text()).replace(/<script[^>]*><\/script>/g, '').replace(/(<\/?)noscript>/g, '$1div>');
    return route.fulfill({ response, body });
  });
};

describe.skipIf(!hasBrowser)('accessibility', () => {
  let browser: Browser;
  let pages: Pages;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  const visitAll = async (
    options: BrowserContextOptions,
    language: string,
    check: (page: Page, name: string) => Promise<void>,
    withScript = true,
  ) => {
    pages = await servePages(views.choose, { links: { help: '/help', privacy: '/privacy' } });
    const context = await browser.newContext(options);
    const page = await context.newPage();
    if (!withScript) await switchScriptOff(page);
    const target = `${pages.url}&lang=${language}`;
    await page.goto(target);
    for (const name of viewNames) {
      pages.visits.show(views[name] satisfies View);
      await page.goto(target);
      await check(page, name);
    }
    pages.visits.show(views.emailCode);
    for (const error of ['wrong', 'wait', 'not-sent'] as const) {
      await page.goto(target);
      pages.visits.answers.push({ error });
      await page.fill('#code', '000000');
      await page.locator('form button').first().click();
      await page.waitForLoadState();
      await check(page, `emailCode after ${error}`);
    }
    await page.locator('button[value=resend]').click();
    await page.waitForLoadState();
    await check(page, 'emailCode after resend');
    await page.goto(`${pages.origin}/challenge?c=unknown&lang=${language}`);
    await check(page, 'neutral');
    pages.visits.leaving = { applicationName: 'Northwind Bank', result: 'succeeded' };
    await page.goto(`${pages.origin}/challenge/done?c=${knownC}&lang=${language}`);
    await check(page, 'leaving');
    await context.close();
    await pages.close();
  };

  /** Every look in one language, with and without script; two looks in each other language. */
  const cases = Object.entries(looks).flatMap(([look, options]) =>
    languages
      .filter((language) => language === defaultLanguage || look === 'dark, wide' || look === 'light, 320 px')
      .flatMap((language) =>
        (language === defaultLanguage ? [true, false] : [true]).map((withScript) => ({
          look,
          options,
          language,
          script: withScript ? 'with' : 'without',
          withScript,
        })),
      ),
  );

  it.each(cases)('axe finds nothing on any page: $look, $language, $script script', async ({ options, language, withScript }) => {
    const found: string[] = [];
    await visitAll(
      options,
      language,
      async (page, name) => {
        for (const { id, nodes } of await audit(page)) found.push(`${name}: ${id} ${nodes.join(' | ')}`);
      },
      withScript,
    );
    expect(found).toEqual([]);
  });

  it.each(languages)('nothing is cut at 320 px and every target is large enough: %s', async (language) => {
    const found: string[] = [];
    await visitAll({ viewport: { width: 320, height: 640 } }, language, async (page, name) => {
      for (const misfit of await page.evaluate(misfits)) found.push(`${name}: ${misfit}`);
    });
    expect(found).toEqual([]);
  });

  it('texts a half longer, with wider spacing, still fit at 320 px', async () => {
    const found: string[] = [];
    await visitAll({ viewport: { width: 320, height: 640 } }, 'en', async (page, name) => {
      await page.evaluate(() => {
        const style = new CSSStyleSheet();
        style.replaceSync(
          '*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-bottom:2em!important}',
        );
        document.adoptedStyleSheets = [style];
        const texts = document.createTreeWalker(document.querySelector('main') ?? document.body, NodeFilter.SHOW_TEXT);
        for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
          const text = node.textContent ?? '';
          if (text.trim() !== '' && node.parentElement?.closest('.codes, noscript, title') === null)
            node.textContent = `[${text} ${'ë'.repeat(Math.ceil(text.length * 0.4))}]`;
        }
      });
      for (const misfit of await page.evaluate(misfits)) found.push(`${name}: ${misfit}`);
    });
    expect(found).toEqual([]);
  });

  it('the audit can fail', async () => {
    pages = await servePages(views.emailCode);
    const page = await browser.newPage();
    await page.goto(pages.url);
    await page.evaluate(() => {
      document.querySelector('label')?.remove();
      document.documentElement.removeAttribute('lang');
      document.querySelector('button')?.setAttribute('style', 'height:10px');
      const style = new CSSStyleSheet();
      style.replaceSync('h1{color:#ccc} button{min-block-size:0!important;height:10px;padding:0!important;width:900px!important}');
      document.adoptedStyleSheets = [style];
    });
    expect((await audit(page)).map(({ id }) => id)).toEqual(expect.arrayContaining(['label', 'html-has-lang', 'color-contrast']));
    expect((await page.evaluate(misfits)).join()).toMatch(/wide.*under 24 px.*under 44 px/s);
    await page.close();
    await pages.close();
  });

  it('an error takes the focus; no other page moves it', async () => {
    await pagesWithFocus(browser);
  });

  it('the keyboard alone reaches everything, in reading order, with a visible ring', async () => {
    pages = await servePages(views.transactionCode);
    const page = await browser.newPage();
    await page.goto(pages.url);
    const order: string[] = [];
    for (let step = 0; step < 6; step++) {
      await page.keyboard.press('Tab');
      order.push(
        await page.evaluate(() => {
          const focused = document.activeElement;
          if (focused === null || focused === document.body) return 'nothing';
          const { outlineStyle, outlineWidth } = getComputedStyle(focused);
          return `${focused.id || focused.textContent} ${outlineStyle} ${outlineWidth}`;
        }),
      );
    }
    expect(order).toEqual([
      'code solid 3px',
      'Approve solid 3px',
      'Do not approve solid 3px',
      'Send a new code solid 3px',
      'Try another way solid 3px',
      expect.stringMatching(/^nothing|solid/),
    ]);
    await page.close();
    await pages.close();
  });
});

const pagesWithFocus = async (browser: Browser): Promise<void> => {
  const pages = await servePages(views.emailCode);
  const page = await browser.newPage();
  const focus = () => page.evaluate(() => document.activeElement?.className || document.activeElement?.tagName);
  for (const name of viewNames) {
    pages.visits.show(views[name]);
    await page.goto(pages.url);
    expect(await focus(), name).toBe('BODY');
  }
  pages.visits.show(views.emailCode);
  await page.goto(pages.url);
  pages.visits.answers.push({ error: 'wrong' });
  await page.fill('#code', '1');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.title.startsWith('Error:'));
  expect(await focus()).toBe('error');
  expect(await page.locator('#code').inputValue()).toBe('');
  await page.close();
  await pages.close();
};
