import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findDevice, learn } from '../../../core/history.ts';
import { deviceIsNew } from '../../../core/signals/device.ts';
import { isUsableDeviceId } from '../../../core/signals/device-id.ts';
import { newUser, type User } from '../../../core/user.ts';
import { given, now, usableId } from './given.ts';

const unusable = [
  undefined,
  null,
  42,
  '',
  ' ',
  'undefined',
  'null',
  'short-of-sixteen',
  'x'.repeat(129),
  'a'.repeat(64),
  '0'.repeat(32),
  '----------------',
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  `${usableId} `,
  `${usableId}\n`,
  'ü'.repeat(8) + usableId,
].map((id) => (id === 'short-of-sixteen' ? id.slice(1) : id));

describe('a usable device id', () => {
  it.each([usableId, 'abcdefghijklmnop', `${'ab'.repeat(64)}`, 'A-Z_a.z:0-9______'])('is %j', (id) => {
    expect(isUsableDeviceId(id)).toBe(true);
  });

  it.each(unusable)('is not %j', (id) => {
    expect(isUsableDeviceId(id)).toBe(false);
  });
});

describe('device.isNew', () => {
  /** As the edge does it: only a usable id is hashed and looked up. */
  const isNew = (user: User, deviceId: unknown): unknown => {
    const claimedHash = isUsableDeviceId(deviceId) ? `hash of ${deviceId}` : undefined;
    const found = findDevice(user, { claimedHash }, now);
    return deviceIsNew.compute(given({ user, device: found?.device, claimedDeviceHash: claimedHash }));
  };
  const succeededWith = (deviceId: string, user = newUser('u-1', now)) =>
    learn(user, {
      now,
      action: 'signIn',
      deviceIds: { claimedHash: `hash of ${deviceId}`, newDeviceId: 'd-1' },
      finishedByChallenge: false,
    });

  it('is false with the id of a success', () => {
    expect(isNew(succeededWith(usableId), usableId)).toBe(false);
  });

  it.each(unusable)('stays true for %j, whatever succeeded before', (id) => {
    // Even a record that somehow was made for the stand-in is not found by it.
    expect(isNew(succeededWith(String(id), succeededWith(usableId)), id)).toBe(true);
  });

  it('stays true for any invented id', () => {
    const user = succeededWith(usableId);
    fc.assert(fc.property(fc.string(), (id) => id === usableId || isNew(user, id) === true));
  });

  it('is true for each of two users of one id until he succeeded himself', () => {
    const first = succeededWith(usableId);
    const second = newUser('u-2', now);
    expect(isNew(first, usableId)).toBe(false);
    expect(isNew(second, usableId)).toBe(true);
    expect(isNew(succeededWith(usableId, second), usableId)).toBe(false);
  });
});
