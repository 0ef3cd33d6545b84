import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CognitoWorld, type Member, startCognitoWorld } from './world.ts';

let world: CognitoWorld;
beforeAll(async () => {
  world = await startCognitoWorld();
});
afterAll(() => world?.end());

const metadata = {
  stepward_device: 'device-that-is-secret',
  stepward_user_agent: 'agent-that-is-secret',
  other: 'metadata-that-is-secret',
};

/** Every text of an answer's parameters, tokens and session, and every part of its tokens. */
const textsIn = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return value.length > 7 ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
};

describe('the log of a whole run', () => {
  it('holds no password, answer, token, key or attribute', async () => {
    const secrets = new Set<string>([world.served.serverKey, ...Object.values(metadata)]);
    const note = <T>(value: T): T => {
      for (const text of textsIn(value)) secrets.add(text);
      return value;
    };
    const people: Member[] = [];
    for (const decision of ['allow', 'challenge', 'block', 'review', 'challenge'] as const) {
      const member = note(await world.member(decision, { groups: ['group-that-is-secret'] }));
      people.push(member);
      const person = world.person(member, { metadata });
      const { step: asked, responses } = await person.beginSrp('CUSTOM_AUTH');
      const step = await person.respond(note(asked), note(responses()));
      if (step.challenge === undefined) continue;
      const wrong = note(await person.answer(note(step), 'wrong-answer-that-is-secret'));
      const now = decision === 'allow' ? wrong : step;
      if (now.tokens || decision !== 'challenge') continue;
      const ticket = note(await world.pass(member, wrong.parameters.url ?? ''));
      const { tokens } = note(await person.answer(wrong, ticket));
      expect(tokens).toBeDefined();
      expect((await person.refresh(tokens?.RefreshToken ?? '')).tokens).toBeDefined();
    }
    const unknown = world.person({ username: 'nobody-that-is-secret', password: 'Wrong-that-is-secret' });
    await unknown.signIn();
    await world.lambdas.kill('verify');
    for (const name of ['wrong-answer-that-is-secret', 'nobody-that-is-secret', 'Wrong-that-is-secret', 'group-that-is-secret'])
      secrets.add(name);
    for (const { event, ran } of world.lambdas.invocations) {
      const { userAttributes, privateChallengeParameters, clientMetadata } = event.request as Readonly<Record<string, object>>;
      const { response } = (ran && !ran.failure ? ran.answer : {}) as { readonly response?: object };
      note([userAttributes, clientMetadata]);
      const { key: _, ...kept } = { ...privateChallengeParameters, ...response } as Readonly<Record<string, unknown>>;
      note([kept.nonce, kept.consumeKey]);
    }
    // words of the protocol that every sign-in has
    for (const word of ['CUSTOM_CHALLENGE', 'PASSWORD_VERIFIER', 'challenge', 'CONFIRMED']) secrets.delete(word);
    expect(world.lambdas.logs.length).toBeGreaterThanOrEqual(world.lambdas.invocations.length - 1);
    for (const line of world.lambdas.logs) {
      expect(
        Object.keys(JSON.parse(line)).every((name) => ['stepward', 'outcome', 'ms', 'attempt', 'instance'].includes(name)),
        line,
      ).toBe(true);
      for (const secret of secrets) expect(line.includes(secret), `${secret} in ${line}`).toBe(false);
    }
  });
});

describe('two users through one warm process', () => {
  it('nothing of one comes to the other', async () => {
    await world.configure();
    const [ann, ben] = [await world.member('challenge'), await world.member('challenge')];
    const [first, second] = [world.person(ann, { metadata }), world.person(ben)];
    const before = world.lambdas.coldStarts('create');
    const [stepOfAnn, stepOfBen] = [await first.signIn(), await second.signIn()];
    const [ticketOfAnn, ticketOfBen] = [
      await world.pass(ann, stepOfAnn.parameters.url ?? ''),
      await world.pass(ben, stepOfBen.parameters.url ?? ''),
    ];
    // another sign-in of the one with the ticket of the other
    const crossed = await second.answer(await second.signIn(), ticketOfAnn);
    expect(crossed).toMatchObject({ challenge: 'CUSTOM_CHALLENGE', tokens: undefined });
    const { tokens } = await first.answer(stepOfAnn, ticketOfAnn);
    expect(await world.pool.verify(tokens?.IdToken ?? '')).toMatchObject({ sub: ann.sub, email: ann.email });
    const { tokens: own } = await second.answer(stepOfBen, ticketOfBen);
    expect(await world.pool.verify(own?.IdToken ?? '')).toMatchObject({ sub: ben.sub, email: ben.email });
    expect(world.lambdas.coldStarts('create') - before).toBe(1);
    const [device] = (await world.instances(ben)).map(({ deviceId }) => deviceId);
    expect(device).not.toBe(metadata.stepward_device);
  });
});
