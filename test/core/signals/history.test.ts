import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countFailure,
  countTrack,
  findDevice,
  forgetFactorTrust,
  invalidateDevice,
  type LearnFrom,
  learn,
  putDevice,
  rememberDevice,
} from '../../../core/history.ts';
import { type Device, newUser, type Proof, type User } from '../../../core/user.ts';
import { DAY, device, HOUR, now } from './given.ts';

const start = newUser('u-1', now - 10 * DAY);
type From = Partial<Omit<LearnFrom, 'deviceIds'>> & { readonly deviceIds?: Partial<LearnFrom['deviceIds']> };
const succeed = (user: User, { deviceIds, ...from }: From = {}): User =>
  learn(user, {
    now,
    action: 'signIn',
    finishedByChallenge: false,
    ...from,
    deviceIds: { newDeviceId: `d-${user.devices.length + 1}`, ...deviceIds },
  });
const proof = (authTime: number): Proof => ({
  action: 'signIn',
  method: 'PASSKEY',
  userAuthenticatorId: 'a-1',
  authTime,
  acr: 'aal2',
  amr: ['user'],
});
const only = (user: User): Device => {
  expect(user.devices).toHaveLength(1);
  return user.devices[0] as Device;
};

describe('a success', () => {
  const lisbon = { latitude: 38.7, longitude: -9.1 };
  const learnt = succeed(start, { addressKey: '203.0.113.7', countryCode: 'PT', asn: 64_496, language: 'pt', location: lisbon });

  it('teaches time, address, country, network, language and place', () => {
    expect(learnt.history).toEqual({
      successes: 1,
      times: [now],
      addresses: { '203.0.113.7': now },
      countries: { PT: now },
      asns: { '64496': now },
      languages: { pt: now },
      places: [{ at: now, address: '203.0.113.7', ...lisbon }],
    });
  });

  it('leaves what it is given as it was', () => {
    expect(start).toEqual(newUser('u-1', now - 10 * DAY));
  });

  it.each([
    ['no coordinates', undefined],
    ['(0,0)', { latitude: 0, longitude: 0 }],
    ['NaN', { latitude: Number.NaN, longitude: 0 }],
  ])('teaches no place with %s', (_name, location) => {
    expect(succeed(start, { addressKey: '203.0.113.7', location }).history.places).toEqual([]);
  });

  it('teaches no address and no place from a private address', () => {
    const { history } = succeed(start, { location: lisbon });
    expect([history.addresses, history.places]).toEqual([{}, []]);
  });

  it('forgets addresses and languages after 90 days, countries and networks after 180', () => {
    const at = (days: number) =>
      succeed(learnt, { now: now + days * DAY, addressKey: 'x', countryCode: 'DE', asn: 1, language: 'de' }).history;
    expect(Object.keys(at(89).addresses)).toEqual(['203.0.113.7', 'x']);
    expect(Object.keys(at(90).addresses)).toEqual(['x']);
    expect(Object.keys(at(90).languages)).toEqual(['de']);
    expect(at(89).times).toHaveLength(2);
    expect(at(90).times).toHaveLength(1);
    expect(Object.keys(at(179).countries)).toEqual(['PT', 'DE']);
    expect(Object.keys(at(180).countries)).toEqual(['DE']);
    expect(Object.keys(at(180).asns)).toEqual(['1']);
    expect(at(180).successes).toBe(2);
  });

  it('keeps lists bounded, the newest kept', () => {
    let user = start;
    for (let index = 0; index < 250; index += 1) {
      user = succeed(user, { now: now + index, addressKey: `a-${index}`, countryCode: `c-${index}`, location: lisbon });
    }
    expect(user.history.times).toHaveLength(200);
    expect(user.history.times.at(-1)).toBe(now + 249);
    expect(Object.keys(user.history.addresses)).toHaveLength(100);
    expect(user.history.addresses['a-150']).toBe(now + 150);
    expect(user.history.addresses['a-149']).toBeUndefined();
    expect(user.history.places.map(({ address }) => address)).toEqual(Array.from({ length: 20 }, (_, index) => `a-${230 + index}`));
    expect(user.history.successes).toBe(250);
  });

  it('keeps times and places ascending when clocks disagree', () => {
    const user = succeed(succeed(start, { addressKey: 'a', location: lisbon }), { now: now - 5, addressKey: 'a', location: lisbon });
    expect(user.history.times).toEqual([now - 5, now]);
    expect(user.history.places.map(({ at }) => at)).toEqual([now - 5, now]);
    expect(user.history.addresses).toEqual({ a: now });
  });

  it('takes any key for no more than a key', () => {
    const { languages } = succeed(start, { language: '__proto__' }).history;
    expect(Object.keys(languages)).toEqual(['__proto__']);
  });

  it('by a challenge says that the user has verified, and ends the row of failures', () => {
    const failed = countFailure(countFailure(start, now - 2), now - 1);
    expect(succeed(failed)).toMatchObject({ hasPreviouslyVerified: false, consecutiveFailures: 2 });
    expect(succeed(failed).lastConsumedChallengeAt).toBeUndefined();
    const verified = succeed(failed, { finishedByChallenge: true });
    expect(verified).toMatchObject({ hasPreviouslyVerified: true, consecutiveFailures: 0, lastConsumedChallengeAt: now });
    expect(verified.failures).toHaveLength(2);
  });
});

