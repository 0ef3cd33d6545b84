import { type DeviceActivity, defineSignal } from './define.ts';
import { deviceIdGap } from './device-history.ts';
import { countRecent, DAY, HOUR, MINUTE, own, saturation } from './recent.ts';

const ofUser = (name: string, label: string, window: number) =>
  defineSignal({
    name,
    label,
    category: 'User',
    type: 'number',
    needs: ['user'],
    unknownWhen: [],
    // The row was loaded before this track: it counts too.
    compute: ({ user, request, now }) => Math.min(saturation, countRecent(own(user.tracks, request.action) ?? [], window, now) + 1),
  });

export const velocityUser1m = ofUser('velocity.user1m', 'Tracks of the user, 1 minute', MINUTE);
export const velocityUser1h = ofUser('velocity.user1h', 'Tracks of the user, 1 hour', HOUR);
export const velocityUser24h = ofUser('velocity.user24h', 'Tracks of the user, 24 hours', DAY);

const ofDevice = (name: string, label: string, count: (activity: DeviceActivity) => number) =>
  defineSignal({
    name,
    label,
    category: 'Device',
    type: 'number',
    needs: ['request', 'device-activity'],
    unknownWhen: ['no-input', 'unparsable', 'source-error'],
    compute: (input) => (input.deviceActivity === undefined ? deviceIdGap(input) : Math.min(saturation, count(input.deviceActivity))),
  });

export const velocityDevice1m = ofDevice('velocity.device1m', 'Tracks of the device, 1 minute', (a) => a.last1m);
export const velocityDevice1h = ofDevice('velocity.device1h', 'Tracks of the device, 1 hour', (a) => a.last1h);
export const velocityDevice24h = ofDevice('velocity.device24h', 'Tracks of the device, 24 hours', (a) => a.last24h);
