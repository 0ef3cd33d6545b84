/// <reference lib="dom" />
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';

type Result<T> = { readonly data?: T; readonly error?: string; readonly errorCode?: string };
type Call<P, T> = (params: P) => Promise<Result<T & { readonly token?: string }>>;
type Verified = { readonly isVerified: boolean; readonly failureReason?: string; readonly recoveryCodes?: readonly string[] };
type SignedIn = Verified & { readonly userId?: string; readonly authenticationResponse?: unknown };

/** The parts of `@authsignal/browser` that an own page uses; its own types do not resolve under `nodenext`. */
export type Sdk = {
  setToken(token: string): void;
  readonly passkey: {
    readonly signUp: Call<Readonly<Record<string, unknown>>, { readonly userAuthenticator?: unknown }>;
    readonly signIn: Call<Readonly<Record<string, unknown>>, SignedIn>;
    isAvailableOnDevice(of: { readonly userId: string }): Promise<boolean>;
  };
  readonly totp: {
    enroll(): Promise<Result<{ readonly secret: string; readonly uri: string }>>;
    readonly verify: Call<{ readonly code: string }, Verified>;
  };
  readonly email: {
    readonly enroll: Call<{ readonly email: string }, { readonly userAuthenticatorId: string }>;
    challenge(): Promise<Result<{ readonly challengeId: string }>>;
    readonly verify: Call<{ readonly code: string }, Verified>;
  };
  readonly securityKey: {
    enroll(): Promise<Result<{ readonly token?: string }>>;
    verify(): Promise<Result<Verified & { readonly token?: string }>>;
  };
};

declare global {
  interface Window {
    begin(options: Readonly<Record<string, unknown>>): Sdk;
    sdk: Sdk;
    /** How often the SDK said that its token is old. */
    expired: number;
  }
}

const bundle = async (): Promise<string> => {
  const { outputFiles } = await build({
    stdin: {
      contents: "import { Authsignal } from '@authsignal/browser'; window.begin = (options) => new Authsignal(options);",
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    write: false,
    format: 'iife',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
};

const html = `<!doctype html><meta charset="utf-8"><title>The application</title><script src="/sdk.js"></script>
<h1>The application</h1><label>Name <input name="username" autocomplete="username webauthn"></label>`;

/** An application on another origin than Stepward's, whose own page asks by the unmodified browser SDK. */
export const startCustomPage = async (): Promise<{ readonly origin: string; close(): Promise<void> }> => {
  const script = await bundle();
  const server = createServer((request, response) => {
    if (request.url === '/sdk.js') response.setHeader('content-type', 'text/javascript').end(script);
    else response.setHeader('content-type', 'text/html').end(html);
  });
  const port = await new Promise<number>((resolve) => server.listen(0, 'localhost', () => resolve((server.address() as AddressInfo).port)));
  return {
    origin: `http://localhost:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

/** Opens the page with the SDK started on it, as an application does, with the token that its server gave it. */
export const openCustomPage = async (page: Page, origin: string, stepward: string, token?: string): Promise<void> => {
  await page.goto(origin);
  await page.evaluate(
    ([url, given]) => {
      window.expired = 0;
      window.sdk = window.begin({
        tenantId: 'stepward',
        baseUrl: `${url}/v1`,
        onTokenExpired: () => {
          window.expired += 1;
        },
      });
      if (given) window.sdk.setToken(given);
    },
    [stepward, token] as const,
  );
};
