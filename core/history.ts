import { DAY, own, saturation } from './signals/recent.ts';
import { isPlace } from './signals/travel.ts';
import type { Device, History, Proof, User } from './user.ts';

const mostDevices = 100;
const mostTimes = 200;
const mostKeys = 100;
const mostPlaces = 20;
const mostProofs = 20;
/** Two tabs: the secret before the present one still counts for so long after the rotation. */
const rotationGrace = 10_000;

/** What one instance that proceeded has to teach, already reduced to what may be learnt from it. */
export type LearnFrom = {
  readonly now: number;
  readonly action: string;
  /** What history knows the address by; absent for private addresses. */
  readonly addressKey?: string;
  readonly countryCode?: string;
  readonly asn?: number;
  /** Absent for a known anonymizer (`locate`). */
  readonly location?: { readonly latitude: number; readonly longitude: number };
  readonly browserFamily?: string;
  readonly osFamily?: string;
  /** Base language. */
  readonly language?: string;
  readonly deviceIds: {
    readonly claimedHash?: string;
    readonly vouchedHash?: string;
    /** The record that our own cookie named. */
    readonly cookieDeviceId?: string;
    /** Id of the record to make where no id has one. */
    readonly newDeviceId: string;
  };
  readonly proof?: Proof;
  readonly finishedByChallenge: boolean;
};

/** Ids that a browser presented, as keyed hashes; `deviceId` is a record that our own cookie already named. */
export type PresentedIds = {
  readonly claimedHash?: string;
  readonly vouchedHash?: string;
  readonly secretHash?: string;
  readonly deviceId?: string;
};

/** Remembers a success: once per instance, when the enforcement point proceeds. */
export const learn = (user: User, from: LearnFrom): User => {
  const learnt = learnDevice({ ...user, history: learnHistory(user.history, from) }, from);
  if (!from.finishedByChallenge) return learnt;
  return { ...learnt, hasPreviouslyVerified: true, lastConsumedChallengeAt: from.now, consecutiveFailures: 0 };
};

const learnHistory = (history: History, from: LearnFrom): History => {
  const { now, addressKey, countryCode, asn, language, location } = from;
  return {
    successes: history.successes + 1,
    times: inserted(history.times, now, 90 * DAY, mostTimes),
    addresses: stamped(history.addresses, addressKey, now, 90 * DAY),
    countries: stamped(history.countries, countryCode, now, 180 * DAY),
    asns: stamped(history.asns, asn === undefined ? undefined : String(asn), now, 180 * DAY),
    languages: stamped(history.languages, language, now, 90 * DAY),
    places:
      addressKey === undefined || location === undefined || !isPlace(location)
        ? history.places
        : [...history.places, { at: now, latitude: location.latitude, longitude: location.longitude, address: addressKey }]
            .sort((left, right) => left.at - right.at)
            .slice(-mostPlaces),
  };
};

/** Ascending `times` and one more; those out of the window and over the bound are dropped. Clocks of two nodes may disagree. */
const inserted = (times: readonly number[], at: number, window: number, most: number): readonly number[] => {
  const kept = times.filter((time) => time > at - window);
  kept.push(at);
  if (kept.length > 1 && (kept[kept.length - 2] as number) > at) kept.sort((left, right) => left - right);
  return kept.length > most ? kept.slice(-most) : kept;
};

/** Key to last time, the newest kept. A key never moves back in time. */
const stamped = (
  record: Readonly<Record<string, number>>,
  key: string | undefined,
  now: number,
  window: number,
): Readonly<Record<string, number>> => {
  if (key === undefined) return record;
  const kept = Object.entries(record).filter(([name, at]) => name !== key && at > now - window);
  if (kept.length >= mostKeys) {
    kept.sort(([, left], [, right]) => left - right);
    kept.splice(0, kept.length - mostKeys + 1);
  }
  return Object.fromEntries([...kept, [key, Math.max(now, own(record, key) ?? now)]]);
};

/**
 * Makes all ids that one instance presented one record. A claimed id is cheap to forge: what was proven on a record (proofs, being
 * remembered) passes only between records whose proven ids were presented together.
 */
