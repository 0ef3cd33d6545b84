import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compose } from '../../adapters/server/compose.ts';
import { steadyClock } from '../../adapters/server/steady-clock.ts';
import { createBrowser, createWorld, type World } from '../support/stepward.ts';
import { type Asked, appCode, ask, begin, enrolled, type Person, refusal } from './support/people.ts';

const hour = 3_600_000;
const steps = [-30 * 24 * hour, -hour, -30_000, 0, 30_000, hour, 30 * 24 * hour];

describe('the clock of the machine is moved', () => {
  let world: World;
  let ann: Person;
  beforeAll(async () => {
    world = await createWorld();
    ann = await enrolled(world, 'ann');
  });
  afterAll(() => world.end());
  beforeEach(async () => {
    world.pass(60 * 24 * hour);
    await world.configure('signIn', {
      defaultUserActionResult: 'CHALLENGE',
      challengeValidFor: 0,
      rememberDevice: { enabled: false, days: 30 },
    });
  });
  const answer = async ({ browser, url }: Asked, response: string) =>
    (await browser.act(url, { do: 'answer', challengeId: await begin({ browser, url }, 'AUTHENTICATOR_APP'), response })).error;

  // fails without: lastStep of the authenticator app, in matchedStep and accept
  it.each(steps)('a code of an app that was used is used, after a step of %i ms and back', async (step) => {
    const code = appCode(ann.secret, world.now());
    const at = world.now();
    expect(await answer(await ask(world, ann.userId), code)).toBeUndefined();
    world.pass(step);
    // the code that an app shows now: behind the last used step it is refused, however right
    if (step <= 0) expect(await answer(await ask(world, ann.userId), appCode(ann.secret, world.now()))).toBeDefined();
    world.pass(at - world.now());
    expect(await answer(await ask(world, ann.userId), code)).toBeDefined();
  });

  it('no step is accepted twice, whichever way time goes', async () => {
    const used = new Set<number>();
    for (const jump of [0, 30_000, -30_000, 60_000, -90_000, 15_000, -15_000, 45_000, -hour, hour, 29_999, 1, -1, 30_001]) {
      world.pass(jump);
      for (const lag of [0, 30_000]) {
        const at = world.now() - lag;
        const step = Math.floor(at / 30_000);
        if ((await answer(await ask(world, ann.userId), appCode(ann.secret, at))) === undefined) {
          expect(used.has(step), `step ${step}`).toBe(false);
          used.add(step);
        }
        await world.store.transact({
          userId: ann.userId,
          load: {},
          run: ({ user }) => ({ answer: undefined, changes: { user: user && { ...user, guesses: {} } } }),
        });
      }
    }
    expect(used.size).toBeGreaterThan(2);
  });

  // fails without: consumedAt, which no clock undoes
  it.each(steps)('what was consumed is consumed after a step of %i ms', async (step) => {
    await world.configure('open', { defaultUserActionResult: 'ALLOW' });
    const { idempotencyKey } = await ask(world, ann.userId, { action: 'open' });
    const ref = { userId: ann.userId, action: 'open', idempotencyKey };
    await world.stepward.consume(ref, {});
    world.pass(step);
    expect(await refusal(world.stepward.consume(ref, {}))).toBe('already_consumed');
  });

  // fails without: each comparison with expiresAt, usableUntil, exp
  it('a step forward ends what it passes: challenge, code, success, token', async () => {
    const pending = await ask(world, ann.userId, { binding: 'b' });
    const challengeId = await begin(pending, 'AUTHENTICATOR_APP');
    const done = await ask(world, ann.userId);
    expect(await answer(done, appCode(ann.secret, world.now()))).toBeUndefined();
    const token = (await done.browser.leave(done.url))?.target?.token ?? '';
    world.pass(hour);
    expect((await pending.browser.act(pending.url, { do: 'answer', challengeId, response: appCode(ann.secret, world.now()) })).error).toBe(
      'late',
    );
    expect(await world.stepward.validate({ token })).toEqual({ isValid: false, error: 'expired_token' });
    for (const { idempotencyKey } of [pending, done])
      expect(
        await refusal(
          world.stepward.consume(
            { userId: ann.userId, action: 'signIn', idempotencyKey },
            idempotencyKey === pending.idempotencyKey ? { binding: 'b' } : { token },
          ),
        ),
      ).toBe('challenge_expired');
  });

  // fails without: a factor change ending trust by what it removes, not by time alone
  it.each(steps)('a device that was forgotten stays forgotten after a step of %i ms', async (step) => {
    await world.configure('signIn', { rememberDevice: { enabled: true, days: 30 } });
    const browser = createBrowser(world);
    const asked = await ask(world, ann.userId, {}, browser);
    const challengeId = await begin(asked, 'AUTHENTICATOR_APP');
    await browser.act(asked.url, { do: 'answer', challengeId, response: appCode(ann.secret, world.now()), remember: true });
    await world.stepward.validate({ token: (await browser.leave(asked.url))?.target?.token ?? '', idempotencyKey: asked.idempotencyKey });
    const again = await ask(world, ann.userId, {}, browser);
    expect((await browser.open(again.url)).view.page).toBe('leave');
    for (const { deviceId } of await world.stepward.getDevices(ann.userId))
      await world.stepward.invalidateDevice(ann.userId, String(deviceId));
    world.pass(step);
    const last = await ask(world, ann.userId, {}, browser);
    expect((await browser.open(last.url)).view.page).toBe('choose');
    world.pass(-step);
  });

  // fails without: waitUntil being a time that only a right answer or patience ends
  it('a step back does not shorten the wait after too many guesses', async () => {
    const bob = await enrolled(world, 'bob');
    for (let nth = 0; nth < 10; nth++) await answer(await ask(world, bob.userId), '000000');
    for (const step of [-hour, -30 * 24 * hour]) {
      world.pass(step);
      expect(await answer(await ask(world, bob.userId), appCode(bob.secret, world.now()))).toBe('wait');
    }
  });

  it.each([
    ['the hour that summer time skips', Date.UTC(2027, 2, 28, 1, 0, 0) - 1000],
    ['the hour that winter time repeats', Date.UTC(2027, 9, 31, 1, 0, 0) - 1000],
    ['the leap second 23:59:60', Date.UTC(2027, 11, 31, 23, 59, 59)],
    ['the end of a leap day', Date.UTC(2028, 1, 29, 23, 59, 59)],
  ])('%s changes no deadline', async (_, at) => {
    world.pass(at - world.now());
    const asked = await ask(world, ann.userId);
    const ref = { userId: ann.userId, action: 'signIn', idempotencyKey: asked.idempotencyKey };
    world.pass(599_000);
    expect(await refusal(world.stepward.consume(ref, {}))).toBe('challenge_pending');
    world.pass(1_000);
    expect(await refusal(world.stepward.consume(ref, {}))).toBe('challenge_expired');
  });
});