describe('tracks and failures', () => {
  it('10,000 of them leave devices, addresses, places and times as they were', () => {
    const familiar = succeed(start, { addressKey: '203.0.113.7', deviceIds: { claimedHash: 'c' } });
    let user = familiar;
    for (let index = 0; index < 10_000; index += 1) user = countFailure(countTrack(user, 'signIn', now + index), now + index);
    expect(user.history).toBe(familiar.history);
    expect(user.devices).toBe(familiar.devices);
    expect(user.hasPreviouslyVerified).toBe(false);
    expect(user.tracks.signIn).toHaveLength(1_000);
    expect(user.failures).toHaveLength(1_000);
    expect(user.consecutiveFailures).toBe(10_000);
  });

  it('are kept for 24 hours, each action apart', () => {
    const user = countTrack(countTrack(countTrack(start, 'pay', now - DAY), 'signIn', now - DAY + 1), 'signIn', now);
    expect(user.tracks).toEqual({ signIn: [now - DAY + 1, now] });
    expect(countTrack(countTrack(start, 'pay', now - 1), 'signIn', now).tracks).toEqual({ pay: [now - 1], signIn: [now] });
    expect(countFailure(countFailure(start, now - DAY), now).failures).toEqual([now]);
  });

  it('of an action named as an inherited property start at none', () => {
    expect(countTrack(start, 'constructor', now).tracks).toEqual({ constructor: [now] });
  });
});

describe('the device of a success', () => {
  it('is no record where no id was presented', () => {
    expect(succeed(start).devices).toEqual([]);
    expect(succeed(start, { deviceIds: { cookieDeviceId: 'gone' } }).devices).toEqual([]);
  });

  it('is a new record for a new claim, the same for the same', () => {
    const user = succeed(succeed(start, { now: now - DAY, deviceIds: { claimedHash: 'c' } }), {
      browserFamily: 'Chrome',
      deviceIds: { claimedHash: 'c' },
    });
    expect(only(user)).toMatchObject({
      deviceId: 'd-1',
      firstSuccessAt: now - DAY,
      lastSuccessAt: now,
      claimedHashes: ['c'],
      browserFamily: 'Chrome',
    });
  });

  it('joins the claim, the vouched id and the cookie of one instance', () => {
    const claimed = succeed(start, { now: now - DAY, deviceIds: { claimedHash: 'c' } });
    const opened = putDevice(
      claimed,
      device({ deviceId: 'page', claimedHashes: [], firstSuccessAt: undefined, lastSuccessAt: undefined, secretHash: 's' }),
    );
    const user = succeed(opened, { deviceIds: { claimedHash: 'c', vouchedHash: 'v', cookieDeviceId: 'page' } });
    expect(only(user)).toMatchObject({
      deviceId: 'page',
      firstSuccessAt: now - DAY,
      lastSuccessAt: now,
      claimedHashes: ['c'],
      vouchedHashes: ['v'],
      secretHash: 's',
    });
    for (const ids of [{ claimedHash: 'c' }, { vouchedHash: 'v' }, { secretHash: 's' }, { deviceId: 'page' }]) {
      expect(findDevice(user, ids, now)?.device.deviceId).toBe('page');
    }
  });

  it('joins two records whose proven ids came together, with what was proven on both', () => {
    const both = putDevice(
      putDevice(start, device({ deviceId: 'v', claimedHashes: [], vouchedHashes: ['v'], proofs: [proof(1)], rememberedUntil: now + 5 })),
      device({ deviceId: 's', claimedHashes: [], secretHash: 's', proofs: [proof(2)] }),
    );
    const joined = only(succeed(both, { deviceIds: { vouchedHash: 'v', cookieDeviceId: 's' } }));
    expect(joined).toMatchObject({ deviceId: 's', vouchedHashes: ['v'], rememberedUntil: now + 5 });
    expect(joined.proofs.map(({ authTime }) => authTime)).toEqual([1, 2]);
  });

  it('keeps the proof and the challenge', () => {
    const user = succeed(start, { deviceIds: { claimedHash: 'c' }, proof: proof(now), finishedByChallenge: true });
    expect(only(user)).toMatchObject({ lastChallengeAt: now, lastVerificationMethod: 'PASSKEY', proofs: [proof(now)] });
  });

  it('is never one that was invalidated', () => {
    const user = invalidateDevice(succeed(start, { deviceIds: { claimedHash: 'c' } }), 'd-1', now);
    expect(findDevice(user, { claimedHash: 'c' }, now)).toBeUndefined();
    const again = succeed(user, { now: now + 1, deviceIds: { claimedHash: 'c' } });
    expect(again.devices.map(({ deviceId, firstSuccessAt }) => [deviceId, firstSuccessAt])).toEqual([
      ['d-1', now],
      ['d-2', now + 1],
    ]);
  });
});

