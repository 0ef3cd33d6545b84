import type { IpFacts } from '../ports/ip-intelligence.ts';
import type { UnknownCause } from './define.ts';

/** The facts of an address of which nothing can be known, each with this cause. */
export const ipFactsUnknown = (cause: UnknownCause): IpFacts => {
  const fact = { unknown: cause };
  return {
    countryCode: fact,
    region: fact,
    city: fact,
    asn: fact,
    asnName: fact,
    location: fact,
    isTor: fact,
    isVpn: fact,
    isProxy: fact,
    isRelay: fact,
    isHosting: fact,
  };
};
