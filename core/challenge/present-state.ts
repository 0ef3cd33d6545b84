import type { Instance } from '../instance.ts';

/** Where an instance stands for whoever reads it, and why it failed: a challenge that lapsed reads as failed. */
export const presentState = (instance: Instance, now: number): Pick<Instance, 'state' | 'failureReason'> =>
  instance.state === 'CHALLENGE_REQUIRED' && now >= instance.expiresAt
    ? { state: 'CHALLENGE_FAILED', failureReason: 'expired' }
    : { state: instance.state, failureReason: instance.failureReason };
