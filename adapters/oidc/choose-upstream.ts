import { domainToASCII } from 'node:url';
import type { OidcClient, OidcUpstream } from '../../core/index.ts';
import type { Directory } from './directory.ts';

/** The domain of an e-mail address, as upstreams list theirs. */
const domainOf = (address: string): string | undefined => {
  const at = address.lastIndexOf('@');
  const domain = at > 0 && address.length <= 320 ? domainToASCII(address.slice(at + 1).trim()) : '';
  return domain === '' ? undefined : domain.toLowerCase();
};

/** Who signs a client's user in: the upstream that it names, else the one of the address's domain; `ask`: the address has none. */
export const chooseUpstream = (directory: Directory, client: OidcClient, loginHint: unknown): OidcUpstream | 'ask' | undefined => {
  if (client.upstream !== undefined) return directory.upstream(client.upstream);
  const domain = typeof loginHint === 'string' ? domainOf(loginHint) : undefined;
  return (domain === undefined ? undefined : directory.upstreamOfDomain(domain)) ?? 'ask';
};
