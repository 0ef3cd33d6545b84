import { describe, expect, it } from 'vitest';
import { startLab } from '../simulator/lab.ts';
import { drivers } from './drivers.ts';
import { startCognitoWorld } from './world.ts';

const create = drivers['amazon-cognito-identity-js'];
const tracking = { DeviceConfiguration: { ChallengeRequiredOnNewDevice: true } };

describe.skipIf(!create)('a pool that remembers devices, and amazon-cognito-identity-js', () => {
  it('the device is kept at the first sign-in and proven at the second, by SRP', async () => {
    const lab = await startLab({}, { pool: tracking });
    const begin = create?.();
    const world = { pool: lab.pool } as Parameters<NonNullable<typeof begin>>[0];
    const credentials = { username: 'ann', password: 'Correct-horse-1' };
    const first = await begin?.(world, credentials);
    if (first?.kind !== 'challenge') throw new Error(JSON.stringify(first));
    const ended = await first.answer('open');
    expect(ended.kind).toBe('tokens');
    // the library knows no custom challenge after the steps of a device, and takes it for the end
    await begin?.(world, credentials);
    const session = (lab.lambdas.invocations.findLast(({ name }) => name === 'define')?.event.request ?? {}) as {
      readonly session?: readonly { readonly challengeName: string }[];
    };
    expect(session.session?.map(({ challengeName }) => challengeName)).toEqual([
      'SRP_A',
      'PASSWORD_VERIFIER',
      'DEVICE_SRP_AUTH',
      'DEVICE_PASSWORD_VERIFIER',
    ]);
    await lab.end();
  });

  it('the triggers refuse a history with steps of a device', async () => {
    const world = await startCognitoWorld({ pool: tracking });
    const begin = create?.();
    const member = await world.member('allow');
    const first = await begin?.(world, member);
    if (first?.kind !== 'challenge') throw new Error(JSON.stringify(first));
    expect((await first.answer('continue')).kind).toBe('tokens');
    expect(await begin?.(world, member)).toMatchObject({ kind: 'error', name: 'NotAuthorizedException' });
    await world.end();
  });
});
