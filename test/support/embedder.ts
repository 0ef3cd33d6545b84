/// <reference lib="dom" />
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import type { Locator, Page } from 'playwright-core';

type Launched = Promise<{ readonly token?: string }> | undefined;
/** The part of `@authsignal/browser` that shows our page; its own types do not resolve under `nodenext`. */
type Sdk = new (options: {
  readonly tenantId: string;
  readonly baseUrl: string;
}) => { launch(url: string, options: { readonly mode: string; readonly onError: (failure: unknown) => void }): Launched };

declare global {
  interface Window {
    Authsignal: Sdk;
    /** What other windows told this one, oldest first. */
    told: { readonly origin: string; readonly data: unknown }[];
    settled: { readonly token?: string } | undefined;
    failures: unknown[];
  }
}

/** An application on another site than `localhost`: its pages have the real browser SDK and note what they are told. */
export type Embedder = {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  close(): Promise<void>;
};

const sdk = async (): Promise<string> => {
  const { outputFiles } = await build({
    stdin: {
      contents: "import { Authsignal } from '@authsignal/browser'; window.Authsignal = Authsignal;",
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    write: false,
    format: 'iife',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
};

const pageWith = (body: string): string => `<!doctype html><meta charset="utf-8"><title>The application</title>
<script>window.told = []; window.failures = []; addEventListener('message', ({ origin, data }) => told.push({ origin, data }));</script>
<script src="/sdk.js"></script><h1>The application</h1>${body}`;

/** `?coop=…` sets the page's opener policy, `?frame=…` puts a plain frame of that address into it, with `&allow=…`. */
export const startEmbedder = async (): Promise<Embedder> => {
  const script = await sdk();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (pathname === '/sdk.js') return response.setHeader('content-type', 'text/javascript').end(script);
    const coop = searchParams.get('coop');
    if (coop !== null) response.setHeader('cross-origin-opener-policy', coop);
    const frame = searchParams.get('frame');
    const allow = searchParams.get('allow') ?? '';
    response.setHeader('content-type', 'text/html');
    return response.end(pageWith(frame === null ? '' : `<iframe src="${frame.replaceAll('&', '&amp;')}" allow="${allow}"></iframe>`));
  });
  const port = await new Promise<number>((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

/** Calls the SDK's `launch` in the page, as an application does. */
export const launch = (page: Page, url: string, mode: 'redirect' | 'popup' | 'window'): Promise<void> =>
  page.evaluate(
    ([target, how, origin]) => {
      const onError = (failure: unknown) => window.failures.push(failure);
      const authsignal = new window.Authsignal({ tenantId: 'stepward', baseUrl: `${origin}/v1/client` });
      void authsignal.launch(target, { mode: how, onError })?.then((result) => {
        window.settled = result;
      });
    },
    [url, mode, new URL(url).origin] as const,
  );

/** By the keyboard: the SDK moves the frame each time its height changes, and a click can land where the button was. */
export const press = (button: Locator): Promise<void> =>
  button.press('Enter').catch((error: Error) => {
    // what ends the challenge takes its frame or window away before the key is up again
    if (!/detached|has been closed/.test(error.message)) throw error;
  });

/** What `launch` resolved with; waits for it. */
export const settled = async (page: Page): Promise<{ readonly token?: string }> => {
  await page.waitForFunction(() => window.settled !== undefined);
  return page.evaluate(() => window.settled ?? {});
};

/** The messages so far, in the SDK's words: `READY`, `height`, `CLOSE_POPUP`, … */
export const told = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() =>
    window.told.map(({ data }) => {
      if (typeof data === 'object' && data !== null) return Object.keys(data).join();
      const { event } = JSON.parse(String(data)) as { readonly event: string };
      return event.replace('AUTHSIGNAL_', '');
    }),
  );
