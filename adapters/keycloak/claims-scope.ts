import type { RealmClient, ScopeMapper, Snapshot } from './snapshot.ts';

export const scopeName = 'stepward';

const mapper = (claim: string, note: string, type: 'String' | 'JSON' | 'long' | 'boolean'): ScopeMapper => ({
  name: claim,
  protocolMapper: 'oidc-usersessionmodel-note-mapper',
  config: {
    'user.session.note': note,
    'claim.name': claim,
    'jsonType.label': type,
    'id.token.claim': 'true',
    'access.token.claim': 'true',
    'introspection.token.claim': 'true',
  },
});

/** Claims that tell an application what the last evaluation of the session came to. */
export const scopeMappers: readonly ScopeMapper[] = [
  mapper('stepward_acr', 'stepward.acr', 'String'),
  mapper('stepward_amr', 'stepward.amr', 'JSON'),
  mapper('stepward_time', 'stepward.time', 'long'),
  mapper('stepward_degraded', 'stepward.degraded', 'boolean'),
];

/** Come with every realm; no application reads their tokens. */
const ofKeycloak = new Set(['account', 'account-console', 'admin-cli', 'broker', 'realm-management', 'security-admin-console']);

const takesClaims = ({ protocol, clientId, bearerOnly }: RealmClient): boolean =>
  protocol === 'openid-connect' && !bearerOnly && !ofKeycloak.has(clientId) && !clientId.endsWith('-realm');

export type ScopePlan = {
  readonly create: boolean;
  /** Mappers that are not as they should be, in a scope that is there. */
  readonly mappers: readonly ScopeMapper[];
  /** Whether new clients are to get it. */
  readonly toRealm: boolean;
  /** Clients that do not have it yet. */
  readonly toClients: readonly RealmClient[];
};

/** What brings the claims into the tokens of every application. */
export const planScope = ({ scopes, defaultScopes, clients }: Snapshot): ScopePlan => {
  const present = scopes.find(({ name }) => name === scopeName);
  const isRight = ({ name, config }: ScopeMapper): boolean => {
    const there = present?.mappers.find((one) => one.name === name);
    return there !== undefined && Object.entries(config).every(([key, value]) => there.config[key] === value);
  };
  return {
    create: present === undefined,
    mappers: present === undefined ? [] : scopeMappers.filter((one) => !isRight(one)),
    toRealm: !defaultScopes.includes(scopeName),
    toClients: clients.filter((client) => takesClaims(client) && !client.defaultScopes.includes(scopeName)),
  };
};
