import { StepwardError } from './errors.ts';
import { findDevice, invalidateDevice, rememberDevice } from './history.ts';
import { deviceHash } from './prepare.ts';
import { readUser } from './read-user.ts';
import type { Ports } from './settings.ts';
import type { Device, User } from './user.ts';

const iso = (at: number | undefined): string | undefined => (at === undefined ? undefined : new Date(at).toISOString());

const deviceAnswer = (userId: string, device: Device): Record<string, unknown> => ({
  userId,
  deviceId: device.deviceId,
  createdAt: iso(device.createdAt),
  authenticatedAt: iso(device.lastSuccessAt),
  invalidatedAt: iso(device.invalidatedAt),
  rememberedUntil: iso(device.rememberedUntil),
  lastVerificationMethod: device.lastVerificationMethod,
});

export const getDevices = async (ports: Ports, userId: string) =>
  ((await readUser(ports, userId))?.devices ?? []).map((device) => deviceAnswer(userId, device));

/** Changes one device, named by its record's id or by the raw id that was tracked. */
const changeDevice = (
  ports: Ports,
  userId: string,
  device: string,
  change: (user: User, deviceId: string, now: number) => User,
): Promise<Record<string, unknown>> => {
  const now = ports.clock.now();
  const hash = deviceHash(ports, device);
  return ports.store.transact({
    userId,
    load: {},
    run: ({ user }) => {
      const found =
        user?.devices.find(({ deviceId }) => deviceId === device) ??
        (user && findDevice(user, { claimedHash: hash, vouchedHash: hash }, now)?.device);
      if (!user || !found) throw new StepwardError('not_found', 'no such device');
      const changed = change(user, found.deviceId, now);
      const after = changed.devices.find(({ deviceId }) => deviceId === found.deviceId) ?? found;
      return {
        answer: deviceAnswer(userId, after),
        changes: { user: changed, events: [{ type: 'device.updated', at: now, data: { userId, deviceId: found.deviceId } }] },
      };
    },
  });
};

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
const longestRemembered = 400 * 86_400_000;

export const updateDevice = async (
  ports: Ports,
  userId: string,
  device: string,
  { rememberedUntil }: { readonly rememberedUntil: string | null },
) => {
  const until = rememberedUntil === null ? undefined : isoTime.test(rememberedUntil) ? Date.parse(rememberedUntil) : Number.NaN;
  const set = await ports.policies.fresh();
  const most = Math.max(
    0,
    ...[...set.actions.values()].map(
      ({
        configuration: {
          rememberDevice: { enabled, days },
        },
      }) => (enabled ? days * 86_400_000 : 0),
    ),
  );
  const now = ports.clock.now();
  if (until !== undefined && !(until > now && until <= now + Math.min(most, longestRemembered))) {
    throw new StepwardError(
      'invalid_request',
      '`rememberedUntil` must be a time in the future (ISO 8601 with its zone), within the longest `rememberDevice.days` of an action',
    );
  }
  return changeDevice(ports, userId, device, (user, deviceId) => {
    const found = user.devices.find((one) => one.deviceId === deviceId);
    const isProven = found?.secretHash !== undefined || (found?.vouchedHashes.length ?? 0) > 0;
    if (until !== undefined && (!isProven || found?.invalidatedAt !== undefined))
      throw new StepwardError('invalid_request', 'only a proven device that was not invalidated can be remembered');
    return rememberDevice(user, deviceId, until);
  });
};

export const invalidateUserDevice = (ports: Ports, userId: string, device: string) => changeDevice(ports, userId, device, invalidateDevice);
