import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CognitoWorld, type Member, startCognitoWorld } from './world.ts';

const groups = ['staff', 'editors'];
let world: CognitoWorld;
const claimsOf = async (token = '') => world.pool.verify(token);
const bySrp = (member: Member, client = 'open') => world.person(member, { client }).signIn('USER_SRP_AUTH');

describe.each(['V1_0', 'V2_0', 'V3_0'] as const)('PreTokenGeneration %s alone, behind SRP', (preTokenVersion) => {
  beforeAll(async () => {
    world = await startCognitoWorld({ preTokenVersion });
  });
  afterAll(() => world?.end());

  it('`require`: ALLOW passes with the groups of the user; who would have to prove more, is blocked or under review does not', async () => {
    await world.configure({ STEPWARD_GATE: 'require' });
    const { tokens } = await bySrp(await world.member('allow', { groups }));
    for (const token of [tokens?.IdToken, tokens?.AccessToken]) expect((await claimsOf(token))['cognito:groups']).toEqual(groups);
    for (const [decision, code] of [
      ['challenge', 'interaction_required'],
      ['block', 'blocked'],
      ['review', 'review'],
    ] as const) {
      const { tokens: none, error, message } = await bySrp(await world.member(decision));
      expect([none, error]).toEqual([undefined, 'UserLambdaValidationException']);
      expect(message).toMatch(new RegExp(`^PreTokenGeneration failed with error \\[stepward:${code}:`));
    }
  });

  it('`scope`: everybody passes; what was proven of late is told, until nothing is', async () => {
    await world.configure({ STEPWARD_GATE: 'scope' });
    const member = await world.member('challenge', { groups });
    const before = await bySrp(member);
    expect((await claimsOf(before.tokens?.IdToken)).stepward_acr).toBeUndefined();
    const person = world.person(member);
    const step = await person.signIn();
    const { tokens } = await person.answer(step, await world.pass(member, step.parameters.url ?? ''));
    const [id, access] = [await claimsOf(tokens?.IdToken), await claimsOf(tokens?.AccessToken)];
    expect(id).toMatchObject({ stepward_acr: expect.stringMatching(/^urn:stepward:aal[12]$/), 'cognito:groups': groups, sub: member.sub });
    const isAal2 = id.stepward_acr === 'urn:stepward:aal2';
    expect(String(access.scope).split(' ').includes('stepward/aal2')).toBe(isAal2 && preTokenVersion !== 'V1_0');
    expect(access['cognito:groups']).toEqual(groups);
    const renewed = await person.refresh(tokens?.RefreshToken ?? '');
    expect(await claimsOf(renewed.tokens?.IdToken)).toMatchObject({ stepward_acr: id.stepward_acr });
  });
});

describe('one function for every trigger', () => {
  it('signs in as the single ones do', async () => {
    const router = 'router';
    world = await startCognitoWorld({
      triggers: {
        DefineAuthChallenge: router,
        CreateAuthChallenge: router,
        VerifyAuthChallengeResponse: router,
        PreTokenGeneration: router,
      },
    });
    try {
      const member = await world.member('challenge');
      const person = world.person(member);
      const step = await person.signIn();
      expect((await person.answer(step, await world.pass(member, step.parameters.url ?? ''))).tokens).toBeDefined();
      expect(new Set(world.lambdas.invocations.map(({ name }) => name))).toEqual(new Set([router]));
      expect(await bySrp(await world.member('allow'))).toMatchObject({ error: 'UserLambdaValidationException' });
    } finally {
      await world.end();
    }
  });
});
