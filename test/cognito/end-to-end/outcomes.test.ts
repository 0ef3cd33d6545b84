import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Driver, Stage } from './drivers.ts';
import { drivers } from './drivers.ts';
import { type CognitoWorld, startCognitoWorld } from './world.ts';

let world: CognitoWorld;
beforeAll(async () => {
  world = await startCognitoWorld();
});
afterAll(() => world?.end());

const answer = (stage: Stage, text: string): Promise<Stage> => {
  if (stage.kind !== 'challenge') throw new Error(`no challenge, but ${JSON.stringify(stage)}`);
  return stage.answer(text);
};
const urlOf = (stage: Stage): string => (stage.kind === 'challenge' ? (stage.parameters.url ?? '') : '');
const incorrect = { kind: 'error', name: 'NotAuthorizedException', message: 'Incorrect username or password.' };
const refusal = (code: string) =>
  new RegExp(`^CreateAuthChallenge failed with error \\[stepward:${code}:([0-9a-f-]{36})\\] [^.]+(\\. [^.]+)?\\.$`);

describe.each(Object.entries(drivers))('%s', (_, create) => {
  let begin: Driver;
  beforeAll(() => {
    begin = create();
  });

  it('ALLOW: nothing is shown, tokens of the user are issued', async () => {
    const member = await world.member('allow', { groups: ['staff'] });
    const stage = await begin(world, member);
    expect(stage).toMatchObject({ kind: 'challenge', parameters: { stepward: '1', mode: 'none' } });
    const ended = await answer(stage, 'continue');
    expect(ended.kind).toBe('tokens');
    if (ended.kind !== 'tokens') return;
    expect(await world.pool.verify(ended.idToken)).toMatchObject({ sub: member.sub, 'cognito:groups': ['staff'] });
    expect(await world.instances(member)).toMatchObject([{ state: 'ALLOW' }]);
  });

  it('CHALLENGE: the page is passed, its ticket ends the sign-in', async () => {
    const member = await world.member('challenge');
    const stage = await begin(world, member);
    expect(stage).toMatchObject({ kind: 'challenge', parameters: { stepward: '1', mode: 'challenge' } });
    const ended = await answer(stage, await world.pass(member, urlOf(stage)));
    expect(ended.kind).toBe('tokens');
    expect(await world.instances(member)).toMatchObject([{ state: 'CHALLENGE_SUCCEEDED', consumedAt: expect.any(String) }]);
  });

  it('wrong answers as often as there are rounds: no tokens', async () => {
    const member = await world.member('challenge');
    let stage = await begin(world, member);
    const urls = new Set<string>();
    for (const wrong of ['continue', 'nonsense', 'a.b.c']) {
      urls.add(urlOf(stage));
      stage = await answer(stage, wrong);
    }
    expect(stage).toMatchObject(incorrect);
    expect(urls.size).toBe(3);
  });

  it('BLOCK: refused with a text that an application can show', async () => {
    const stage = await begin(world, await world.member('block'));
    expect(stage).toMatchObject({
      kind: 'error',
      name: 'UserLambdaValidationException',
      message: expect.stringMatching(refusal('blocked')),
    });
  });

  it('REVIEW: refused until it was approved, then one sign-in from the same device is let in', async () => {
    const member = await world.member('review');
    const device = { stepward_device: `device-of-${member.username}-1` };
    const stage = await begin(world, member, device);
    const message = stage.kind === 'error' ? stage.message : '';
    expect(message).toMatch(refusal('review'));
    const [, idempotencyKey = ''] = refusal('review').exec(message) ?? [];
    const at = { userId: member.sub, action: 'signIn', idempotencyKey };
    await world.served.api.updateAction(at, { state: 'REVIEW_SUCCEEDED', reviewer: 'ops' });
    const elsewhere = await begin(world, member, { stepward_device: `device-of-${member.username}-2` });
    expect(elsewhere).toMatchObject({ kind: 'error', message: expect.stringMatching(refusal('review')) });
    expect(await answer(await begin(world, member, device), 'continue')).toMatchObject({ kind: 'tokens' });
    expect(await begin(world, member, device)).toMatchObject({ kind: 'error', message: expect.stringMatching(refusal('review')) });
  });

  it('a wrong password and an unknown user are answered alike, and nothing is tracked', async () => {
    const member = await world.member('allow');
    expect(await begin(world, { ...member, password: 'Wrong-horse-1' })).toMatchObject(incorrect);
    expect(await begin(world, { ...member, username: 'nobody' })).toMatchObject(incorrect);
    expect(await world.instances(member)).toHaveLength(0);
  });
});
