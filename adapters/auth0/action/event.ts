/** What Auth0 hands to a post-login Action, as far as it is read here. Only the user's id is guaranteed; all else is checked before use. */
export type PostLoginEvent = {
  readonly configuration?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, unknown>>;
  readonly user: {
    readonly user_id: string;
    readonly email?: unknown;
    readonly email_verified?: unknown;
    readonly phone_number?: unknown;
    readonly phone_verified?: unknown;
    readonly username?: unknown;
    readonly created_at?: unknown;
    readonly last_password_reset?: unknown;
    readonly enrolledFactors?: readonly { readonly type?: unknown }[];
  };
  readonly client?: { readonly client_id?: unknown; readonly metadata?: Readonly<Record<string, unknown>> };
  readonly tenant?: { readonly id?: unknown };
  readonly connection?: { readonly name?: unknown; readonly strategy?: unknown };
  readonly organization?: { readonly id?: unknown };
  readonly resource_server?: { readonly identifier?: unknown };
  readonly stats?: { readonly logins_count?: unknown };
  readonly authorization?: { readonly roles?: unknown };
  readonly security_context?: { readonly ja3?: unknown; readonly ja4?: unknown };
  readonly authentication?: {
    readonly methods?: readonly AuthenticationMethod[];
    readonly riskAssessment?: {
      readonly confidence?: unknown;
      readonly assessments?: Readonly<Record<string, { readonly code?: unknown } | undefined>>;
    };
  };
  readonly transaction?: {
    readonly id?: unknown;
    readonly protocol?: unknown;
    readonly prompt?: unknown;
    readonly locale?: unknown;
    readonly acr_values?: unknown;
    readonly requested_scopes?: unknown;
    readonly metadata?: Readonly<Record<string, unknown>>;
  };
  readonly request?: {
    readonly method?: unknown;
    readonly hostname?: unknown;
    readonly ip?: unknown;
    readonly user_agent?: unknown;
    readonly language?: unknown;
    readonly asn?: unknown;
    readonly geoip?: Readonly<Record<string, unknown>>;
    readonly query?: Readonly<Record<string, unknown>>;
  };
};

export type AuthenticationMethod = { readonly name?: unknown; readonly timestamp?: unknown; readonly type?: unknown };

type Factor = { readonly type: string };

/** What a post-login Action may ask Auth0 to do, as far as it is used here. */
export type PostLoginApi = {
  readonly access: { deny(reason: string): unknown };
  readonly redirect: {
    canRedirect(): boolean;
    encodeToken(options: {
      readonly secret: string;
      readonly payload: Readonly<Record<string, unknown>>;
      readonly expiresInSeconds: number;
    }): string;
    sendUserTo(url: string, options: { readonly query: Readonly<Record<string, string>> }): unknown;
    validateToken(options: { readonly secret: string; readonly tokenParameterName: string }): Readonly<Record<string, unknown>>;
  };
  readonly authentication: {
    challengeWith(factor: Factor): unknown;
    challengeWithAny(factors: readonly Factor[]): unknown;
    enrollWithAny(factors: readonly Factor[]): unknown;
    recordMethod(url: string): unknown;
  };
  readonly transaction?: { setMetadata(key: string, value: string | boolean | null): unknown };
  readonly idToken: { setCustomClaim(name: string, value: unknown): unknown };
  readonly accessToken: { setCustomClaim(name: string, value: unknown): unknown };
  /** Enterprise tenants only. */
  readonly session?: { readonly revoke?: (reason: string) => unknown };
};
