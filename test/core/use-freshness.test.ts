import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TrackRequest } from '../../core/index.ts';
import { createBrowser, createWorld, type TestBrowser, usual, type World } from '../support/stepward.ts';
import { browserElsewhere, emailOf, enrolledByEmail, passByEmail, proceed, refOf, track } from '../support/use-cases.ts';

const hour = 3_600_000;
const vouched = { context: { deviceVouched: true } } as const;

describe('freshness: a CHALLENGE already met by an earlier proof on the same proven device', () => {
  let world: World;
  let userId: string;
  let browser: TestBrowser;
  let count = 0;
  beforeAll(async () => {
    world = await createWorld();
    await world.configure('signIn', { challengeValidFor: 3600 });
    await world.configure('block', { defaultUserActionResult: 'BLOCK' });
    await world.configure('accepting', { challengeValidFor: 3600, acceptsProofOf: ['signIn'] });
    await world.configure('apart', { challengeValidFor: 3600 });
    await world.configure('strict', { challengeValidFor: 3600, acceptsProofOf: ['signIn'], minimumAssurance: 'aal2' });
    await world.configure('no-mail', { challengeValidFor: 3600, acceptsProofOf: ['signIn'], verificationMethods: ['PASSKEY'] });
    await world.configure('trusting', { challengeValidFor: 3600, acceptClaimedDevice: true });
    await world.configure('remembering', { rememberDevice: { enabled: true, days: 30 } });
  });
  afterAll(() => world.end());
  beforeEach(async () => {
    world.pass(24 * hour);
    count += 1;
    userId = `user-${count}`;
    await enrolledByEmail(world, userId);
    browser = createBrowser(world);
  });
  const passed = (about: Partial<TrackRequest> = vouched, remember = false) =>
    proceed(world, browser, { userId, ...about }, emailOf(userId), remember);
  const again = (about: Partial<TrackRequest> = {}) => track(world, { userId, ...vouched, ...about });
  const isFresh = async (about: Partial<TrackRequest> = {}) => (await again(about)).decidedBy === 'freshness';
  /** The page's answer: a browser whose own cookie proves its device. */
  const opens = async (about: Partial<TrackRequest> = {}, by = browser) => {
    const answer = await track(world, { userId, binding: 'later', deviceId: undefined, ...about });
    expect(answer.state).toBe('CHALLENGE_REQUIRED');
    const { view } = await by.open(answer.url);
    return { page: view.page, answer, ref: refOf(userId, answer, about.action) };
  };

  it('begins as ALLOW, the outcome still CHALLENGE, with acr, amr and time of that proof', async () => {
    const at = new Date(world.now()).toISOString();
    await passed();
    expect(await again()).toMatchObject({
      state: 'ALLOW',
      outcome: 'CHALLENGE',
      decidedBy: 'freshness',
      verificationMethod: 'DEVICE',
      restsOn: 'EMAIL_OTP',
      acr: 'urn:stepward:aal1',
      amr: ['otp'],
      authTime: at,
    });
  });
  it('counts from the proof, not from its use: a completion by DEVICE renews nothing', async () => {
    await passed();
    world.pass(hour - 61_000);
    const later = await again();
    expect(later.decidedBy).toBe('freshness');
    await world.stepward.consume(refOf(userId, later), {});
    world.pass(1_000);
    expect(await isFresh()).toBe(false);
  });
  it('is of the proven device alone: a claimed id never serves it', async () => {
    await passed({ deviceId: usual.deviceId });
    expect((await track(world, { userId })).state).toBe('CHALLENGE_REQUIRED');
  });
  it('under `acceptClaimedDevice` a claimed id counts as proven', async () => {
    await passed({ action: 'trusting' });
    expect((await track(world, { userId, action: 'trusting', context: {} })).decidedBy).toBe('freshness');
  });
  it('is of this user', async () => {
    await passed();
    const other = `${userId}-other`;
    await enrolledByEmail(world, other);
    expect((await track(world, { userId: other, ...vouched })).state).toBe('CHALLENGE_REQUIRED');
  });
  it('is of this action, or of one in its `acceptsProofOf`', async () => {
    await passed();
    expect([await isFresh({ action: 'accepting' }), await isFresh({ action: 'apart' })]).toEqual([true, false]);
  });
  it.each<[string, Partial<TrackRequest>]>([
    ['a method that this instance does not permit', { action: 'no-mail' }],
    ['less than `minimumAssurance`', { action: 'strict' }],
    ['less than the requested acr', { context: { deviceVouched: true, requestedAcr: ['urn:stepward:aal2'] } }],
    ['older than `maxAge`', { context: { deviceVouched: true, maxAge: 59 } }],
    ['anything, where `display` is approved', { display: [{ label: 'To', value: 'Bob' }] }],
  ])('is not met by %s', async (_, about) => {
    await passed();
    expect(await isFresh(about)).toBe(false);
    expect(await isFresh()).toBe(true);
  });
  it('`maxAge` only ever narrows', async () => {
    await passed();
    expect(await isFresh({ context: { deviceVouched: true, maxAge: 61 } })).toBe(true);
    world.pass(hour);
    expect(await isFresh({ context: { deviceVouched: true, maxAge: 100_000 } })).toBe(false);
  });
  it('meets a requested acr that the proof reaches', async () => {
    await passed();
    expect(await again({ context: { deviceVouched: true, requestedAcr: ['phr', 'urn:stepward:aal1'] } })).toMatchObject({
      decidedBy: 'freshness',
      acr: 'urn:stepward:aal1',
    });
  });

  describe('is void after', () => {
    it('a BLOCK', async () => {
      await passed();
      await again({ action: 'block' });
      expect(await isFresh()).toBe(false);
    });
    it('a BLOCK by an operator', async () => {
      const { ref } = await passed();
      await world.stepward.updateAction(ref, { state: 'BLOCK' });
      expect(await isFresh()).toBe(false);
    });
    it('a factor added', async () => {
      await passed();
      await world.stepward.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email: `second-${emailOf(userId)}` });
      expect(await isFresh()).toBe(false);
    });
    it('a factor removed', async () => {
      await world.stepward.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email: `second-${emailOf(userId)}` });
      await passed();
      const second = (await world.stepward.getAuthenticators(userId)).find(({ email }) => email === `second-${emailOf(userId)}`);
      await world.stepward.deleteAuthenticator(userId, String(second?.userAuthenticatorId));
      expect(await isFresh()).toBe(false);
    });
    it("an operator's reset", async () => {
      await passed();
      await world.stepward.resetUser(userId, { reason: 'lost phone', actor: 'op' });
      expect(await isFresh()).toBe(false);
    });
    it('the device was invalidated, and the same id is a new device from then on', async () => {
      await passed();
      const [device] = await world.stepward.getDevices(userId);
      await world.stepward.invalidateDevice(userId, String(device?.deviceId));
      expect(await isFresh()).toBe(false);
      await passed();
      expect(await isFresh()).toBe(true);
    });
    it('a BLOCK, for a challenge that was passed before and is consumed after it', async () => {
      const answer = await track(world, { userId, binding: 'b', ...vouched });
      await passByEmail(world, browser, answer.url, emailOf(userId));
      const ticket = (await browser.leave(answer.url))?.target?.ticket ?? '';
      world.pass(1);
      await again({ action: 'block' });
      await world.stepward.consume(refOf(userId, answer), { binding: 'b', ticket });
      expect(await isFresh()).toBe(false);
    });
  });

  it('a challenge passed but never consumed is no proof', async () => {
    const answer = await track(world, { userId, binding: 'b', ...vouched });
    await passByEmail(world, browser, answer.url, emailOf(userId));
    expect(await isFresh()).toBe(false);
  });

  describe("found on opening: the browser's own cookie", () => {
    it('ends the challenge at once, method DEVICE, with the time of the proof it rests on', async () => {
      const at = new Date(world.now()).toISOString();
      await passed({});
      const { page, answer, ref } = await opens();
      expect(page).toBe('leave');
      const ticket = (await browser.leave(answer.url))?.target?.ticket ?? '';
      expect(await world.stepward.consume(ref, { binding: 'later', ticket, requiredAcr: ['urn:stepward:aal1'] })).toMatchObject({
        state: 'CHALLENGE_SUCCEEDED',
        verificationMethod: 'DEVICE',
        restsOn: 'EMAIL_OTP',
        acr: 'urn:stepward:aal1',
        amr: ['otp'],
        authTime: at,
      });
    });
    it('not in another browser, nor with a cookie from before its rotation', async () => {
      await passed({});
      expect((await opens({}, browserElsewhere(world))).page).toBe('choose');
      const old = browser.device;
      expect((await opens()).page).toBe('leave');
      world.pass(11_000);
      const thief = browserElsewhere(world);
      thief.device = old;
      expect((await opens({}, thief)).page).toBe('choose');
      expect((await opens()).page).toBe('leave');
    });
  });

  describe('a remembered device', () => {
    const remembering = { action: 'remembering' };
    it('asks nothing for `days`, counted from the proof', async () => {
      await passed(remembering, true);
      world.pass(30 * 24 * hour - 61_000);
      expect((await opens(remembering)).page).toBe('leave');
      world.pass(1_000);
      expect((await opens(remembering)).page).toBe('choose');
    });
    it('only where the person asked for it', async () => {
      await passed(remembering, false);
      expect((await opens(remembering)).page).toBe('choose');
    });
    it('is forgotten by PATCH null, remembered by a time within `days`', async () => {
      await passed(remembering, true);
      const [device] = await world.stepward.getDevices(userId);
      const id = String(device?.deviceId);
      expect(device?.rememberedUntil).toEqual(expect.any(String));
      await world.stepward.updateDevice(userId, id, { rememberedUntil: null });
      expect((await opens(remembering)).page).toBe('choose');
      const until = new Date(world.now() + hour).toISOString();
      expect(await world.stepward.updateDevice(userId, id, { rememberedUntil: until })).toMatchObject({ rememberedUntil: until });
      expect((await opens(remembering)).page).toBe('leave');
    });
    it('not by a time that is past or beyond `days`, nor once it was invalidated', async () => {
      await passed(remembering, true);
      const [device] = await world.stepward.getDevices(userId);
      const id = String(device?.deviceId);
      for (const at of [world.now(), world.now() - 1, world.now() + 31 * 24 * hour])
        await expect(world.stepward.updateDevice(userId, id, { rememberedUntil: new Date(at).toISOString() })).rejects.toMatchObject({
          code: 'invalid_request',
        });
      await expect(world.stepward.updateDevice(userId, id, { rememberedUntil: 'soon' })).rejects.toMatchObject({ code: 'invalid_request' });
      await world.stepward.invalidateDevice(userId, id);
      await expect(
        world.stepward.updateDevice(userId, id, { rememberedUntil: new Date(world.now() + hour).toISOString() }),
      ).rejects.toMatchObject({ code: 'invalid_request' });
      expect((await opens(remembering)).page).toBe('choose');
    });
    it('dies with a factor change, and is not remembered by a consume that comes after a BLOCK', async () => {
      const answer = await track(world, { userId, binding: 'b', ...remembering });
      await passByEmail(world, browser, answer.url, emailOf(userId), true);
      const ticket = (await browser.leave(answer.url))?.target?.ticket ?? '';
      world.pass(1);
      await again({ action: 'block' });
      await world.stepward.consume(refOf(userId, answer, 'remembering'), { binding: 'b', ticket });
      for (const device of await world.stepward.getDevices(userId)) expect(device.rememberedUntil).toBeUndefined();
    });
  });
});
