import { createHash } from 'node:crypto';
import * as openid from 'openid-client';
import type { OidcClient, OidcUpstream } from '../../core/index.ts';
import { oidcClientDefaults, oidcUpstreamDefaults, upstreamSecretContext } from '../../core/index.ts';
import { type Served, startServed } from './served.ts';
import { startUpstream, type UpstreamProvider, type UpstreamSettings } from './upstream-provider.ts';
import { createWebBrowser, type Stop, type WebBrowser } from './web-browser.ts';

export const upstreamSecret = 'upstream-secret-of-at-least-32-characters';
export const clientSecret = 'client-secret-of-at-least-32-characters';
export const appOrigin = 'https://app.example';
export const redirectUri = `${appOrigin}/callback`;

/** An application, Stepward and an identity provider behind it, all over HTTP. */
export type OidcWorld = {
  readonly served: Served;
  readonly upstream: UpstreamProvider;
  readonly issuer: string;
  /** Registers an application, or changes it. */
  register(client?: Partial<OidcClient> & { readonly clientId?: string }): Promise<OidcClient>;
  /** The application as openid-client is one. */
  app(clientId?: string, auth?: openid.ClientAuth): Promise<openid.Configuration>;
  /** Somebody's browser; it stops where an application begins. */
  browser(headers?: Readonly<Record<string, string>>): WebBrowser;
  end(): Promise<void>;
};

export const startOidcWorld = async (
  settings: Partial<UpstreamSettings> & {
    readonly variables?: Readonly<Record<string, string>>;
    readonly about?: Partial<OidcUpstream>;
  } = {},
): Promise<OidcWorld> => {
  const served = await startServed(settings.variables, { clock: 'real', development: true });
  const upstream = await startUpstream({
    clients: [
      {
        client_id: 'stepward',
        client_secret: upstreamSecret,
        redirect_uris: [`${served.url}/oidc/callback/lab`],
        post_logout_redirect_uris: [`${served.url}/oidc/logout/return`],
        backchannel_logout_uri: `${served.url}/oidc/backchannel-logout/lab`,
        backchannel_logout_session_required: true,
      },
    ],
    ...settings,
  });
  const began = Date.now();
  const { policies, ports } = served.composed;
  const put = (kind: 'oidc-client' | 'oidc-upstream', id: string, body: unknown) =>
    policies.change(() => ({ put: [{ kind, id, body }], answer: undefined }));
  const record: OidcUpstream = {
    ...oidcUpstreamDefaults,
    id: 'lab',
    name: 'Lab',
    issuer: upstream.issuer,
    clientId: 'stepward',
    sealedClientSecret: ports.secrets.seal(upstreamSecretContext('lab'), upstreamSecret),
    version: 1,
    createdAt: served.now(),
    ...settings.about,
  };
  await put('oidc-upstream', 'lab', record);

  return {
    served,
    upstream,
    issuer: `${served.url}/oidc`,
    register: async (client = {}) => {
      const clientId = client.clientId ?? 'app';
      const full: OidcClient = {
        ...oidcClientDefaults,
        id: `${clientId}-1`,
        name: 'The app',
        authMethod: 'client_secret_basic',
        secrets: [{ id: 's1', hash: ports.secrets.hash('oidc-client-secret', `${clientId}\n${clientSecret}`), createdAt: served.now() }],
        redirectUris: [redirectUri],
        upstream: 'lab',
        version: 1,
        createdAt: began - 1_000,
        ...client,
        clientId,
      };
      await put('oidc-client', clientId, full);
      return full;
    },
    app: (clientId = 'app', auth = openid.ClientSecretBasic(clientSecret)) =>
      openid.discovery(new URL(`${served.url}/oidc`), clientId, undefined, auth, { execute: [openid.allowInsecureRequests] }),
    browser: (headers) => createWebBrowser([appOrigin], headers),
    end: async () => {
      await upstream.close();
      await served.end();
    },
  };
};

/** One authorization request of an application and what it needs for the answer. */
export type Asked = { readonly url: URL; readonly checks: openid.AuthorizationCodeGrantChecks & { readonly pkceCodeVerifier: string } };

export const ask = async (app: openid.Configuration, more: Readonly<Record<string, string>> = {}): Promise<Asked> => {
  const pkceCodeVerifier = openid.randomPKCECodeVerifier();
  const state = openid.randomState();
  const nonce = openid.randomNonce();
  const url = openid.buildAuthorizationUrl(app, {
    redirect_uri: redirectUri,
    scope: 'openid email profile',
    code_challenge: createHash('sha256').update(pkceCodeVerifier).digest('base64url'),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...more,
  });
  const maxAge = more.max_age === undefined ? {} : { maxAge: Number(more.max_age) };
  return { url, checks: { pkceCodeVerifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true, ...maxAge } };
};

/** Signs in at the upstream where it asks; stands at a page of ours or at the application. */
export const signIn = async (browser: WebBrowser, url: URL, login = 'alice'): Promise<Stop> => {
  const stop = await browser.open(url);
  return stop.text.includes('Sign in upstream') ? browser.press(login) : stop;
};

/** What the answer at the application says: `code`, or the name of an error. */
export const outcomeOf = ({ url }: Stop): string | null => url.searchParams.get('error') ?? (url.searchParams.has('code') ? 'code' : null);

/** Proves the address on the page at which the browser stands, and keeps what was enrolled; stands where the page leads. */
export const passByMail = async (world: Pick<OidcWorld, 'served'>, browser: WebBrowser, email: string): Promise<Stop> => {
  const seen = world.served.mails.length;
  await browser.press(/send|code by e-mail/i);
  await browser.press(/verify|continue|confirm/i, { code: await world.served.codeTo(email, seen) });
  if (browser.at.text.includes('codes-saved')) await browser.press('I have saved them');
  return followLeaving(browser);
};

/** Goes on from the page that leaves: a browser does so by itself. */
export const followLeaving = async (browser: WebBrowser): Promise<Stop> => {
  const href =
    /<meta http-equiv="refresh" content="0; ?url=([^"]+)"/i.exec(browser.at.text)?.[1] ??
    /href="([^"]*\/oidc\/[^"]*)"/.exec(browser.at.text)?.[1];
  return href === undefined ? browser.at : browser.open(new URL(href.replaceAll('&amp;', '&'), browser.at.url));
};
