import { auth0TenantProblems } from '../../../core/hosts/auth0-tenant.ts';
import { clientProblems } from '../../../core/hosts/client-problems.ts';
import { hasSecretMethod } from '../../../core/hosts/oidc-client.ts';
import { mailDomain, upstreamProblems } from '../../../core/hosts/upstream-problems.ts';
import { type OidcClient, type OidcUpstream, oidcClientDefaults, oidcUpstreamDefaults } from '../../../core/index.ts';
import { cleared } from '../../../core/management/compact.ts';
import type { Auth0TenantEntry, ClientEntry, HostsFile, Refusal, UpstreamEntry } from './file.ts';
import type { Present } from './present.ts';

/** A record of neither server nor secret, to check what an entry says. */
const bare = { id: '', version: 0, createdAt: 0 };

const clientOf = ({ clientSecretEnv, ...entry }: ClientEntry): OidcClient =>
  ({
    ...oidcClientDefaults,
    ...bare,
    name: entry.clientId,
    authMethod: 'client_secret_basic',
    ...cleared(entry),
    secrets: clientSecretEnv === undefined ? [] : [{ id: '', hash: '', createdAt: 0 }],
  }) as OidcClient;

const upstreamOf = ({ clientSecretEnv, ...entry }: UpstreamEntry, has: boolean): OidcUpstream =>
  ({
    ...oidcUpstreamDefaults,
    ...bare,
    name: entry.id,
    ...cleared(entry),
    domains: (entry.domains ?? []).map(mailDomain),
    ...((has || clientSecretEnv !== undefined) && { sealedClientSecret: '' }),
  }) as OidcUpstream;

const placed = (at: string, problems: readonly Refusal[]): readonly Refusal[] =>
  problems.map(({ pointer, expected }) => ({ pointer: `${at}${pointer.replace(/^\/clientSecret$/, '/clientSecretEnv')}`, expected }));

/** A new secret is never made from a file: nobody would see it but the log of the run. */
const missingSecret = (client: OidcClient, live: number): readonly Refusal[] =>
  hasSecretMethod(client) && client.secrets.length + live === 0
    ? [{ pointer: '/clientSecretEnv', expected: 'must name the environment variable with the secret of this client' }]
    : [];

/** Whether it is in development, where a tenant may be this machine itself, is left to the server. */
const tenantProblems = ({ domains, secretEnvs = [] }: Auth0TenantEntry, kept: number): readonly Refusal[] => {
  const sealedSecrets = secretEnvs.length + kept > 0 ? [''] : [];
  return auth0TenantProblems({ domains, sealedSecrets }, true).map(({ pointer, expected }) =>
    pointer === '/secrets'
      ? { pointer: '/secretEnvs', expected: 'must name the environment variables with the secrets of this tenant' }
      : { pointer, expected },
  );
};

/** What the server would refuse, before anything is changed; whether it calls an address is left to it. */
export const checkHosts = ({ upstreams, clients, auth0Tenants }: HostsFile, present: Present): readonly Refusal[] => [
  ...upstreams.flatMap((entry, index) => {
    const before = present.upstreams.find(({ id }) => id === entry.id);
    return placed(
      `/upstreams/${index}`,
      upstreamProblems(upstreamOf(entry, entry.authMethod !== 'none' && before?.hasClientSecret === true)),
    );
  }),
  ...clients.flatMap((entry, index) => {
    const client = clientOf(entry);
    const live = present.clients.find(({ clientId }) => clientId === entry.clientId)?.secrets.length ?? 0;
    const known = [...upstreams, ...present.upstreams].some(({ id }) => id === client.upstream);
    return placed(`/clients/${index}`, [
      ...clientProblems(client),
      ...missingSecret(client, live),
      ...(client.upstream !== undefined && !known ? [{ pointer: '/upstream', expected: 'must be an upstream' }] : []),
    ]);
  }),
  ...auth0Tenants.flatMap((entry, index) => {
    const kept = present.auth0Tenants.find(({ id }) => id === entry.id)?.secretCount ?? 0;
    return placed(`/auth0Tenants/${index}`, tenantProblems(entry, kept));
  }),
];