const learnDevice = (user: User, from: LearnFrom): User => {
  const { claimedHash, vouchedHash, cookieDeviceId, newDeviceId } = from.deviceIds;
  const live = user.devices.filter(({ invalidatedAt }) => invalidatedAt === undefined);
  const byCookie = live.find(({ deviceId }) => deviceId === cookieDeviceId);
  const byVouched = live.find((device) => vouchedHash !== undefined && device.vouchedHashes.includes(vouchedHash));
  const claimOwner = live.find((device) => isClaimedBy(device, claimedHash));
  const byClaim = claimOwner ?? live.find((device) => isClaimedBy(device, vouchedHash));
  const proven = byCookie ?? byVouched;
  if (proven === undefined && claimedHash === undefined && vouchedHash === undefined) return user;
  const absorbed = proven === undefined ? [] : absorbable(proven, byVouched, byClaim);

  // A vouched id that is also somebody's claim: that record's own proven ids were not presented, so it is left alone.
  const known = byClaim !== undefined && vouchedHash !== undefined && hasProvenId(byClaim) ? undefined : byClaim;
  let device = proven ?? known ?? newDevice(newDeviceId, from.now);
  if (proven === undefined && vouchedHash !== undefined) device = { ...device, proofs: [], rememberedUntil: undefined };
  device = succeeded(absorbed.reduce(merged, device), from, { isPresented: proven !== undefined || vouchedHash !== undefined });
  // A claimed id stays with the record that has proven ids of its own: whoever stole the claim must not take it over.
  const isTaken = claimOwner !== undefined && claimOwner.deviceId !== device.deviceId && hasProvenId(claimOwner);
  device = {
    ...device,
    claimedHashes: isTaken ? device.claimedHashes : withHash(device.claimedHashes, claimedHash),
    vouchedHashes: withHash(device.vouchedHashes, vouchedHash),
  };
  const gone = new Set(absorbed.map(({ deviceId }) => deviceId));
  return putDevice({ ...user, devices: user.devices.filter(({ deviceId }) => !gone.has(deviceId)) }, device);
};

const isClaimedBy = (device: Device, hash: string | undefined): boolean =>
  hash !== undefined && (device.claimedHashes.includes(hash) || device.vouchedHashes.includes(hash));

const hasProvenId = (device: Device): boolean => device.secretHash !== undefined || device.vouchedHashes.length > 0;

const absorbable = (into: Device, byVouched: Device | undefined, byClaim: Device | undefined): readonly Device[] => {
  const found: Device[] = [];
  if (byVouched !== undefined && byVouched.deviceId !== into.deviceId) found.push(byVouched);
  if (byClaim !== undefined && byClaim.deviceId !== into.deviceId && !hasProvenId(byClaim)) {
    found.push({ ...byClaim, proofs: [], rememberedUntil: undefined });
  }
  return found;
};

const merged = (into: Device, other: Device): Device => ({
  ...into,
  createdAt: Math.min(into.createdAt, other.createdAt),
  claimedHashes: other.claimedHashes.reduce(withHash, into.claimedHashes),
  vouchedHashes: other.vouchedHashes.reduce(withHash, into.vouchedHashes),
  firstSuccessAt: least(into.firstSuccessAt, other.firstSuccessAt),
  lastSuccessAt: greatest(into.lastSuccessAt, other.lastSuccessAt),
  lastChallengeAt: greatest(into.lastChallengeAt, other.lastChallengeAt),
  rememberedUntil: greatest(into.rememberedUntil, other.rememberedUntil),
  proofs: [...into.proofs, ...other.proofs].sort((left, right) => left.authTime - right.authTime).slice(-mostProofs),
});

const least = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
const greatest = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);

const mostHashes = 10;
const withHash = (hashes: readonly string[], hash: string | undefined): readonly string[] =>
  hash === undefined || hashes.includes(hash) ? hashes : [...hashes, hash].slice(-mostHashes);

const newDevice = (deviceId: string, now: number): Device => ({
  deviceId,
  createdAt: now,
  claimedHashes: [],
  vouchedHashes: [],
  proofs: [],
});

const succeeded = (device: Device, from: LearnFrom, proven: { readonly isPresented: boolean }): Device => {
  const { now, proof } = from;
  // Without a proven id the proof may come from anybody who sends the claim of a device that has one.
  const kept = proof !== undefined && (proven.isPresented || !hasProvenId(device));
  return {
    ...device,
    firstSuccessAt: device.firstSuccessAt ?? now,
    lastSuccessAt: Math.max(now, device.lastSuccessAt ?? now),
    browserFamily: from.browserFamily ?? device.browserFamily,
    osFamily: from.osFamily ?? device.osFamily,
    ...(kept && { proofs: [...device.proofs, proof].slice(-mostProofs) }),
    ...(from.finishedByChallenge && { lastChallengeAt: now, ...(proof && { lastVerificationMethod: proof.method }) }),
  };
};

/**
 * Inserts or replaces a record. Over the bound goes another record: one without success before one that was invalidated, before the
 * one idle longest, so that opening pages in fresh browsers displaces no device of the user.
 */
