import type { SignalInput } from '../../../core/signals/define.ts';
import { ipFactsUnknown } from '../../../core/signals/ip-facts.ts';
import { type Device, type History, newUser, type User } from '../../../core/user.ts';

/** Wednesday, 15 January 2025, 12:00 UTC. */
export const now = Date.UTC(2025, 0, 15, 12);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const usableId = '3f2b8c1e-5d4a-4f6b-9c7d-8e1a2b3c4d5e';
export const chrome = {
  isBot: false,
  browserName: 'Chrome',
  browserVersion: '140.0.1',
  osName: 'Windows',
  osVersion: '10',
  deviceType: 'desktop',
} as const;

type Overrides = Partial<Omit<SignalInput, 'request' | 'user'>> & {
  readonly request?: Partial<SignalInput['request']>;
  readonly user?: Partial<User>;
};

/** A first sign-in from nowhere on nothing, and what a test adds to it. */
export const given = ({ request, user, ...rest }: Overrides = {}): SignalInput => ({
  now,
  request: { userId: 'u-1', action: 'signIn', ...request },
  user: { ...newUser('u-1', now - 10 * DAY), ...user },
  custom: new Map(),
  customIgnored: new Map(),
  userCustom: new Map(),
  deviceProven: false,
  ip: ipFactsUnknown('no-data-file'),
  enrolledMethods: [],
  listHas: () => undefined,
  ...rest,
});

/** From a public address. */
export const fromPublic = (rest: Overrides = {}): Overrides => ({
  address: '203.0.113.7',
  addressKey: '203.0.113.7',
  ...rest,
  request: { ipAddress: '203.0.113.7', ...rest.request },
});

/** From an address that says nothing of its user. */
export const fromPrivate: Overrides = { request: { ipAddress: '10.0.0.7' }, address: '10.0.0.7' };
export const fromNonsense: Overrides = { request: { ipAddress: 'unknown' } };

export const history = (change: Partial<History>): History => ({ ...newUser('u-1', now).history, successes: 1, ...change });

export const device = (change: Partial<Device> = {}): Device => ({
  deviceId: 'd-1',
  createdAt: now - 5 * DAY,
  claimedHashes: ['c-1'],
  vouchedHashes: [],
  firstSuccessAt: now - 5 * DAY,
  lastSuccessAt: now - 2 * DAY,
  proofs: [],
  ...change,
});

/** IP data that say these facts and nothing else. */
export const facts = (known: Partial<SignalInput['ip']>): SignalInput['ip'] => ({ ...ipFactsUnknown('no-data-file'), ...known });
