/** What a realm is made of, as far as logins are concerned; read before anything is planned. */
export type Snapshot = {
  readonly realm: string;
  readonly bindings: Bindings;
  readonly attributes: Readonly<Record<string, string>>;
  readonly registrationAllowed: boolean;
  /** Every flow, nested ones too. */
  readonly flows: readonly FlowOfRealm[];
  /** Settings of executions, by their alias. Values that Keycloak masks are missing or `**********`. */
  readonly configs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly identityProviders: readonly IdentityProvider[];
  readonly clients: readonly RealmClient[];
  readonly scopes: readonly ClientScope[];
  /** Names of the scopes that new clients get. */
  readonly defaultScopes: readonly string[];
  /** Ids of the authenticators that the server has. */
  readonly authenticators: readonly string[];
};

/** Places of a realm that name a flow. */
export const bindingSlots = [
  'browserFlow',
  'directGrantFlow',
  'resetCredentialsFlow',
  'registrationFlow',
  'clientAuthenticationFlow',
  'dockerAuthenticationFlow',
  'firstBrokerLoginFlow',
] as const;
export type BindingSlot = (typeof bindingSlots)[number];
export type Bindings = Readonly<Partial<Record<BindingSlot, string>>>;

export type FlowOfRealm = {
  readonly id: string;
  readonly alias: string;
  readonly providerId: string;
  readonly topLevel: boolean;
  readonly builtIn: boolean;
  readonly executions: readonly ExecutionOfFlow[];
};

export type ExecutionOfFlow = {
  readonly authenticator?: string;
  /** Alias of its settings. */
  readonly config?: string;
  /** Alias of the flow that is nested here. */
  readonly flow?: string;
  readonly requirement: Requirement;
  readonly priority: number;
};

export type Requirement = 'REQUIRED' | 'ALTERNATIVE' | 'CONDITIONAL' | 'DISABLED';

export type IdentityProvider = {
  readonly alias: string;
  readonly postBrokerLoginFlow?: string;
  readonly firstBrokerLoginFlow?: string;
};

export const overrideSlots = ['browser', 'direct_grant'] as const;
export type OverrideSlot = (typeof overrideSlots)[number];

export type RealmClient = {
  readonly id: string;
  readonly clientId: string;
  readonly protocol?: string;
  /** Ids of flows in place of the realm's. */
  readonly overrides: Readonly<Record<string, string>>;
  readonly defaultScopes: readonly string[];
  readonly bearerOnly: boolean;
  readonly serviceAccount: boolean;
  readonly attributes: Readonly<Record<string, string>>;
};

export type ClientScope = {
  readonly id: string;
  readonly name: string;
  readonly mappers: readonly ScopeMapper[];
};

export type ScopeMapper = { readonly name: string; readonly protocolMapper: string; readonly config: Readonly<Record<string, string>> };

export const flowNamed = ({ flows }: Snapshot, alias: string | undefined): FlowOfRealm | undefined =>
  flows.find((flow) => flow.alias === alias);
export const flowWithId = ({ flows }: Snapshot, id: string | undefined): FlowOfRealm | undefined => flows.find((flow) => flow.id === id);