describe('a stolen claim', () => {
  const own = device({ deviceId: 'own', claimedHashes: ['c'], secretHash: 's', proofs: [proof(now - 1)], rememberedUntil: now + DAY });
  const user = putDevice(start, own);

  it('finds the record, but proves nothing', () => {
    expect(findDevice(user, { claimedHash: 'c' }, now)).toMatchObject({ device: { deviceId: 'own' }, proven: false });
  });

  it.each([
    ['with a cookie of his own', { claimedHash: 'c', cookieDeviceId: 'thief' }, { secretHash: 't' }],
    ['sent as if vouched', { vouchedHash: 'c' }, { vouchedHash: 'c' }],
  ])('%s, after a success, carries over neither proofs nor being remembered', (_name, deviceIds, presented) => {
    const opened = putDevice(user, device({ deviceId: 'thief', claimedHashes: [], secretHash: 't', firstSuccessAt: undefined }));
    const after = succeed(opened, { deviceIds });
    const found = findDevice(after, presented, now);
    expect(found?.proven).toBe(true);
    expect(found?.device.deviceId).not.toBe('own');
    expect(found?.device).toMatchObject({ proofs: [] });
    expect(found?.device.rememberedUntil).toBeUndefined();
    expect(findDevice(after, { secretHash: 's' }, now)?.device).toEqual(own);
    expect(after.devices.flatMap(({ claimedHashes }) => claimedHashes)).toEqual(['c']);
    expect(findDevice(after, { claimedHash: 'c' }, now)?.device.deviceId).toBe('own');
  });

  it('of a device that never proved itself gives no more than its age', () => {
    const claimed = putDevice(start, device({ deviceId: 'claimed', claimedHashes: ['c'], proofs: [proof(1)], rememberedUntil: now + DAY }));
    const opened = putDevice(claimed, device({ deviceId: 'thief', claimedHashes: [], secretHash: 't', firstSuccessAt: undefined }));
    const after = only(succeed(opened, { deviceIds: { claimedHash: 'c', cookieDeviceId: 'thief' } }));
    expect(after).toMatchObject({ deviceId: 'thief', claimedHashes: ['c'], firstSuccessAt: now - 5 * DAY, proofs: [] });
    expect(after.rememberedUntil).toBeUndefined();
  });

  it('adds no proof to the record of the one it was stolen from', () => {
    const after = succeed(user, { deviceIds: { claimedHash: 'c' }, proof: proof(now), finishedByChallenge: true });
    expect(only(after).proofs).toEqual(own.proofs);
  });

  it('that later becomes a vouched id starts without what was claimed', () => {
    const claimed = putDevice(start, device({ proofs: [proof(1)], rememberedUntil: now + DAY }));
    expect(findDevice(claimed, { vouchedHash: 'c-1' }, now)).toMatchObject({ proven: false });
    const after = only(succeed(claimed, { deviceIds: { vouchedHash: 'c-1' }, proof: proof(now) }));
    expect(after).toMatchObject({ deviceId: 'd-1', vouchedHashes: ['c-1'], proofs: [proof(now)] });
    expect(after.rememberedUntil).toBeUndefined();
  });
});

describe('finding a device', () => {
  const rotated = putDevice(start, device({ secretHash: 'new', previousSecretHash: 'old', rotatedAt: now }));

  it('takes the secret before the present one for 10 s', () => {
    expect(findDevice(rotated, { secretHash: 'new' }, now + DAY)?.proven).toBe(true);
    expect(findDevice(rotated, { secretHash: 'old' }, now + 10_000)?.proven).toBe(true);
    expect(findDevice(rotated, { secretHash: 'old' }, now + 10_001)).toBeUndefined();
  });

  it('goes by proven ids before claims', () => {
    const user = putDevice(rotated, device({ deviceId: 'd-2', claimedHashes: ['c-2'] }));
    expect(findDevice(user, { secretHash: 'new', claimedHash: 'c-2' }, now)).toMatchObject({ device: { deviceId: 'd-1' }, proven: true });
    expect(findDevice(user, { secretHash: 'other', claimedHash: 'c-2' }, now)).toMatchObject({
      device: { deviceId: 'd-2' },
      proven: false,
    });
    expect(findDevice(user, {}, now)).toBeUndefined();
  });

  it('takes an id that was vouched for and is only claimed now as a claim', () => {
    const user = putDevice(start, device({ claimedHashes: [], vouchedHashes: ['v'] }));
    expect(findDevice(user, { claimedHash: 'v' }, now)?.proven).toBe(false);
    expect(findDevice(user, { vouchedHash: 'v' }, now)?.proven).toBe(true);
  });
});

