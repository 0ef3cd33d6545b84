import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';

/** Pages of an application that has no server of its own. */
export type OidcPages = { readonly origin: string; close(): void };

/** oidc-client-ts as it comes, for a page's own script; the pages are empty. */
export const startOidcPages = async (host: string, tls?: { readonly cert: string; readonly key: string }): Promise<OidcPages> => {
  const bundled = await build({
    stdin: { contents: "export * from 'oidc-client-ts'", resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'oidc',
  });
  const script = bundled.outputFiles[0]?.text ?? '';
  const answer: RequestListener = ({ url }, response) => {
    if (url === '/oidc.js') return void response.setHeader('content-type', 'text/javascript').end(script);
    const heard = { '/silent': 'signinSilentCallback', '/window': 'signinPopupCallback' }[url?.split('?', 1)[0] ?? ''];
    const silent = heard === undefined ? '' : `<script>new oidc.UserManager({}).${heard}()</script>`;
    response
      .setHeader('content-type', 'text/html')
      .end(`<!doctype html><link rel="icon" href="data:,"><script src="/oidc.js"></script>${silent}`);
  };
  const server = tls ? createSecure(tls, answer) : createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    origin: `${tls ? 'https' : 'http'}://${host}:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
