import { randomBytes } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler } from 'express';
import { auth } from 'express-openid-connect';
import { selfSigned } from './certificate.ts';

/** What the page of the application says. */
export type AppSays = {
  readonly signedIn?: boolean;
  readonly user?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly accessToken?: string;
  readonly error?: string;
};

export type ExpressApp = { readonly origin: string; close(): void };

/**
 * An application with express-openid-connect as it comes, over https and on another site than Stepward's `localhost`. Without a
 * secret it is the library's default: an ID token by form post.
 */
export const startExpressApp = async (about: {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  /** Where `/login-to-third` goes on to. */
  readonly third?: string;
}): Promise<ExpressApp> => {
  const app = express();
  const server = createServer(selfSigned('127.0.0.1'), app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  app.use(
    auth({
      authRequired: false,
      idpLogout: true,
      issuerBaseURL: about.issuer,
      baseURL: origin,
      clientID: about.clientId,
      secret: randomBytes(32).toString('hex'),
      ...(about.clientSecret !== undefined && { clientSecret: about.clientSecret, authorizationParams: { response_type: 'code' } }),
    }),
  );
  const say = (says: AppSays): string =>
    `<!doctype html><title>The app</title><pre>${JSON.stringify(says).replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</pre>`;
  app.get('/', ({ oidc }, response) => {
    response.send(
      say({
        signedIn: oidc.isAuthenticated(),
        user: oidc.user,
        claims: { ...oidc.idTokenClaims },
        accessToken: oidc.accessToken?.access_token,
      }),
    );
  });
  app.get('/login-again', (_, response) => response.oidc.login({ returnTo: '/', authorizationParams: { prompt: 'login' } }));
  app.get('/login-to-third', (_, response) => response.oidc.login({ returnTo: about.third }));
  const failed: ErrorRequestHandler = (error, _request, response, _next) =>
    void response.status(error.status ?? 500).send(say({ error: error.error ?? error.message }));
  app.use(failed);
  return {
    origin,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
