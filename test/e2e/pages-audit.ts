/// <reference lib="dom" />
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { BrowserContext, Page } from 'playwright-core';
import type { View } from '../../core/index.ts';
import { knownC } from '../adapters/pages/fake-visits.ts';
import { knownL, linkViewNames, linkViews } from '../adapters/pages/link-views.ts';
import { type Pages, servePages } from '../adapters/pages/serve-pages.ts';
import { viewNames, views } from '../adapters/pages/views.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

export type Found = { readonly id: string; readonly nodes: readonly string[] };

/** A page that brings the auditor along; what the debugger puts in does not concern the page's own policy. */
export const auditedPage = async (context: BrowserContext): Promise<Page> => {
  await context.addInitScript({ content: axe });
  return context.newPage();
};

/** What axe finds against WCAG 2.2 A and AA and its own best practice. */
export const audit = (page: Page): Promise<readonly Found[]> =>
  page.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(rules)}, resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((node) => node.html + ' ' + node.failureSummary) })))`,
  );

/** What is cut off, overlaps the edge or is too small to hit. */
export const misfits = (): readonly string[] => {
  const name = (element: Element) => `${element.tagName.toLowerCase()}.${element.className} ${element.textContent?.trim().slice(0, 30)}`;
  const shown = Array.from(document.querySelectorAll<HTMLElement>('body *')).filter((element) => element.checkVisibility());
  const wide = shown.filter(
    (element) => element.getBoundingClientRect().right > innerWidth + 1 || element.getBoundingClientRect().left < -1,
  );
  const targets = shown.filter((element) => element.matches('button, a, summary, input:not([type=checkbox], [type=hidden]), label.check'));
  const small = targets.filter((element) => element.getBoundingClientRect().height < 24);
  const main = targets.filter((element) => element.matches('button:not(.link), .button, input[type=text], input[type=email], label.check'));
  const low = main.filter((element) => element.getBoundingClientRect().height < 44);
  return [
    ...(document.documentElement.scrollWidth > innerWidth ? ['the page scrolls sideways'] : []),
    ...wide.map((element) => `wide: ${name(element)}`),
    ...small.map((element) => `under 24 px: ${name(element)}`),
    ...low.map((element) => `under 44 px: ${name(element)}`),
  ];
};

/** The audit itself needs a script engine, so the page's script is kept away and what stands in `noscript` is shown. */
export const switchScriptOff = (page: Page): Promise<unknown> =>
  page.route('**/challenge?*', async (route) => {
    if (route.request().method() !== 'GET') return route.continue();
    const response = await route.fetch({ maxRedirects: 0 });
    const body = (await response.text()).replace(/<script[^>]*><\/script>/g, '').replace(/(<\/?)noscript>/g, '$1div>');
    return route.fulfill({ response, body });
  });

export const auditedPages = (changes: Parameters<typeof servePages>[1] = {}): Promise<Pages> =>
  servePages(views.choose, { links: { help: '/help', privacy: '/privacy' }, report: async () => 'known', ...changes });

/** Opens every page that there is, in one language, and has each looked at. */
export const visitAll = async (
  page: Page,
  pages: Pages,
  language: string,
  look: (page: Page, name: string) => Promise<void>,
): Promise<void> => {
  const target = `${pages.url}&lang=${language}`;
  pages.visits.show(views.choose);
  await page.goto(target);
  for (const name of viewNames) {
    pages.visits.show(views[name] satisfies View);
    await page.goto(target);
    await look(page, name);
  }
  pages.visits.show(views.emailCode);
  for (const error of ['wrong', 'wait', 'not-sent'] as const) {
    await page.goto(target);
    pages.visits.answers.push({ error });
    await page.fill('#code', '000000');
    await page.locator('form button').first().click();
    await page.waitForLoadState();
    await look(page, `emailCode after ${error}`);
  }
  await page.locator('button[value=resend]').click();
  await page.waitForLoadState();
  await look(page, 'emailCode after resend');
  await page.locator('summary').last().click();
  await look(page, 'the languages');
  await page.goto(`${pages.origin}/challenge?c=unknown&lang=${language}`);
  await look(page, 'neutral');
  for (const r of ['some-notice', 'done']) {
    await page.goto(`${pages.origin}/challenge/report?r=${r}`);
    await look(page, `report ${r}`);
  }
  for (const name of linkViewNames) {
    pages.links.show(linkViews[name]);
    await page.goto(`${pages.origin}/challenge/link?l=${knownL}`);
    await look(page, `link ${name}`);
  }
  await page.goto(`${pages.origin}/challenge/link?l=done`);
  await look(page, 'link done');
  pages.visits.leaving = { applicationName: 'Northwind Bank', result: 'succeeded' };
  await page.goto(`${pages.origin}/challenge/done?c=${knownC}&lang=${language}`);
  await look(page, 'leaving');
};
