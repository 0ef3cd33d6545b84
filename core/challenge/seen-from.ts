import { canonicalAddress, isPrivateAddress } from '../rules/address.ts';
import type { Ports } from '../settings.ts';

/** Browser and place, as far as they are known and one may say them to the person. */
export type SeenFrom = {
  readonly browser?: string;
  readonly os?: string;
  readonly city?: string;
  /** ISO 3166-1. */
  readonly country?: string;
};

const longestAgent = 1024;

/** Where a request came from. */
export const seenFrom = (
  ports: Ports,
  { ipAddress, userAgent }: { readonly ipAddress?: string; readonly userAgent?: string },
): SeenFrom => {
  const agent = userAgent ? ports.agents.parse(userAgent.slice(0, longestAgent)) : undefined;
  const address = ipAddress === undefined ? undefined : canonicalAddress(ipAddress);
  const facts = address !== undefined && !isPrivateAddress(address) ? ports.ip.lookup(address) : undefined;
  const known = <T>(fact: { readonly value: T } | { readonly unknown: string } | undefined): T | undefined =>
    fact && 'value' in fact ? fact.value : undefined;
  return { browser: agent?.browserName, os: agent?.osName, city: known(facts?.city), country: known(facts?.countryCode) };
};
