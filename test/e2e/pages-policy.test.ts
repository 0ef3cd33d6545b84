/// <reference lib="dom" />
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PageSettings } from '../../adapters/pages/options.ts';
import { catalogues, defaultTenant, defaultTheme, type MessageText, type Subject, type View } from '../../core/index.ts';
import { knownC } from '../adapters/pages/fake-visits.ts';
import { knownL, linkViews } from '../adapters/pages/link-views.ts';
import { type Pages, serve, servePages } from '../adapters/pages/serve-pages.ts';
import { ceremony, subject, viewNames, views } from '../adapters/pages/views.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { watch } from './pages-watch.ts';

const hostile = [
  '<script>window.hit=1</script>',
  '"><img src=x onerror="window.hit=1">',
  "'><svg onload=window.hit=1>",
  '</title><script>window.hit=1</script>',
  '</textarea></style></script><script>window.hit=1</script>',
  '<iframe srcdoc="<script>parent.hit=1</script>">',
  'javascript:window.hit=1',
  '"autofocus onfocus="window.hit=1',
  ['`$', '{window.hit=1}`'].join(''),
  '{{constructor.constructor("window.hit=1")()}}',
  '<!--<img src="--><img src=x onerror=window.hit=1>">',
  '&lt;script&gt;window.hit=1&lt;/script&gt;',
  '\u0000<script>window.hit=1</script>\u2028',
  '<a href="javascript:window.hit=1" accesskey=x>x</a>',
  '<base href="https://evil.example/">',
  '<meta http-equiv=refresh content="0;url=https://evil.example/">',
];

const isLong = process.env.STEPWARD_LONG_TESTS === '1';

/** What a page holds that no text from outside may add to. */
const found = () => {
  const count = (selector: string) => document.querySelectorAll(selector).length;
  return {
    hit: (window as { hit?: number }).hit,
    headings: count('h1'),
    scripts: count('script'),
    foreign: count('base, iframe, img, meta[http-equiv], [onerror], [onload], [onfocus]'),
  };
};

const poisonedSubject = (text: string): Subject =>
  subject({
    applicationName: text,
    action: text,
    account: text,
    display: [
      { label: text, value: text },
      { label: text, type: 'account', value: text },
      { label: text, type: 'date', value: text },
      { label: text, type: 'money', value: { minor: 1, currency: text } },
    ],
    asked: { browser: text, os: text, city: text, country: text, at: 0 },
    locale: text,
  });

/** The same view with one hostile string in place of every string that comes from outside. */
const poisoned = (text: string): readonly View[] => {
  const of = (view: View): View => {
    const about = poisonedSubject(text);
    switch (view.page) {
      case 'blocked':
      case 'review':
        return { ...view, reference: text, applicationName: text };
      case 'expired':
        return { ...view, applicationName: text };
      case 'choose':
        return { ...view, subject: about, methods: view.methods.map((choice) => ({ ...choice, destination: text })) };
      case 'prove-contact':
        return { ...view, subject: about, destination: text };
      case 'ceremony': {
        const shown = view.ceremony.method === 'AUTHENTICATOR_APP' ? { uri: `otpauth://totp/${text}`, secret: text } : { text };
        return { ...view, subject: about, ceremony: ceremony({ ...view.ceremony, challengeId: text, destination: text, shown }) };
      }
      case 'recovery-codes':
        return { ...view, subject: about, codes: [text] };
      case 'settings':
        return {
          ...view,
          subject: about,
          authenticators: view.authenticators.map((one) => ({ ...one, name: text, destination: text, userAuthenticatorId: text })),
          devices: view.devices.map((one) => ({ ...one, browser: text, os: text, deviceId: text })),
        };
      case 'waiting':
      case 'no-way':
      case 'enroll':
        return { ...view, subject: about };
      default:
        return view;
    }
  };
  return viewNames.map((name) => of(views[name]));
};

const ours: PageSettings = { tenant: defaultTenant, messageOverrides: {}, theme: defaultTheme };

const fullest = (message: MessageText): string => (typeof message === 'string' ? message : message.other) ?? '';

/** What the management API would refuse, as it would stand in the database: every text, and the name of the product. */
const hostileSettings = (text: string): PageSettings => ({
  ...ours,
  messageOverrides: {
    en: Object.fromEntries(
      Object.entries(catalogues.en).map(([key, message]) => [
        key,
        `${text} ${
          fullest(message)
            .match(/\{\w+\}/g)
            ?.join(' ') ?? ''
        }`,
      ]),
    ),
  },
  theme: { ...defaultTheme, productName: text, supportLink: `https://help.example/${text}` },
});

