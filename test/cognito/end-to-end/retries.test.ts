import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../lambda-host/index.ts';
import { type CognitoWorld, type Member, startCognitoWorld } from './world.ts';

const lost: Fault = { kind: 'drop', when: 'after' };
const unreached: Fault = { kind: 'drop', when: 'before' };
const twice: Fault = { kind: 'duplicate' };

let world: CognitoWorld;
beforeAll(async () => {
  world = await startCognitoWorld();
});
afterAll(() => world?.end());

const consumed = async (member: Member): Promise<number> =>
  (await world.instances(member)).filter(({ consumedAt }) => consumedAt !== undefined).length;
const runsOf = (name: string, from: number): number => world.lambdas.invocations.slice(from).filter((run) => run.name === name).length;

describe('a trigger that is called again with the same event', () => {
  const names = ['define', 'create', 'verify', 'pre-token'] as const;
  it.each(names)('%s: twice at once, and three times in turn: tokens, of one consumed instance', async (name) => {
    for (const [faults, runs] of [
      [[twice], 2],
      [[lost, lost], 3],
      [[unreached, lost], 2],
    ] as const) {
      const member = await world.member('challenge');
      const person = world.person(member);
      if (name === 'define' || name === 'create') world.lambdas.fault(name, ...faults);
      const from = world.lambdas.invocations.length;
      const step = await person.signIn();
      expect(step.challenge, step.message).toBe('CUSTOM_CHALLENGE');
      const ticket = await world.pass(member, step.parameters.url ?? '');
      if (name === 'verify' || name === 'pre-token') world.lambdas.fault(name, ...faults);
      const ended = await person.answer(step, ticket);
      expect(ended.tokens, ended.message).toBeDefined();
      expect(runsOf(name, from)).toBeGreaterThanOrEqual(runs);
      expect(await consumed(member)).toBe(1);
      expect((await person.answer(step, ticket)).error).toBe('NotAuthorizedException');
    }
  });
});

describe('Create whose answers were lost twice', () => {
  let member: Member;
  beforeEach(async () => {
    member = await world.member('challenge');
  });

  it('leaves orphans that send nothing and are never consumed; the third answer serves', async () => {
    const person = world.person(member);
    const sent = world.served.mails.length;
    world.lambdas.fault('create', lost, lost);
    const step = await person.signIn();
    expect(await world.instances(member)).toHaveLength(3);
    expect(world.served.mails).toHaveLength(sent);
    expect((await person.answer(step, await world.pass(member, step.parameters.url ?? ''))).tokens).toBeDefined();
    expect(world.served.mails.slice(sent).filter(({ to }) => to.includes(member.email)).length).toBeGreaterThan(0);
    const states = (await world.instances(member)).map(({ state }) => state).sort();
    expect(states).toEqual(['CHALLENGE_REQUIRED', 'CHALLENGE_REQUIRED', 'CHALLENGE_SUCCEEDED']);
    expect(await consumed(member)).toBe(1);
  });

  it('ends the sign-in with the third', async () => {
    world.lambdas.fault('create', lost, lost, lost);
    expect(await world.person(member).signIn()).toMatchObject({ error: 'UnexpectedLambdaException' });
  });
});

describe('a consume whose answer is lost', () => {
  it('is repeated with the same answer by the same sign-in, and refused to any other', async () => {
    const member = await world.member('challenge');
    const [person, other] = [world.person(member), world.person(member)];
    const [step, theirs] = [await person.signIn(), await other.signIn()];
    const ticket = await world.pass(member, step.parameters.url ?? '');
    expect(await other.answer(theirs, ticket)).toMatchObject({ challenge: 'CUSTOM_CHALLENGE', tokens: undefined });
    world.lambdas.fault('verify', lost);
    expect((await person.answer(step, ticket)).tokens).toBeDefined();
    const late = await other.signIn();
    expect(await other.answer(late, ticket)).toMatchObject({ challenge: 'CUSTOM_CHALLENGE', tokens: undefined });
    expect(await consumed(member)).toBe(1);
  });
});

describe('two sign-ins of one user at a time, one of them an attacker’s who knows the password', () => {
  it('the victim’s proof lets in the victim alone', async () => {
    const member = await world.member('challenge');
    const [victim, attacker] = [world.person(member), world.person(member)];
    const [mine, theirs] = await Promise.all([victim.signIn(), attacker.signIn()]);
    const ticket = await world.pass(member, mine.parameters.url ?? '');
    for (const answer of ['continue', ticket]) {
      const again = await attacker.signIn();
      expect((await attacker.answer(again, answer)).tokens).toBeUndefined();
    }
    expect((await attacker.answer(theirs, ticket)).tokens).toBeUndefined();
    expect((await victim.answer(mine, ticket)).tokens).toBeDefined();
  });

  it('a forwarded link: what the victim proves there does not come to the attacker', async () => {
    const member = await world.member('challenge');
    const [victim, attacker] = [world.person(member), world.person(member)];
    const theirs = await attacker.signIn();
    // the victim opens the attacker's page, and its ticket comes to the victim's browser
    const ticket = await world.pass(member, theirs.parameters.url ?? '');
    const c = new URL(theirs.parameters.url ?? '').searchParams.get('c') ?? '';
    expect((await attacker.answer(theirs, 'continue')).tokens).toBeUndefined();
    expect((await attacker.answer(await attacker.signIn(), c)).tokens).toBeUndefined();
    expect((await victim.answer(await victim.signIn(), ticket)).tokens).toBeUndefined();
    expect(await consumed(member)).toBe(0);
  });
});
