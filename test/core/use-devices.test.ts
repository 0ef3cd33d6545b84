import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBrowser, createWorld, usual, type World } from '../support/stepward.ts';
import { enrolledByEmail, proceed, refusalOf, track } from '../support/use-cases.ts';

const day = 86_400_000;

describe('devices by the server API', () => {
  let world: World;
  let userId: string;
  let deviceId: string;
  let number = 0;
  beforeAll(async () => {
    world = await createWorld();
    await world.configure('signIn', { defaultUserActionResult: 'CHALLENGE', rememberDevice: { enabled: true, days: 10 } });
    await world.configure('longer', { defaultUserActionResult: 'CHALLENGE', rememberDevice: { enabled: true, days: 30 } });
    await world.configure('off', { defaultUserActionResult: 'CHALLENGE', rememberDevice: { enabled: false, days: 90 } });
    await world.configure('free', { defaultUserActionResult: 'ALLOW' });
  });
  afterAll(() => world.end());
  beforeEach(async () => {
    number += 1;
    userId = `owner-${number}`;
    const email = await enrolledByEmail(world, userId);
    await proceed(world, createBrowser(world), { userId }, email);
    deviceId = String((await devices())[0]?.deviceId);
  });
  const devices = (of = userId) => world.stepward.getDevices(of);
  const inDays = (days: number) => new Date(world.now() + days * day).toISOString();
  const remember = (rememberedUntil: string | null, device = deviceId) => world.stepward.updateDevice(userId, device, { rememberedUntil });

  it('are shown by their record’s id, never by the raw one, with what happened last', async () => {
    const [device] = await devices();
    expect(device).toMatchObject({
      userId,
      createdAt: expect.any(String),
      authenticatedAt: expect.any(String),
      lastVerificationMethod: 'EMAIL_OTP',
    });
    expect(JSON.stringify(await devices())).not.toContain(usual.deviceId);
    expect(await devices('nobody')).toEqual([]);
  });
  it('can be remembered until a time within the longest that an action remembers, by either id; null forgets it', async () => {
    expect(await remember(inDays(30))).toMatchObject({ deviceId, rememberedUntil: inDays(30) });
    expect(await remember(inDays(5), usual.deviceId)).toMatchObject({ deviceId, rememberedUntil: inDays(5) });
    expect(await remember(null)).not.toMatchObject({ rememberedUntil: expect.anything() });
  });
  it.each<[string, () => string]>([
    ['a time in the past', () => inDays(-1)],
    ['now', () => inDays(0)],
    ['beyond the longest of all actions', () => new Date(world.now() + 30 * day + 1).toISOString()],
    ['far beyond', () => '9999-12-31T00:00:00Z'],
    ['no time', () => 'tomorrow'],
    ['a day without a time', () => inDays(2).slice(0, 10)],
    ['a time without a zone', () => inDays(2).slice(0, 19)],
    ['a day that is none', () => '2026-13-45T00:00:00Z'],
    ['nothing', () => ''],
  ])('not until %s', async (_, until) => {
    const before = await devices();
    expect(await refusalOf(remember(until()))).toEqual({ code: 'invalid_request' });
    expect(await devices()).toEqual(before);
  });
  it('that are only claimed are not remembered', async () => {
    await track(world, { userId, action: 'free', deviceId: 'a-device-that-is-claimed-only' });
    expect(await refusalOf(remember(inDays(1), 'a-device-that-is-claimed-only'))).toEqual({ code: 'invalid_request' });
  });
  it('are invalidated by either id, once; then they are remembered no more', async () => {
    await remember(inDays(5));
    const { invalidatedAt, ...gone } = await world.stepward.invalidateDevice(userId, usual.deviceId);
    expect([invalidatedAt, gone.deviceId, gone.rememberedUntil]).toEqual([new Date(world.now()).toISOString(), deviceId, undefined]);
    world.pass(1_000);
    expect((await world.stepward.invalidateDevice(userId, deviceId)).invalidatedAt).toBe(invalidatedAt);
    expect(await refusalOf(remember(inDays(1)))).toEqual({ code: 'invalid_request' });
    // the raw id is a new device's from now on
    expect(await refusalOf(world.stepward.invalidateDevice(userId, usual.deviceId))).toEqual({ code: 'not_found' });
  });
  it('of another user, and of nobody, look like none', async () => {
    const other = `${userId}-other`;
    await proceed(
      world,
      createBrowser(world),
      { userId: other, deviceId: 'another-device-of-another' },
      await enrolledByEmail(world, other),
    );
    const before = await devices(other);
    const theirs = String(before[0]?.deviceId);
    for (const device of [theirs, 'another-device-of-another', '0190aaaa-aaaa-7aaa-8aaa-aaaaaaaaaaaa', '__proto__']) {
      expect(await refusalOf(remember(null, device))).toEqual({ code: 'not_found' });
      expect(await refusalOf(world.stepward.invalidateDevice(userId, device))).toEqual({ code: 'not_found' });
    }
    expect(await refusalOf(world.stepward.invalidateDevice('nobody', theirs))).toEqual({ code: 'not_found' });
    expect(await devices(other)).toEqual(before);
  });
});
