import { createRemoteJWKSet, customFetch as joseFetch } from 'jose';
import * as openid from 'openid-client';
import { type OidcUpstream, upstreamSecretContext } from '../../core/index.ts';
import type { Secrets } from '../../core/ports/secrets.ts';
import { type Limits, remembered } from './remembered.ts';

/** `fetch`, with what the libraries give it. */
export type Fetch = (input: string | URL, init?: Omit<RequestInit, 'body'> & { readonly body?: openid.FetchBody }) => Promise<Response>;

/** An upstream as its discovery document says it. */
export type UpstreamProvider = {
  readonly configuration: openid.Configuration;
  readonly metadata: Readonly<openid.ServerMetadata>;
  /** Its public keys, for what `openid-client` does not verify. */
  readonly keys: ReturnType<typeof createRemoteJWKSet>;
  readonly algorithms: readonly string[];
};

/** Asymmetric, all of them: a client's secret or a public key must never verify anything (RFC 8725 §3.1). */
const allowedAlgorithms = new Set(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']);

/** Seconds by which the clocks of two servers may differ. */
export const clockSkew = 30;

const hour = 3_600_000;
const discoveryLimits: Limits = { fresh: hour, stale: 24 * hour, pause: 10_000 };
/** Below the pauses of `openid-client` (60 s) and `jose` (30 s), which decide when keys are looked for again. */
const keyLimits: Limits = { fresh: 20_000, stale: hour, pause: 10_000 };

const clientAuth = ({ id, authMethod, sealedClientSecret }: OidcUpstream, secrets: Secrets): openid.ClientAuth => {
  if (authMethod === 'none') return openid.None();
  if (sealedClientSecret === undefined) throw new TypeError(`upstream \`${id}\` has no client secret`);
  const secret = secrets.open(upstreamSecretContext(id), sealedClientSecret);
  return authMethod === 'client_secret_post' ? openid.ClientSecretPost(secret) : openid.ClientSecretBasic(secret);
};

const allowed = (listed: unknown): string[] => (Array.isArray(listed) ? listed.filter((one) => allowedAlgorithms.has(one)) : ['RS256']);

const readKeySet = async (fetch: Fetch, uri: string): Promise<string> => {
  const response = await fetch(uri, { headers: { accept: 'application/json, application/jwk-set+json' }, redirect: 'manual' });
  if (response.status !== 200) throw new TypeError(`the key set's address answered ${response.status}`);
  const text = await response.text();
  const { keys } = JSON.parse(text) as { readonly keys?: unknown };
  if (!Array.isArray(keys)) throw new TypeError('the key set has no keys');
  return text;
};

/** Asks for the key set by way of a memory that outlasts a failure; everything else by `fetch`. */
const withKeySet = (fetch: Fetch, uri: string, now: () => number): Fetch => {
  const keySet = remembered(() => readKeySet(fetch, uri), keyLimits, now);
  return async (input, init) => {
    if (String(input) !== uri || (init?.method ?? 'GET') !== 'GET') return fetch(input, init);
    return new Response(await keySet(), { headers: { 'content-type': 'application/json' } });
  };
};

const discover = async (
  upstream: OidcUpstream,
  { secrets, fetch, now, development }: UpstreamProviderSettings,
): Promise<UpstreamProvider> => {
  const issuer = new URL(upstream.issuer);
  const execute = development && issuer.protocol === 'http:' ? [openid.allowInsecureRequests] : [];
  const auth = clientAuth(upstream, secrets);
  const found = await openid.discovery(issuer, upstream.clientId, undefined, auth, { [openid.customFetch]: fetch, execute });
  const { supportsPKCE: _, ...metadata } = found.serverMetadata();
  // `openid-client` compares them as URLs, and lets some of Microsoft's differ
  if (metadata.issuer !== upstream.issuer) throw new TypeError('the discovery document names another issuer');
  if (metadata.jwks_uri === undefined) throw new TypeError('the discovery document names no key set');
  const algorithms = allowed(metadata.id_token_signing_alg_values_supported);
  const restricted = {
    ...metadata,
    id_token_signing_alg_values_supported: algorithms,
    userinfo_signing_alg_values_supported: allowed(metadata.userinfo_signing_alg_values_supported),
  };
  const configuration = new openid.Configuration(restricted, upstream.clientId, { [openid.clockTolerance]: clockSkew }, auth);
  const keySetUri = new URL(metadata.jwks_uri).href;
  const fetchOrRemember = withKeySet(fetch, keySetUri, now);
  configuration[openid.customFetch] = fetchOrRemember;
  // `fetch` has a time limit of its own, and requests for the key set are shared only where they have no signal
  configuration.timeout = 0;
  openid.enableNonRepudiationChecks(configuration);
  for (const extension of execute) extension(configuration);
  const keys = createRemoteJWKSet(new URL(keySetUri), { [joseFetch]: fetchOrRemember });
  return { configuration, metadata: restricted, keys, algorithms };
};

export type UpstreamProviderSettings = {
  readonly secrets: Secrets;
  /** Guarded: no private addresses, no redirects, limits of time and size. */
  readonly fetch: Fetch;
  readonly now: () => number;
  /** Issuers by `http:` are asked. */
  readonly development: boolean;
};

/** Creates what finds an upstream's endpoints: asked for once an hour, and again whenever its record has changed. */
export const createUpstreamProviders = (settings: UpstreamProviderSettings): ((upstream: OidcUpstream) => Promise<UpstreamProvider>) => {
  const known = new Map<string, { readonly record: string; readonly provider: () => Promise<UpstreamProvider> }>();
  return (upstream) => {
    const record = `${upstream.version}.${upstream.createdAt}`;
    let one = known.get(upstream.id);
    if (one?.record !== record) {
      one = { record, provider: remembered(() => discover(upstream, settings), discoveryLimits, settings.now) };
      known.set(upstream.id, one);
    }
    return one.provider();
  };
};
