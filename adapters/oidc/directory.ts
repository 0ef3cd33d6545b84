import type { OidcClient, OidcUpstream, Policies, PolicySet } from '../../core/index.ts';

/** The clients and upstreams as the newest settings that this node has heard of. */
export type Directory = {
  /** At least as new as everything committed before the call; each request begins with it. */
  refresh(): Promise<PolicySet>;
  client(clientId: string | undefined): OidcClient | undefined;
  upstream(id: string): OidcUpstream | undefined;
  /** Who signs in the addresses of a domain, lower case and ASCII. */
  upstreamOfDomain(domain: string): OidcUpstream | undefined;
};

export const createDirectory = (policies: Pick<Policies, 'fresh'>): Directory => {
  let set: PolicySet | undefined;
  return {
    refresh: async () => {
      const fresh = await policies.fresh();
      if (!set || fresh.revision > set.revision) set = fresh;
      return set;
    },
    client: (clientId) => (clientId === undefined ? undefined : set?.oidcClients.get(clientId)),
    upstream: (id) => set?.oidcUpstreams.get(id),
    upstreamOfDomain: (domain) => [...(set?.oidcUpstreams.values() ?? [])].find(({ domains }) => domains.includes(domain)),
  };
};
