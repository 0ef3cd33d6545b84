import type { AdapterConstructor, AdapterFactory, Configuration, JWKS, KoaContextWithOIDC } from 'oidc-provider';
import { errors } from 'oidc-provider';
import { acrValues, type OidcClient } from '../../core/index.ts';
import { type Accounts, findAccount } from './account.ts';
import { fapiSigningAlgorithms } from './client-metadata.ts';
import { createDecision, type DecisionOptions } from './decision.ts';
import type { Directory } from './directory.ts';
import { existingGrant, isUndecided } from './grant.ts';
import { createPolicy } from './policy.ts';
import { anew, keepAnew } from './requested.ts';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

const asymmetric = ['ES256', 'PS256', 'RS256', 'EdDSA', 'Ed25519'] as const;

/** Seconds. */
const longestAssertion = hour;

/** How long what is handed out lives, in seconds. A grant ends the refresh tokens that were given on it. */
const ttl = {
  Interaction: 10 * minute,
  AuthorizationCode: minute,
  AccessToken: 10 * minute,
  IdToken: 10 * minute,
  Session: 12 * hour,
  Grant: 14 * day,
  RefreshToken: 14 * day,
  PushedAuthorizationRequest: minute,
  ReplayDetection: 10 * minute,
} as const;

export type ConfigurationOptions = {
  readonly adapter: AdapterConstructor | AdapterFactory;
  readonly jwks: JWKS;
  readonly cookieKeys: readonly string[];
  /** 32 bytes, the same on every node. */
  readonly dpopNonceSecret: Buffer;
  readonly isSecure: boolean;
  readonly accounts: Accounts;
  readonly directory: Directory;
  /** What a client calls its users by. */
  readonly subjectOf: (ctx: KoaContextWithOIDC | undefined, accountId: string, client: OidcClient) => Promise<string>;
  readonly decision: DecisionOptions;
  readonly decideRefresh: (ctx: KoaContextWithOIDC) => Promise<void>;
  readonly fetch: NonNullable<Configuration['fetch']>;
  readonly renderError: NonNullable<Configuration['renderError']>;
  readonly logoutSource: (ctx: KoaContextWithOIDC, form: string) => Promise<void>;
  readonly loggedOutSource: (ctx: KoaContextWithOIDC) => Promise<void>;
};

/** Where acr, amr and auth_time of an access token come from: what it was exchanged for (RFC 9470 §6). */
const assuranceOf = ({ oidc: { entities } }: KoaContextWithOIDC): Record<string, unknown> => {
  const source = entities.RefreshToken ?? entities.RotatedRefreshToken ?? entities.AuthorizationCode;
  return source ? { acr: source.acr, amr: source.amr, auth_time: source.authTime } : {};
};

const profile = [
  'name',
  'family_name',
  'given_name',
  'middle_name',
  'nickname',
  'preferred_username',
  'picture',
  'website',
  'gender',
  'birthdate',
  'zoneinfo',
  'locale',
  'updated_at',
] as const;

/** Which claims a scope brings, where a client may have them. */
export const claimsOfScopes: Readonly<Record<string, string[]>> = {
  openid: ['sub', 'acr', 'amr', 'auth_time', 'stepward_user_id', 'stepward_undecided'],
  profile: [...profile],
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
  address: ['address'],
};

