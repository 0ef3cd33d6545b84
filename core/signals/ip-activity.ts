import { addressGap } from './address-gap.ts';
import { type AddressActivity, defineSignal, type Need, unknown } from './define.ts';
import { saturation } from './recent.ts';

const activity = (name: string, label: string, need: Need, count: (activity: AddressActivity) => number) =>
  defineSignal({
    name,
    label,
    category: 'IP/Network',
    type: 'number',
    needs: ['request', need],
    unknownWhen: ['no-input', 'unparsable', 'private-address', 'source-error'],
    compute: (input) => {
      const gap = addressGap(input);
      if (gap !== undefined) return gap;
      return input.addressActivity === undefined ? unknown('source-error') : Math.min(saturation, count(input.addressActivity));
    },
  });

export const ipUserCount1h = activity('ip.userCount1h', 'Users of the IP, 1 hour', 'address-users', (a) => a.users1h);
export const ipDeviceCount1h = activity('ip.deviceCount1h', 'Devices of the IP, 1 hour', 'address-devices', (a) => a.devices1h);
export const ipChallengeFailures1h = activity(
  'ip.challengeFailures1h',
  'Failed attempts from the IP, 1 hour',
  'address-activity',
  (a) => a.failures1h,
);

export const velocityIp1m = activity('velocity.ip1m', 'Tracks from the IP, 1 minute', 'address-activity', (a) => a.last1m);
export const velocityIp1h = activity('velocity.ip1h', 'Tracks from the IP, 1 hour', 'address-activity', (a) => a.last1h);
export const velocityIp24h = activity('velocity.ip24h', 'Tracks from the IP, 24 hours', 'address-activity', (a) => a.last24h);
