import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Composed } from '../../adapters/server/compose.ts';
import { type LimitName, limits } from '../../core/index.ts';
import { createPage } from '../support/client-api.ts';
import { createBrowser, usual, type World } from '../support/stepward.ts';
import { createDatabases, type Nodes, secondNode, storeNames } from './support/nodes.ts';
import { appCode, ask, begin, ceremonyOf, elsewhere, enrolled, enrolledPasskey, otherCode, refusal, withEmail } from './support/people.ts';

const databases = createDatabases();
afterAll(() => databases.stop());
const long = process.env.STEPWARD_LONG_TESTS === '1';
const hour = 3_600_000;

describe.each(storeNames)('limits over two nodes on %s', (name) => {
  let opened: Nodes | undefined;
  let world: World;
  let nodes: readonly [Composed, Composed];
  beforeAll(async () => {
    opened = await databases.nodes(name);
    if (!opened) return;
    ({ world, nodes } = opened);
    await world.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
  });
  afterAll(() => opened?.end());
  beforeEach((context) => {
    if (opened) world.pass(2 * hour);
    else context.skip(`skipped: no ${name} here`);
  });
  const at = (nth: number): Composed => nodes[nth % 2 ? 1 : 0];
  /** A node, and a browser elsewhere that asks it. */
  const stranger = (nth: number) => {
    const ipAddress = `198.51.${nth >> 8}.${nth & 255}`;
    const about = { ipAddress, userAgent: `Browser/${nth}` };
    return { node: at(nth), about, browser: createBrowser(at(nth), about) };
  };

  // fails without: the block taken from the store
  it.each(Object.keys(limits) as LimitName[])('requests: `%s` is one count for all nodes', async (limit) => {
    const { most, windowMs } = limits[limit];
    const burst = () => Promise.all(Array.from({ length: 2 * most }, (_, nth) => at(nth).limiter.take(limit, `one-${limit}`)));
    const admitted = (answers: readonly unknown[]) => answers.filter((answer) => answer === 'admitted').length;
    const first = await burst();
    expect(admitted(first)).toBe(most);
    expect(first.filter((answer) => answer !== 'admitted')).toContainEqual({ retryAfter: windowMs / 1000 });
    const restarted = await secondNode(world);
    expect(await restarted.limiter.take(limit, `one-${limit}`)).toEqual({ retryAfter: windowMs / 1000 });
    await restarted.close();
    world.pass(windowMs);
    expect(admitted(await burst())).toBe(most);
  });

  describe('messages', () => {
    // fails without: reserveSend in either face
    it('to one address: one in 30 s and five an hour, whichever of page, client API and server API asks, on whichever node', async () => {
      const ann = await enrolled(world, `sends-${name}`);
      await withEmail(world, ann);
      const seen = world.mails.length;
      const sent: number[] = [];
      for (let nth = 0; nth < 120; nth++) {
        const before = world.mails.length;
        const { node, about, browser } = stranger(nth);
        if (nth % 6 < 2) {
          const asked = await ask(node, ann.userId, about, browser);
          await browser.act(asked.url, { do: 'choose', method: 'EMAIL_OTP' });
        } else if (nth % 6 < 4) {
          const { answer } = await node.stepward.track({ ...usual, userId: ann.userId });
          await refusal(createPage(node, answer.token, about).sendEmail('EMAIL_OTP'));
        } else await refusal(node.stepward.challenge({ userId: ann.userId, verificationMethod: 'EMAIL_OTP', action: `a-${nth}` }));
        if (world.mails.length > before) sent.push(world.now());
        world.pass(29_999);
      }
      expect(world.mails.length - seen).toBe(5);
      for (const [nth, when] of sent.entries()) if (nth > 0) expect(when - (sent[nth - 1] ?? 0)).toBeGreaterThanOrEqual(30_000);
    });

    // fails without: the user's count looked at under his lock
    it('to one user: ten an hour, whatever the addresses, however many ask at once', async () => {
      const ann = await enrolled(world, `sends-user-${name}`);
      await withEmail(world, ann);
      const to = (nth: number) => `box-${nth}@${name.toLowerCase()}.example.org`;
      const seen = world.mails.length;
      for (let nth = 0; nth < 8; nth++) await at(nth).stepward.challenge({ userId: ann.userId, email: to(nth) });
      const asked = await Promise.all([0, 1].map((nth) => ask(at(nth), ann.userId)));
      await Promise.all([
        ...asked.map(({ browser, url }) => browser.act(url, { do: 'choose', method: 'EMAIL_OTP' })),
        ...Array.from({ length: 20 }, (_, nth) => refusal(at(nth).stepward.challenge({ userId: ann.userId, email: to(100 + nth) }))),
      ]);
      expect(world.mails.length - seen).toBe(10);
      expect((await world.store.user(ann.userId))?.sends).toHaveLength(10);
    });
  });

  // fails without: chargeGuess in verifyServerChallenge, admitGuess in answerCeremony
  it('guesses at one person’s e-mail codes: ten are looked at, whichever of page, client API and server API takes them', async () => {
    const ann = await enrolled(world, `guesses-${name}`);
    await withEmail(world, ann);
    const onPage = async () => {
      world.pass(31_000);
      const asked = await ask(at(0), ann.userId);
      const challengeId = await begin(asked, 'EMAIL_OTP');
      const code = world.codeTo(ann.email);
      const type = async (nth: number, response = otherCode(code, 1 + nth)) =>
        (await elsewhere(at(nth), asked).act(asked.url, { do: 'answer', challengeId, response })).error;
      return { code, type };
    };
    const first = await onPage();
    world.pass(31_000);
    const { challengeId } = await at(1).stepward.challenge({ userId: ann.userId, verificationMethod: 'EMAIL_OTP' });
    const code = world.codeTo(ann.email);
    const verify = (nth: number, verificationCode = otherCode(code, 1 + nth)) => at(nth).stepward.verify({ challengeId, verificationCode });
    world.pass(31_000);
    const { answer } = await at(0).stepward.track({ ...usual, userId: ann.userId });
    const own = [0, 1].map((nth) => createPage(at(nth), answer.token));
    await own[0]?.sendEmail('EMAIL_OTP');
    const ownCode = world.codeTo(ann.email);
    const second = await onPage();
    // no ceremony takes a fifth wrong try: what stops the eleventh is the budget of the person
    for (let nth = 0; nth < 3; nth++) {
      expect(await first.type(nth)).toBe('wrong');
      expect(await own[nth % 2]?.verifyCode('EMAIL_OTP', otherCode(ownCode, 1 + nth))).toMatchObject({
        isVerified: false,
        failureReason: 'CODE_INVALID_OR_EXPIRED',
      });
      expect(await verify(nth)).toEqual({ isVerified: false, failureReason: 'CODE_INVALID_OR_EXPIRED' });
    }
    expect(await second.type(0)).toBe('wrong');
    for (const nth of [0, 1]) {
      expect(await second.type(nth, second.code)).toBe('wait');
      expect(await verify(nth, code)).toEqual({ isVerified: false, failureReason: 'MAX_ATTEMPTS_EXCEEDED' });
      expect(await own[nth]?.verifyCode('EMAIL_OTP', ownCode)).toMatchObject({ isVerified: false, failureReason: 'MAX_ATTEMPTS_EXCEEDED' });
    }
  });

  // fails without: the budget kept with the user
  it('the budget of guesses outlives transactions, browsers, addresses, other methods, nodes and a restart', async () => {
    const ann = await enrolled(world, `budget-${name}`);
    await withEmail(world, ann);
    const guess = async (on: Composed, nth: number) => {
      const { about } = stranger(nth);
      const asked = await ask(on, ann.userId, { ...about, deviceId: `d-${nth}` }, createBrowser(on, about));
      const challengeId = await begin(asked, 'AUTHENTICATOR_APP');
      const response = otherCode(appCode(ann.secret, world.now()), 7 + nth);
      return (await asked.browser.act(asked.url, { do: 'answer', challengeId, response })).error;
    };
    const answers: unknown[] = [];
    for (let nth = 0; nth < 8; nth++) answers.push(await guess(at(nth), nth));
    // another method succeeds in between, and clears nothing of this one
    const asked = await ask(at(1), ann.userId);
    const challengeId = await begin(asked, 'EMAIL_OTP');
    await asked.browser.act(asked.url, { do: 'answer', challengeId, response: world.codeTo(ann.email) });
    const restarted = await secondNode(world);
    for (let nth = 8; nth < 14; nth++) answers.push(await guess(restarted, nth));
    await restarted.close();
    expect(answers).toEqual([...Array(10).fill('wrong'), ...Array(4).fill('wait')]);
  });

  // fails without: admitGuess in answerCeremony
  const rounds = name === 'SQLite' || long ? 200 : 6;
  it(`OTP brute force: ${rounds * 50} guesses in 50 transactions from 50 addresses: ten are looked at`, { timeout: 240_000 }, async () => {
    const ann = await enrolled(world, `brute-${name}`);
    const all = await Promise.all(
      Array.from({ length: 50 }, async (_, nth) => {
        const { node, about, browser } = stranger(nth);
        const asked = await ask(node, ann.userId, about, browser);
        return { ...asked, challengeId: await begin(asked, 'AUTHENTICATOR_APP') };
      }),
    );
    const code = appCode(ann.secret, world.now());
    const errors: (string | undefined)[] = [];
    for (let round = 0; round < rounds; round++)
      errors.push(
        ...(await Promise.all(
          all.map(async ({ browser, url, challengeId }, nth) => {
            const response = otherCode(code, 1 + ((round * 50 + nth) % 900_000));
            return (await browser.act(url, { do: 'answer', challengeId, response })).error;
          }),
        )),
      );
    expect(errors).toHaveLength(rounds * 50);
    expect(errors.filter((error) => error !== 'wait')).toEqual(Array(10).fill('wrong'));
    expect((await world.store.user(ann.userId))?.guesses['AUTHENTICATOR_APP:other']?.consecutive).toBe(10);
  });

  // fails without: PASSKEY left out of `guessable`, and the two budgets
  it('malicious lockout: after 1,000 failures by a stranger, a passkey and the person’s own device still proceed', {
    timeout: 240_000,
  }, async () => {
    const userId = `lockout-${name}`;
    const passkey = await enrolledPasskey(world, userId);
    const ann = await enrolled(world, `lockout-app-${name}`);
    const own = createBrowser(nodes[0]);
    const proceedsOnOwn = async () => {
      const asked = await ask(nodes[0], ann.userId, {}, own);
      const challengeId = await begin(asked, 'AUTHENTICATOR_APP');
      const { error } = await own.act(asked.url, { do: 'answer', challengeId, response: appCode(ann.secret, world.now()) });
      const token = (await own.leave(asked.url))?.target?.token ?? '';
      return { error, ...(await nodes[1].stepward.validate({ token, idempotencyKey: asked.idempotencyKey })) };
    };
    expect(await proceedsOnOwn()).toMatchObject({ error: undefined, isValid: true });
    const failures = name === 'SQLite' || long ? 1_000 : 200;
    let failed = 0;
    for (let nth = 0; failed < failures; nth++) {
      const { node, about, browser } = stranger(nth);
      const victim = nth % 2 ? { userId, method: 'RECOVERY_CODE' as const } : { userId: ann.userId, method: 'AUTHENTICATOR_APP' as const };
      const asked = await ask(node, victim.userId, about, browser);
      const challengeId = await begin(asked, victim.method);
      for (let tries = 0; tries < 5; tries++) {
        if ((await browser.act(asked.url, { do: 'answer', challengeId, response: '000000' })).error) failed++;
      }
      world.pass(60_000);
    }
    const asked = await ask(nodes[1], userId);
    const { challengeId, shown } = ceremonyOf(await asked.browser.act(asked.url, { do: 'choose', method: 'PASSKEY' }));
    const response = passkey.get(shown as Parameters<typeof passkey.get>[0]);
    expect(await asked.browser.act(asked.url, { do: 'answer', challengeId, response })).toMatchObject({ view: { page: 'leave' } });
    expect(await proceedsOnOwn()).toMatchObject({ error: undefined, isValid: true });
  });
});
