import type { FailurePolicy } from '../action.ts';
import type { Secrets } from '../ports/secrets.ts';

export const clientAuthMethods = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const;
/** How a client proves who it is at the token endpoint (OpenID Connect Core §9). */
export type ClientAuthMethod = (typeof clientAuthMethods)[number];

export const subjectKinds = ['upstream', 'pairwise', 'own'] as const;
/** Which `sub` a client is given: the upstream's own, one for each client, or ours. */
export type SubjectKind = (typeof subjectKinds)[number];

/** A secret that is live; only its keyed hash is kept. Two at a time, for rotation. */
export type ClientSecret = { readonly id: string; readonly hash: string; readonly createdAt: number };

/** An application that is pointed at Stepward instead of its identity provider. */
export type OidcClient = {
  readonly clientId: string;
  /** Told apart from one that was removed and made again under the same `clientId`: what that one was given stays dead. */
  readonly id: string;
  readonly name: string;
  readonly authMethod: ClientAuthMethod;
  readonly secrets: readonly ClientSecret[];
  /** Public keys, for `private_key_jwt` and signed request objects; one of the two at most. */
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] };
  readonly jwksUri?: string;
  /** Compared as text, exactly. */
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly backchannelLogoutUri?: string;
  /** Origins whose pages may call the token endpoint and userinfo. */
  readonly origins: readonly string[];
  /** Upstream that signs its users in; absent: chosen by the domain of `login_hint`, else asked for. */
  readonly upstream?: string;
  readonly subject: SubjectKind;
  /** Claims of the upstream that it may have. */
  readonly claims: readonly string[];
  /** Action that its sign-ins are tracked as. */
  readonly action: string;
  /** Action that its refreshes are tracked as. */
  readonly refreshAction: string;
  readonly defaultAcr: readonly string[];
  /** An unmet `acr_values` is refused like an essential acr; else the code comes with the acr that was reached. */
  readonly strictAcr: boolean;
  readonly failurePolicy: FailurePolicy;
  /** A BLOCK, or a removed authenticator, ends its user's sessions and refresh tokens. */
  readonly revokeOnBlock: boolean;
  /** Seconds; absent: the action's. */
  readonly challengeExpiresIn?: number;
  /** PKCE can be waived for a confidential client only. */
  readonly pkce: 'required' | 'optional';
  /** `response_type=id_token` by form post. */
  readonly implicit: boolean;
  /** Nobody is asked for consent. */
  readonly firstParty: boolean;
  /** The FAPI 2.0 security profile. */
  readonly fapi: boolean;
  /** Its access tokens are JWTs for this resource (RFC 9068); absent: opaque, unless the request names a resource. */
  readonly audience?: string;
  readonly version: number;
  readonly createdAt: number;
};

export const oidcClientDefaults = {
  postLogoutRedirectUris: [],
  origins: [],
  subject: 'upstream',
  claims: ['email', 'email_verified', 'name', 'given_name', 'family_name', 'preferred_username', 'locale', 'picture'],
  action: 'signIn',
  refreshAction: 'tokenRefresh',
  defaultAcr: [],
  strictAcr: true,
  failurePolicy: 'deny',
  revokeOnBlock: false,
  pkce: 'required',
  implicit: false,
  firstParty: true,
  fapi: false,
} as const satisfies Partial<OidcClient>;

/** What is kept of a client's secret. */
export const clientSecretHash = (secrets: Pick<Secrets, 'hash'>, clientId: string, secret: string): string =>
  secrets.hash('oidc-client-secret', `${clientId}\n${secret}`);

/** Whether a client proves itself by a secret. */
export const hasSecretMethod = ({ authMethod }: Pick<OidcClient, 'authMethod'>): boolean => authMethod.startsWith('client_secret');
