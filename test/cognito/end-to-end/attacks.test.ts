import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CognitoWorld, startCognitoWorld } from './world.ts';

let world: CognitoWorld;
beforeAll(async () => {
  world = await startCognitoWorld();
});
afterAll(() => world.end());

const refused = { error: 'NotAuthorizedException', message: 'Incorrect username or password.' };

describe('CUSTOM_AUTH without the password', () => {
  it.each([
    ['CHALLENGE_NAME=SRP_A and an invented SRP_A', { CHALLENGE_NAME: 'SRP_A', SRP_A: 'abc123' }],
    ['no CHALLENGE_NAME', {}],
  ])('%s: no token, nothing tracked', async (_, parameters) => {
    const member = await world.member('allow');
    const person = world.person(member);
    const from = world.lambdas.invocations.length;
    const begun = await person.initiate('CUSTOM_AUTH', { USERNAME: member.username, ...parameters });
    expect(begun.tokens).toBeUndefined();
    if (begun.challenge === 'PASSWORD_VERIFIER') {
      const proof = {
        PASSWORD_CLAIM_SIGNATURE: 'AAAA',
        PASSWORD_CLAIM_SECRET_BLOCK: begun.parameters.SECRET_BLOCK ?? '',
        TIMESTAMP: 'now',
      };
      expect(await person.respond(begun, proof)).toMatchObject(refused);
      const again = await person.initiate('CUSTOM_AUTH', { USERNAME: member.username, ...parameters });
      expect(await person.respond({ ...again, challenge: 'CUSTOM_CHALLENGE' }, { ANSWER: 'continue' })).toMatchObject({
        error: 'NotAuthorizedException',
      });
    } else expect(begun).toMatchObject(refused);
    expect(new Set(world.lambdas.invocations.slice(from).map(({ name }) => name))).toEqual(new Set(['define']));
    expect(await world.instances(member)).toHaveLength(0);
  });

  it('CHALLENGE_NAME=CUSTOM_CHALLENGE: no token', async () => {
    const member = await world.member('allow');
    const begun = await world.person(member).initiate('CUSTOM_AUTH', { USERNAME: member.username, CHALLENGE_NAME: 'CUSTOM_CHALLENGE' });
    expect(begun.error).toBe('InvalidParameterException');
  });
});

describe('a client whose flows are closed', () => {
  it.each(['USER_SRP_AUTH', 'USER_PASSWORD_AUTH', 'USER_AUTH', 'ADMIN_USER_PASSWORD_AUTH', 'ADMIN_NO_SRP_AUTH'])(
    'lets nobody in by %s',
    async (flow) => {
      const { username: USERNAME, ...member } = await world.member('allow');
      const parameters = { USERNAME, PASSWORD: member.password, SRP_A: 'abc123', PREFERRED_CHALLENGE: 'PASSWORD' };
      for (const isAdmin of [false, true])
        expect(await world.person({ username: USERNAME, ...member }, { isAdmin }).initiate(flow, parameters)).toMatchObject({
          error: 'InvalidParameterException',
        });
    },
  );
});

describe('metadata', () => {
  it('chooses neither where the browser goes, nor the address that is judged, nor the user', async () => {
    const [member, other] = [await world.member('challenge'), await world.member('allow')];
    const metadata = {
      returnUrl: 'https://evil.example',
      redirectUrl: 'https://evil.example',
      stepward_return_url: 'https://evil.example',
      ipAddress: '198.51.100.1',
      stepward_ip: '198.51.100.1',
      sub: other.sub,
      userId: other.sub,
      email: other.email,
      state: 'ALLOW',
      __proto__x: 'x',
      huge: 'x'.repeat(4096),
      stepward_device: 'x'.repeat(4096),
    };
    const person = world.person(member, { metadata });
    const step = await person.signIn();
    expect(step.parameters).toMatchObject({ mode: 'challenge' });
    expect(JSON.stringify(step.parameters)).not.toMatch(/evil|198\.51/);
    expect((await person.answer(step, await world.pass(member, step.parameters.url ?? ''))).tokens).toBeDefined();
    const instances = await world.instances(member);
    expect(JSON.stringify(instances)).not.toMatch(/evil|198\.51|xxxx/);
    expect(await world.instances(other)).toHaveLength(0);
  });
});