describe.skipIf(!hasBrowser)('in Chromium, under the content security policy', () => {
  let browser: Browser;
  let pages: Pages;
  let settings = ours;
  let context: BrowserContext;
  let page: Page;
  let seen: Awaited<ReturnType<typeof watch>>;

  beforeAll(async () => {
    browser = await launchBrowser();
    pages = await servePages(views.choose, { redirectOrigins: ['https://app.example'], settings: async () => settings });
    context = await browser.newContext();
    page = await context.newPage();
    seen = await watch(page, pages.origin);
    await page.goto(pages.url);
  });
  afterAll(async () => {
    await browser?.close();
    await pages?.close();
  });

  /** Pages that follow no answer of theirs. */
  const withoutNotice: readonly string[] = ['recoveryCodes', 'noWay', 'waiting'];
  const errors = ['wrong', 'late', 'spent', 'wait', 'not-sent', 'cancelled-by-browser'] as const;

  it.each(viewNames)('%s: no violation, no error, no request to another origin, with each notice', async (name) => {
    pages.visits.show(views[name]);
    await page.goto(pages.url);
    expect(await page.locator('h1').count()).toBe(1);
    const token = await page
      .locator('[name=csrf]')
      .first()
      .getAttribute('value', { timeout: 1000 })
      .catch(() => null);
    if (token !== null) {
      for (const error of errors) {
        pages.visits.answers.push({ error });
        await context.request.post(pages.url, { form: { csrf: token, do: 'back' }, headers: { origin: pages.origin }, maxRedirects: 0 });
        await page.goto(pages.url);
        if (!withoutNotice.includes(name)) expect(await page.title()).toMatch(/^Error: /);
      }
    }
    await page.waitForLoadState('networkidle');
    expect(seen.taken()).toEqual([]);
  });

  it('neutral, broken and leaving pages too', async () => {
    await page.goto(`${pages.origin}/challenge?c=unknown-visit`);
    pages.visits.failure = new Error('down');
    await page.goto(pages.url);
    pages.visits.failure = undefined;
    pages.visits.leaving = { applicationName: 'Northwind Bank', result: 'succeeded' };
    await page.goto(`${pages.origin}/challenge/done?c=${knownC}`);
    pages.visits.leaving = { applicationName: 'Northwind Bank', result: 'not-succeeded', target: { url: 'https://evil.example/' } };
    await page.goto(`${pages.origin}/challenge/done?c=${knownC}`);
    await page.waitForLoadState('networkidle');
    expect(seen.taken().filter((line) => !/status of (404|503)/.test(line))).toEqual([]);
    expect(page.url()).toBe(`${pages.origin}/challenge/done?c=${knownC}`);
  });

  it('a planted inline script, handler and style are blocked and reported', async () => {
    const planted = await servePages(views.choose);
    const own = await browser.newContext();
    const victim = await own.newPage();
    await victim.route(planted.url, async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace(
        '<main>',
        '<script>window.hit=1</script><style>main{color:red}</style><img src=x onerror="window.hit=1"><main>',
      );
      await route.fulfill({ response, body });
    });
    const seen = await watch(victim, planted.origin);
    await victim.goto(planted.url, { waitUntil: 'networkidle' });
    expect(await victim.evaluate('window.hit')).toBeUndefined();
    expect(seen.taken().join('\n')).toMatch(/script-src-elem inline[\s\S]*style-src-elem inline[\s\S]*script-src-attr inline|script-src/);
    await own.close();
    await planted.close();
  });

  it('Trusted Types are on: a string cannot become markup', async () => {
    pages.visits.show(views.choose);
    const own = await context.newPage();
    await own.goto(pages.url);
    const thrown = await own.evaluate(() => {
      const failures: string[] = [];
      for (const attempt of [
        () => (document.body.innerHTML = '<b>x</b>'),
        () => document.write('x'),
        () => new DOMParser().parseFromString('<b>x</b>', 'text/html'),
      ]) {
        try {
          attempt();
          failures.push('nothing');
        } catch (error) {
          failures.push((error as Error).name);
        }
      }
      return failures;
    });
    await own.close();
    expect(thrown).toEqual(['TypeError', 'TypeError', 'TypeError']);
  });

  // each text is on a third of the views, each view has a third of the texts; all of both in the long run
  const isTaken = (text: number, view: number): boolean => isLong || (text + view) % 3 === 0;

  it.each(hostile)('XSS: %s in every string of the views, texts and theme runs nothing and reports nothing', async (text) => {
    settings = hostileSettings(text);
    const nth = hostile.indexOf(text);
    for (const [at, view] of poisoned(text).entries()) {
      if (!isTaken(nth, at)) continue;
      pages.visits.show(view);
      await page.goto(pages.url);
      expect(await page.evaluate(found), view.page).toEqual({ hit: undefined, headings: 1, scripts: 1, foreign: 0 });
    }
    for (const view of Object.values(linkViews)) {
      pages.links.show({ ...view, subject: poisonedSubject(text) });
      await page.goto(`${pages.origin}/challenge/link?l=${knownL}`);
      expect(await page.evaluate(found), view.page).toEqual({ hit: undefined, headings: 1, scripts: 1, foreign: 0 });
    }
    pages.visits.leaving = { applicationName: text, result: 'succeeded' };
    await page.goto(`${pages.origin}/challenge/done?c=${knownC}&state=${encodeURIComponent(text)}`);
    expect(await page.evaluate('window.hit')).toBeUndefined();
    await page.goto(`${pages.origin}/challenge`);
    expect(await page.evaluate(found)).toEqual({ hit: undefined, headings: 1, scripts: 1, foreign: 0 });
    settings = ours;
    expect(seen.taken().filter((line) => !/status of 404/.test(line))).toEqual([]);
  });

  it('a page cannot be framed', async () => {
    const host = await serve((_, response) => response.setHeader('content-type', 'text/html').end(`<iframe src="${pages.url}"></iframe>`));
    const framer = await context.newPage();
    const refused: string[] = [];
    framer.on('console', (message) => refused.push(message.text()));
    await framer.goto(host.origin);
    await framer.waitForLoadState('networkidle');
    expect(refused.join()).toMatch(/frame-ancestors/);
    await framer.close();
    await host.close();
  });
});
