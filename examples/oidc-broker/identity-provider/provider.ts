import { generateKeyPairSync, randomBytes } from 'node:crypto';
import express, { type ErrorRequestHandler, type Express } from 'express';
import Provider, { type ClientMetadata } from 'oidc-provider';
import type { Account, Accounts } from '../../express-login/accounts.ts';
import { html, page, style } from '../look.ts';
import { createMemory } from './memory.ts';

const owner = 'Harbour Accounts';

const claimsOf = ({ userId, email }: Account) => {
  const [name = ''] = email.split('@');
  return { sub: userId, email, email_verified: true, name: `${name.charAt(0).toUpperCase()}${name.slice(1)}` };
};

const loginPage = (uid: string, notice?: string): string =>
  page(
    owner,
    'Sign in',
    html`${notice === undefined ? undefined : html`<p class="notice" role="alert">${notice}</p>`}
<form method="post" action="/login/${uid}">
<label>E-mail address
<input name="email" type="email" autocomplete="username" required></label>
<label>Password
<input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form>`,
  );

/** A small identity provider: e-mail address and password, no second factor. It knows applications, and not what they are. */
export const createIdentityProvider = (issuer: string, accounts: Accounts, clients: readonly ClientMetadata[]): Express => {
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
  const provider: Provider = new Provider(issuer, {
    adapter: createMemory(),
    clients: [...clients],
    jwks: { keys: [{ ...key, alg: 'RS256', use: 'sig' }] as never },
    cookies: {
      keys: [randomBytes(32).toString('base64url')],
      names: { session: 'accounts', interaction: 'accounts_login', resume: 'accounts_resume' },
    },
    claims: { openid: ['sub', 'auth_time'], email: ['email', 'email_verified'], profile: ['name'] },
    findAccount: (_, sub) => {
      const account = accounts.byId(sub);
      return account && { accountId: sub, claims: () => claimsOf(account) };
    },
    clientBasedCORS: (_, origin, { redirectUris = [] }) => redirectUris.some((uri) => new URL(uri).origin === origin),
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          const button = html`<button form="op.logoutForm" name="logout" value="yes">Sign out</button>`;
          ctx.body = page(owner, 'Sign out?', html`${{ markup: form }}${button}`);
        },
      },
    },
    interactions: { url: (_, { uid }) => `/login/${uid}` },
    // the applications of the house: nobody is asked for consent
    loadExistingGrant: async ({ oidc: { client, session, params } }) => {
      const grant = new provider.Grant({ clientId: client?.clientId, accountId: session?.accountId });
      grant.addOIDCScope(String(params?.scope));
      await grant.save();
      return grant;
    },
    // without the library's dispatcher, which keeps it from loopback, where this demonstration is
    fetch: (url, { method, headers, body, signal }: RequestInit = {}) => fetch(url, { method, headers, body, signal, redirect: 'manual' }),
    renderError: (ctx, { error }) => {
      ctx.type = 'html';
      ctx.body = page(owner, 'That did not work', html`<p><code>${error}</code></p>`);
    },
    ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 3600, Grant: 3600 },
  });

  const app = express();
  app.use(style);
  app.get('/login/:uid', async (request, response) => {
    const { uid } = await provider.interactionDetails(request, response);
    response.send(loginPage(uid));
  });
  app.post('/login/:uid', express.urlencoded({ extended: false }), async (request, response) => {
    const { uid } = await provider.interactionDetails(request, response);
    const { email, password } = request.body as Readonly<Record<string, unknown>>;
    const account = await accounts.withPassword(String(email), String(password));
    if (!account) return void response.status(422).send(loginPage(uid, 'The address or the password is wrong.'));
    await provider.interactionFinished(request, response, { login: { accountId: account.userId } });
  });
  const failed: ErrorRequestHandler = (_error, _request, response, _next) =>
    void response.status(400).send(page(owner, 'That did not work', html`<p>Begin again at the application.</p>`));
  app.use('/login', failed);
  app.use(provider.callback());
  return app;
};
