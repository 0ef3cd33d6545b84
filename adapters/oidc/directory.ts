import type { OidcClient, OidcUpstream, Policies, PolicySet } from '../../core/index.ts';

/** The clients and upstreams as the newest settings that this node has heard of. */
export type Directory = {
  /** Each request begins with it: what another node has changed is seen within `freshFor`, what this one has at once. */
  refresh(): Promise<PolicySet>;
  client(clientId: string | undefined): OidcClient | undefined;
  upstream(id: string): OidcUpstream | undefined;
  /** Who signs in the addresses of a domain, lower case and ASCII. */
  upstreamOfDomain(domain: string): OidcUpstream | undefined;
};

/** Milliseconds; settings that changed elsewhere hold here within a second. */
const freshFor = 250;

export const createDirectory = (policies: Pick<Policies, 'current' | 'fresh'>, now: () => number = () => performance.now()): Directory => {
  let set: PolicySet | undefined;
  let asked = Number.NEGATIVE_INFINITY;
  return {
    refresh: async () => {
      const isDue = now() - asked >= freshFor;
      const began = now();
      const newest = await (isDue ? policies.fresh() : policies.current());
      if (isDue) asked = began;
      if (!set || newest.revision > set.revision) set = newest;
      return set;
    },
    client: (clientId) => (clientId === undefined ? undefined : set?.oidcClients.get(clientId)),
    upstream: (id) => set?.oidcUpstreams.get(id),
    upstreamOfDomain: (domain) => [...(set?.oidcUpstreams.values() ?? [])].find(({ domains }) => domains.includes(domain)),
  };
};
