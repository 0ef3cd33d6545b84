import { base64url } from '../base64url.ts';
import { hashDeviceSecret, withDeviceSecret } from '../device-cookie.ts';
import type { Situation } from './standing.ts';

/**
 * A browser without a device secret of this user gets one when it finishes; it becomes a device when the instance is consumed.
 *
 * @param cookie the device cookie that the browser has.
 */
export const giveDevice = async ({ ports, instance, user }: Situation, cookie: string | undefined): Promise<string | undefined> => {
  const secret = base64url(ports.random.bytes(24));
  const given = await ports.store.transact<boolean>({
    userId: user.userId,
    load: { instance },
    run: ({ instance: present }) => {
      if (present?.state !== 'CHALLENGE_SUCCEEDED') return { answer: false };
      const { visit } = present;
      if (visit.deviceId !== undefined || visit.deviceSecretHash !== undefined) return { answer: false };
      const deviceSecretHash = hashDeviceSecret(ports.secrets, secret);
      return { answer: true, changes: { instances: [{ ...present, visit: { ...visit, deviceSecretHash } }] } };
    },
  });
  return given ? withDeviceSecret(ports.secrets, cookie, user.userId, secret) : undefined;
};