export const putDevice = (user: User, device: Device): User => {
  const others = user.devices.filter(({ deviceId }) => deviceId !== device.deviceId);
  if (others.length === user.devices.length && others.length >= mostDevices) {
    others.sort((left, right) => worth(left) - worth(right) || lastUse(left) - lastUse(right));
    others.splice(0, others.length - mostDevices + 1);
    others.sort((left, right) => left.createdAt - right.createdAt);
  }
  return { ...user, devices: [...others, device] };
};

const worth = (device: Device): number => {
  if (device.firstSuccessAt === undefined) return 0;
  return device.invalidatedAt === undefined ? 2 : 1;
};
const lastUse = (device: Device): number => device.lastSuccessAt ?? device.createdAt;

/** The live record of a browser, proven ids first; `proven` where a proven id found it, never by a claim alone. */
export const findDevice = (
  user: User,
  ids: PresentedIds,
  now: number,
): { readonly device: Device; readonly proven: boolean } | undefined => {
  const live = user.devices.filter(({ invalidatedAt }) => invalidatedAt === undefined);
  const { claimedHash, vouchedHash } = ids;
  const proven =
    live.find((device) => ids.deviceId === device.deviceId || hasSecret(device, ids.secretHash, now)) ??
    live.find((device) => vouchedHash !== undefined && device.vouchedHashes.includes(vouchedHash));
  if (proven !== undefined) return { device: proven, proven: true };
  const known = live.find((device) => isClaimedBy(device, claimedHash) || isClaimedBy(device, vouchedHash));
  return known && { device: known, proven: false };
};

const hasSecret = (device: Device, secretHash: string | undefined, now: number): boolean => {
  if (secretHash === undefined) return false;
  if (device.secretHash === secretHash) return true;
  return device.previousSecretHash === secretHash && device.rotatedAt !== undefined && now - device.rotatedAt <= rotationGrace;
};

const changeDevice = (user: User, deviceId: string, change: (device: Device) => Device): User => ({
  ...user,
  devices: user.devices.map((device) => (device.deviceId === deviceId ? change(device) : device)),
});

/** Remembers a device until a time, or forgets that it was remembered. */
export const rememberDevice = (user: User, deviceId: string, rememberedUntil: number | undefined): User =>
  changeDevice(user, deviceId, (device) => ({ ...device, rememberedUntil }));

/** Ends all trust in a device; its ids are those of a new device from now on. */
export const invalidateDevice = (user: User, deviceId: string, now: number): User =>
  changeDevice(user, deviceId, (device) => ({
    ...device,
    invalidatedAt: device.invalidatedAt ?? now,
    rememberedUntil: undefined,
    proofs: [],
  }));

/** After a factor change, "this was not me" or a BLOCK by an operator: proofs from before are void, no device is remembered, sessions end. */
export const forgetFactorTrust = (user: User, now: number): User => endSessions(voidProofs(user, now));

/** Every session of a user ends. */
export const endSessions = (user: User): User => ({ ...user, sessionEra: undefined });

/** The same after a BLOCK by a rule, but for the sessions: whoever can make a rule say BLOCK could end them for others. */
export const voidProofs = (user: User, now: number): User => ({
  ...user,
  proofsVoidBefore: Math.max(now, user.proofsVoidBefore),
  devices: user.devices.map((device) => ({
    ...device,
    rememberedUntil: undefined,
    proofs: device.proofs.filter((p) => p.authTime >= now),
  })),
});

/** Counts a track, whatever comes of it. */
export const countTrack = (user: User, action: string, now: number): User => {
  const tracks: [string, readonly number[]][] = Object.entries(user.tracks).filter(
    ([name, times]) => name !== action && (times.at(-1) ?? 0) > now - DAY,
  );
  tracks.push([action, inserted(own(user.tracks, action) ?? [], now, DAY, saturation)]);
  return { ...user, tracks: Object.fromEntries(tracks) };
};

/** The user as he was before a track was counted. */
export const uncounted = (user: User, action: string, at: number): User => {
  const times = own(user.tracks, action) ?? [];
  const place = times.lastIndexOf(at);
  return place < 0 ? user : { ...user, tracks: { ...user.tracks, [action]: times.toSpliced(place, 1) } };
};

/** Counts a failed attempt of any method. A cancel is none. */
export const countFailure = (user: User, now: number): User => ({
  ...user,
  failures: inserted(user.failures, now, DAY, saturation),
  consecutiveFailures: user.consecutiveFailures + 1,
});
