import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBase32, totpAt } from '../adapters/authenticators/rfc6238.ts';
import { createBrowser, createWorld, type TestBrowser, type World } from '../support/stepward.ts';
import { browserElsewhere, ceremonyOf, enrolledByEmail, secondNode, start, track, wrongCode } from '../support/use-cases.ts';
import { createProver, openVisit, provable } from './visit-prover.ts';

describe('many at once', () => {
  let world: World;
  let other: Awaited<ReturnType<typeof secondNode>>;
  beforeAll(async () => {
    world = await createWorld();
    other = await secondNode(world);
  });
  afterAll(async () => {
    await other.close();
    await world.end();
  });

  /** Requests go to the two nodes by turns. */
  const eitherNode = (): Pick<World, 'stepward'> => {
    let turn = 0;
    const visits = () => (turn++ % 2 ? other : world).stepward.visits;
    return {
      stepward: {
        ...world.stepward,
        visits: {
          open: (...request) => visits().open(...request),
          enter: (...request) => visits().enter(...request),
          act: (...request) => visits().act(...request),
          moveToWindow: (...request) => visits().moveToWindow(...request),
          waiting: (...request) => visits().waiting(...request),
          leave: (...request) => visits().leave(...request),
        },
      },
    };
  };

  it.each(provable)('200 submissions of one right answer by %s, over two nodes: one success, and no failure is counted', async (method) => {
    const person = await createProver(world, method, `many-${method}`);
    const visit = await openVisit(world, person, {}, createBrowser(eitherNode()));
    const response = await person.right(visit.ceremony);
    const answers = await Promise.all(Array.from({ length: 200 }, () => visit.answer(response)));
    expect(answers.filter(({ error }) => error === undefined)).toHaveLength(1);
    expect(answers.filter(({ error }) => error === 'late')).toHaveLength(199);
    const ref = { userId: person.userId, action: 'signIn', idempotencyKey: visit.idempotencyKey };
    const { timeline } = (await world.stepward.explain(ref)) as { readonly timeline: readonly { readonly event: string }[] };
    expect(timeline.map(({ event }) => event).filter((event) => event === 'challenge-succeeded')).toHaveLength(1);
    expect(timeline.map(({ event }) => event)).not.toContain('attempt-failed');
  });

  it.each(['AUTHENTICATOR_APP', 'RECOVERY_CODE'] as const)('one %s typed on two challenges at once meets one of them', async (method) => {
    const person = await createProver(world, method, `both-${method}`);
    const visits = [await openVisit(world, person), await openVisit(world, person)];
    const [first] = visits;
    const response = first && person.right(first.ceremony);
    const answers = await Promise.all(visits.map((visit) => visit.answer(response)));
    expect(answers.map(({ error }) => error).sort()).toEqual(['wrong', undefined]);
  });

  it('two visits of one user are apart: cancelling one leaves the other', async () => {
    const email = await enrolledByEmail(world, 'dual');
    const [one, two] = [createBrowser(world), browserElsewhere(world)];
    const first = await track(world, { userId: 'dual' });
    const second = await track(world, { userId: 'dual' });
    await one.open(first.url);
    await two.open(second.url);
    const { challengeId } = await start(two, second.url, 'EMAIL_OTP');
    await one.act(first.url, { do: 'cancel' });
    expect(await one.act(first.url, { do: 'answer', challengeId, response: world.codeTo(email) })).toMatchObject({ error: 'late' });
    expect((await two.act(second.url, { do: 'answer', challengeId, response: world.codeTo(email) })).error).toBeUndefined();
    const stateOf = async ({ idempotencyKey }: typeof first) =>
      (await world.stepward.getAction({ userId: 'dual', action: 'signIn', idempotencyKey })).state;
    expect([await stateOf(first), await stateOf(second)]).toEqual(['CHALLENGE_FAILED', 'CHALLENGE_SUCCEEDED']);
  });

  it('one code is sent, however many tabs ask at once', async () => {
    const email = await enrolledByEmail(world, 'tabs');
    const browser = createBrowser(world);
    const { url } = await track(world, { userId: 'tabs' });
    await browser.open(url);
    const ask = () => browser.act(url, { do: 'choose', method: 'EMAIL_OTP' });
    await Promise.all(Array.from({ length: 20 }, ask));
    // whoever looks again a moment later sees the page of the code that is on its way, and no error
    expect(await ask()).toMatchObject({ error: undefined, view: { page: 'ceremony', ceremony: { method: 'EMAIL_OTP' } } });
    expect(world.mails.filter(({ to }) => to === email)).toHaveLength(1);
  });

  it('two tabs that are first at once share the visit; two browsers do not', async () => {
    await enrolledByEmail(world, 'race');
    const { url } = await track(world, { userId: 'race' });
    const strangers = Array.from({ length: 10 }, () => createBrowser(world));
    const views = await Promise.all(strangers.map((browser) => browser.open(url)));
    expect(views.filter(({ view }) => view.page !== 'neutral')).toHaveLength(1);
    const again = await track(world, { userId: 'race' });
    const known = createBrowser(world);
    await known.open((await track(world, { userId: 'race' })).url);
    const tabs = await Promise.all([known.open(again.url), known.open(again.url)]);
    expect(tabs.map(({ view }) => view.page)).toEqual(['choose', 'choose']);
  });
});

