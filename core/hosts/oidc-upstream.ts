/** An OpenID provider that proves the first factor. */
export type OidcUpstream = {
  /** Part of its redirect URI, `/oidc/callback/<id>`. */
  readonly id: string;
  readonly name: string;
  /** Exactly as its discovery document says it. */
  readonly issuer: string;
  readonly clientId: string;
  readonly authMethod: 'none' | 'client_secret_basic' | 'client_secret_post';
  /** Sealed for `upstreamSecretContext(id)`; absent with `none`. */
  readonly sealedClientSecret?: string;
  readonly scopes: readonly string[];
  /** Our acr values to those that it is asked for. */
  readonly acrMap: Readonly<Record<string, string>>;
  /** Its `amr` is believed: a second factor that it saw counts. */
  readonly trusted: boolean;
  /** Mail domains whose users it signs in, lower case. */
  readonly domains: readonly string[];
  /** Its session is ended with ours. */
  readonly endSession: boolean;
  readonly version: number;
  readonly createdAt: number;
};

export const oidcUpstreamDefaults = {
  authMethod: 'client_secret_basic',
  scopes: ['openid', 'profile', 'email'],
  acrMap: {},
  trusted: false,
  domains: [],
  endSession: false,
} as const satisfies Partial<OidcUpstream>;

export const upstreamSecretContext = (id: string): string => `oidc-upstream:${id}`;
