/// <reference lib="dom" />
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { OidcWorld } from './oidc.ts';
import type { AppSays } from './oidc-express-app.ts';

/** Somebody at a real browser that applications send through Stepward. */
export type OidcPerson = {
  readonly page: Page;
  /** Signs in at the upstream, or the host in its place, at whose page the browser is or comes to. */
  atUpstream(login: string): Promise<void>;
  /** Proves the address on the hosted page. */
  passByMail(email: string): Promise<void>;
  /** What the page of an application says, once the browser is there. */
  saidAt(origin: string): Promise<AppSays>;
  /** Policy violations and console errors since last asked. */
  violations(): readonly string[];
  leave(): Promise<void>;
};

export const createOidcPerson = async (
  world: Pick<OidcWorld, 'served'> & { readonly upstream: { readonly issuer: string } },
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<OidcPerson> => {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const seen: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) || message.text().startsWith('violation'))
      seen.push(`${message.text()} at ${message.location().url}`);
  });
  page.on('pageerror', (error) => seen.push(String(error)));
  // by the debugger: no policy stops it
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.info(`violation ${event.effectiveDirective} ${event.blockedURI}`);
    });
  });
  return {
    page,
    atUpstream: async (login) => {
      await page.waitForURL((at) => at.origin === world.upstream.issuer);
      await page.getByRole('button', { name: login }).click();
    },
    passByMail: async (email) => {
      await page.waitForURL((at) => at.pathname === '/challenge');
      const before = world.served.mails.length;
      await page
        .getByRole('button', { name: /send|code by e-mail/i })
        .first()
        .click();
      await page.locator('#code').fill(await world.served.codeTo(email, before));
      await page.getByRole('button', { name: 'Continue' }).click();
      const saved = page.getByRole('button', { name: 'I have saved them' });
      await Promise.race([saved.waitFor(), page.waitForURL((at) => at.origin !== world.served.url)]);
      if (new URL(page.url()).origin === world.served.url) await saved.click();
    },
    saidAt: async (origin) => {
      await page.waitForURL((at) => at.origin === origin);
      return JSON.parse(await page.locator('pre').innerText()) as AppSays;
    },
    violations: () => seen.splice(0).filter((line) => !line.endsWith('/favicon.ico')),
    leave: () => context.close(),
  };
};
