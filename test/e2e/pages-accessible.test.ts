/// <reference lib="dom" />
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkViewNames } from '../adapters/pages/link-views.ts';
import { servePages } from '../adapters/pages/serve-pages.ts';
import { viewNames, views } from '../adapters/pages/views.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { audit, auditedPage, auditedPages, misfits, switchScriptOff, visitAll } from './pages-audit.ts';

type Look = { readonly colorScheme: 'light' | 'dark'; readonly forcedColors?: 'active' | 'none' };
const colours: Readonly<Record<string, Look>> = {
  light: { colorScheme: 'light', forcedColors: 'none' },
  dark: { colorScheme: 'dark', forcedColors: 'none' },
  'forced colours': { colorScheme: 'dark', forcedColors: 'active' },
};
/** 1280 by 1024 at 400 % leaves 320 by 256. */
const sizes = { '100 %': { width: 1280, height: 1024 }, '400 %': { width: 320, height: 256 } } as const;

/** One open page in each of its six looks: the same document, so that nothing is asked of the server again. */
const inEveryLook = async (page: Page, look: (page: Page, name: string) => Promise<void>): Promise<void> => {
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport);
    for (const [colour, media] of Object.entries(colours)) {
      await page.emulateMedia(media);
      await look(page, `${colour}, ${size}`);
    }
  }
};

describe.skipIf(!hasBrowser)('accessibility', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it.each([
    { dir: 'ltr', language: 'en', script: 'with' },
    { dir: 'ltr', language: 'en', script: 'without' },
    { dir: 'rtl', language: 'ar', script: 'with' },
    { dir: 'rtl', language: 'ar', script: 'without' },
  ])('axe finds nothing and nothing is cut, on any page in any look: $dir, $script script', async ({ dir, language, script }) => {
    const pages = await auditedPages();
    const context = await browser.newContext({ locale: language });
    const page = await auditedPage(context);
    if (script === 'without') await switchScriptOff(page);
    const found: string[] = [];
    let looked = 0;
    await visitAll(page, pages, language, async (_, name) => {
      expect(await page.locator('html').getAttribute('dir')).toBe(dir);
      await inEveryLook(page, async (__, look) => {
        looked++;
        for (const { id, nodes } of await audit(page)) found.push(`${name}, ${look}: ${id} ${nodes.join(' | ')}`);
        for (const misfit of await page.evaluate(misfits)) found.push(`${name}, ${look}: ${misfit}`);
      });
    });
    expect(found).toEqual([]);
    expect(looked).toBe(6 * (viewNames.length + linkViewNames.length + 10));
    await context.close();
    await pages.close();
  });

  it('the audit can fail', async () => {
    const pages = await servePages(views.emailCode);
    const page = await auditedPage(await browser.newContext());
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

  it('with the keyboard alone everything on every page is reached, in reading order, in sight and with a ring, at 400 %', async () => {
    const pages = await auditedPages();
    const context = await browser.newContext({ viewport: sizes['400 %'] });
    const page = await context.newPage();
    // the browser's own dialogue would take the keys
    await page.addInitScript(() => {
      navigator.credentials.get = () => new Promise(() => undefined);
    });
    const found: string[] = [];
    await visitAll(page, pages, 'en', async (_, name) => {
      // the focus stands in the middle of the page already
      if (name === 'the languages') return;
      const focusable = await page.evaluate(markFocusable);
      for (let step = 0; step < focusable; step++) {
        await page.keyboard.press('Tab');
        const wrong = await page.evaluate(wrongFocus, step);
        if (wrong !== undefined) found.push(`${name}: ${wrong}`);
      }
    });
    expect(found).toEqual([]);
    await context.close();
    await pages.close();
  });

  it('the keyboard alone reaches everything, in reading order, with a visible ring', async () => {
    const pages = await servePages(views.transactionCode);
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

/** Numbers what a person can act on, in the order of the document. */
const markFocusable = (): number => {
  const all = Array.from(document.querySelectorAll<HTMLElement>('a[href], button, input, summary')).filter(
    (element) => element.checkVisibility() && !element.matches('[type=hidden], :disabled'),
  );
  for (const [at, element] of all.entries()) element.dataset.at = String(at);
  return all.length;
};

/** What is wrong with where the focus is, if anything. */
const wrongFocus = (expected: number): string | undefined => {
  const focused = document.activeElement as HTMLElement | null;
  const name = `${focused?.tagName} ${focused?.textContent?.trim().slice(0, 30)}`;
  if (focused?.dataset.at !== String(expected)) return `${name} has the focus in place of ${expected}`;
  const { top, bottom, left, right } = focused.getBoundingClientRect();
  if (bottom <= 0 || top >= innerHeight || right <= 0 || left >= innerWidth) return `${name} is out of sight`;
  const middle = document.elementFromPoint((left + right) / 2, Math.min(Math.max((top + bottom) / 2, 1), innerHeight - 1));
  if (middle !== null && !focused.contains(middle) && !middle.contains(focused)) return `${name} is covered by ${middle.tagName}`;
  const { outlineStyle, outlineWidth } = getComputedStyle(focused);
  return outlineStyle === 'solid' && Number.parseFloat(outlineWidth) >= 2 ? undefined : `${name} has no ring`;
};

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
