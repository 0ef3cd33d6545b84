import type { Auth0TenantAnswer } from '../../../core/management/auth0-tenants.ts';
import type { OidcClientAnswer } from '../../../core/management/oidc-client-change.ts';
import type { OidcUpstreamAnswer } from '../../../core/management/oidc-upstreams.ts';
import type { Management } from '../management.ts';

/** What the server has. */
export type Present = {
  readonly upstreams: readonly OidcUpstreamAnswer[];
  readonly clients: readonly OidcClientAnswer[];
  readonly auth0Tenants: readonly Auth0TenantAnswer[];
};

export const presentHosts = async (management: Management): Promise<Present> => ({
  upstreams: await management.list<OidcUpstreamAnswer>('/oidc-upstreams'),
  clients: await management.list<OidcClientAnswer>('/oidc-clients'),
  auth0Tenants: await management.list<Auth0TenantAnswer>('/auth0-tenants'),
});
