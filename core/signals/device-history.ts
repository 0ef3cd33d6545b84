import type { Device } from '../user.ts';
import { defineSignal, type SignalInput, type SignalValue, type Unknown, unknown } from './define.ts';
import { isNewDevice } from './device.ts';
import { requestLanguage } from './language.ts';
import { DAY, HOUR, isEmpty, seenWithin } from './recent.ts';

export const deviceCount = defineSignal({
  name: 'device.count',
  label: 'Devices of the user, 90 days',
  category: 'Device',
  type: 'number',
  needs: ['user'],
  unknownWhen: [],
  compute: ({ user, now }) => {
    let count = 0;
    for (const device of user.devices) {
      if (device.invalidatedAt === undefined && (device.lastSuccessAt ?? 0) > now - 90 * DAY) count += 1;
    }
    return count;
  },
});

export const deviceUserCount = defineSignal({
  name: 'device.userCount',
  label: 'Users of the device, 90 days',
  category: 'Device',
  type: 'number',
  needs: ['request', 'device-users'],
  unknownWhen: ['no-input', 'unparsable', 'source-error'],
  compute: (input) => input.deviceActivity?.users90d ?? deviceIdGap(input),
});

/** Why nothing was counted for a device id: none sent, not usable, or not loaded. */
export const deviceIdGap = (input: SignalInput): Unknown => {
  if (input.claimedDeviceHash !== undefined) return unknown('source-error');
  return unknown(input.request.deviceId === undefined || input.request.deviceId === '' ? 'no-input' : 'unparsable');
};

const hoursSince = (name: string, label: string, time: (device: Device) => number | undefined) =>
  defineSignal({
    name,
    label,
    category: 'Device',
    type: 'number',
    needs: ['request', 'user'],
    unknownWhen: ['cold-start'],
    compute: (input) => {
      const at = input.device === undefined || isNewDevice(input) ? undefined : time(input.device);
      return at === undefined ? unknown('cold-start') : Math.max(0, input.now - at) / HOUR;
    },
  });

export const deviceAgeHours = hoursSince('device.ageHours', 'Hours since first success on the device', (d) => d.firstSuccessAt);
export const deviceIdleHours = hoursSince('device.idleHours', 'Hours since last success on the device', (d) => d.lastSuccessAt);

export const deviceUserAgentChanged = defineSignal({
  name: 'device.userAgentChanged',
  label: 'Browser or system of the device changed',
  category: 'Device',
  type: 'boolean',
  needs: ['request', 'user', 'user-agent'],
  unknownWhen: ['cold-start', 'no-input', 'unparsable'],
  compute: userAgentChanged,
});

function userAgentChanged(input: SignalInput): SignalValue | Unknown {
  const { device, agent } = input;
  if (device === undefined || isNewDevice(input)) return unknown('cold-start');
  if (agent === undefined) return unknown('no-input');
  const pairs = [
    [device.browserFamily, agent.browserName],
    [device.osFamily, agent.osName],
  ] as const;
  if (pairs.some(([before, after]) => before !== undefined && after !== undefined && before !== after)) return true;
  if (agent.browserName === undefined || agent.osName === undefined) return unknown('unparsable');
  return device.browserFamily === undefined || device.osFamily === undefined ? unknown('cold-start') : false;
}

export const deviceLanguageChanged = defineSignal({
  name: 'device.languageChanged',
  label: 'Language is new for the user',
  category: 'Device',
  type: 'boolean',
  needs: ['request', 'user'],
  unknownWhen: ['no-input', 'cold-start'],
  compute: ({ request, user, now }) => {
    const language = requestLanguage(request);
    if (language === undefined) return unknown('no-input');
    const known = user.history.languages;
    return isEmpty(known) ? unknown('cold-start') : !seenWithin(known, language, 90 * DAY, now);
  },
});