describe('what is shown once', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    const app = { defaultUserActionResult: 'CHALLENGE', verificationMethods: ['AUTHENTICATOR_APP'] };
    await world.configure('app', { ...app, enrollment: 'allow' });
  });
  afterAll(() => world.end());

  const enrolling = async (userId: string) => {
    const answer = await track(world, { userId, action: 'app', binding: 'login' });
    const browser = createBrowser(world);
    await browser.open(answer.url);
    return { answer, browser, url: answer.url };
  };
  const secretOf = (shown: unknown) => (shown as { readonly secret: string }).secret;
  const codeOf = (secret: string) => totpAt(fromBase32(secret), world.now() / 1000);

  it('recovery codes: until the person says that they are saved, then never again', async () => {
    const { browser, url } = await enrolling('ron');
    const { challengeId, shown } = ceremonyOf(await browser.act(url, { do: 'enroll', method: 'AUTHENTICATOR_APP' }));
    const { view } = await browser.act(url, { do: 'answer', challengeId, response: codeOf(secretOf(shown)) });
    expect(view).toMatchObject({ page: 'recovery-codes', codes: { length: 10 } });
    const codes = view.page === 'recovery-codes' ? view.codes : [];
    expect((await browser.open(url)).view).toMatchObject({ codes });
    expect(await browser.leave(url)).toBeUndefined();
    expect((await browser.act(url, { do: 'skip' })).view).toMatchObject({ codes });
    const saved = await browser.act(url, { do: 'codes-saved' });
    expect(saved.view.page).toBe('leave');
    for (const answer of [await browser.open(url), await browser.act(url, { do: 'back' }), await browser.act(url, { do: 'codes-saved' })])
      expect(JSON.stringify(answer)).not.toContain(codes[0]);
  });

  it('recovery codes that were never saved are not shown once the login was used', async () => {
    const { answer, browser, url } = await enrolling('rob');
    const { challengeId, shown } = ceremonyOf(await browser.act(url, { do: 'enroll', method: 'AUTHENTICATOR_APP' }));
    await browser.act(url, { do: 'answer', challengeId, response: codeOf(secretOf(shown)) });
    await world.stepward.updateAction({ userId: 'rob', action: 'app', idempotencyKey: answer.idempotencyKey }, { state: 'BLOCK' });
    expect((await browser.open(url)).view).toMatchObject({ page: 'blocked' });
  });

  it('a secret that was shown and not confirmed is none: not after going back, not in the next visit', async () => {
    const { browser, url } = await enrolling('sid');
    const first = ceremonyOf(await browser.act(url, { do: 'enroll', method: 'AUTHENTICATOR_APP' }));
    await browser.act(url, { do: 'back' });
    const second = ceremonyOf(await browser.act(url, { do: 'enroll', method: 'AUTHENTICATOR_APP' }));
    expect(secretOf(second.shown)).not.toBe(secretOf(first.shown));
    const old = codeOf(secretOf(first.shown));
    expect(await browser.act(url, { do: 'answer', challengeId: first.challengeId, response: old })).toMatchObject({ error: 'late' });
    expect(await browser.act(url, { do: 'answer', challengeId: second.challengeId, response: old })).toMatchObject({ error: 'wrong' });
    await browser.act(url, { do: 'cancel' });
    expect(await world.stepward.getUser('sid')).toMatchObject({ isEnrolled: false });
    const next = await enrolling('sid');
    const third = ceremonyOf(await next.browser.act(next.url, { do: 'enroll', method: 'AUTHENTICATOR_APP' }));
    const response = codeOf(secretOf(second.shown));
    expect(await next.browser.act(next.url, { do: 'answer', challengeId: third.challengeId, response })).toMatchObject({ error: 'wrong' });
    expect(await world.stepward.getAuthenticators('sid')).toEqual([]);
  });
});

