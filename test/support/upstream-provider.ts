import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { createServer as createHttp, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { JWK } from 'jose';
import { type ClientMetadata, type Configuration, Provider } from 'oidc-provider';
import { type Changes, type Endpoint, type Fault, type Signing, sign } from './upstream-faults.ts';
import { createFront, endpointOf } from './upstream-front.ts';
import { createUpstreamMemory } from './upstream-memory.ts';

/** Somebody that the provider knows. It asks for no password: who signs in says which of them they are. */
export type UpstreamUser = {
  /** Claims, also those of scopes `email` and `profile`. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly acr?: string;
  readonly amr?: readonly string[];
  /** Seconds that the sign-in is said to be old. */
  readonly age?: number;
};

export type UpstreamRequest = {
  readonly endpoint: Endpoint | undefined;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
};

export type UpstreamProvider = {
  readonly issuer: string;
  readonly faults: { use(...faults: readonly Fault[]): void; clear(): void };
  /** A new signing key; the one before is published beside it, or no longer. */
  rotateKeys(about?: { readonly overlap: boolean }): void;
  /** All that came, oldest first, or those of one endpoint. */
  requests(endpoint?: Endpoint): readonly UpstreamRequest[];
  /** A logout token as the provider signs it, with changes; a claim that is undefined is left out. */
  logoutToken(claims: Changes, about?: { readonly header?: Changes; readonly signing?: Signing }): string;
  close(): Promise<void>;
};

export type UpstreamSettings = {
  readonly port?: number;
  /** Name under which browsers reach it. Default `127.0.0.1`. */
  readonly host?: string;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Applications, Stepward among them. */
  readonly clients: readonly ClientMetadata[];
  /** By subject. Default: alice, with everything verified, and bob, with nothing. */
  readonly users?: Readonly<Record<string, UpstreamUser>>;
  /** Whether requests may be pushed (RFC 9126). Default false. */
  readonly par?: boolean;
};

export const upstreamUsers = {
  alice: {
    claims: { email: 'alice@example.org', email_verified: true, name: 'Alice Adams', preferred_username: 'alice' },
    acr: 'urn:lab:password',
    amr: ['pwd'],
  },
  bob: { claims: { email: 'bob@example.org', email_verified: false, name: 'Bob Brown', preferred_username: 'bob' }, amr: ['pwd'] },
} as const satisfies Readonly<Record<string, UpstreamUser>>;

const newKey = (): JWK => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomBytes(6).toString('hex'), alg: 'RS256', use: 'sig' };
};

const page = (names: readonly string[]): string => `<!doctype html><html lang="en"><title>Upstream</title><h1>Sign in upstream</h1>
<form method="post">${names.map((name) => `<button name="login" value="${name}">${name}</button>`).join('')}
<button name="cancel" value="yes">Cancel</button></form></html>`;

const formOf = async (request: IncomingMessage): Promise<URLSearchParams> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
};

const configurationOf = (
  settings: UpstreamSettings,
  users: Readonly<Record<string, UpstreamUser>>,
  adapter: Configuration['adapter'],
  keys: readonly JWK[],
): Configuration => ({
  adapter,
  clients: [...settings.clients],
  jwks: { keys: [...keys] as never },
  // beside Stepward on one host: a browser keeps cookies by host, not by port
  cookies: { keys: ['lab'], names: { session: 'lab_session', interaction: 'lab_interaction', resume: 'lab_resume' } },
  findAccount: (_, sub) => users[sub] && { accountId: sub, claims: () => ({ ...users[sub]?.claims, sub }) },
  claims: {
    openid: ['sub', 'acr', 'amr', 'auth_time', 'sid'],
    email: ['email', 'email_verified'],
    profile: ['name', 'preferred_username', 'groups'],
  },
  acrValues: ['urn:lab:password', 'urn:lab:mfa'],
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      logoutSource: (ctx, form) => {
        ctx.body = `<!doctype html><title>Upstream</title>${form}<button form="op.logoutForm" name="logout" value="yes">Sign out</button>`;
      },
    },
    pushedAuthorizationRequests: { enabled: settings.par ?? false },
  },
  interactions: { url: (_, { uid }) => `/interaction/${uid}` },
  ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 3600, Grant: 3600 },
  // nobody is asked for consent
  loadExistingGrant: async (ctx) => {
    const { client, session, provider, params } = ctx.oidc;
    const grant = new provider.Grant({ clientId: client?.clientId, accountId: session?.accountId });
    grant.addOIDCScope(String(params?.scope));
    await grant.save();
    return grant;
  },
  // without the library's dispatcher, which keeps it from loopback
  fetch: (url, { method, headers, body, signal }: RequestInit = {}) => fetch(url, { method, headers, body, signal, redirect: 'manual' }),
  renderError: (ctx, out) => {
    ctx.body = `${out.error}: ${out.error_description}`;
  },
});

