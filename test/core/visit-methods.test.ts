import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres } from '../support/postgres.ts';
import { createBrowser, createWorld, type World } from '../support/stepward.ts';
import { refusalOf, track } from '../support/use-cases.ts';
import { createProver, guessable, isSent, type OpenVisit, openVisit, type Prover, provable } from './visit-prover.ts';

const postgres = await startPostgres();
afterAll(() => postgres?.stop());
const stores = postgres ? (['SQLite', 'PostgreSQL'] as const) : (['SQLite'] as const);
const on = <M extends string>(methods: readonly M[]) => stores.flatMap((store) => methods.map((method) => [method, store] as const));
/** A Stepward on a database of its own. */
const worldOn = async (store: (typeof stores)[number]): Promise<World> =>
  createWorld(store === 'PostgreSQL' && postgres ? { databaseUrl: await postgres.database() } : {});

describe.each(on(provable))('an answer by %s (%s)', { timeout: 60_000 }, (method, store) => {
  let world: World;
  let person: Prover;
  let number = 0;
  /** How long an answer of this method is taken, and the challenge twice as long. */
  const life = method === 'EMAIL_MAGIC_LINK' ? 600_000 : 300_000;
  beforeAll(async () => {
    world = await worldOn(store);
    await world.configure('signIn', { defaultUserActionResult: 'CHALLENGE', challengeExpiresIn: (2 * life) / 1000 });
    await world.configure('without', {
      defaultUserActionResult: 'CHALLENGE',
      verificationMethods: provable.filter((one) => one !== method),
    });
    await world.configure('transaction', { defaultUserActionResult: 'CHALLENGE' });
  });
  afterAll(() => world.end());

  const someone = () => createProver(world, method, `person-${number++}`);
  const stateOf = async (visit: OpenVisit, { userId }: Prover = person, action = 'signIn') =>
    (await world.stepward.getAction({ userId, action, idempotencyKey: visit.idempotencyKey })).state;

  it('right: the challenge is met by it, now', async () => {
    person = await someone();
    const visit = await openVisit(world, person);
    expect((await visit.answer(person.right(visit.ceremony))).error).toBeUndefined();
    expect(await world.stepward.getAction({ userId: person.userId, action: 'signIn', idempotencyKey: visit.idempotencyKey })).toMatchObject(
      {
        state: 'CHALLENGE_SUCCEEDED',
        verificationMethod: method,
        stateUpdatedAt: new Date(world.now()).toISOString(),
      },
    );
  });

  it('wrong: one try less, nothing met; nor by an empty or ill-formed one', async () => {
    person = await someone();
    const visit = await openVisit(world, person);
    const answers = [person.wrong(visit.ceremony), '', undefined, { id: 'x' }];
    for (const [index, response] of answers.entries())
      expect(await visit.answer(response)).toMatchObject({
        error: 'wrong',
        view: { page: 'ceremony', ceremony: { triesLeft: 4 - index } },
      });
    expect(await stateOf(visit)).toBe('CHALLENGE_REQUIRED');
    expect((await visit.answer(person.right(visit.ceremony))).error).toBeUndefined();
    expect(await stateOf(visit)).toBe('CHALLENGE_SUCCEEDED');
  });

  it('five wrong ones: this ceremony takes no more, not even the right one', async () => {
    person = await someone();
    const visit = await openVisit(world, person);
    for (let tries = 0; tries < 4; tries++) await visit.answer(person.wrong(visit.ceremony));
    expect(await visit.answer(person.wrong(visit.ceremony))).toMatchObject({ error: 'spent', view: { page: 'choose' } });
    expect(await visit.answer(person.right(visit.ceremony))).toMatchObject({ error: 'late' });
    expect(await stateOf(visit)).toBe('CHALLENGE_REQUIRED');
    world.pass(31_000);
    const { view } = await visit.browser.act(visit.url, { do: 'choose', method });
    expect(view).toMatchObject({ page: 'ceremony', ceremony: { triesLeft: 5 } });
    if (view.page !== 'ceremony') return;
    await visit.browser.act(visit.url, {
      do: 'answer',
      challengeId: view.ceremony.challengeId,
      response: await person.right(view.ceremony),
    });
    expect(await stateOf(visit)).toBe('CHALLENGE_SUCCEEDED');
  });

  it('late: past its time the right one is none, and costs no try; past the challenge nothing is', async () => {
    person = await someone();
    const visit = await openVisit(world, person);
    const right = await person.right(visit.ceremony);
    world.pass(life);
    expect(await visit.answer(right)).toMatchObject({ error: 'late', view: { page: 'ceremony', ceremony: { triesLeft: 5 } } });
    expect(await stateOf(visit)).toBe('CHALLENGE_REQUIRED');
    world.pass(life);
    expect(await visit.answer(right)).toMatchObject({ view: { page: 'expired' } });
    expect(await stateOf(visit)).toBe('CHALLENGE_FAILED');
  });

  it('after a late one the same page goes on: a new code is sent, all else is asked for anew at once', async () => {
    person = await someone();
    const visit = await openVisit(world, person);
    world.pass(life);
    const late = await visit.answer(person.right(visit.ceremony));
    const { view } = isSent(method) ? await visit.browser.act(visit.url, { do: 'resend' }) : late;
    if (view.page !== 'ceremony') throw new Error(view.page);
    const { challengeId } = view.ceremony;
    const response = await person.right(view.ceremony);
    expect((await visit.browser.act(visit.url, { do: 'answer', challengeId, response })).error).toBeUndefined();
    expect(await stateOf(visit)).toBe('CHALLENGE_SUCCEEDED');
  });

  it('a second use: not on the same challenge, not on another', async () => {
    person = await someone();
    const visit = await openVisit(world, person);
    const right = await person.right(visit.ceremony);
    await visit.answer(right);
    expect(await visit.answer(right)).toMatchObject({ error: 'late' });
    if (isSent(method)) world.pass(31_000);
    const next = await openVisit(world, person);
    expect(await next.answer(right)).toMatchObject({ error: 'wrong' });
    expect(await stateOf(next)).toBe('CHALLENGE_REQUIRED');
  });

  it('another user’s: wrong, and not used up for him', async () => {
    const owner = await someone();
    person = await someone();
    const his = await openVisit(world, owner);
    const right = await owner.right(his.ceremony);
    const mine = await openVisit(world, person);
    expect(await mine.answer(right)).toMatchObject({ error: 'wrong' });
    expect(await stateOf(mine)).toBe('CHALLENGE_REQUIRED');
    expect((await his.answer(right)).error).toBeUndefined();
    expect(await stateOf(his, owner)).toBe('CHALLENGE_SUCCEEDED');
  });

  it('to a ceremony of another challenge: none of this one’s', async () => {
    person = await someone();
    const first = await openVisit(world, person);
    world.pass(31_000);
    const second = await openVisit(world, person);
    const response = await person.right(second.ceremony);
    const { challengeId } = second.ceremony;
    expect(await first.browser.act(first.url, { do: 'answer', challengeId, response })).toMatchObject({ error: 'late' });
    expect(await stateOf(first)).toBe('CHALLENGE_REQUIRED');
    expect(await stateOf(second)).toBe('CHALLENGE_REQUIRED');
  });

  it('of an authenticator that was removed meanwhile: none', async () => {
    person = await someone();
    const visit = await openVisit(world, person);
    const right = await person.right(visit.ceremony);
    for (const { userAuthenticatorId } of await world.stepward.getAuthenticators(person.userId))
      await world.stepward.deleteAuthenticator(person.userId, String(userAuthenticatorId));
    await visit.answer(right);
    expect(await stateOf(visit)).toBe('CHALLENGE_REQUIRED');
    expect((await world.store.user(person.userId))?.authenticators).toEqual([]);
  });

  it('where it is not permitted it completes nothing', async () => {
    person = await someone();
    const action = method === 'RECOVERY_CODE' ? 'transaction' : 'without';
    const display = method === 'RECOVERY_CODE' ? [{ label: 'To', value: 'Bob' }] : undefined;
    const { url, idempotencyKey, allowedVerificationMethods } = await track(world, { userId: person.userId, action, display });
    expect(allowedVerificationMethods).not.toContain(method);
    const browser = createBrowser(world);
    await browser.open(url);
    const choose = browser.act(url, { do: 'choose', method });
    if (method === 'RECOVERY_CODE') return expect(await refusalOf(choose)).toEqual({ code: 'method_not_permitted' });
    // it is the strongest that he has: it lets him enroll what is permitted, and no more
    const { view } = await choose;
    if (view.page !== 'ceremony') throw new Error(view.page);
    const { challengeId } = view.ceremony;
    expect(await browser.act(url, { do: 'answer', challengeId, response: await person.right(view.ceremony) })).toMatchObject({
      view: { page: 'enroll', optional: false },
    });
    expect((await world.stepward.getAction({ userId: person.userId, action, idempotencyKey })).state).toBe('CHALLENGE_REQUIRED');
    expect(await browser.leave(url)).toBeUndefined();
  });
});