describe('trust in devices', () => {
  const user = rememberDevice(succeed(start, { deviceIds: { claimedHash: 'c' }, proof: proof(now - 1) }), 'd-1', now + DAY);

  it('is remembered and forgotten', () => {
    expect(only(user).rememberedUntil).toBe(now + DAY);
    expect(only(rememberDevice(user, 'd-1', undefined)).rememberedUntil).toBeUndefined();
    expect(rememberDevice(user, 'other', now).devices).toEqual(user.devices);
  });

  it('ends with the device', () => {
    const gone = only(invalidateDevice(user, 'd-1', now));
    expect(gone).toMatchObject({ invalidatedAt: now, proofs: [] });
    expect(gone.rememberedUntil).toBeUndefined();
    expect(only(invalidateDevice({ ...user, devices: [gone] }, 'd-1', now + 5)).invalidatedAt).toBe(now);
  });

  it('ends with a factor change, on every device', () => {
    const after = forgetFactorTrust(succeed(user, { deviceIds: { claimedHash: 'c-2' }, proof: proof(now) }), now);
    expect(after.proofsVoidBefore).toBe(now);
    expect(after.devices.map(({ rememberedUntil, proofs }) => [rememberedUntil, proofs.length])).toEqual([
      [undefined, 0],
      [undefined, 1],
    ]);
    expect(after.devices.every(({ firstSuccessAt }) => firstSuccessAt !== undefined)).toBe(true);
  });
});

describe('the bound of 100 devices', () => {
  it('is kept by records without success first: fresh browsers displace no device', () => {
    let user = start;
    for (let index = 0; index < 60; index += 1)
      user = putDevice(user, device({ deviceId: `own-${index}`, lastSuccessAt: now - index * HOUR }));
    for (let index = 0; index < 1_000; index += 1) {
      user = putDevice(
        user,
        device({ deviceId: `page-${index}`, createdAt: now + index, firstSuccessAt: undefined, lastSuccessAt: undefined }),
      );
    }
    expect(user.devices).toHaveLength(100);
    expect(user.devices.filter(({ deviceId }) => deviceId.startsWith('own'))).toHaveLength(60);
    expect(user.devices.at(-1)?.deviceId).toBe('page-999');
  });

  it('then by those invalidated, then by the one idle longest', () => {
    let user = start;
    for (let index = 0; index < 100; index += 1) user = putDevice(user, device({ deviceId: `own-${index}`, lastSuccessAt: now + index }));
    user = invalidateDevice(user, 'own-50', now);
    const ids = (from: User) => from.devices.map(({ deviceId }) => deviceId);
    const once = putDevice(user, device({ deviceId: 'x' }));
    expect(ids(once)).not.toContain('own-50');
    expect(ids(once)).toContain('own-0');
    expect(
      ids(putDevice({ ...once, devices: once.devices.filter(({ deviceId }) => deviceId !== 'x') }, device({ deviceId: 'y' }))),
    ).toHaveLength(100);
  });
});

describe('after any history', () => {
  it('every list is ordered and bounded, and a presented id finds one record', () => {
    const ids = fc.record({
      claimedHash: fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }),
      vouchedHash: fc.option(fc.constantFrom('a', 'v', 'w'), { nil: undefined }),
    });
    const steps = fc.array(
      fc.record({ deviceIds: ids, gap: fc.integer({ min: -5, max: 40 * DAY }), addressKey: fc.constantFrom('x', 'y', undefined) }),
    );
    fc.assert(
      fc.property(steps, (history) => {
        let user = start;
        let time = now;
        for (const { deviceIds, gap, addressKey } of history) {
          time += gap;
          user = succeed(user, { now: time, addressKey, deviceIds: { ...deviceIds, newDeviceId: `d-${time}-${user.history.successes}` } });
          const { claimedHash, vouchedHash } = deviceIds;
          if (vouchedHash !== undefined) expect(findDevice(user, { vouchedHash }, time)?.proven).toBe(true);
          if (claimedHash !== undefined) expect(findDevice(user, { claimedHash }, time)?.device.firstSuccessAt).toBeDefined();
          const vouched = user.devices.flatMap(({ vouchedHashes }) => vouchedHashes);
          expect(new Set(vouched).size).toBe(vouched.length);
        }
        expect(user.history.successes).toBe(history.length);
        expect(user.history.times).toEqual(user.history.times.toSorted((a, b) => a - b));
      }),
    );
  });
});
