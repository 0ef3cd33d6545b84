import type { Policy } from '../action.ts';
import { base64url } from '../base64url.ts';
import { canonicalJson } from '../canonical.ts';
import { StepwardError } from '../errors.ts';
import { clientProblems } from '../hosts/client-problems.ts';
import { publicKey } from '../hosts/key-problems.ts';
import { type ClientSecret, clientSecretHash, hasSecretMethod, type OidcClient, oidcClientDefaults } from '../hosts/oidc-client.ts';
import { type Problem, problem, refuseProblems } from '../hosts/problems.ts';
import { defaultConfiguration } from '../policy/defaults.ts';
import type { PolicyChange, PolicySet } from '../policy/policies.ts';
import { said } from './compact.ts';
import { checkVersion, type IfMatch } from './policy-change.ts';
import type { ManagementPorts } from './ports.ts';
import { uncalled } from './uncalled.ts';

type Kept = Omit<OidcClient, 'clientId' | 'id' | 'secrets' | 'version' | 'createdAt'>;

/** What a caller says of a client; `null` goes back to the default, absent leaves as it is. */
export type OidcClientInput = { readonly [K in Exclude<keyof Kept, 'redirectUris'>]?: Kept[K] | null } & {
  readonly redirectUris?: readonly string[];
  /** A secret that the client has already, so that its registration can be kept. */
  readonly clientSecret?: string;
};

export type OidcClientAnswer = Kept & {
  readonly clientId: string;
  readonly secrets: readonly { readonly id: string; readonly createdAt: string }[];
  readonly version: number;
  readonly createdAt: string;
};
/** With a secret that was made here: it is shown in this answer and never again. */
export type OidcClientMade = OidcClientAnswer & { readonly clientSecret?: string };

export const iso = (at: number): string => new Date(at).toISOString();

export const shown = ({ id: _, secrets, createdAt, ...client }: OidcClient): OidcClientAnswer => ({
  ...client,
  secrets: secrets.map(({ id, createdAt: madeAt }) => ({ id, createdAt: iso(madeAt) })),
  createdAt: iso(createdAt),
});

export const clientOf = (set: PolicySet, clientId: string): OidcClient => {
  const client = set.oidcClients.get(clientId);
  if (!client) throw new StepwardError('not_found', `no OIDC client \`${clientId}\``);
  return client;
};

export const checkMatch = (seen: OidcClient, ifMatch: IfMatch): void => checkVersion('client', seen, ifMatch);

/** A record changed by what the caller said of it. */
export const withInput = (before: OidcClient, { clientSecret: _, ...input }: OidcClientInput): OidcClient => {
  const defaults: Readonly<Record<string, unknown>> = { ...oidcClientDefaults, name: before.clientId, authMethod: 'client_secret_basic' };
  const after: Record<string, unknown> = { ...before };
  for (const [field, value] of Object.entries(said(input))) {
    if (value !== null) after[field] = value;
    else if (Object.hasOwn(defaults, field)) after[field] = defaults[field];
    else delete after[field];
  }
  const client = after as OidcClient;
  return client.jwks ? { ...client, jwks: { keys: client.jwks.keys.map(publicKey) } } : client;
};

/** Actions that sign-ins and refreshes are tracked as: a refresh is allowed by default, a sign-in must never be so by mistake. */
const actionProblems = (set: PolicySet, client: OidcClient): readonly Problem[] => {
  const others = [...set.oidcClients.values()].filter(({ clientId }) => clientId !== client.clientId);
  return [
    ...problem(
      '/action',
      others.some(({ refreshAction }) => refreshAction === client.action) && 'must not be the `refreshAction` of another client',
    ),
    ...problem(
      '/refreshAction',
      others.some(({ action }) => action === client.refreshAction) && 'must not be the `action` of another client',
    ),
  ];
};

export const checkWhole = (ports: ManagementPorts, set: PolicySet, client: OidcClient, given: Pick<OidcClientInput, 'jwks'> = {}): void => {
  // what is kept of a key is public: the private members are looked for in what was given
  const problems = clientProblems({ ...client, ...(given.jwks && { jwks: given.jwks }) });
  refuseProblems([
    ...problems,
    ...uncalled(ports, '/jwksUri', client.jwksUri),
    ...uncalled(ports, '/backchannelLogoutUri', client.backchannelLogoutUri),
    ...problem(
      '/upstream',
      client.upstream !== undefined && !set.oidcUpstreams.has(client.upstream) && `must be an upstream: there is no \`${client.upstream}\``,
    ),
    ...actionProblems(set, client),
  ]);
};

export const newSecret = ({ randomBytes }: ManagementPorts): string => `csec_${base64url(randomBytes(32))}`;

export const secretOf = (ports: ManagementPorts, clientId: string, secret: string): ClientSecret => ({
  id: ports.uuid(),
  hash: clientSecretHash(ports.secrets, clientId, secret),
  createdAt: ports.now(),
});

export const isLive = ({ secrets }: OidcClient, { hash }: ClientSecret): boolean => secrets.some((live) => live.hash === hash);

type Put = NonNullable<PolicyChange<unknown>['put']>[number];

/** Refreshes are tracked each time: an action that nobody has configured lets them through. */
export const refreshActionOf = (set: PolicySet, { refreshAction }: OidcClient, version: number, now: number): readonly Put[] => {
  if (set.actions.has(refreshAction)) return [];
  const body: Policy = { version, configuration: defaultConfiguration(refreshAction, 'ALLOW', now), rules: [] };
  return [{ kind: 'action', id: refreshAction, body }];
};

/** An action that was deleted goes on with its version numbers: a frozen version is never written again. */
export const nextVersion = async ({ store }: ManagementPorts, action: string): Promise<number> =>
  ((await store.policyVersions(action))[0]?.version ?? 0) + 1;

/** The secrets after a change: those of another way to prove itself are gone, one's own is live, one that is missing is made. */
export const secretsAfter = (client: OidcClient, own: ClientSecret | undefined, made: ClientSecret): readonly ClientSecret[] => {
  if (!hasSecretMethod(client)) return own ? [own] : [];
  if (own) return isLive(client, own) ? client.secrets : [...client.secrets, own];
  return client.secrets.length === 0 ? [made] : client.secrets;
};

export const same = (left: OidcClient, right: OidcClient): boolean => canonicalJson(left) === canonicalJson(right);
