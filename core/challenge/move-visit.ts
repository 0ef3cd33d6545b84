import { deviceSecret, hashDeviceSecret } from '../device-cookie.ts';
import { findDevice } from '../history.ts';
import type { Instance } from '../instance.ts';
import type { Ports } from '../settings.ts';
import type { BrowserRequest } from '../visit-view.ts';
import { longestHeader } from './bind-visit.ts';
import type { Situation } from './standing.ts';

/** What only the page in the frame has: whoever shows it asked for the visit, and it works once. Undefined for any other visit. */
export const windowKeyOf = ({ secrets }: Pick<Ports, 'secrets'>, { instanceId, visit }: Instance): string | undefined =>
  visit.mode === 'frame' && visit.browserHash !== undefined
    ? secrets.hash('visit-window', `${instanceId}|${visit.browserHash}`)
    : undefined;

/**
 * Lets a visit that was begun in a frame go on in a window, where the browser gives frames neither passkeys nor cookies. What was
 * decided over the browser stands; what it has shown of its device in the frame's own jar does not count in the window.
 */
export const moveVisit = (
  { ports, instance: { userId, action, idempotencyKey }, now }: Situation,
  request: BrowserRequest,
  hash: string,
  key: string,
): Promise<boolean> => {
  const secret = deviceSecret(ports.secrets, request.device, userId);
  const secretHash = secret === undefined ? undefined : hashDeviceSecret(ports.secrets, secret);
  return ports.store.transact<boolean>({
    userId,
    load: { instance: { action, idempotencyKey } },
    run: ({ instance, user }) => {
      const expected = instance && windowKeyOf(ports, instance);
      if (!instance || !user || expected === undefined || !ports.secrets.equal(key, expected)) return { answer: false };
      const moved: Instance = {
        ...instance,
        visit: {
          browserHash: hash,
          openedAt: instance.visit.openedAt,
          mode: 'window',
          deviceId: secretHash === undefined ? undefined : findDevice(user, { secretHash }, now)?.device.deviceId,
          ipAddress: request.ipAddress,
          userAgent: request.userAgent?.slice(0, longestHeader),
          acceptLanguage: request.acceptLanguage?.slice(0, longestHeader),
        },
        timeline: [...instance.timeline, { at: now, event: 'moved-to-window' }],
      };
      return { answer: true, changes: { instances: [moved] } };
    },
  });
};
