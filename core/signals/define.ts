import type { IpFacts } from '../ports/ip-intelligence.ts';
import type { ParsedAgent } from '../ports/user-agent.ts';
import type { TrackRequest } from '../request.ts';
import type { CustomValue, Device, User } from '../user.ts';

export type SignalType = 'boolean' | 'number' | 'string' | 'strings' | 'ip';
export type SignalValue = boolean | number | string | readonly string[];

export const unknownCauses = [
  'no-input',
  'unparsable',
  'too-long',
  'private-address',
  'no-data-file',
  'stale-data-file',
  'not-in-data-file',
  'cold-start',
  'source-error',
  'not-declared',
  'ill-typed',
  'non-finite',
  'not-recorded',
] as const;
export type UnknownCause = (typeof unknownCauses)[number];

/** A signal without the data it needs: unknown, never false. */
export class Unknown {
  readonly cause: UnknownCause;
  constructor(cause: UnknownCause) {
    this.cause = cause;
  }
}

const unknowns = new Map(unknownCauses.map((cause) => [cause, new Unknown(cause)]));
/** The one `Unknown` of this cause. */
export const unknown = (cause: UnknownCause): Unknown => unknowns.get(cause) as Unknown;

/** Counted activity of an address or a device id, this track included; each count stops at 1,000. */
export type Activity = {
  readonly last1m: number;
  readonly last1h: number;
  readonly last24h: number;
};

export type AddressActivity = Activity & {
  /** Distinct users, distinct device ids, failed attempts within one hour. */
  readonly users1h: number;
  readonly devices1h: number;
  readonly failures1h: number;
};

export type DeviceActivity = Activity & {
  /** Users who succeeded with this device id within 90 days. */
  readonly users90d: number;
};

/** Everything that signals may read; computed before or loaded for one decision. */
export type SignalInput = {
  /** The decision's clock, milliseconds UTC. */
  readonly now: number;
  readonly request: TrackRequest;
  /** As loaded: this track is not in it yet. A user nobody has tracked is a `newUser`. */
  readonly user: User;
  /** Typed, declared data points of the action that were sent well-typed. */
  readonly custom: ReadonlyMap<string, CustomValue>;
  /** Why a declared data point that was not taken was not taken. */
  readonly customIgnored: ReadonlyMap<string, UnknownCause>;
  /** Declared data points of the user. */
  readonly userCustom: ReadonlyMap<string, CustomValue>;
  /** The usable claimed device id, if one was sent (16-128 characters, no stand-in). */
  readonly claimedDeviceHash?: string;
  /** The record that any presented id (claimed, vouched, our cookie) matches, not invalidated for trust purposes. */
  readonly device?: Device;
  /** The presented id that matched `device` was a proven one. */
  readonly deviceProven: boolean;
  /** Canonical client address: IPv4 dotted or RFC 5952 IPv6, mapped IPv4 unwrapped; absent or unparsable otherwise. */
  readonly address?: string;
  /** What history and counters know the address by: IPv4 itself, IPv6 its /64. Absent for private addresses. */
  readonly addressKey?: string;
  readonly ip: IpFacts;
  readonly agent?: ParsedAgent;
  /** Absent where there is no (public) address or usable id. */
  readonly addressActivity?: AddressActivity;
  readonly deviceActivity?: DeviceActivity;
  /** Methods of the usable authenticators. */
  readonly enrolledMethods: readonly string[];
  /** Named lists that signals themselves read (`ofac-countries`, `disposable-domains` comes shipped). */
  readonly listHas: (alias: string, value: string) => boolean | undefined;
};

/** What a signal needs loaded; the store reads only what some signal in use asks for. */
export type Need =
  | 'request'
  | 'user'
  | 'address-activity'
  | 'address-users'
  | 'address-devices'
  | 'device-activity'
  | 'device-users'
  | 'ip-data'
  | 'user-agent';

export type Signal = {
  readonly name: string;
  readonly label: string;
  readonly category: 'Device' | 'IP/Network' | 'User' | 'Time' | 'Risk' | 'Custom' | 'Request';
  readonly type: SignalType;
  readonly needs: readonly Need[];
  readonly unknownWhen: readonly UnknownCause[];
  /** Operators that may read it where not all of its type may (`==`, `in`, `inList` for identifiers). */
  readonly operators?: readonly string[];
  /** Shown in snapshots only as a keyed hash. */
  readonly sensitive?: true;
  readonly compute: (input: SignalInput) => SignalValue | Unknown;
};

/** Declares one named fact. Pure: the same input gives the same value. */
export const defineSignal = (signal: Signal): Signal => signal;

/** What a condition may name: the closed index of signals and the tenant's declared data points. */
export type Variable = {
  readonly name: string;
  readonly type: SignalType;
  readonly operators?: readonly string[];
  /** Values that a multiselect may take; absent: any. */
  readonly options?: readonly string[];
};
