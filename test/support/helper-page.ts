/// <reference lib="dom" />
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import type { ChallengeOptions } from '../../adapters/cognito/client/index.ts';

type Helper = typeof import('../../adapters/cognito/client/index.ts');
/** What a call of the helper came to: what it gave, or the code of what it threw. */
type Came = { readonly value?: unknown; readonly error?: string };

declare global {
  interface Window {
    helper: Helper;
    came: Came | undefined;
    ask(parameters: unknown, options: ChallengeOptions): void;
  }
}

/** An application's page with `stepward/cognito` in it, on another site than `localhost`. */
export type HelperPage = {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  close(): Promise<void>;
};

const script = async (): Promise<string> => {
  const { outputFiles } = await build({
    stdin: {
      resolveDir: import.meta.dirname,
      contents: `import * as helper from '../../adapters/cognito/client/index.ts';
        window.helper = helper;
        const failed = (error) => ({ error: error?.code ?? String(error) });
        window.ask = (parameters, options) => {
          window.came = undefined;
          helper.completeChallenge(parameters, options).then((value) => ({ value }), failed).then((came) => { window.came = came; });
        };
        // begun by the page itself, as where nobody has pressed anything
        const auto = new URLSearchParams(location.hash.slice(1)).get('auto');
        if (auto) window.ask(...JSON.parse(auto));`,
    },
    bundle: true,
    write: false,
    format: 'iife',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
};

/** The strictest policy under which the helper works: no inline style or script, frames of one origin. */
const policyFor = (framed: string): string => `default-src 'none'; script-src 'self'; style-src 'self'; frame-src ${framed}`;

export const startHelperPage = async (framed: string): Promise<HelperPage> => {
  const code = await script();
  const server = createServer((request, response) => {
    if (request.url === '/helper.js') return response.setHeader('content-type', 'text/javascript').end(code);
    response.setHeader('content-security-policy', policyFor(framed)).setHeader('referrer-policy', 'no-referrer');
    response.setHeader('content-type', 'text/html; charset=utf-8');
    return response.end(
      '<!doctype html><html lang="en"><title>The application</title><h1>The application</h1><script src="/helper.js"></script>',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

/** Calls `completeChallenge` in the page, as for somebody who pressed something. */
export const ask = (page: Page, parameters: unknown, options: ChallengeOptions): Promise<void> =>
  page.evaluate(([given, how]) => window.ask(given, how), [parameters, options] as const);

/** What the last call came to; waits for it. */
export const came = async (page: Page): Promise<Came> => {
  await page.waitForFunction(() => window.came !== undefined);
  return page.evaluate(() => window.came ?? {});
};

/** Whether the last call goes on. */
export const isOpen = (page: Page): Promise<boolean> => page.evaluate(() => window.came === undefined);

/** Calls `resumeSignIn` in the page. */
export const resume = (page: Page): Promise<Came> =>
  page.evaluate(() => {
    try {
      return { value: window.helper.resumeSignIn() };
    } catch (error) {
      return { error: (error as { readonly code?: string }).code ?? String(error) };
    }
  });
