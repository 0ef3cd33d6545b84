/** What an operator chooses; a setting of the authenticator that is not named stays as it is in the realm. */
export type InstallOptions = {
  readonly layout: 'risk' | 'acr';
  /** Settings of the authenticator by their name in Keycloak, `stepward.apiUrl`. */
  readonly settings: Readonly<Record<string, string>>;
  readonly failurePolicy: 'deny' | 'allow' | 'fallback';
  readonly fallbackCredentials: readonly FallbackCredential[];
  /** Seconds for which a step-up of layout `acr` counts in a session. */
  readonly stepUpSeconds: number;
  /** Ways into the realm that are left as they are. */
  readonly leave: readonly LeavableWay[];
  /** Clients whose own flows are left as they are. */
  readonly except: readonly string[];
  /** Clients alone that get the flows, for a trial; the realm keeps its own. Empty: the realm gets them. */
  readonly pilots: readonly string[];
  readonly includeAdmins: boolean;
  /** Whether a flow that differs from what it was made from is made anew. */
  readonly refresh: boolean;
};

export const leavableWays = ['direct-grant', 'reset-credentials', 'identity-providers'] as const;
export type LeavableWay = (typeof leavableWays)[number];

/** A credential type of Keycloak and the authenticator that asks for it. */
export const fallbackAuthenticators = {
  otp: 'auth-otp-form',
  webauthn: 'webauthn-authenticator',
  'recovery-authn-codes': 'auth-recovery-authn-code-form',
} as const satisfies Record<string, string>;
export type FallbackCredential = keyof typeof fallbackAuthenticators;

export const defaultOptions: InstallOptions = {
  layout: 'risk',
  settings: {},
  failurePolicy: 'deny',
  fallbackCredentials: ['otp'],
  stepUpSeconds: 300,
  leave: [],
  except: [],
  pilots: [],
  includeAdmins: false,
  refresh: false,
};
