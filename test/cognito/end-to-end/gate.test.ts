import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { totpOf } from '../simulator/totp.ts';
import type { Member } from './world.ts';
import { type CognitoWorld, startCognitoWorld } from './world.ts';

const totpSecret = 'JBSWY3DPEHPK3PXP';

let world: CognitoWorld;
beforeAll(async () => {
  world = await startCognitoWorld({ pool: { MfaConfiguration: 'OPTIONAL' } });
});
afterEach(() => world.configure());
afterAll(() => world?.end());

/** Signs in by SRP alone, at a client whose flows nobody closed. */
const bySrp = (member: Member) => world.person(member, { client: 'open' }).signIn('USER_SRP_AUTH');
/** A sign-in that the core let in so long ago. */
const letIn = async ({ sub, email }: Member, ms: number): Promise<void> => {
  world.served.pass(-ms);
  const { answer } = await world.served.api.track({
    userId: sub,
    action: 'signIn',
    idempotencyKey: crypto.randomUUID(),
    email,
    emailVerified: true,
  });
  world.served.pass(ms);
  expect(answer.state).toBe('ALLOW');
};
const again = { error: 'UserLambdaValidationException', message: 'PreTokenGeneration failed with error [stepward:again] Sign in again.' };

describe('the gate `admit` behind a client that still allows SRP', () => {
  it('refuses a sign-in of which the core knows nothing', async () => {
    expect(await bySrp(await world.member('allow'))).toMatchObject(again);
  });

  it('refuses one that the core let in 121 seconds ago, and admits one of a minute ago', async () => {
    const [late, recent] = [await world.member('allow'), await world.member('allow')];
    await letIn(late, 121_000);
    expect(await bySrp(late)).toMatchObject(again);
    await letIn(recent, 60_000);
    expect((await bySrp(recent)).tokens).toBeDefined();
  });

  it('refuses one whose challenge is still open, was failed, or was another user’s', async () => {
    const [member, other] = [await world.member('challenge'), await world.member('allow')];
    const person = world.person(member);
    const step = await person.signIn();
    await world.person(other).answer(await world.person(other).signIn(), 'continue');
    expect(await bySrp(member)).toMatchObject(again);
    await person.answer(step, 'nonsense');
    expect(await bySrp(member)).toMatchObject(again);
  });

  it('leaves a refresh alone', async () => {
    const member = await world.member('allow');
    const person = world.person(member);
    const { tokens } = await person.answer(await person.signIn(), 'continue');
    expect((await person.refresh(tokens?.RefreshToken ?? '')).tokens).toBeDefined();
  });

  it('refuses a password that was just changed, which no challenge stood before', async () => {
    const member = await world.member('allow');
    const at = { UserPoolId: world.pool.poolId, Username: member.username };
    await world.pool.call('AdminSetUserPassword', { ...at, Password: 'Temporary-1', Permanent: false });
    const person = world.person({ ...member, password: 'Temporary-1' });
    const step = await person.signIn();
    expect(step.challenge).toBe('NEW_PASSWORD_REQUIRED');
    expect(await person.respond(step, { NEW_PASSWORD: 'Chosen-horse-1' })).toMatchObject({
      message: 'PreTokenGeneration failed with error [stepward:again] Password changed. Sign in again.',
    });
    const anew = world.person({ ...member, password: 'Chosen-horse-1' });
    expect((await anew.answer(await anew.signIn(), 'continue')).tokens).toBeDefined();
  });
});

describe('a factor of the pool’s own', () => {
  it('is refused in the history, unless the settings allow it', async () => {
    const member = await world.member('allow', { totpSecret });
    const signIn = async (offset: number) => {
      const person = world.person(member);
      const step = await person.signIn();
      expect(step.challenge).toBe('SOFTWARE_TOKEN_MFA');
      return {
        person,
        step: await person.respond(step, { SOFTWARE_TOKEN_MFA_CODE: totpOf(totpSecret, Math.floor(Date.now() / 30_000) + offset) }),
      };
    };
    expect((await signIn(0)).step).toMatchObject({ error: 'NotAuthorizedException' });
    await world.configure({ STEPWARD_COGNITO_HOST_MFA: 'true' });
    const { person, step } = await signIn(1);
    expect((await person.answer(step, 'continue')).tokens).toBeDefined();
  });
});

describe('a Stepward that is gone', () => {
  it.each(['deny', 'allow'])('policy %s: nobody gets tokens past `admit`, nor past a challenge that was owed', async (policy) => {
    await world.configure({ STEPWARD_FAILURE_POLICY: policy });
    const member = await world.member('challenge');
    const person = world.person(member);
    const owed = await person.signIn();
    const ticket = await world.pass(member, owed.parameters.url ?? '');
    await world.served.stop();
    try {
      expect(await person.answer(owed, ticket)).toMatchObject({ message: expect.stringMatching(/^VerifyAuth.*\[stepward:unavailable:/) });
      const step = await person.signIn();
      if (policy === 'deny') expect(step).toMatchObject({ message: expect.stringMatching(/^CreateAuth.*\[stepward:unavailable:/) });
      else
        expect(await person.answer(step, 'continue')).toMatchObject({
          message: expect.stringMatching(/^PreToken.*\[stepward:unavailable/),
        });
    } finally {
      await world.served.restart();
    }
    const other = await world.member('allow');
    expect((await world.person(other).answer(await world.person(other).signIn(), 'continue')).tokens).toBeDefined();
  });
});
