import type { Fact, IpFacts } from '../ports/ip-intelligence.ts';
import type { Geo } from '../request.ts';
import { addressGap } from './address-gap.ts';
import { defineSignal, type SignalInput, type SignalType, type Unknown, type UnknownCause, unknown } from './define.ts';
import { DAY, isEmpty, seenWithin } from './recent.ts';

const causes: readonly UnknownCause[] = [
  'no-input',
  'unparsable',
  'private-address',
  'no-data-file',
  'stale-data-file',
  'not-in-data-file',
  'source-error',
];

type PlaceFact = 'countryCode' | 'region' | 'city' | 'asn' | 'asnName';
type PlaceValue<K extends PlaceFact> = K extends 'asn' ? number : string;

/** What is known of a public address: local data first; where they are silent, what the host says. */
export const placeFact = <K extends PlaceFact>(fact: K, ip: IpFacts, geo: Geo | undefined): PlaceValue<K> | Unknown => {
  const local: Fact<string | number> = ip[fact];
  const value = 'value' in local ? local.value : (hostSays(geo, fact) ?? unknown(local.unknown));
  return value as PlaceValue<K> | Unknown;
};

const place = (fact: PlaceFact) => (input: SignalInput) => addressGap(input) ?? placeFact(fact, input.ip, input.request.context?.geo);

const hostSays = (geo: Geo | undefined, fact: PlaceFact): string | number | undefined => {
  if (geo === undefined || fact === 'asnName') return undefined;
  if (fact === 'asn') return Number.isSafeInteger(geo.asn) ? geo.asn : undefined;
  if (fact === 'countryCode') return countryCode(geo.countryCode);
  return geo[fact]?.normalize('NFKC');
};

/** ISO 3166-1 alpha-2, upper case; undefined for anything else. */
const countryCode = (code: string | undefined): string | undefined =>
  code !== undefined && /^[A-Za-z]{2}$/.test(code) ? code.toUpperCase() : undefined;

const placeSignal = (name: string, label: string, type: SignalType, fact: PlaceFact) =>
  defineSignal({ name, label, category: 'IP/Network', type, needs: ['request', 'ip-data'], unknownWhen: causes, compute: place(fact) });

export const ipCountryCode = placeSignal('ip.countryCode', 'Country of the IP', 'string', 'countryCode');
export const ipRegion = placeSignal('ip.region', 'Region of the IP', 'string', 'region');
export const ipCity = placeSignal('ip.city', 'City of the IP', 'string', 'city');
export const ipAsn = placeSignal('ip.asn', 'Network number (ASN)', 'number', 'asn');
export const ipAsnName = placeSignal('ip.asnName', 'Network name', 'string', 'asnName');

export const ipCountryCodeInOfacList = defineSignal({
  name: 'ip.countryCodeInOfacList',
  label: 'Country is in the OFAC list',
  category: 'IP/Network',
  type: 'boolean',
  needs: ['request', 'ip-data'],
  unknownWhen: causes,
  compute: (input) => {
    const country = ipCountryCode.compute(input);
    if (typeof country !== 'string') return country;
    return input.listHas('ofac-countries', country) ?? unknown('no-data-file');
  },
});

const isNewPlace = (name: string, label: string, fact: 'countryCode' | 'asn', history: 'countries' | 'asns') =>
  defineSignal({
    name,
    label,
    category: 'IP/Network',
    type: 'boolean',
    needs: ['request', 'ip-data', 'user'],
    unknownWhen: [...causes, 'cold-start'],
    compute: (input) => {
      const value = place(fact)(input);
      if (typeof value === 'object') return value;
      const known = input.user.history[history];
      return isEmpty(known) ? unknown('cold-start') : !seenWithin(known, String(value), 180 * DAY, input.now);
    },
  });

export const ipCountryIsNew = isNewPlace('ip.countryIsNew', 'Country is new for the user', 'countryCode', 'countries');
export const ipAsnIsNew = isNewPlace('ip.asnIsNew', 'Network is new for the user', 'asn', 'asns');
