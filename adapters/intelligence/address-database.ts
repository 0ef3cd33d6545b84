import { type CityResponse, Reader } from 'mmdb-lib';
import type { Fact } from '../../core/ports/ip-intelligence.ts';

/** A database of addresses in the MaxMind DB format, of MaxMind's or ip-location-db's layout. */
export type AddressDatabase = {
  readonly version: string;
  /** Milliseconds. */
  readonly builtAt: number;
  /** What it says of an address; undefined where it is silent. Throws where the file is damaged. */
  readonly find: (address: string) => unknown;
};

const separatorSize = 16;

/**
 * Reads a database.
 *
 * @throws Error for a file that is truncated or no database.
 */
export const parseAddressDatabase = (bytes: Buffer): AddressDatabase => {
  const reader = new Reader<CityResponse>(bytes);
  const { searchTreeSize, ipVersion, buildEpoch, databaseType, nodeCount } = reader.metadata;
  const separator = bytes.subarray(searchTreeSize, searchTreeSize + separatorSize);
  const isWhole = nodeCount > 0 && separator.length === separatorSize && separator.every((byte) => byte === 0);
  if (!isWhole || Number.isNaN(buildEpoch.getTime())) throw new Error('the file is no whole MaxMind DB');
  return {
    version: `${databaseType} ${buildEpoch.toISOString().slice(0, 10)}`,
    builtAt: buildEpoch.getTime(),
    // An IPv4 tree would take the first bits of an IPv6 address for one of its own.
    find: (address) => (ipVersion === 4 && address.includes(':') ? undefined : (reader.get(address) ?? undefined)),
  };
};

const silent = { unknown: 'not-in-data-file' } as const;

/** The value at the first of these paths that is of the right kind. */
const first = <T>(record: unknown, paths: readonly (readonly string[])[], read: (value: unknown) => T | undefined): Fact<T> => {
  for (const path of paths) {
    const value = read(path.reduce(step, record));
    if (value !== undefined) return { value };
  }
  return silent;
};

const step = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value.normalize('NFKC') : undefined);
const country = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[A-Za-z]{2}$/.test(value) ? value.toUpperCase() : undefined;
const network = (value: unknown): number | undefined => (Number.isSafeInteger(value) ? (value as number) : undefined);
const finite = (value: unknown): number | undefined => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);

/** What each fact is called in the layouts that are known. */
export const recordFacts = {
  countryCode: (record: unknown) => first(record, [['country', 'iso_code'], ['country_code']], country),
  region: (record: unknown) => first(record, [['subdivisions', '0', 'names', 'en'], ['subdivisions', '0', 'iso_code'], ['state1']], text),
  city: (record: unknown) => first(record, [['city', 'names', 'en'], ['city']], text),
  asn: (record: unknown) => first(record, [['autonomous_system_number']], network),
  asnName: (record: unknown) => first(record, [['autonomous_system_organization']], text),
  location: (record: unknown) => first(record, [['location'], []], coordinates),
};

const coordinates = (value: unknown): { readonly latitude: number; readonly longitude: number } | undefined => {
  const latitude = finite(step(value, 'latitude'));
  const longitude = finite(step(value, 'longitude'));
  return latitude === undefined || longitude === undefined ? undefined : { latitude, longitude };
};
