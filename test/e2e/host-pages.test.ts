/// <reference lib="dom" />
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostScreen } from '../../core/index.ts';
import { hostViewNames, hostViews } from '../adapters/pages/host-views.ts';
import { type HostHandler, type Pages, serve, servePages } from '../adapters/pages/serve-pages.ts';
import { views } from '../adapters/pages/views.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { audit, auditedPage, misfits } from './pages-audit.ts';
import { watch } from './pages-watch.ts';

const isLong = process.env.STEPWARD_LONG_TESTS === '1';

/** 1280 by 1024 at 400 % leaves 320 by 256. */
const sizes = [
  { width: 1280, height: 1024 },
  { width: 320, height: 256 },
];
const colours = [
  { colorScheme: 'light', forcedColors: 'none' },
  { colorScheme: 'dark', forcedColors: 'none' },
  { colorScheme: 'dark', forcedColors: 'active' },
] as const;

describe.skipIf(!hasBrowser)('a host’s pages in a browser', () => {
  let browser: Browser;
  let pages: Pages;
  beforeAll(async () => {
    [browser, pages] = await Promise.all([launchBrowser(), servePages(views.choose, { links: { help: '/help' } })]);
  });
  afterAll(async () => {
    await browser?.close();
    await pages?.close();
  });

  const open = async (page: Page, view: HostScreen, lang?: string) => {
    pages.answerBy((request, response, host) => host.show(request, response, view, { lang }));
    await page.goto(`${pages.origin}/oidc`);
  };

  it.each(['en', 'ar'])('axe finds nothing, nothing is cut and nothing is reported on any of them in any look: %s', async (lang) => {
    const context = await browser.newContext();
    const page = await auditedPage(context);
    const seen = await watch(page, pages.origin);
    const found: string[] = [];
    let looked = 0;
    for (const name of hostViewNames) {
      await open(page, hostViews[name], lang);
      expect(await page.locator('html').getAttribute('dir')).toBe(lang === 'ar' ? 'rtl' : 'ltr');
      for (const viewport of sizes) {
        await page.setViewportSize(viewport);
        for (const media of colours) {
          await page.emulateMedia(media);
          looked++;
          const look = `${name}, ${viewport.width}, ${media.colorScheme} ${media.forcedColors}`;
          for (const { id, nodes } of await audit(page)) found.push(`${look}: ${id} ${nodes.join(' | ')}`);
          for (const misfit of await page.evaluate(misfits)) found.push(`${look}: ${misfit}`);
        }
      }
      const focus = await page.evaluate(() => document.activeElement?.className || document.activeElement?.tagName);
      expect([name, focus]).toEqual([name, name === 'address unknown' ? 'error' : 'BODY']);
    }
    expect([found, seen.taken()]).toEqual([[], []]);
    expect(looked).toBe(6 * hostViewNames.length);
    await context.close();
  });

  it.each(['de', 'ja'])('nothing is cut at 320 px in %s', async (lang) => {
    const page = await browser.newPage({ viewport: { width: 320, height: 640 } });
    const found: string[] = [];
    for (const name of hostViewNames) {
      await open(page, hostViews[name], lang);
      for (const misfit of await page.evaluate(misfits)) found.push(`${name}: ${misfit}`);
    }
    expect(found).toEqual([]);
    await page.close();
  });

  /** What the browser sent with the form that it was shown, pressed by its button. */
  const submitted = async (page: Page, view: HostScreen, button: string, fill?: string) => {
    let body = '';
    const handler: HostHandler = async (request, response, host) => {
      if (request.method !== 'POST') return host.show(request, response, view);
      body = new URLSearchParams([...((await host.posted(request, response)) ?? [['refused', '']])]).toString();
      return host.leave(request, response, `${pages.origin}/oidc/over`);
    };
    pages.answerBy(handler);
    await page.goto(`${pages.origin}/oidc/form`);
    if (fill !== undefined) await page.fill('#address', fill);
    pages.answerBy((request, response, host) =>
      request.url === '/over' ? host.show(request, response, hostViews['signed out']) : handler(request, response, host),
    );
    await page.getByRole('button', { name: button, exact: true }).click();
    await page.waitForURL(`${pages.origin}/oidc/over`);
    return body;
  };

  it.each([true, false])('every form says what was pressed, and its fields, with script: %s', async (javaScriptEnabled) => {
    const context = await browser.newContext({ javaScriptEnabled });
    const page = await context.newPage();
    const action = '/oidc/form';
    expect(await submitted(page, { ...hostViews.consent, action }, 'Allow')).toBe('xsrf=a1b2&decision=allow');
    expect(await submitted(page, { ...hostViews.consent, action }, 'Do not allow')).toBe('xsrf=a1b2&decision=deny');
    expect(await submitted(page, { ...hostViews['sign out'], action }, 'Sign out')).toBe('xsrf=a1b2&logout=yes');
    expect(await submitted(page, { ...hostViews['sign out'], action }, 'Stay signed in')).toBe('xsrf=a1b2');
    expect(await submitted(page, { ...hostViews.address, action }, 'Continue', 'ada@example.org')).toBe(
      'xsrf=a1b2&address=ada%40example.org',
    );
    await context.close();
  });

  describe('a form post that ends on another origin, which sends the browser on to a third', () => {
    const reach = async (page: Page, answer: (goal: string) => HostHandler) => {
      const third = await serve((_, response) =>
        response.writeHead(200, { 'Content-Type': 'text/html' }).end('<title>third</title>arrived'),
      );
      const goal = third.origin.replace('localhost', '127.0.0.1');
      const second = await serve((_, response) => response.writeHead(302, { Location: goal }).end());
      const view = { ...hostViews['sign out'], action: '/oidc/confirm' };
      pages.answerBy((request, response, host) =>
        request.method === 'POST' ? answer(second.origin)(request, response, host) : host.show(request, response, view),
      );
      await page.goto(`${pages.origin}/oidc`);
      const stopped = page.waitForEvent('console', (message) => message.text().includes('form-action')).then(() => 'stopped');
      const arrived = page.waitForURL(`${goal}/`).then(
        () => 'arrived',
        () => stopped,
      );
      stopped.catch(() => undefined);
      await page.getByRole('button', { name: 'Sign out' }).click();
      const end = await Promise.race([arrived, stopped]);
      await Promise.all([second.close(), third.close()]);
      return end;
    };

    it.each([true, false])('arrives by the leaving page, with script: %s', async (javaScriptEnabled) => {
      const context = await browser.newContext({ javaScriptEnabled });
      const page = await context.newPage();
      const reports: string[] = [];
      page.on('console', (message) => reports.push(message.text()));
      expect(await reach(page, (goal) => (request, response, host) => host.leave(request, response, goal))).toBe('arrived');
      expect(reports).toEqual([]);
      await context.close();
    });

    it('is stopped where it is redirected at once: the reason for that page', async () => {
      const page = await browser.newPage();
      expect(await reach(page, (goal) => (_, response) => response.writeHead(303, { Location: goal }).end())).toBe('stopped');
      await page.close();
    });
  });

  it('a library’s page that posts by itself runs under the headers for it, its script allowed by hash, and reaches a third origin', async () => {
    const third = await serve((_, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<title>third</title>arrived'));
    const goal = third.origin.replace('localhost', '127.0.0.1');
    const second = await serve((_, response) => response.writeHead(303, { Location: goal }).end());
    const script = "document.addEventListener('DOMContentLoaded', function () { document.forms[0].submit() });";
    const hash = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(script))).toString('base64');
    pages.answerBy((_, response, host) => {
      for (const [name, value] of Object.entries(host.headers('auto-post'))) response.setHeader(name, value);
      const policy = String(response.getHeader('content-security-policy')).replace(
        "script-src 'self'",
        `script-src 'self' 'sha256-${hash}'`,
      );
      response.setHeader('content-security-policy', policy);
      response.setHeader('Content-Type', 'text/html');
      response.end(`<!doctype html><script>${script}</script><form method="post" action="${second.origin}"></form>`);
    });
    const page = await browser.newPage();
    const reports: string[] = [];
    page.on('console', (message) => reports.push(message.text()));
    await page.goto(`${pages.origin}/oidc`);
    await page.waitForURL(`${goal}/`);
    expect(reports).toEqual([]);
    await page.close();
    await Promise.all([second.close(), third.close()]);
  });

  it('hostile text in every name, scope, claim, field and reference is text', async () => {
    const hostile = [
      '<script>window.hit=1</script>',
      '"><img src=x onerror="window.hit=1">',
      "'><svg onload=window.hit=1>",
      '</title><script>window.hit=1</script>',
      '"autofocus onfocus="window.hit=1',
      '<meta http-equiv=refresh content="0;url=https://evil.example/">',
      '\u202e<base href="https://evil.example/">\u0000',
    ];
    const page = await browser.newPage();
    const seen = await watch(page, pages.origin);
    for (const text of isLong ? hostile : hostile.slice(-4)) {
      const form = { action: '/oidc/form', fields: { [text]: text } };
      const poisoned: readonly HostScreen[] = [
        { screen: 'host-error', error: text, reference: text },
        { screen: 'under-review', reference: text, href: '/oidc', client: text },
        { screen: 'address', ...form, isUnknown: true },
        { screen: 'consent', ...form, client: text, scopes: ['openid', text], claims: [text, `${text}2`] },
        { screen: 'sign-out', ...form, client: text },
        { screen: 'signed-out', client: text },
      ];
      for (const view of poisoned) {
        await open(page, view, text);
        const found = await page.evaluate(() => ({
          hit: (window as { hit?: number }).hit,
          headings: document.querySelectorAll('h1').length,
          foreign: document.querySelectorAll('base, img, iframe, meta[http-equiv], [onerror], [onload], [onfocus]').length,
          scripts: document.querySelectorAll('script').length,
          field: document.querySelector<HTMLInputElement>('form input[type=hidden]')?.value,
        }));
        const field = 'fields' in view ? text.replaceAll('\u0000', '\ufffd') : undefined;
        expect(found, `${view.screen}: ${text}`).toEqual({ hit: undefined, headings: 1, foreign: 0, scripts: 1, field });
        expect(await page.title()).not.toContain('\u202e');
      }
    }
    expect(seen.taken()).toEqual([]);
    await page.close();
  });
});
