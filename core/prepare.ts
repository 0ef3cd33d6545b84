import { findDevice } from './history.ts';
import { type CompiledAction, environmentOf } from './policy/compiled.ts';
import type { PolicySet } from './policy/policies.ts';
import type { IpFacts } from './ports/ip-intelligence.ts';
import type { CountQuery, DistinctQuery, Load, Loaded } from './ports/store.ts';
import type { ParsedAgent } from './ports/user-agent.ts';
import type { Ignored, TrackRequest } from './request.ts';
import { addressKey, canonicalAddress, isPrivateAddress } from './rules/address.ts';
import type { Ports } from './settings.ts';
import { takeCustom } from './signals/data-point.ts';
import type { Activity, SignalInput } from './signals/define.ts';
import { isUsableDeviceId } from './signals/device-id.ts';
import { ipFactsUnknown } from './signals/ip-facts.ts';
import { type CustomValue, type Device, newUser, type User } from './user.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const mostCounted = 1000;

/** What is known of a request before anything is loaded: parsed, canonical, hashed. Nothing in a transaction is awaited for it. */
export type Prepared = {
  readonly request: TrackRequest;
  readonly address?: string;
  readonly addressKey?: string;
  readonly ip: IpFacts;
  readonly agent?: ParsedAgent;
  /** The id as sent, hashed, where it can stand for a device. */
  readonly deviceHash?: string;
  readonly custom: ReadonlyMap<string, CustomValue>;
  readonly customIgnored: SignalInput['customIgnored'];
  readonly ignored: readonly Ignored[];
};

const privateFacts = ipFactsUnknown('private-address');
const noFacts = ipFactsUnknown('no-input');
const badFacts = ipFactsUnknown('unparsable');
const longestAgent = 1024;

/** Hashes a device id as records keep it. */
export const deviceHash = (ports: Pick<Ports, 'secrets'>, deviceId: string): string => ports.secrets.hash('device', deviceId);

export const prepare = (ports: Ports, set: PolicySet, request: TrackRequest): Prepared => {
  const address = request.ipAddress === undefined ? undefined : canonicalAddress(request.ipAddress);
  const isPrivate = address !== undefined && isPrivateAddress(address);
  const { userAgent } = request;
  const { taken, ignored, causes } = takeCustom(request.custom, set.dataPoints.values());
  return {
    request,
    address,
    addressKey: address === undefined || isPrivate ? undefined : addressKey(address),
    ip: request.ipAddress === undefined ? noFacts : address === undefined ? badFacts : isPrivate ? privateFacts : ports.ip.lookup(address),
    // a bot does not escape by padding
    agent: userAgent ? ports.agents.parse(userAgent.slice(0, longestAgent)) : undefined,
    deviceHash: isUsableDeviceId(request.deviceId) ? deviceHash(ports, request.deviceId) : undefined,
    custom: taken,
    customIgnored: causes,
    ignored,
  };
};

/** Keys under which activity is counted. */
export const activityKeys = (prepared: Pick<Prepared, 'addressKey' | 'deviceHash' | 'request'>) => {
  const { addressKey: address, deviceHash: device } = prepared;
  const { action } = prepared.request;
  return {
    address: address && `a:${action}:${address}`,
    device: device && `d:${action}:${device}`,
    addressFailures: address && `f:${address}`,
    addressUsers: address && `au:${address}`,
    addressDevices: address && `ad:${address}`,
    deviceUsers: device && `du:${device}`,
  };
};