describe('the clock of the machine is moved under a running process', () => {
  // fails without: the steady clock, that is with the machine's time as it comes
  it.each([
    ['an hour forward and back', hour, 0],
    ['30 days forward and back', 30 * 24 * hour, 0],
    ['forward, and further back than it was', hour, 30 * 24 * hour],
  ])('%s: nothing that expired comes back, and nothing lives longer', async (_, forward, further) => {
    const world = await createWorld();
    await world.configure('open', { defaultUserActionResult: 'ALLOW' });
    const ann = await enrolled(world, 'ann');
    let wall = world.now();
    let elapsed = 0;
    const pass = (ms: number): void => {
      wall += ms;
      elapsed += ms;
    };
    const clock = steadyClock(
      () => wall,
      () => elapsed,
    );
    const node = await compose(world.environment, {
      now: clock.now,
      warn: () => undefined,
      observe: () => undefined,
      write: () => undefined,
    });
    const ref = ({ idempotencyKey }: Pick<Asked, 'idempotencyKey'>, action = 'signIn') => ({ userId: ann.userId, action, idempotencyKey });
    const code = () => appCode(ann.secret, clock.now());

    const allowed = await ask(node, ann.userId, { action: 'open' });
    const pending = await ask(node, ann.userId, { binding: 'b' });
    const challengeId = await begin(pending, 'AUTHENTICATOR_APP');
    const done = await ask(node, ann.userId);
    await done.browser.act(done.url, { do: 'answer', challengeId: await begin(done, 'AUTHENTICATOR_APP'), response: code() });
    const token = (await done.browser.leave(done.url))?.target?.token ?? '';
    const tracked = (await node.stepward.track({ userId: ann.userId, action: 'signIn' })).answer;
    const expectDead = async (): Promise<void> => {
      expect(await refusal(node.stepward.consume(ref(allowed, 'open'), {}))).toBe('challenge_expired');
      expect(await refusal(node.stepward.consume(ref(pending), { binding: 'b' }))).toBe('challenge_expired');
      expect(await refusal(node.stepward.consume(ref(done), { token }))).toBe('challenge_expired');
      expect(await node.stepward.validate({ token })).toEqual({ isValid: false, error: 'expired_token' });
      expect(await node.stepward.validate({ token: tracked.token })).toEqual({ isValid: false, error: 'expired_token' });
      expect((await pending.browser.act(pending.url, { do: 'answer', challengeId, response: code() })).error).toBe('late');
      expect((await node.stepward.getAction(ref(pending))).state).toBe('CHALLENGE_FAILED');
    };
    wall += forward;
    await expectDead();
    wall -= forward + further;
    await expectDead();
    pass(60_000);
    await expectDead();

    const later = await ask(node, ann.userId, { action: 'open' });
    pass(299_000);
    expect((await node.stepward.getAction(ref(later, 'open'))).state).toBe('ALLOW');
    pass(1_000);
    expect(await refusal(node.stepward.consume(ref(later, 'open'), {}))).toBe('challenge_expired');
    await node.close();
    await world.end();
  });
});