describe('the budget of a user’s own devices is apart from everybody else’s', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.end());

  it('failures from elsewhere do not keep him out on a device where he succeeded; fresh cookies gain nothing', async () => {
    const person = await createProver(world, 'AUTHENTICATOR_APP', 'own');
    const mine = createBrowser(world);
    const login = await openVisit(world, person, { binding: 'login' }, mine);
    await login.answer(person.right(login.ceremony));
    const ticket = (await mine.leave(login.url))?.target?.ticket;
    await world.stepward.consume({ userId: 'own', action: 'signIn', idempotencyKey: login.idempotencyKey }, { binding: 'login', ticket });
    world.pass(60_000);

    const tried = async (browser: TestBrowser, right: boolean) => {
      const visit = await openVisit(world, person, {}, browser);
      return (await visit.answer(right ? person.right(visit.ceremony) : person.wrong(visit.ceremony))).error;
    };
    for (let tries = 0; tries < 10; tries++) expect(await tried(browserElsewhere(world), false)).toBe('wrong');
    expect(await tried(browserElsewhere(world), true)).toBe('wait');
    expect(await tried(mine, true)).toBeUndefined();
    // nor does his own success clear what others have spent
    expect(await tried(browserElsewhere(world), true)).toBe('wait');
  });

  it('a passkey is never locked, by failures of whatever method', async () => {
    const person = await createProver(world, 'PASSKEY', 'key');
    for (let rounds = 0; rounds < 4; rounds++) {
      const guesses = await openVisit(world, { userId: 'key', method: 'RECOVERY_CODE' }, {}, browserElsewhere(world));
      for (let tries = 0; tries < 5; tries++) await guesses.answer('AAAA-AAAA-AAAA-AAAA');
      const forged = await openVisit(world, person, {}, browserElsewhere(world));
      for (let tries = 0; tries < 5; tries++) await forged.answer(person.wrong(forged.ceremony));
    }
    const visit = await openVisit(world, person);
    expect((await visit.answer(person.right(visit.ceremony))).error).toBeUndefined();
  });

  it('a challenge ends with the tries of its last ceremony', async () => {
    const email = await enrolledByEmail(world, 'end');
    await world.configure('twice', { defaultUserActionResult: 'CHALLENGE', maxChallenges: 2 });
    const browser = createBrowser(world);
    const answer = await track(world, { userId: 'end', action: 'twice' });
    await browser.open(answer.url);
    for (let rounds = 0; rounds < 2; rounds++) {
      const { challengeId } = await start(browser, answer.url, 'EMAIL_OTP');
      for (let tries = 0; tries < 5; tries++)
        await browser.act(answer.url, { do: 'answer', challengeId, response: wrongCode(world, email) });
      world.pass(31_000);
    }
    expect((await browser.open(answer.url)).view.page).toBe('leave');
    expect(await world.stepward.getAction({ userId: 'end', action: 'twice', idempotencyKey: answer.idempotencyKey })).toMatchObject({
      state: 'CHALLENGE_FAILED',
      failureReason: 'spent',
    });
    expect(await browser.leave(answer.url)).toMatchObject({ result: 'not-succeeded' });
  });
});
