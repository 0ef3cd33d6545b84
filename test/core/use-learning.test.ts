import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TrackRequest, User } from '../../core/index.ts';
import { createBrowser, createWorld, usual, type World } from '../support/stepward.ts';
import { browserElsewhere, emailOf, enrolledByEmail, passByEmail, proceed, refOf, track } from '../support/use-cases.ts';

const attackersDevice = {
  deviceId: '7d6f0f9e-5c1e-4b62-9a2b-3b7b6f1d2a99',
  ipAddress: '192.0.2.50',
  userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
};

describe('history learns when the enforcement point proceeds, once', () => {
  let world: World;
  let userId: string;
  let count = 0;
  beforeAll(async () => {
    world = await createWorld();
    const recordSignals = ['device.isNew'];
    await world.configure('signIn', { recordSignals });
    await world.configure('free', { defaultUserActionResult: 'ALLOW', recordSignals });
    await world.configure('blocked', { defaultUserActionResult: 'BLOCK', recordSignals });
    await world.configure('looked-at', { defaultUserActionResult: 'REVIEW', recordSignals });
    await world.configure('reset-password', { learn: 'proof', recordSignals });
    await world.configure('reset-free', { learn: 'proof', defaultUserActionResult: 'ALLOW', recordSignals });
    await world.configure('reset-looked-at', { learn: 'proof', defaultUserActionResult: 'REVIEW', recordSignals });
  });
  afterAll(() => world.end());
  beforeEach(async () => {
    world.pass(86_400_000);
    count += 1;
    userId = `user-${count}`;
    await enrolledByEmail(world, userId);
  });

  const user = async (): Promise<User> => {
    const found = await world.store.user(userId);
    if (!found) throw new Error('no such user');
    return found;
  };
  /** What history knows: everything that a proceeding instance may teach. */
  const known = async () => {
    const { history, devices, hasPreviouslyVerified, lastConsumedChallengeAt } = await user();
    return { history, devices, hasPreviouslyVerified, lastConsumedChallengeAt };
  };
  const signalsOf = async (about: Partial<TrackRequest>) => {
    const action = about.action ?? 'signIn';
    const answer = await track(world, { userId, ...about });
    return (await world.stepward.explain(refOf(userId, answer, action))).signals as Record<string, { readonly value?: unknown }>;
  };
  const isNew = async (about: Partial<TrackRequest>) => (await signalsOf(about))['device.isNew']?.value;
  const pass = async (about: Partial<TrackRequest>, by = createBrowser(world)) => {
    const answer = await track(world, { userId, ...about });
    await passByEmail(world, by, answer.url, emailOf(userId));
    const target = (await by.leave(answer.url))?.target;
    return { answer, ref: refOf(userId, answer, about.action), token: target?.token ?? '', ticket: target?.ticket ?? '' };
  };

  describe('nothing that did not proceed teaches', () => {
    it.each<[string, () => Promise<unknown>]>([
      ['BLOCK', () => track(world, { userId, action: 'blocked', ...attackersDevice })],
      ['a review that is held', () => track(world, { userId, action: 'looked-at', ...attackersDevice })],
      ['a challenge that is owed', () => track(world, { userId, ...attackersDevice })],
      [
        'a challenge that was cancelled',
        async () => {
          const answer = await track(world, { userId, ...attackersDevice });
          const browser = createBrowser(world);
          await browser.open(answer.url);
          await browser.act(answer.url, { do: 'cancel' });
        },
      ],
      [
        'a challenge that lapsed',
        async () => {
          await track(world, { userId, ...attackersDevice });
          world.pass(601_000);
        },
      ],
      ['a challenge passed and never consumed', () => pass({ binding: 'b', ...attackersDevice })],
      ['an ALLOW under `learn: proof`', () => track(world, { userId, action: 'reset-free', ...attackersDevice })],
      [
        'an ALLOW under `learn: proof` that was consumed',
        async () =>
          world.stepward.consume(refOf(userId, await track(world, { userId, action: 'reset-free', ...attackersDevice }), 'reset-free'), {}),
      ],
      [
        'an approved review under `learn: proof` that was consumed',
        async () => {
          const ref = refOf(userId, await track(world, { userId, action: 'reset-looked-at', ...attackersDevice }), 'reset-looked-at');
          await world.stepward.updateAction(ref, { state: 'REVIEW_SUCCEEDED' });
          await world.stepward.consume(ref, {});
        },
      ],
    ])('%s', async (_, step) => {
      await proceed(world, createBrowser(world), { userId }, emailOf(userId));
      const before = await known();
      await step();
      const { devices, ...after } = await known();
      expect(after).toEqual({
        history: before.history,
        hasPreviouslyVerified: true,
        lastConsumedChallengeAt: before.lastConsumedChallengeAt,
      });
      expect(devices.map(({ deviceId, claimedHashes, lastSuccessAt }) => ({ deviceId, claimedHashes, lastSuccessAt }))).toEqual(
        before.devices.map(({ deviceId, claimedHashes, lastSuccessAt }) => ({ deviceId, claimedHashes, lastSuccessAt })),
      );
      expect(await isNew(attackersDevice)).toBe(true);
    });
  });

  it('an ALLOW teaches at track, and not again when consumed or replayed', async () => {
    const request = { userId, action: 'free', idempotencyKey: 'once' };
    const answer = await track(world, request);
    expect((await user()).history.successes).toBe(1);
    await track(world, request);
    await world.stepward.consume(refOf(userId, answer, 'free'), { consumeKey: 'k' });
    await world.stepward.consume(refOf(userId, answer, 'free'), { consumeKey: 'k' });
    expect((await user()).history.successes).toBe(1);
    expect(await isNew({})).toBe(false);
  });
  it('a challenge teaches when consumed, once, retried or not', async () => {
    const { ref, ticket } = await pass({ binding: 'b' });
    expect((await user()).history.successes).toBe(0);
    const request = { binding: 'b', ticket, consumeKey: 'k' };
    await Promise.all([world.stepward.consume(ref, request), world.stepward.consume(ref, request)]);
    expect(await user()).toMatchObject({ hasPreviouslyVerified: true, consecutiveFailures: 0, history: { successes: 1 } });
  });
  it('a challenge without binding teaches at its first valid validate', async () => {
    const { token } = await pass({});
    await world.stepward.validate({ token });
    await world.stepward.validate({ token });
    expect((await user()).history.successes).toBe(1);
  });
  it('an approved review teaches when consumed; one that is spent by a later instance teaches through that', async () => {
    const ref = refOf(userId, await track(world, { userId, action: 'looked-at' }), 'looked-at');
    await world.stepward.updateAction(ref, { state: 'REVIEW_SUCCEEDED' });
    expect((await user()).history.successes).toBe(0);
    expect(await track(world, { userId, action: 'looked-at' })).toMatchObject({ decidedBy: 'review' });
    expect((await user()).history.successes).toBe(1);
  });
  it('under `learn: proof` a consumed challenge teaches', async () => {
    await proceed(world, createBrowser(world), { userId, action: 'reset-password' }, emailOf(userId));
    expect((await user()).history.successes).toBe(1);
  });

  describe('a forwarded link: whoever sends it to a victim makes nothing of his familiar', () => {
    it("consumed without binding or key, the sender's next track sees an unchanged history", async () => {
      const before = await signalsOf(attackersDevice);
      const { token } = await pass(attackersDevice, createBrowser(world));
      await world.stepward.validate({ token });
      const after = await signalsOf(attackersDevice);
      expect([before['device.isNew'], after['device.isNew']]).toEqual([{ value: true }, { value: true }]);
      expect(Object.keys((await user()).history.addresses)).toEqual(['203.0.113.9']);
    });
    it('the finishing browser teaches: its cookie, address and agent', async () => {
      const elsewhere = browserElsewhere(world);
      const { token } = await pass(attackersDevice, elsewhere);
      await world.stepward.validate({ token });
      const { history, devices } = await user();
      expect(Object.keys(history.addresses)).toEqual(['198.51.100.77']);
      expect(devices).toEqual([
        expect.objectContaining({
          browserFamily: 'Firefox',
          claimedHashes: [],
          secretHash: expect.any(String),
          lastSuccessAt: world.now(),
        }),
      ]);
      expect(elsewhere.device).toEqual(expect.any(String));
    });
    it.each<[string, (one: Awaited<ReturnType<typeof pass>>) => Promise<unknown>, Partial<TrackRequest>]>([
      ['binding', ({ ref, ticket }) => world.stepward.consume(ref, { binding: 'b', ticket }), { binding: 'b' }],
      [
        'the idempotencyKey that the app kept',
        ({ token, ref }) => world.stepward.validate({ token, idempotencyKey: ref.idempotencyKey }),
        {},
      ],
    ])('with %s the claimed id is believed', async (_, use, about) => {
      await use(await pass({ ...attackersDevice, ...about }, browserElsewhere(world)));
      expect(await isNew(attackersDevice)).toBe(false);
    });
    it('so it is where the finishing browser has the same network and agent family', async () => {
      const { token } = await pass({ deviceId: usual.deviceId, ipAddress: '203.0.113.77' });
      await world.stepward.validate({ token });
      expect(await isNew({})).toBe(false);
    });
    it('another network or another agent alone is not the same', async () => {
      for (const about of [
        { ipAddress: '203.0.114.9' },
        { userAgent: attackersDevice.userAgent },
        { ipAddress: undefined },
        { userAgent: undefined },
      ]) {
        const deviceId = `claimed-by-nobody-${JSON.stringify(about).length}`;
        world.pass(720_000);
        const { token } = await pass({ deviceId, ...about });
        await world.stepward.validate({ token });
        expect(await isNew({ deviceId })).toBe(true);
      }
    });
    it('loopback counts as one network', async () => {
      const { token } = await pass({ ipAddress: '::1' }, createBrowser(world, { ipAddress: '127.0.0.1' }));
      await world.stepward.validate({ token });
      expect(await isNew({})).toBe(false);
    });
    it('a hundred sent, passed and dropped change nothing', async () => {
      await proceed(world, createBrowser(world), { userId }, emailOf(userId));
      const before = await known();
      for (let sent = 0; sent < 100; sent++)
        await track(world, { userId, action: sent % 2 ? 'blocked' : 'signIn', ...attackersDevice, ipAddress: `192.0.2.${sent}` });
      expect(await known()).toMatchObject({ history: before.history, hasPreviouslyVerified: true });
      expect(await isNew(attackersDevice)).toBe(true);
    });
  });

  it('what a browser that finished brought becomes one device: cookie, claimed and vouched id', async () => {
    const browser = createBrowser(world);
    await proceed(world, browser, { userId, context: { deviceVouched: true } }, emailOf(userId));
    await proceed(world, browser, { userId, deviceId: usual.deviceId }, emailOf(userId));
    expect(await world.stepward.getDevices(userId)).toHaveLength(1);
  });
  it('a device that was invalidated is new again, under a new record', async () => {
    await proceed(world, createBrowser(world), { userId }, emailOf(userId));
    const [device] = await world.stepward.getDevices(userId);
    expect(await world.stepward.invalidateDevice(userId, usual.deviceId)).toMatchObject({
      deviceId: device?.deviceId,
      invalidatedAt: expect.any(String),
    });
    expect(await isNew({})).toBe(true);
  });
});
