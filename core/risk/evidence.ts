import type { SignalValue, Unknown } from '../signals/define.ts';

/** Reads one signal of the decision. */
export type Read = (name: string) => SignalValue | Unknown;

/** One row of the risk model: where it holds, `weight` is added to the log-odds. Unknown evidence adds nothing. */
export type Evidence = {
  readonly reason: string;
  readonly weight: number;
  /** Of one group only the largest counts. */
  readonly group?: 'network' | 'travel' | 'velocity';
  readonly reads: readonly string[];
  readonly holds: (read: Read) => boolean;
};

/** The version of the table below, part of every decision. Raise it with any change. */
export const riskModelVersion = '1';

const isTrue = (name: string) => ({ reads: [name], holds: (read: Read) => read(name) === true });

const atLeast = (name: string, least: number) => ({ reads: [name], holds: (read: Read) => reaches(read(name), least) });

const reaches = (value: SignalValue | Unknown, least: number): boolean => typeof value === 'number' && value >= least;

const isValue = (name: string, expected: string) => ({ reads: [name], holds: (read: Read) => read(name) === expected });

const deviceReads = ['device.isRemembered', 'device.isNew'];
const addedReads = ['device.isNew', 'user.authenticatorAddedHours'];

/** Weights are this project's own until calibrated. */
export const evidence: readonly Evidence[] = [
  { reason: 'DEVICE_REMEMBERED', weight: -2.5, reads: deviceReads, holds: (read) => read('device.isRemembered') === true },
  {
    reason: 'DEVICE_KNOWN',
    weight: -0.3,
    reads: deviceReads,
    holds: (read) => read('device.isRemembered') !== true && read('device.isNew') === false,
  },
  {
    reason: 'DEVICE_NEW',
    weight: 0.8,
    reads: deviceReads,
    holds: (read) => read('device.isRemembered') !== true && read('device.isNew') === true,
  },
  { reason: 'DEVICE_BOT', weight: 2.5, ...isTrue('device.isBot') },
  { reason: 'DEVICE_CHANGED', weight: 0.8, ...isTrue('device.userAgentChanged') },
  { reason: 'DEVICE_SHARED', weight: 0.8, ...atLeast('device.userCount', 5) },
  { reason: 'IP_TOR', weight: 2.5, group: 'network', ...isTrue('ip.isTor') },
  { reason: 'IP_PROXY', weight: 1.5, group: 'network', ...isTrue('ip.isProxy') },
  { reason: 'IP_VPN', weight: 0.8, group: 'network', ...isTrue('ip.isVpn') },
  { reason: 'IP_HOSTING', weight: 0.8, group: 'network', ...isTrue('ip.isHosting') },
  { reason: 'IP_RELAY', weight: 0.1, group: 'network', ...isTrue('ip.isRelay') },
  { reason: 'TRAVEL_IMPOSSIBLE', weight: 2, group: 'travel', ...isTrue('ip.impossibleTravel') },
  { reason: 'TRAVEL_ATYPICAL', weight: 0.8, group: 'travel', ...isTrue('ip.atypicalTravel') },
  { reason: 'VELOCITY_USER', weight: 1.5, group: 'velocity', ...atLeast('velocity.user1m', 5) },
  { reason: 'VELOCITY_IP', weight: 1.5, group: 'velocity', ...atLeast('ip.userCount1h', 20) },
  { reason: 'VELOCITY_DEVICE', weight: 0.8, group: 'velocity', ...atLeast('velocity.device1m', 10) },
  { reason: 'CHALLENGE_FAILURES', weight: 1.5, ...atLeast('challenge.consecutiveFailures', 3) },
  {
    reason: 'AUTHENTICATOR_ADDED',
    weight: 1.5,
    reads: addedReads,
    holds: (read) => {
      const hours = read('user.authenticatorAddedHours');
      return read('device.isNew') === true && typeof hours === 'number' && hours < 24;
    },
  },
  { reason: 'EMAIL_DISPOSABLE', weight: 0.4, ...isTrue('user.emailIsDisposable') },
  { reason: 'UNUSUAL_HOUR', weight: 0.4, ...isTrue('user.unusualHour') },
  { reason: 'LANGUAGE_CHANGED', weight: 0.4, ...isTrue('device.languageChanged') },
  { reason: 'HOST_RISK', weight: 1.5, ...isValue('request.hostRiskLevel', 'high') },
  { reason: 'HOST_RISK', weight: 0.4, ...isValue('request.hostRiskLevel', 'medium') },
];

/** The signals that the risk model reads. */
export const riskVariables: readonly string[] = [...new Set(evidence.flatMap(({ reads }) => reads))];

/** The closed list of reasons. */
export const riskReasons: readonly string[] = [...new Set(evidence.map(({ reason }) => reason))];
