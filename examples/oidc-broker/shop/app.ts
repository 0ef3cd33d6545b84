import express, { type ErrorRequestHandler, type Express } from 'express';
import openid from 'express-openid-connect';
import { claimsOf, html, page, style } from '../look.ts';

const { auth, requiresAuth } = openid;

/** The environment of the application, under the names that the library documents. */
export type Settings = Readonly<Record<string, string | undefined>>;

/** An ordinary application: it knows an OpenID provider by its settings, and nothing of Stepward. */
export const createShop = (settings: Settings): Express => {
  const app = express();
  app.use(style);
  app.use(
    auth({
      authRequired: false,
      idpLogout: true,
      issuerBaseURL: settings.ISSUER_BASE_URL,
      baseURL: settings.BASE_URL,
      clientID: settings.CLIENT_ID,
      clientSecret: settings.CLIENT_SECRET,
      secret: settings.SECRET,
      authorizationParams: { response_type: 'code', scope: 'openid profile email' },
    }),
  );

  app.get('/', (request, response) => {
    const link = request.oidc.isAuthenticated() ? html`<a href="/orders">Your orders</a>` : html`<a href="/login">Sign in</a>`;
    response.send(page('Harbour Shop', 'Welcome', html`<p>Rope, sail and lanterns.</p><p>${link}</p>`));
  });

  app.get('/orders', requiresAuth(), async (request, response) => {
    const { name } = await request.oidc.fetchUserInfo();
    const orders = html`<p>Signed in as <b>${String(name)}</b>. Nothing is on its way to you.</p>
${claimsOf(request.oidc.idTokenClaims ?? {})}
<p><a href="/logout">Sign out</a></p>`;
    response.send(page('Harbour Shop', 'Your orders', orders));
  });

  const failed: ErrorRequestHandler = (error, _request, response, _next) => {
    const { status = 500, error: code = 'error' } = error as { readonly status?: number; readonly error?: string };
    const text = html`<p role="alert">You were not signed in: <code>${code}</code>.</p><p><a href="/">Back to the shop</a></p>`;
    response.status(status).send(page('Harbour Shop', 'That did not work', text));
  };
  app.use(failed);
  return app;
};
