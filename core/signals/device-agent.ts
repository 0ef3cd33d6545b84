import type { ParsedAgent } from '../ports/user-agent.ts';
import { isBlank } from './address-gap.ts';
import { defineSignal, type SignalInput, type SignalType, unknown } from './define.ts';

/** Characters of a user agent that are parsed, and that a rule may read. */
export const userAgentLimit = 1_024;

export const deviceIsBot = defineSignal({
  name: 'device.isBot',
  label: 'Device is a bot',
  category: 'Device',
  type: 'boolean',
  needs: ['request', 'user-agent'],
  unknownWhen: ['no-input', 'source-error'],
  compute: ({ request, agent }) => {
    // Dropping the user agent is what bots do; only a caller that sends nothing of the browser is excused.
    if (isBlank(request.userAgent)) {
      return request.ipAddress === undefined && request.deviceId === undefined ? unknown('no-input') : true;
    }
    return agent === undefined ? unknown('source-error') : agent.isBot;
  },
});

const parsed = (name: string, label: string, type: SignalType, part: (agent: ParsedAgent) => string | number | undefined) =>
  defineSignal({
    name,
    label,
    category: 'Device',
    type,
    needs: ['request', 'user-agent'],
    unknownWhen: ['no-input', 'unparsable'],
    compute: ({ request, agent }: SignalInput) => {
      if (isBlank(request.userAgent)) return unknown('no-input');
      return (agent === undefined ? undefined : part(agent)) ?? unknown('unparsable');
    },
  });

/** Leading whole number of a version; undefined where it has none. */
const major = (version: string | undefined): number | undefined => {
  const number = version === undefined ? Number.NaN : Number.parseInt(version, 10);
  return Number.isFinite(number) ? number : undefined;
};

export const deviceType = parsed('device.type', 'Device type', 'string', (agent) => agent.deviceType);
export const deviceOsName = parsed('device.osName', 'System', 'string', (agent) => agent.osName);
export const deviceOsVersion = parsed('device.osVersion', 'System version', 'string', (agent) => agent.osVersion);
export const deviceOsMajor = parsed('device.osMajor', 'System major version', 'number', (agent) => major(agent.osVersion));
export const deviceBrowserName = parsed('device.browserName', 'Browser', 'string', (agent) => agent.browserName);
export const deviceBrowserMajor = parsed('device.browserMajor', 'Browser major version', 'number', (agent) => major(agent.browserVersion));

export const deviceUserAgent = defineSignal({
  name: 'device.userAgent',
  label: 'User agent',
  category: 'Device',
  type: 'string',
  needs: ['request'],
  unknownWhen: ['no-input', 'too-long'],
  compute: ({ request: { userAgent } }) => {
    if (userAgent === undefined || isBlank(userAgent)) return unknown('no-input');
    return userAgent.length > userAgentLimit ? unknown('too-long') : userAgent;
  },
});
