import type { JWTVerifyGetKey } from 'jose';
import * as openid from 'openid-client';
import { type OidcUpstream, upstreamSecretContext } from '../../core/index.ts';
import type { Secrets } from '../../core/ports/secrets.ts';
import { type Limits, remembered } from './remembered.ts';
import { createUpstreamKeys, keysFor, withKeys } from './upstream-keys.ts';

/** `fetch`, with what the libraries give it. */
export type Fetch = (input: string | URL, init?: Omit<RequestInit, 'body'> & { readonly body?: openid.FetchBody }) => Promise<Response>;

/** An upstream as its discovery document says it. */
export type UpstreamProvider = {
  /** A new one for each use: what `openid-client` remembers in it is not bounded by our limits. */
  readonly configuration: () => openid.Configuration;
  readonly metadata: Readonly<openid.ServerMetadata>;
  /** Its public keys, for what `openid-client` does not verify. */
  readonly keys: JWTVerifyGetKey;
  readonly algorithms: readonly string[];
};

/** Asymmetric, all of them: a client's secret or a public key must never verify anything (RFC 8725 §3.1). */
const allowedAlgorithms = new Set(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']);

/** Seconds by which the clocks of two servers may differ. */
export const clockSkew = 30;

const hour = 3_600_000;
const discoveryLimits: Limits = { fresh: hour, stale: 24 * hour, pause: 10_000 };

const clientAuth = ({ id, authMethod, sealedClientSecret }: OidcUpstream, secrets: Secrets): openid.ClientAuth => {
  if (authMethod === 'none') return openid.None();
  if (sealedClientSecret === undefined) throw new TypeError(`upstream \`${id}\` has no client secret`);
  const secret = secrets.open(upstreamSecretContext(id), sealedClientSecret);
  return authMethod === 'client_secret_post' ? openid.ClientSecretPost(secret) : openid.ClientSecretBasic(secret);
};

const allowed = (listed: unknown): string[] => (Array.isArray(listed) ? listed.filter((one) => allowedAlgorithms.has(one)) : ['RS256']);

type KeysAt = (uri: string) => ReturnType<typeof createUpstreamKeys>;

const discover = async (
  upstream: OidcUpstream,
  { secrets, fetch, development }: UpstreamProviderSettings,
  keysAt: KeysAt,
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
  const keysUri = new URL(metadata.jwks_uri).href;
  const keySet = keysAt(keysUri);
  const configuration = (): openid.Configuration => {
    const one = new openid.Configuration(restricted, upstream.clientId, { [openid.clockTolerance]: clockSkew }, auth);
    one[openid.customFetch] = withKeys(fetch, keySet, { keys: keysUri, tokenEndpoint: URL.parse(metadata.token_endpoint ?? '')?.href });
    openid.enableNonRepudiationChecks(one);
    for (const extension of execute) extension(one);
    return one;
  };
  return { configuration, metadata: restricted, keys: keysFor(keySet), algorithms };
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

  const providerOf = (upstream: OidcUpstream) => {
    // outlive the discovery document, as long as it names the same place
    let last: { readonly uri: string; readonly keys: ReturnType<KeysAt> } | undefined;
    const keysAt: KeysAt = (uri) => {
      if (last?.uri !== uri) last = { uri, keys: createUpstreamKeys(settings.fetch, uri, settings.now) };
      return last.keys;
    };
    return remembered(() => discover(upstream, settings, keysAt), discoveryLimits, settings.now);
  };

  return (upstream) => {
    const record = `${upstream.version}.${upstream.createdAt}`;
    let one = known.get(upstream.id);
    if (one?.record !== record) {
      one = { record, provider: providerOf(upstream) };
      known.set(upstream.id, one);
    }
    return one.provider();
  };
};
