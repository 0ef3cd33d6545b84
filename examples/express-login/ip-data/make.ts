/** Writes the sample IP data beside this file: documentation addresses (RFC 5737, RFC 3849) given invented places. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Network, type Value, writeMmdb } from './mmdb.ts';

type Place = {
  readonly cidr: string;
  readonly country: string;
  readonly region: string;
  readonly city: string;
  readonly at: [number, number];
};

const places: readonly Place[] = [
  { cidr: '203.0.113.0/24', country: 'PT', region: 'Lisbon', city: 'Lisbon', at: [38.7223, -9.1393] },
  { cidr: '198.51.100.0/25', country: 'DE', region: 'Hesse', city: 'Frankfurt am Main', at: [50.1109, 8.6821] },
  { cidr: '198.51.100.128/25', country: 'NL', region: 'North Holland', city: 'Amsterdam', at: [52.3676, 4.9041] },
  { cidr: '192.0.2.0/24', country: 'JP', region: 'Tokyo', city: 'Tokyo', at: [35.6762, 139.6503] },
  { cidr: '2001:db8::/32', country: 'PT', region: 'Lisbon', city: 'Lisbon', at: [38.7223, -9.1393] },
];

/** Numbers for documentation (RFC 5398). */
const networks = [
  { cidr: '203.0.113.0/24', number: 64496, name: 'Office Lisbon' },
  { cidr: '198.51.100.0/25', number: 64497, name: 'Example VPN' },
  { cidr: '198.51.100.128/25', number: 64498, name: 'Example Tor exits' },
  { cidr: '192.0.2.0/24', number: 64499, name: 'Tokyo Broadband' },
  { cidr: '2001:db8::/32', number: 64496, name: 'Office Lisbon' },
];

// Sample data do not age: real ones are refused 90 days after they were built.
const buildEpochSeconds = Date.UTC(2099, 11, 31) / 1_000;

const country = (code: string): Value => ({ iso_code: code });
const names = (name: string): Value => ({ names: { en: name } });

const databases: Readonly<Record<string, readonly Network[]>> = {
  country: places.map(({ cidr, country: code }) => ({ cidr, record: { country: country(code) } })),
  city: places.map(({ cidr, country: code, region, city, at: [latitude, longitude] }) => ({
    cidr,
    record: {
      country: country(code),
      subdivisions: [names(region)],
      city: names(city),
      location: { latitude: { double: latitude }, longitude: { double: longitude } },
    },
  })),
  asn: networks.map(({ cidr, number, name }) => ({
    cidr,
    record: { autonomous_system_number: number, autonomous_system_organization: name },
  })),
};

const lists: Readonly<Record<string, string>> = {
  tor: '# Sample list: documentation addresses, no real Tor exits\n198.51.100.128/25\n',
  vpn: '# Sample list: documentation addresses, no real VPN\n198.51.100.0/25\n',
  hosting: '# Sample list: numbers for documentation, no real hosting network\nAS64497\nAS64498\n',
};

for (const [name, records] of Object.entries(databases)) {
  writeFileSync(
    join(import.meta.dirname, `${name}.mmdb`),
    writeMmdb(records, { databaseType: `Stepward-Sample-${name}`, buildEpochSeconds }),
  );
}
for (const [name, text] of Object.entries(lists)) writeFileSync(join(import.meta.dirname, `${name}.txt`), text);