/** The part of `Load` that signals need, and how to read it back. `counted`: this action was counted for its address before. */
export const activityLoad = (ports: Ports, compiled: CompiledAction, prepared: Prepared, now: number, counted = false) => {
  const keys = activityKeys(prepared);
  const counts: CountQuery[] = [];
  const distinct: DistinctQuery[] = [];
  const { needs } = compiled;
  const windows = [now - minute, now - hour, now - day];
  const count = (key: string | undefined, wanted: boolean, since: readonly number[]) =>
    key && wanted ? counts.push({ key, since }) - 1 : -1;
  const seen = (key: string | undefined, wanted: boolean, since: number, except?: string) =>
    key && wanted ? distinct.push({ key, since, except }) - 1 : -1;
  const userSubject = ports.secrets.hash('seen', prepared.request.userId);
  const at = {
    address: count(keys.address, needs.has('address-activity'), windows),
    failures: count(keys.addressFailures, needs.has('address-activity'), [now - hour]),
    device: count(keys.device, needs.has('device-activity'), windows),
    users: seen(keys.addressUsers, needs.has('address-users'), now - hour, userSubject),
    devices: seen(keys.addressDevices, needs.has('address-devices'), now - hour, prepared.deviceHash),
    deviceUsers: seen(keys.deviceUsers, needs.has('device-users'), now - 90 * day),
  };
  const load: Pick<Load, 'counts' | 'distinct'> = { counts, distinct };
  const one = counted ? 0 : 1;
  const withThis = (found: readonly number[] | undefined): Activity => ({
    last1m: Math.min(mostCounted, (found?.[0] ?? 0) + one),
    last1h: Math.min(mostCounted, (found?.[1] ?? 0) + one),
    last24h: Math.min(mostCounted, (found?.[2] ?? 0) + one),
  });
  const read = (loaded: Loaded): Pick<SignalInput, 'addressActivity' | 'deviceActivity'> => ({
    addressActivity: prepared.addressKey
      ? {
          ...withThis(loaded.counts[at.address]),
          failures1h: Math.min(mostCounted, loaded.counts[at.failures]?.[0] ?? 0),
          users1h: Math.min(mostCounted, (loaded.distinct[at.users] ?? 0) + 1),
          devices1h: Math.min(mostCounted, (loaded.distinct[at.devices] ?? 0) + (prepared.deviceHash ? 1 : 0)),
        }
      : undefined,
    deviceActivity: prepared.deviceHash
      ? { ...withThis(loaded.counts[at.device]), users90d: loaded.distinct[at.deviceUsers] ?? 0 }
      : undefined,
  });
  return { load, read, keys, userSubject };
};

/** Joins what was prepared with what was loaded. `onPage`: a page asks, and its device is the one that our own cookie named, if any. */
export const signalInput = (
  ports: Ports,
  set: PolicySet,
  compiled: CompiledAction,
  prepared: Prepared,
  user: User | undefined,
  enrolledMethods: readonly string[],
  activity: Pick<SignalInput, 'addressActivity' | 'deviceActivity'>,
  now: number,
  onPage?: { readonly device: Device | undefined },
): SignalInput => {
  const known = user ?? newUser(prepared.request.userId, now);
  const vouched = prepared.request.context?.deviceVouched === true;
  const presented = prepared.deviceHash
    ? findDevice(
        known,
        vouched ? { vouchedHash: prepared.deviceHash, claimedHash: prepared.deviceHash } : { claimedHash: prepared.deviceHash },
        now,
      )
    : undefined;
  const found = onPage ? onPage.device && { device: onPage.device, proven: true } : presented;
  const proven = (found?.proven ?? false) || (compiled.policy.configuration.acceptClaimedDevice && found !== undefined);
  return {
    now,
    request: prepared.request,
    user: known,
    custom: prepared.custom,
    customIgnored: prepared.customIgnored,
    userCustom: takeCustom(known.custom, set.dataPoints.values(), 'user').taken,
    claimedDeviceHash: prepared.deviceHash,
    device: found?.device,
    deviceProven: (onPage !== undefined || prepared.deviceHash !== undefined) && proven,
    address: prepared.address,
    addressKey: prepared.addressKey,
    ip: prepared.ip,
    agent: prepared.agent,
    ...activity,
    enrolledMethods,
    listHas: (alias, value) => {
      if (alias === 'disposable-domains') return ports.disposableDomains.has(value);
      return environmentOf(set).lists.get(alias)?.has(value, now);
    },
  };
};
