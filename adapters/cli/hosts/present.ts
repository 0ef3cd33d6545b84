import type { OidcClientAnswer } from '../../../core/management/oidc-client-change.ts';
import type { OidcUpstreamAnswer } from '../../../core/management/oidc-upstreams.ts';
import type { Management } from '../management.ts';

/** What the server has. */
export type Present = { readonly upstreams: readonly OidcUpstreamAnswer[]; readonly clients: readonly OidcClientAnswer[] };

export const presentHosts = async (management: Management): Promise<Present> => ({
  upstreams: await management.list<OidcUpstreamAnswer>('/oidc-upstreams'),
  clients: await management.list<OidcClientAnswer>('/oidc-clients'),
});
