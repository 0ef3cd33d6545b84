import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PagesOptions } from '../../adapters/pages/options.ts';
import { knownC } from '../adapters/pages/fake-visits.ts';
import { type Pages, serve, servePages } from '../adapters/pages/serve-pages.ts';
import { views } from '../adapters/pages/views.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import corpus from '../vectors/redirects.json' with { type: 'json' };

type Site = Awaited<ReturnType<typeof serve>>;

describe.skipIf(!hasBrowser)('leaving, in Chromium', () => {
  let browser: Browser;
  let third: Site;
  let client: Site;
  let pages: Pages;
  let page: Page;
  const received: string[] = [];

  beforeAll(async () => {
    browser = await launchBrowser();
    third = await serve((request, response) => response.setHeader('content-type', 'text/html').end(`<title>third</title>${request.url}`));
    // As an identity provider does: it takes the browser and sends it on to the application.
    client = await serve((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        received.push(`${request.method} ${request.url} ${Buffer.concat(chunks)}`);
        response.writeHead(request.url === '/favicon.ico' ? 404 : 302, { location: `${third.origin}/home` }).end();
      });
    });
  });
  afterAll(async () => {
    await browser?.close();
    await third?.close();
    await client?.close();
  });

  const start = async (changes: Partial<PagesOptions> = {}) => {
    pages = await servePages(views.emailCode, { redirectOrigins: [client.origin], ...changes });
    pages.visits.leaving = {
      applicationName: 'Northwind Bank',
      result: 'succeeded',
      target: { url: `${client.origin}/return?own=1#top`, ticket: 'the-ticket' },
    };
    page = await (await browser.newContext()).newPage();
  };
  beforeEach(() => received.splice(0));
  afterEach(async () => {
    await page?.context().close();
    await pages?.close();
  });

  const finish = async () => {
    await page.goto(`${pages.url}&state=a%20b+c`);
    pages.visits.show({ page: 'leave' });
    await page.fill('#code', '482193');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.waitForURL(`${third.origin}/home#top`);
  };

  it('redirect: a form post reaches an origin that sends the browser on to a third', async () => {
    await start();
    await finish();
    expect(received[0]).toBe('GET /return?own=1&stepward_ticket=the-ticket&state=a%20b+c ');
  });

  it('redirect: the leaving page is replaced in the history, so back does not stop at it', async () => {
    await start();
    await page.goto(pages.url);
    const before = await page.evaluate<number>('history.length');
    await finish();
    // One entry for the page opened again by `finish`, one for the application.
    expect(await page.evaluate<number>('history.length')).toBe(before + 2);
  });

  it('post: the page submits itself, and reaches a third origin the same way', async () => {
    const fields = { token: 'signed', state: 'a b' };
    await start({ transports: [{ matches: () => true, leave: (url) => ({ kind: 'post', url, fields }) }] });
    await finish();
    expect(received[0]).toBe('POST /return?own=1 token=signed&state=a+b');
  });

  it('control: under `form-action self` a post that ends in a foreign redirect is blocked', async () => {
    const control = await serve((request, response) => {
      if (request.method === 'POST') response.writeHead(303, { location: `${third.origin}/home` }).end();
      else {
        response.setHeader('content-type', 'text/html');
        response.setHeader('content-security-policy', "form-action 'self'");
        response.end('<title>control</title><form method="post" action="/"><button>go</button></form>');
      }
    });
    await start();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(control.origin);
    await page.getByRole('button').click();
    await expect.poll(() => complaints.join()).toContain('form-action');
    expect(page.url()).toBe(`${control.origin}/`);
    await control.close();
  });

  it('of the refused addresses of the corpus none navigates', async () => {
    await start({ redirectOrigins: corpus.origins });
    await page.goto(pages.url);
    const reached: string[] = [];
    await page.context().route(
      (url) => url.origin !== pages.origin,
      (route) => {
        reached.push(route.request().url());
        return route.abort();
      },
    );
    const refused = corpus.cases.filter(({ allowed }) => !allowed);
    expect(refused.length).toBeGreaterThan(100);
    for (const { url } of refused) {
      pages.visits.leaving = { applicationName: 'A', result: 'succeeded', target: { url, ticket: 'the-ticket' } };
      await page.goto(`${pages.origin}/challenge/done?c=${knownC}`);
      expect(await page.locator('a.button, form').count(), url).toBe(0);
    }
    expect(reached).toEqual([]);
    pages.visits.leaving = { applicationName: 'A', result: 'succeeded', target: { url: 'https://good.example/back' } };
    await page.goto(`${pages.origin}/challenge/done?c=${knownC}`).catch(() => undefined);
    await expect.poll(() => reached).toEqual(['https://good.example/back']);
  });
});

describe.skipIf(!hasBrowser)('our own form posts, in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it('carry our Origin under the Referrer-Policy of the pages, and send others no Referer', async () => {
    const other = await serve((request, response) => response.setHeader('content-type', 'text/plain').end(String(request.headers.referer)));
    const pages = await servePages(views.emailCode, { redirectOrigins: [other.origin] });
    pages.visits.leaving = { applicationName: 'A', result: 'succeeded', target: { url: `${other.origin}/` } };
    const page = await browser.newPage();
    await page.goto(pages.url);
    const posted = page.waitForRequest((request) => request.method() === 'POST');
    await page.fill('#code', '1');
    await page.getByRole('button', { name: 'Continue' }).click();
    const headers = await (await posted).allHeaders();
    expect([headers.origin, headers['sec-fetch-site']]).toEqual([pages.origin, 'same-origin']);
    expect(pages.visits.commands()).toHaveLength(1);
    await page.goto(`${pages.origin}/challenge/done?c=${knownC}`);
    await page.waitForURL(`${other.origin}/`);
    expect(await page.innerText('body')).toBe('undefined');
    await page.close();
    await pages.close();
    await other.close();
  });

  it('from another site arrive without our cookie and are refused, with a stolen token too', async () => {
    const pages = await servePages(views.emailCode);
    const page = await browser.newPage();
    await page.goto(pages.url);
    const token = await page.locator('[name=csrf]').first().getAttribute('value');
    const form = `<form method="post" action="${pages.url}"><input name="csrf" value="${token}"><input name="do" value="cancel"><button>win</button></form>`;
    const evil = await serve((_, response) => response.setHeader('content-type', 'text/html').end(form));
    // 127.0.0.1 and localhost are two sites; two ports of one host are one.
    for (const host of [evil.origin.replace('localhost', '127.0.0.1'), evil.origin]) {
      await page.goto(host).catch(() => page.goto(host.replace('127.0.0.1', '[::1]')));
      const answered = page.waitForResponse((response) => response.request().method() === 'POST');
      await page.getByRole('button', { name: 'win' }).click();
      expect((await answered).status()).toBe(403);
    }
    expect(pages.visits.commands()).toEqual([]);
    await page.close();
    await evil.close();
    await pages.close();
  });
});
