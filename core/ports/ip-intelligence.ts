import type { UnknownCause } from '../signals/define.ts';

export type Fact<T> = { readonly value: T } | { readonly unknown: UnknownCause };

/** What local data say of one address. Without a file, or for a private address, each fact is unknown with its cause. */
export type IpFacts = {
  readonly countryCode: Fact<string>;
  readonly region: Fact<string>;
  readonly city: Fact<string>;
  readonly asn: Fact<number>;
  readonly asnName: Fact<string>;
  readonly location: Fact<{ readonly latitude: number; readonly longitude: number }>;
  readonly isTor: Fact<boolean>;
  readonly isVpn: Fact<boolean>;
  readonly isProxy: Fact<boolean>;
  readonly isRelay: Fact<boolean>;
  readonly isHosting: Fact<boolean>;
};

/** Local data about addresses. Synchronous and in memory; files are reloaded behind it. */
export interface IpIntelligence {
  /** `address` is canonical and public. Never throws. */
  lookup(address: string): IpFacts;
  /** Names and ages of the data in use, for snapshots and health. */
  versions(): readonly { readonly file: string; readonly version: string; readonly loadedAt: number; readonly stale: boolean }[];
  /** Which of the five network lists and which files this deployment has, for lint. */
  available(): ReadonlySet<'country' | 'city' | 'asn' | 'tor' | 'vpn' | 'proxy' | 'relay' | 'hosting'>;
}