describe.each(on(guessable))('guessing %s (%s)', { timeout: 60_000 }, (method, store) => {
  let world: World;
  beforeAll(async () => {
    world = await worldOn(store);
  });
  afterAll(() => world.end());

  /** Wrong answers on as many new challenges as it takes, each from a browser of its own. */
  const fail = async (person: Prover, times: number): Promise<readonly (string | undefined)[]> => {
    const errors: (string | undefined)[] = [];
    while (errors.length < times) {
      const visit = await openVisit(world, person);
      for (let tries = 0; tries < 5 && errors.length < times; tries++)
        errors.push((await visit.answer(person.wrong(visit.ceremony))).error);
      world.pass(31_000);
    }
    return errors;
  };

  it('the budget is of user and method: ten failures over any number of challenges and browsers, then a wait that grows', async () => {
    const person = await createProver(world, method, 'gus');
    expect(await fail(person, 10)).toEqual(['wrong', 'wrong', 'wrong', 'wrong', 'spent', 'wrong', 'wrong', 'wrong', 'wrong', 'spent']);
    // the first wait of 30 s is over: one more guess, then the next wait is longer
    const visit = await openVisit(world, person);
    expect(await visit.answer(person.wrong(visit.ceremony))).toMatchObject({ error: 'wrong' });
    const waiting = await visit.answer(person.right(visit.ceremony));
    expect(waiting).toMatchObject({
      error: 'wait',
      view: { page: 'ceremony', waitUntil: world.now() + 60_000, ceremony: { triesLeft: 4 } },
    });
    world.pass(59_999);
    expect(await visit.answer(person.right(visit.ceremony))).toMatchObject({ error: 'wait' });
    world.pass(1);
    expect((await visit.answer(person.right(visit.ceremony))).error).toBeUndefined();
  });

  // some hundred transactions one after another; that nodes and stores count alike, the tests of limits show
  it.runIf(store === 'SQLite')('after fifty in a row it ends: a right answer is not taken any more, however long one waits', async () => {
    const person = await createProver(world, method, 'ivo');
    let taken = 0;
    for (let rounds = 0; rounds < 80 && taken < 60; rounds++) {
      world.pass(3_600_000);
      const visit = await openVisit(world, person);
      for (let tries = 0; tries < 5; tries++) if ((await visit.answer(person.wrong(visit.ceremony))).error !== 'wait') taken += 1;
    }
    expect(taken).toBe(50);
    world.pass(30 * 86_400_000);
    const visit = await openVisit(world, person);
    expect(await visit.answer(person.right(visit.ceremony))).toMatchObject({
      error: 'wait',
      view: { waitUntil: Number.POSITIVE_INFINITY },
    });
  });
});
