import { join } from 'node:path';
import { parseAddress } from '../../core/index.ts';
import type { Fact, IpFacts, IpIntelligence } from '../../core/ports/ip-intelligence.ts';
import { type AddressDatabase, parseAddressDatabase, recordFacts } from './address-database.ts';
import { createDataFile, type DataFile } from './data-file.ts';
import { type NetworkList, parseNetworkList } from './network-list.ts';
import { remember } from './remember.ts';

const databases = ['country', 'city', 'asn'] as const;
const lists = ['tor', 'vpn', 'proxy', 'relay', 'hosting'] as const;
const maximumAge = 90 * 86_400_000;
const pollInterval = 1_000;
const mostAddresses = 10_000;

type Database = (typeof databases)[number];
type List = (typeof lists)[number];
/** Why data may not be used. */
type Gap = 'no-data-file' | 'stale-data-file' | 'source-error';
type Usable<T> = T | Gap;
type Sources = { readonly [K in Database]: Usable<AddressDatabase> } & { readonly [K in List]: Usable<NetworkList> };

export type IpIntelligenceOptions = {
  /** Absent: no data at all. */
  readonly folder?: string;
  readonly now: () => number;
  readonly warn: (message: string) => void;
};

export type LocalIpIntelligence = IpIntelligence & {
  /** Looks for replaced files now, not at the next second. */
  refresh(): Promise<void>;
  /** Stops looking for replaced files. */
  close(): void;
};

/** Answers from files in one folder: `country.mmdb city.mmdb asn.mmdb`, and `tor vpn proxy relay hosting` as `.txt`. */
export const createIpIntelligence = ({ folder, now, warn }: IpIntelligenceOptions): LocalIpIntelligence => {
  const open = <T>(name: string, parse: (bytes: Buffer) => T): DataFile<T> =>
    createDataFile(join(folder ?? '', name), name, parse, { now, warn });
  const files = {
    ...record(databases, (name) => open(`${name}.mmdb`, parseAddressDatabase)),
    ...record(lists, (name) => open(`${name}.txt`, parseNetworkList)),
  };
  const all = folder === undefined ? [] : Object.values(files);
  for (const file of all) file.load();

  let current = snapshot(files, now());
  warnOfStale(current.stale, [], warn);
  const update = (): void => {
    const before = current.stale;
    current = snapshot(files, now());
    warnOfStale(current.stale, before, warn);
  };

  // One after the other: an older read that ends late may not displace a newer one.
  let last: Promise<void> = Promise.resolve();
  const refresh = (): Promise<void> => {
    last = last.then(async () => {
      const changes = await Promise.all(all.map((file) => file.refresh()));
      if (changes.includes(true)) update();
    });
    return last;
  };
  const timer = setInterval(refresh, pollInterval);
  timer.unref();

  return {
    lookup: (address) => {
      const time = now();
      if (time >= current.until || time < current.from) update();
      return current.lookup(address);
    },
    versions: () =>
      all.flatMap((file) => {
        const content = file.content();
        if (typeof content !== 'object') return [];
        const { data, loadedAt } = content;
        return [{ file: file.name, version: data.version, loadedAt, stale: now() >= staleAt(content) }];
      }),
    available: () => new Set([...databases, ...lists].filter((name) => typeof files[name].content() === 'object')),
    refresh,
    close: () => clearInterval(timer),
  };
};

const record = <K extends string, V>(names: readonly K[], value: (name: K) => V): Record<K, V> =>
  Object.fromEntries(names.map((name) => [name, value(name)])) as Record<K, V>;

type Files = { readonly [K in keyof Sources]: DataFile<Exclude<Sources[K], string>> };

const staleAt = ({ data, modifiedAt }: { readonly data: AddressDatabase | NetworkList; readonly modifiedAt: number }): number =>
  ('builtAt' in data ? data.builtAt : modifiedAt) + maximumAge;

/** What may be used between two moments: until then no further file grows stale. */
const snapshot = (files: Files, now: number) => {
  let until = Number.POSITIVE_INFINITY;
  const stale: string[] = [];
  const usable = <T extends AddressDatabase | NetworkList>(file: DataFile<T>): Usable<T> => {
    const content = file.content();
    if (content === undefined) return 'no-data-file';
    if (content === 'failed') return 'source-error';
    const end = staleAt(content);
    if (end > now) {
      until = Math.min(until, end);
      return content.data;
    }
    stale.push(file.name);
    return 'stale-data-file';
  };
  const sources: Sources = {
    ...record(databases, (name) => usable(files[name])),
    ...record(lists, (name) => usable(files[name])),
  };
  return { from: now, until, stale, lookup: remember((address) => factsOf(address, sources), mostAddresses) };
};

const warnOfStale = (stale: readonly string[], before: readonly string[], warn: (message: string) => void): void => {
  for (const name of stale) {
    if (!before.includes(name)) warn(`IP data file \`${name}\` is older than 90 days and not used; replace it`);
  }
};

const factsOf = (address: string, sources: Sources): IpFacts => {
  const country = find(sources.country, address);
  const city = find(sources.city, address);
  const network = find(sources.asn, address);
  const asn = fact(network, recordFacts.asn);
  const countryCode = fact(country, recordFacts.countryCode);
  return {
    countryCode: 'value' in countryCode ? countryCode : otherwise(fact(city, recordFacts.countryCode), countryCode),
    region: fact(city, recordFacts.region),
    city: fact(city, recordFacts.city),
    location: fact(city, recordFacts.location),
    asn,
    asnName: fact(network, recordFacts.asnName),
    isTor: listed(sources.tor, address, asn),
    isVpn: listed(sources.vpn, address, asn),
    isProxy: listed(sources.proxy, address, asn),
    isRelay: listed(sources.relay, address, asn),
    isHosting: listed(sources.hosting, address, asn),
  };
};

/** The second source's answer, or the more telling of two causes: that there is no file says least. */
const otherwise = <T>(second: Fact<T>, first: Fact<T>): Fact<T> =>
  'value' in second || ('unknown' in first && first.unknown === 'no-data-file') ? second : first;

type Found = { readonly record: unknown } | { readonly unknown: Gap | 'not-in-data-file' };

const find = (source: Usable<AddressDatabase>, address: string): Found => {
  if (typeof source === 'string') return { unknown: source };
  try {
    const found = source.find(address);
    return found === undefined ? { unknown: 'not-in-data-file' } : { record: found };
  } catch {
    return { unknown: 'source-error' };
  }
};

const fact = <T>(found: Found, read: (record: unknown) => Fact<T>): Fact<T> => ('record' in found ? read(found.record) : found);

const yes = { value: true } as const;
const no = { value: false } as const;

const listed = (source: Usable<NetworkList>, address: string, asn: Fact<number>): Fact<boolean> => {
  if (typeof source === 'string') return { unknown: source };
  const parsed = parseAddress(address);
  if (parsed === undefined) return { unknown: 'source-error' };
  if (source.hasAddress(parsed)) return yes;
  if (source.networks.size === 0) return no;
  if ('value' in asn) return source.networks.has(asn.value) ? yes : no;
  // An address outside all known networks is in none of these; a list of numbers without usable numbers of addresses has failed.
  if (asn.unknown === 'not-in-data-file') return no;
  return { unknown: asn.unknown === 'no-data-file' ? 'source-error' : asn.unknown };
};
