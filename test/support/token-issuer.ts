import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import Provider, { type Adapter, type AdapterPayload, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';

export const audience = 'https://api.example';
export const introspecting = { clientId: 'api', clientSecret: 'a secret/with: odd+characters%' };

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;
export type Issue = {
  readonly format: 'jwt' | 'opaque';
  readonly kind?: 'AccessToken' | 'RefreshToken';
  readonly clientId?: string;
  readonly aud?: string;
  readonly jkt?: string;
  /** Seconds. */
  readonly expiresIn?: number;
  readonly acr?: string;
  readonly auth_time?: number;
};

/** A real OpenID provider that issues access tokens, and can be made to answer otherwise. */
export type TokenIssuer = {
  readonly url: string;
  /** Paths that were asked for, oldest first. */
  readonly requests: string[];
  /** A token as its own token endpoint makes them. */
  issue(token: Issue): Promise<string>;
  revoke(token: string): Promise<void>;
  /** A JWT signed by its own key: what it would never issue too. */
  sign(claims: JWTPayload, header?: Partial<JWTHeaderParameters>): Promise<string>;
  readonly keys: { readonly privateKey: CryptoKey; readonly publicKey: CryptoKey };
  /** How users sign in from now on: how long ago that is said to be, seconds; an error in place of it. */
  readonly signIn: { age: number; error?: string };
  /** What it answers at a path from now on; undefined: itself again. */
  answer(path: string, answer: Answer | undefined): void;
  /** What it would answer there. */
  published(path: string): Promise<Record<string, unknown>>;
  close(): Promise<void>;
};

/** For `answer`: this as JSON, a text as it stands. */
export const json =
  (body: unknown, status = 200): Answer =>
  (_, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body));

export const discoveryPath = '/.well-known/openid-configuration';
export const keysPath = '/jwks';
export const introspectionPath = '/token/introspection';

/** The library's own warns about itself. */
const memory = (): ((model: string) => Adapter) => {
  const kept = new Map<string, AdapterPayload>();
  return (model) => ({
    upsert: async (id, payload) => void kept.set(`${model}:${id}`, payload),
    find: async (id) => kept.get(`${model}:${id}`),
    findByUid: async (uid) => [...kept.values()].find((payload) => payload.uid === uid),
    findByUserCode: async () => undefined,
    consume: async (id) => void Object.assign(kept.get(`${model}:${id}`) ?? {}, { consumed: 1 }),
    destroy: async (id) => void kept.delete(`${model}:${id}`),
    revokeByGrantId: async () => {},
  });
};

const { base, Check } = interactionPolicy;
const policy = () => {
  const prompts = base();
  const isUnmet = new Check('acr_values', 'another acr is wanted', 'unmet_authentication_requirements', (ctx) => {
    const wanted = String(ctx.oidc.params?.acr_values ?? '').split(' ');
    return wanted[0] !== '' && !wanted.includes(ctx.oidc.session?.acr ?? '');
  });
  prompts.get('login')?.checks.add(isUnmet);
  return prompts;
};

/** Its users prove whatever is wanted as soon as they are asked; `redirectUri` is where its client `app` is. */
export const startTokenIssuer = async (redirectUri = 'http://127.0.0.1/callback'): Promise<TokenIssuer> => {
  const answers = new Map<string, Answer>();
  const requests: string[] = [];
  const signIn: TokenIssuer['signIn'] = { age: 0 };
  let handle: Answer = (_, response) => response.end();
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? '';
    requests.push(path);
    (answers.get(path) ?? handle)(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const keys = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(keys.privateKey)), alg: 'ES256', use: 'sig', kid: 'now' };
  const resource = { audience, scope: 'pay', accessTokenFormat: 'jwt' as const, jwt: { sign: { alg: 'ES256' as const } } };
  const signed = { id_token_signed_response_alg: 'ES256' as const };
  const client = {
    ...signed,
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: [redirectUri],
    response_types: ['code' as const],
    token_endpoint_auth_method: 'none' as const,
  };
  const provider = new Provider(url, {
    adapter: memory(),
    clients: [
      { ...client, client_id: 'app' },
      { ...client, client_id: 'other' },
      {
        ...signed,
        client_id: introspecting.clientId,
        client_secret: introspecting.clientSecret,
        grant_types: [],
        redirect_uris: [],
        response_types: [],
      },
    ],
    jwks: { keys: [jwk] },
    cookies: { keys: ['not a secret of anybody'] },
    acrValues: ['urn:stepward:aal1', 'urn:stepward:aal2', 'phr'],
    claims: { openid: ['sub', 'acr', 'amr', 'auth_time'] },
    ttl: { AccessToken: 600, RefreshToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    features: {
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: () => true },
      dPoP: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => [],
        useGrantedResource: () => false,
        getResourceServerInfo: () => resource,
      },
    },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    loadExistingGrant: async (ctx) => {
      const grant = new provider.Grant({ clientId: ctx.oidc.client?.clientId, accountId: ctx.oidc.session?.accountId });
      grant.addOIDCScope('openid');
      grant.addResourceScope(audience, 'pay');
      await grant.save();
      return grant;
    },
    extraTokenClaims: (ctx: KoaContextWithOIDC | undefined, token) => {
      const { acr, authTime } = ctx?.oidc.entities.AuthorizationCode ?? {};
      return ctx ? { acr, auth_time: authTime } : (token.extra as Record<string, string>);
    },
    interactions: { policy: policy(), url: (_, { uid }) => `/interaction/${uid}` },
  });
  const own = provider.callback();
  handle = async (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return own(request, response);
    const { params } = await provider.interactionDetails(request, response);
    const acr = String(params.acr_values ?? 'urn:stepward:aal1').split(' ')[0];
    const login = { accountId: 'ada', acr, ts: Math.floor(Date.now() / 1000) - signIn.age };
    await provider.interactionFinished(request, response, signIn.error === undefined ? { login } : { error: signIn.error });
  };

  return {
    url,
    requests,
    signIn,
    issue: async ({ format, kind = 'AccessToken', clientId = 'app', aud = audience, jkt, expiresIn = 600, ...extra }) => {
      const found = await provider.Client.find(clientId);
      if (!found) throw new Error(`no client ${clientId}`);
      const token = new provider[kind]({
        client: found,
        accountId: 'ada',
        scope: 'pay',
        gty: 'authorization_code',
        expiresIn,
        extra,
        ...(format === 'jwt' && { resourceServer: new provider.ResourceServer(aud, { ...resource, audience: aud }) }),
      } as never);
      return Object.assign(token, jkt && { jkt }).save();
    },
    revoke: async (token) => {
      await (await provider.AccessToken.find(token))?.destroy();
    },
    keys,
    sign: (claims, header = {}) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'now', ...header })
        .sign(keys.privateKey, { crit: Object.fromEntries((header.crit ?? []).map((one) => [one, true])) }),
    answer: (path, answer) => void (answer ? answers.set(path, answer) : answers.delete(path)),
    published: async (path) => {
      const kept = answers.get(path);
      answers.delete(path);
      const response = await fetch(`${url}${path}`);
      requests.pop();
      if (kept) answers.set(path, kept);
      return (await response.json()) as Record<string, unknown>;
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
};
