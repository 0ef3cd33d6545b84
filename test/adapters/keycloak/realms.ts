import type { ExecutionOfFlow, FlowOfRealm, Requirement, Snapshot } from '../../../adapters/keycloak/snapshot.ts';

type Row = readonly [what: string, requirement: Requirement, config?: string];
/** A row that begins with `flow ` nests that flow. */
const rowOf = ([what, requirement, config]: Row, at: number): ExecutionOfFlow => ({
  ...(what.startsWith('flow ') ? { flow: what.slice(5) } : { authenticator: what }),
  ...(config !== undefined && { config }),
  requirement,
  priority: (at + 1) * 10,
});

export const flow = (alias: string, rows: readonly Row[], topLevel = true): FlowOfRealm => ({
  id: `id of ${alias}`,
  alias,
  providerId: 'basic-flow',
  topLevel,
  builtIn: false,
  executions: rows.map(rowOf),
});

/** The flows of a new realm, as far as the installer reads them. */
export const usualFlows: readonly FlowOfRealm[] = [
  flow('browser', [
    ['auth-cookie', 'ALTERNATIVE'],
    ['auth-spnego', 'DISABLED'],
    ['identity-provider-redirector', 'ALTERNATIVE', 'redirector'],
    ['flow forms', 'ALTERNATIVE'],
  ]),
  flow(
    'forms',
    [
      ['auth-username-password-form', 'REQUIRED'],
      ['flow 2fa', 'CONDITIONAL'],
    ],
    false,
  ),
  flow(
    '2fa',
    [
      ['conditional-user-configured', 'REQUIRED'],
      ['auth-otp-form', 'ALTERNATIVE'],
    ],
    false,
  ),
  flow('direct grant', [
    ['direct-grant-validate-username', 'REQUIRED'],
    ['direct-grant-validate-password', 'REQUIRED'],
  ]),
  flow('reset credentials', [
    ['reset-credentials-choose-user', 'REQUIRED'],
    ['reset-credential-email', 'REQUIRED'],
    ['reset-password', 'REQUIRED'],
  ]),
];

/** A realm to plan with; flows that are given are added to the usual ones. */
export const realmWith = ({ flows = [], ...more }: Partial<Snapshot> = {}): Snapshot => ({
  realm: 'shop',
  bindings: { browserFlow: 'browser', directGrantFlow: 'direct grant', resetCredentialsFlow: 'reset credentials' },
  attributes: {},
  registrationAllowed: false,
  configs: { redirector: { defaultProvider: 'acme' } },
  identityProviders: [],
  clients: [],
  scopes: [],
  defaultScopes: [],
  authenticators: ['stepward-authenticator', 'stepward-fallback-condition'],
  ...more,
  flows: [...usualFlows, ...flows],
});

export const client = (clientId: string, more: Partial<Snapshot['clients'][number]> = {}): Snapshot['clients'][number] => ({
  id: `id of ${clientId}`,
  clientId,
  protocol: 'openid-connect',
  overrides: {},
  defaultScopes: [],
  bearerOnly: false,
  serviceAccount: false,
  attributes: {},
  ...more,
});