/** oidc-provider set up as Stepward's provider. */
export const configurationOf = (options: ConfigurationOptions): Configuration => {
  const { isSecure, directory } = options;
  const prefix = isSecure ? { long: '__Host-', short: '__Secure-' } : { long: '', short: '' };
  const cookie = { httpOnly: true, sameSite: 'lax', signed: true, secure: isSecure } as const;
  const recordOf = ({ clientId }: { readonly clientId: string }): OidcClient => {
    const client = directory.client(clientId);
    if (!client) throw new errors.InvalidClient('client is invalid');
    return client;
  };
  return {
    adapter: options.adapter,
    jwks: options.jwks,
    acrValues: [...acrValues],
    cookies: {
      keys: [...options.cookieKeys],
      names: {
        session: `${prefix.long}stepward-oidc`,
        interaction: `${prefix.short}stepward-interaction`,
        resume: `${prefix.short}stepward-resume`,
      },
      long: cookie,
      short: cookie,
    },
    claims: { ...claimsOfScopes },
    scopes: ['openid', 'profile', 'email', 'phone', 'address', 'offline_access'],
    subjectTypes: ['pairwise'],
    responseTypes: ['code', 'id_token'],
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    enabledJWA: {
      idTokenSigningAlgValues: ['RS256', 'ES256'],
      requestObjectSigningAlgValues: [...asymmetric],
      clientAuthSigningAlgValues: [...asymmetric],
      dPoPSigningAlgValues: [...asymmetric],
    },
    assertJwtClientAuthClaimsAndHeader: (ctx, { aud, exp }, { alg }, client) => {
      // its `jti` is remembered for as long
      if (Number(exp) > Date.now() / 1000 + longestAssertion) throw new errors.InvalidClientAuth('the assertion is valid for too long');
      if (!recordOf(client).fapi) return;
      // FAPI 2.0 Security Profile §5.3.2.1 and §5.4.1; keys behind a `jwks_uri` cannot be held to it before
      if (aud !== ctx.oidc.issuer) throw new errors.InvalidClientAuth('audience (aud) must equal the issuer identifier url');
      if (!fapiSigningAlgorithms.includes(String(alg))) throw new errors.InvalidClientAuth('this algorithm is not permitted');
    },
    clientBasedCORS: (_, origin, client) => recordOf(client).origins.includes(origin),
    discovery: { claims_parameter_supported: true },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      claimsParameter: { enabled: true },
      dPoP: { enabled: true, nonceSecret: options.dpopNonceSecret, requireNonce: () => false },
      fapi: { enabled: true, profile: (_, client) => (recordOf(client).fapi ? '2.0' : undefined) },
      introspection: {
        enabled: true,
        // an API asks about the access tokens that it is shown; of a refresh token nobody but its own client hears
        allowedPolicy: (_, client, token) =>
          token.clientId === client.clientId || (client.clientAuthMethod !== 'none' && token.kind === 'AccessToken'),
      },
      pushedAuthorizationRequests: { enabled: true },
      requestObjects: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: ({ oidc }, client, oneOf) => {
          keepAnew(oidc.params);
          return oneOf ?? recordOf(client).audience ?? [];
        },
        useGrantedResource: ({ oidc: { client } }) => client !== undefined && recordOf(client).audience !== undefined,
        getResourceServerInfo: ({ oidc }, resource, client) => {
          keepAnew(oidc.params);
          const { audience } = recordOf(client);
          if (resource !== audience) throw new errors.InvalidTarget();
          return { audience, scope: '', accessTokenFormat: 'jwt', accessTokenTTL: ttl.AccessToken, jwt: { sign: { alg: 'ES256' } } };
        },
      },
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource: options.logoutSource, postLogoutSuccessSource: options.loggedOutSource },
      userinfo: { enabled: true },
    },
    fetch: options.fetch,
    findAccount: findAccount(options.accounts, directory),
    interactions: { policy: createPolicy(createDecision(options.decision), directory), url: (_, { uid }) => `/oidc/interaction/${uid}` },
    loadExistingGrant: (ctx) => existingGrant(ctx, directory.client(ctx.oidc.client?.clientId)),
    pairwiseIdentifier: (ctx, accountId, client) => options.subjectOf(ctx, accountId, recordOf(client)),
    pkce: {
      required: (_, client) => recordOf(client).pkce === 'required' || recordOf(client).authMethod === 'none' || recordOf(client).fapi,
    },
    rotateRefreshToken: async (ctx) => {
      await options.decideRefresh(ctx);
      return true;
    },
    extraTokenClaims: (ctx) => ({ ...assuranceOf(ctx), ...(isUndecided(ctx) && { stepward_undecided: true }) }),
    extraParams: [anew],
    sectorIdentifierUriValidate: () => false,
    renderError: options.renderError,
    ttl: { ...ttl },
  };
};
