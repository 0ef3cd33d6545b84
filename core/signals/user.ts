import { defineSignal, type SignalInput, unknown } from './define.ts';
import { DAY, HOUR, MINUTE } from './recent.ts';

const since = (now: number, at: number, unit: number): number => Math.max(0, now - at) / unit;

export const userId = defineSignal({
  name: 'user.id',
  label: 'User id',
  category: 'User',
  type: 'string',
  needs: ['request'],
  unknownWhen: [],
  compute: ({ request }) => request.userId,
});

export const userIsEnrolled = defineSignal({
  name: 'user.isEnrolled',
  label: 'User is enrolled',
  category: 'User',
  type: 'boolean',
  needs: ['user'],
  unknownWhen: [],
  compute: ({ enrolledMethods }) => enrolledMethods.some((method) => method !== 'RECOVERY_CODE'),
});

export const userVerificationMethods = defineSignal({
  name: 'user.verificationMethods',
  label: 'Verification methods of the user',
  category: 'User',
  type: 'strings',
  needs: ['user'],
  unknownWhen: [],
  compute: ({ enrolledMethods }) => enrolledMethods,
});

export const userHasPreviouslyVerified = defineSignal({
  name: 'user.hasPreviouslyVerified',
  label: 'User has previously verified',
  category: 'User',
  type: 'boolean',
  needs: ['user'],
  unknownWhen: [],
  compute: ({ user }) => user.hasPreviouslyVerified,
});

export const userAgeDays = defineSignal({
  name: 'user.ageDays',
  label: 'Days since the user was first seen',
  category: 'User',
  type: 'number',
  needs: ['user'],
  unknownWhen: [],
  compute: ({ user, now }) => since(now, user.createdAt, DAY),
});

export const userIdleDays = defineSignal({
  name: 'user.idleDays',
  label: 'Days since the last success of the user',
  category: 'User',
  type: 'number',
  needs: ['user'],
  unknownWhen: ['cold-start'],
  compute: ({ user, now }) => {
    const last = user.history.times.at(-1);
    return last === undefined ? unknown('cold-start') : since(now, last, DAY);
  },
});

export const userLastChallengeMinutes = defineSignal({
  name: 'user.lastChallengeMinutes',
  label: 'Minutes since the last challenge on this device',
  category: 'User',
  type: 'number',
  needs: ['request', 'user'],
  unknownWhen: ['cold-start'],
  compute: ({ device, now }) =>
    device?.lastChallengeAt === undefined ? unknown('cold-start') : since(now, device.lastChallengeAt, MINUTE),
});

export const userAuthenticatorAddedHours = defineSignal({
  name: 'user.authenticatorAddedHours',
  label: 'Hours since an authenticator was added',
  category: 'User',
  type: 'number',
  needs: ['user'],
  unknownWhen: ['cold-start'],
  compute: ({ user, now }) => {
    let newest: number | undefined;
    for (const { verifiedAt } of user.authenticators) {
      if (verifiedAt !== undefined && (newest === undefined || verifiedAt > newest)) newest = verifiedAt;
    }
    return newest === undefined ? unknown('cold-start') : since(now, newest, HOUR);
  },
});

export const userUnusualHour = defineSignal({
  name: 'user.unusualHour',
  label: 'Hour is unusual for the user',
  category: 'User',
  type: 'boolean',
  needs: ['user'],
  unknownWhen: ['cold-start'],
  compute: isUnusualHour,
});

/** Under 2 % of at least 20 successes of 90 days lie within 2 hours of this time of day (circular, UTC). */
function isUnusualHour({ user, now }: SignalInput) {
  let all = 0;
  let near = 0;
  for (const at of user.history.times) {
    if (at <= now - 90 * DAY || at > now) continue;
    all += 1;
    const days = (now - at) / DAY;
    // Distance to the nearest whole number of days; without the remainder operator, which is slow on numbers of this size.
    if (Math.abs(days - Math.floor(days + 0.5)) * DAY <= 2 * HOUR) near += 1;
  }
  return all < 20 ? unknown('cold-start') : near < all * 0.02;
}