/** Starts an OpenID provider on loopback, independent of Stepward, that can be told to go wrong. */
export const startUpstream = async (settings: UpstreamSettings): Promise<UpstreamProvider> => {
  const users: Readonly<Record<string, UpstreamUser>> = settings.users ?? upstreamUsers;
  const memory = createUpstreamMemory();
  const requests: UpstreamRequest[] = [];
  let faults: readonly Fault[] = [];
  let key = newKey();
  let retired: readonly JWK[] = [];

  let answer: RequestListener = () => undefined;
  const listener: RequestListener = (request, response) => answer(request, response);
  const server = settings.tls ? createHttps(settings.tls, listener) : createHttp(listener);
  await new Promise<void>((resolve) => server.listen(settings.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const issuer = `${settings.tls ? 'https' : 'http'}://${settings.host ?? '127.0.0.1'}:${port}`;

  const create = (): Provider => new Provider(issuer, configurationOf(settings, users, memory, [key, ...retired]));
  let provider = create();
  let callback = provider.callback();

  const interact = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== 'POST') {
      response.writeHead(200, { 'content-type': 'text/html' }).end(page(Object.keys(users)));
      return;
    }
    const form = await formOf(request);
    const login = form.get('login');
    const user = login === null ? undefined : users[login];
    if (login === null || !user) {
      await provider.interactionFinished(request, response, { error: 'access_denied', error_description: 'the user cancelled' });
      return;
    }
    const ts = Math.floor(Date.now() / 1000) - (user.age ?? 0);
    await provider.interactionFinished(request, response, {
      login: { accountId: login, acr: user.acr, amr: user.amr && [...user.amr], ts },
    });
  };

  const front = createFront({ faults: () => faults, key: () => key, provider: () => callback });
  answer = (request, response) => {
    const url = new URL(request.url ?? '/', issuer);
    requests.push({
      endpoint: endpointOf(url.pathname),
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
    });
    if (!url.pathname.startsWith('/interaction/')) return front(request, response);
    interact(request, response).catch(() => response.writeHead(400).end());
  };

  return {
    issuer,
    faults: {
      use: (...more) => {
        faults = [...faults, ...more];
      },
      clear: () => {
        faults = [];
      },
    },
    rotateKeys: ({ overlap } = { overlap: false }) => {
      retired = overlap ? [key] : [];
      key = newKey();
      provider = create();
      callback = provider.callback();
    },
    requests: (endpoint) => requests.filter((one) => endpoint === undefined || one.endpoint === endpoint),
    logoutToken: (claims, { header = {}, signing } = {}) => {
      const iat = Math.floor(Date.now() / 1000);
      const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
      const usual = { iss: issuer, aud: settings.clients[0]?.client_id, iat, exp: iat + 120, jti: randomUUID(), events };
      return sign({ ...usual, ...claims }, { alg: 'RS256', kid: key.kid, typ: 'logout+jwt', ...header }, key, signing);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
