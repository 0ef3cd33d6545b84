import { defineSignal, type SignalInput } from './define.ts';
import { countRecent, DAY, HOUR, saturation } from './recent.ts';

const failures = (name: string, label: string, count: (input: SignalInput) => number) =>
  defineSignal({
    name,
    label,
    category: 'User',
    type: 'number',
    needs: ['user'],
    unknownWhen: [],
    compute: (input) => Math.min(saturation, count(input)),
  });

export const challengeFailures1h = failures('challenge.failures1h', 'Failed attempts of the user, 1 hour', ({ user, now }) =>
  countRecent(user.failures, HOUR, now),
);
export const challengeFailures24h = failures('challenge.failures24h', 'Failed attempts of the user, 24 hours', ({ user, now }) =>
  countRecent(user.failures, DAY, now),
);
export const challengeConsecutiveFailures = failures(
  'challenge.consecutiveFailures',
  'Failed attempts since the last success',
  ({ user }) => user.consecutiveFailures,
);
