/// <reference lib="dom" />
import type { Page } from 'playwright-core';

/**
 * Collects, until it is taken, what must not happen on a page: policy violations, console errors and warnings, exceptions, requests to another origin.
 * The violation listener is put in by the browser's debugger, so the policy under test does not concern it.
 */
export const watch = async (page: Page, origin: string): Promise<{ taken(): readonly string[] }> => {
  const seen: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning' || message.text().startsWith('violation')) seen.push(message.text());
  });
  page.on('pageerror', (error) => seen.push(String(error)));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith('data:')) seen.push(`request to ${url}`);
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.info(`violation ${event.effectiveDirective} ${event.blockedURI}`);
    });
  });
  return { taken: () => seen.splice(0) };
};
