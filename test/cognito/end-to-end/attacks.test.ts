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
