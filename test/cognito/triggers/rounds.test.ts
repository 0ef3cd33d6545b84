import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { create, verify } from './support/events.ts';
import { comesTo, signIn } from './support/sign-in.ts';
import { createResponse, type Triggers, triggersOf, verifyResponse } from './support/triggers.ts';
import { startWorld, type World } from './support/world.ts';

let world: World;
let triggers: Triggers;
beforeAll(async () => {
  world = await startWorld();
  // the gate is another matter: here tokens are what Define says
  triggers = triggersOf(world.environment({ STEPWARD_GATE: 'scope' }));
});
afterAll(() => world.served.end());

const doing = (action: string): Triggers => triggersOf(world.environment({ STEPWARD_GATE: 'scope', STEPWARD_ACTION: action }));
const verdict = async (sub: string, kept: unknown, answer: unknown, request = {}, about = {}) =>
  (await verifyResponse(triggers.verify, verify(sub, kept, answer, request, about))).answerCorrect;
const challenged = async (sub: string) => {
  const going = await signIn(triggers, sub);
  const { publicChallengeParameters, privateChallengeParameters } = going.round;
  return { going, url: publicChallengeParameters.url ?? '', kept: privateChallengeParameters };
};

describe('a sign-in through a server of Stepward', () => {
  it('that is allowed asks nothing, and leaves one instance', async () => {
    const sub = world.person();
    const going = await signIn(doing('open'), sub);
    expect(going.round).toEqual({
      publicChallengeParameters: { stepward: '1', mode: 'none' },
      privateChallengeParameters: { v: '1', state: 'ALLOW', key: expect.any(String), sub },
      challengeMetadata: 'stepward:1',
    });
    expect(await going.answer('continue')).toBe('tokens');
    expect(await world.instances(sub)).toMatchObject([{ state: 'ALLOW', idempotencyKey: going.round.privateChallengeParameters.key }]);
  });

  it('that is challenged shows an address and a time, and keeps the rest to Cognito', async () => {
    const { going } = await challenged(await world.enrolled());
    const { publicChallengeParameters, privateChallengeParameters, challengeMetadata } = going.round;
    expect(publicChallengeParameters).toEqual({
      stepward: '1',
      mode: 'challenge',
      url: expect.stringMatching(/^http:\/\/localhost:\d+\/challenge\?c=[\w-]{22}$/),
      expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    expect(challengeMetadata).toBe('stepward:1');
    const shown = JSON.stringify([publicChallengeParameters, challengeMetadata]);
    for (const name of ['key', 'consumeKey', 'nonce', 'sub']) expect(shown).not.toContain(privateChallengeParameters[name]);
  });

  it.each(['redirect', 'popup'] as const)('goes on after the page was passed (%s)', async (mode) => {
    const sub = await world.enrolled();
    const { going, url, kept } = await challenged(sub);
    expect(await going.answer(await world.pass(sub, url, mode))).toBe('tokens');
    const [instance] = await world.instances(sub);
    expect(instance).toMatchObject({ idempotencyKey: kept.key, state: 'CHALLENGE_SUCCEEDED', consumedAt: expect.any(String) });
  });

  it('may fail a round, and go on in the next by its own challenge alone', async () => {
    const sub = await world.enrolled();
    const { going, url } = await challenged(sub);
    expect(await going.answer('continue')).toBe('challenge');
    const second = going.round.publicChallengeParameters.url ?? '';
    expect(second).not.toBe(url);
    // the challenge of the round before was passed, too late
    expect(await going.answer(await world.pass(sub, url))).toBe('challenge');
    const third = going.round.publicChallengeParameters.url ?? '';
    expect(await going.answer(await world.pass(sub, third))).toBe('tokens');
  });

  it('fails after three', async () => {
    const { going } = await challenged(await world.enrolled());
    expect(await going.answer('no')).toBe('challenge');
    expect(await going.answer('no')).toBe('challenge');
    expect(await going.answer('no')).toBe('fail');
  });

  it('that is blocked or under review ends at once; once approved, the next one of that device goes on, once', async () => {
    expect(await comesTo(doing('shut'), world.person())).toBe('[stepward:blocked:<ref>] Sign-in was blocked');
    const sub = world.person();
    const held = doing('held');
    const metadata = { clientMetadata: { stepward_device: '0b6f0f9e-5c1e-4b62-9a2b-3b7b6f1d2a11' } };
    await expect(signIn(held, sub, metadata)).rejects.toThrow(/^\[stepward:review:[0-9a-f-]{36}\] /);
    const [{ idempotencyKey }] = (await world.instances(sub)) as [{ idempotencyKey: string }];
    await world.served.api.updateAction({ userId: sub, action: 'held', idempotencyKey }, { state: 'REVIEW_SUCCEEDED' });
    world.served.pass(60_000);
    expect(await (await signIn(held, sub, metadata)).answer('continue')).toBe('tokens');
    await expect(signIn(held, sub, metadata)).rejects.toThrow(/^\[stepward:review:/);
  });

  it('under STEPWARD_COGNITO_DEFER goes through the page, which lets in without a question', async () => {
    const deferring = triggersOf(world.environment({ STEPWARD_GATE: 'scope', STEPWARD_ACTION: 'open', STEPWARD_COGNITO_DEFER: 'true' }));
    for (const mode of ['redirect', 'popup'] as const) {
      const sub = world.person();
      const going = await signIn(deferring, sub);
      expect(going.round.publicChallengeParameters.mode).toBe('challenge');
      const url = going.round.publicChallengeParameters.url ?? '';
      expect(await going.answer(await world.pass(sub, url, mode))).toBe('tokens');
    }
  });

  it('of a client that pops up is tracked without an address to return to', async () => {
    const sub = await world.enrolled();
    const going = await signIn(triggers, sub, {}, { clientId: 'client-popup' });
    expect(await going.answer(await world.pass(sub, going.round.publicChallengeParameters.url ?? '', 'popup'))).toBe('tokens');
  });
});

describe('each trigger may be called up to three times with the same event', () => {
  it.each([
    ['one after the other', async (run: () => Promise<unknown>) => [await run(), await run(), await run()]],
    ['at once', (run: () => Promise<unknown>) => Promise.all([run(), run(), run()])],
  ])('Create, %s: one can be reached, the others are never consumed and send nothing', async (_, thrice) => {
    const sub = await world.enrolled();
    const mails = world.served.mails.length;
    const rounds = (await thrice(() => createResponse(triggers.create, create(sub)))) as Awaited<ReturnType<typeof createResponse>>[];
    expect(new Set(rounds.map(({ privateChallengeParameters }) => privateChallengeParameters.key)).size).toBe(3);
    // Cognito keeps the answer that came
    const [reached, ...orphans] = rounds;
    const answer = await world.pass(sub, reached?.publicChallengeParameters.url ?? '');
    expect(await verdict(sub, reached?.privateChallengeParameters, answer)).toBe(true);
    for (const { privateChallengeParameters } of orphans) expect(await verdict(sub, privateChallengeParameters, answer)).toBe(false);
    world.served.pass(3_600_000);
    const states = (await world.instances(sub)).map(({ state, consumedAt }) => [state, consumedAt !== undefined]);
    expect(states.sort()).toEqual([
      ['CHALLENGE_FAILED', false],
      ['CHALLENGE_FAILED', false],
      ['CHALLENGE_SUCCEEDED', true],
    ]);
    expect(world.served.mails.length - mails).toBe(1);
  });

  it.each([
    ['one after the other', async (run: () => Promise<boolean>) => [await run(), await run(), await run()]],
    ['at once', (run: () => Promise<boolean>) => Promise.all([run(), run(), run()])],
  ])('Verify, %s: the same answer, one consume', async (_, thrice) => {
    const sub = await world.enrolled();
    const { url, kept } = await challenged(sub);
    const answer = await world.pass(sub, url);
    expect(await thrice(() => verdict(sub, kept, answer))).toEqual([true, true, true]);
    const { timeline } = (await world.served.api.explain({ userId: sub, action: 'signIn', idempotencyKey: kept.key ?? '' })) as {
      timeline: { event: string }[];
    };
    expect(timeline.filter(({ event }) => event === 'consumed')).toHaveLength(1);
  });

  it('a Verify whose answer was lost says true again; one of another session says false, and so does a late one', async () => {
    const sub = await world.enrolled();
    const [first, second] = [await challenged(sub), await challenged(sub)];
    const answer = await world.pass(sub, first.url);
    expect(await verdict(sub, first.kept, answer)).toBe(true);
    expect(await verdict(sub, first.kept, answer)).toBe(true);
    expect(await verdict(sub, second.kept, answer)).toBe(false);
    world.served.pass(61_000);
    expect(await verdict(sub, first.kept, answer)).toBe(false);
  });
});

describe('two sign-ins of one user at once, one by an attacker', () => {
  it.each(['redirect', 'popup'] as const)('the proof of the victim lets in the sign-in of the victim alone (%s)', async (mode) => {
    const sub = await world.enrolled();
    const [victim, attacker] = await Promise.all([challenged(sub), challenged(sub)]);
    const proof = await world.pass(sub, victim.url, mode);
    expect(await attacker.going.answer(proof)).toBe('challenge');
    expect(await victim.going.answer(proof)).toBe('tokens');
  });

  it('a forwarded link: what the victim passes stays in his browser, and its sender has nothing to answer with', async () => {
    const sub = await world.enrolled();
    const attacker = await challenged(sub);
    // he opens the address of the attacker and passes; the ticket is in his browser, which signs in nowhere
    await world.pass(sub, attacker.url);
    for (const guess of ['continue', 'stepward_ticket', attacker.url, 'x'.repeat(22)])
      expect(await verdict(sub, attacker.kept, guess)).toBe(false);
    expect((await world.instances(sub))[0]).toMatchObject({ state: 'CHALLENGE_SUCCEEDED' });
    expect((await world.instances(sub))[0]).not.toHaveProperty('consumedAt');
  });
});

type Wrong = [name: string, kept: unknown, answer: unknown, request?: object, about?: object];
const otherThan = (one: string | undefined, other: string | undefined) => (one === other ? 'other' : other);

describe('an answer counts for its user, action, instance and round alone', () => {
  it('any other is false, and its own still counts afterwards', async () => {
    const [sub, other] = [await world.enrolled(), await world.enrolled()];
    const { url, kept } = await challenged(sub);
    const theirs = await challenged(other);
    const [answer, theirAnswer] = [await world.pass(sub, url), await world.pass(other, theirs.url)];
    const without = (name: string) => Object.fromEntries(Object.entries(kept).filter(([key]) => key !== name));
    const wrong: readonly Wrong[] = [
      ['the answer of another user', kept, theirAnswer],
      ['what was kept for another user', theirs.kept, answer],
      ['another user', kept, answer, { userAttributes: { sub: other } }],
      ['a user without a sub', kept, answer, { userAttributes: {} }],
      ['no user', kept, answer, { userAttributes: null }],
      ['a user that does not exist', kept, answer, { userNotFound: true }],
      ['another pool', kept, answer, {}, { userPoolId: 'eu-west-1_Other' }],
      ['another client', kept, answer, {}, { clientId: 'client-popup' }],
      ['nothing kept', undefined, answer],
      ['nothing kept, as null', null, answer],
      ['`continue`', kept, 'continue'],
      ['the key itself', kept, kept.key],
      ['the nonce', kept, kept.nonce],
      ['no answer', kept, undefined],
      ['an empty one', kept, ''],
      ['a list', kept, [answer]],
      ['an object', kept, { ticket: answer }],
      ['true', kept, true],
      ['a longer one', kept, `${answer}x`],
      ['4 KiB', kept, 'x'.repeat(4096)],
      ['more', kept, 'x'.repeat(4097)],
      ['a token of the same form', kept, 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.AAAA'],
      ...['v', 'state', 'key', 'consumeKey', 'nonce', 'action', 'sub'].flatMap((name): Wrong[] => [
        [`without its ${name}`, without(name), answer],
        // another consumeKey would be another use: the only one so far
        ...(name === 'consumeKey'
          ? []
          : [[`with another ${name}`, { ...kept, [name]: otherThan(kept[name], theirs.kept[name]) }, answer] as Wrong]),
        [`with its ${name} in a list`, { ...kept, [name]: [kept[name]] }, answer],
      ]),
      ['with the action of another', { ...kept, action: 'open' }, answer],
      ['with a path for a key', { ...kept, key: '../../other' }, answer],
    ];
    // another consumeKey is another use, not another login: it is the only use so far
    for (const [name, parameters, given, request, about] of wrong)
      expect([name, await verdict(sub, parameters, given, request, about)]).toEqual([name, false]);
    expect(await verdict(sub, kept, answer)).toBe(true);
    expect(await verdict(sub, { ...kept, consumeKey: theirs.kept.consumeKey }, answer)).toBe(false);
  });
});

describe('two users, one warm process', () => {
  it('their sign-ins, step by step in turn, do not cross', async () => {
    const people = [await world.enrolled(), await world.enrolled(), await world.enrolled()];
    const all = await Promise.all(people.map((sub) => challenged(sub)));
    const answers: string[] = [];
    for (const [at, sub] of people.entries()) answers.push(await world.pass(sub, all[at]?.url ?? ''));
    for (const [at, { kept }] of all.entries())
      for (const [from, answer] of answers.entries()) if (at !== from) expect(await verdict(people[at] ?? '', kept, answer)).toBe(false);
    expect(await Promise.all(all.map(({ going }, at) => going.answer(answers[at] ?? '')))).toEqual(['tokens', 'tokens', 'tokens']);
    for (const sub of people) expect((await world.instances(sub)).filter(({ consumedAt }) => consumedAt !== undefined)).toHaveLength(1);
  });
});
