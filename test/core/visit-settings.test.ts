import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrackRequest, View, VisitAnswer, VisitCommand } from '../../core/index.ts';
import type { Event } from '../../core/ports/store.ts';
import { fromBase32, totpAt } from '../adapters/authenticators/rfc6238.ts';
import { createBrowser, createWorld, type TestBrowser, type World } from '../support/stepward.ts';
import { browserElsewhere, ceremonyOf, emailOf, enrolledByEmail, refusalOf, start, track } from '../support/use-cases.ts';
import { createProver, type Prover } from './visit-prover.ts';

type Settings = Extract<View, { page: 'settings' }>;
type Visit = { readonly url: string; readonly browser: TestBrowser; readonly userId: string; readonly key: string };

const action = 'account';

let world: World;
let number = 0;
beforeAll(async () => {
  world = await createWorld();
  await world.configure(action, { defaultUserActionResult: 'ALLOW', rememberDevice: { enabled: true, days: 30 } });
  await world.configure('demanding', { defaultUserActionResult: 'CHALLENGE' });
  await world.configure('stopped', { defaultUserActionResult: 'BLOCK' });
  await world.configure('looked-at', { defaultUserActionResult: 'REVIEW' });
  await world.configure('trusted', { defaultUserActionResult: 'TRUST' });
  await world.configure('closed', { defaultUserActionResult: 'ALLOW', enrollment: 'deny' });
  await world.configure('mail-only', { defaultUserActionResult: 'ALLOW', verificationMethods: ['EMAIL_OTP'] });
});
afterAll(() => world.end());

const named = (): string => {
  number += 1;
  return `person-${number}`;
};
/** Somebody with an authenticator app and recovery codes. */
const withApp = (): Promise<Prover> => createProver(world, 'AUTHENTICATOR_APP', named());

const visit = async (userId: string, about: Partial<TrackRequest> = {}, browser = createBrowser(world)): Promise<Visit & VisitAnswer> => {
  const answer = await track(world, { userId, action, redirectToSettings: true, ...about });
  return { ...(await browser.open(answer.url)), url: answer.url, browser, userId, key: answer.idempotencyKey };
};
const act = ({ browser, url }: Visit, command: VisitCommand) => browser.act(url, command);
const look = async ({ browser, url }: Visit) => (await browser.open(url)).view;

const confirm = async (at: Visit, prover: Prover): Promise<VisitAnswer> => {
  world.pass(30_000);
  const ceremony = await start(at.browser, at.url, prover.method);
  return act(at, { do: 'answer', challengeId: ceremony.challengeId, response: prover.right(ceremony) });
};
const settingsOf = (view: View): Settings => {
  if (view.page !== 'settings') throw new Error(`the page is \`${view.page}\``);
  return view;
};
/** The settings of somebody with an app, after the proof. */
const atSettings = async (about: Partial<TrackRequest> = {}) => {
  const prover = await withApp();
  const at = await visit(prover.userId, about);
  const { view } = await confirm(at, prover);
  return { ...at, prover, view: settingsOf(view) };
};
const addApp = async (at: Visit): Promise<VisitAnswer> => {
  const { challengeId, shown } = ceremonyOf(await act(at, { do: 'enroll', method: 'AUTHENTICATOR_APP' }));
  const key = fromBase32((shown as { readonly secret: string }).secret);
  return act(at, { do: 'answer', challengeId, response: totpAt(key, world.now() / 1000) });
};
const user = async (userId: string) => {
  const found = await world.store.user(userId);
  if (!found) throw new Error('no such user');
  return found;
};
const idOf = async (userId: string, method: string): Promise<string> =>
  (await user(userId)).authenticators.find((one) => one.verificationMethod === method)?.userAuthenticatorId ?? '';
const events = async (userId: string): Promise<readonly Event[]> =>
  (await world.store.drainOutbox(1000, () => ({ ruleDays: [] }))).filter(({ data }) => data.userId === userId);
const state = async ({ userId, key }: Visit, of: string = action) =>
  (await world.stepward.getAction({ userId, action: of, idempotencyKey: key })).state;

describe('the settings page comes', () => {
  it('on an ALLOW after a proof, which makes it CHALLENGE_SUCCEEDED', async () => {
    const prover = await withApp();
    const at = await visit(prover.userId);
    expect(at.view).toMatchObject({ page: 'choose', methods: [{ method: 'AUTHENTICATOR_APP' }, { method: 'RECOVERY_CODE' }] });
    expect((await confirm(at, prover)).view.page).toBe('settings');
    expect(await state(at)).toBe('CHALLENGE_SUCCEEDED');
  });
  it('after the challenge that is owed anyway, without a second one', async () => {
    const prover = await withApp();
    const at = await visit(prover.userId, { action: 'demanding' });
    expect((await confirm(at, prover)).view.page).toBe('settings');
  });
  it('on a TRUST too, since the host asked for it', async () => {
    const prover = await withApp();
    expect((await visit(prover.userId, { action: 'trusted' })).view.page).toBe('choose');
  });
  it('never on BLOCK and REVIEW, whatever is sent', async () => {
    const { userId } = await withApp();
    for (const [of, page] of [
      ['stopped', 'blocked'],
      ['looked-at', 'review'],
    ] as const) {
      const at = await visit(userId, { action: of });
      expect(at.view.page).toBe(page);
      expect(await refusalOf(act(at, { do: 'new-codes' }))).toMatchObject({ code: 'access_denied' });
    }
  });
  it('only where the host asked for it', async () => {
    const prover = await withApp();
    const at = await visit(prover.userId, { redirectToSettings: false, action: 'demanding' });
    expect((await confirm(at, prover)).view.page).toBe('leave');
    expect(await refusalOf(act(at, { do: 'new-codes' }))).toMatchObject({ code: 'access_denied' });
  });
  it('not for a proof below the highest level that is enrolled: the stronger one is asked for', async () => {
    const prover = await withApp();
    await enrolledByEmail(world, prover.userId);
    const at = await visit(prover.userId, { action: 'demanding' });
    const { challengeId } = await start(at.browser, at.url, 'EMAIL_OTP');
    const { view } = await act(at, { do: 'answer', challengeId, response: world.codeTo(emailOf(prover.userId)) });
    expect(view).toMatchObject({ page: 'choose', methods: [{ method: 'AUTHENTICATOR_APP' }, { method: 'RECOVERY_CODE' }] });
    expect(await state(at, 'demanding')).toBe('CHALLENGE_SUCCEEDED');
    expect((await confirm(at, prover)).view.page).toBe('settings');
  });
  it('by a method that the action does not permit, which completes nothing', async () => {
    const prover = await withApp();
    const at = await visit(prover.userId, { action: 'mail-only' });
    expect(at.view).toMatchObject({ page: 'choose' });
    expect((await confirm(at, prover)).view.page).toBe('settings');
    expect(await state(at, 'mail-only')).toBe('ALLOW');
  });
  it('not by what opened the login', async () => {
    const userId = named();
    await enrolledByEmail(world, userId);
    const authenticationMethods = [{ method: 'otp', channel: 'email' as const }];
    expect((await visit(userId, { context: { authenticationMethods } })).view).toMatchObject({
      page: 'choose',
      methods: [{ method: 'RECOVERY_CODE' }],
    });
  });
  it('for a user without authenticators after his first one, as the policy says', async () => {
    const userId = named();
    await world.stepward.updateUser(userId, { email: emailOf(userId), emailVerified: true });
    const at = await visit(userId);
    expect(at.view.page).toBe('prove-contact');
    const { challengeId } = await start(at.browser, at.url, 'EMAIL_OTP');
    const answered = await act(at, { do: 'answer', challengeId, response: world.codeTo(emailOf(userId)) });
    expect(answered.view.page).toBe('recovery-codes');
    expect((await act(at, { do: 'codes-saved' })).view.page).toBe('settings');
    expect((await visit(named(), { action: 'closed' })).view.page).toBe('no-way');
  });
  it('together with a forced enrollment: first that, then the settings', async () => {
    const prover = await withApp();
    const at = await visit(prover.userId, {}, createBrowser(world, { forceEnrollment: true }));
    expect((await confirm(at, prover)).view).toMatchObject({ page: 'enroll', optional: true });
    expect((await act(at, { do: 'skip' })).view.page).toBe('settings');
  });
  it('after a recovery code: something new first, then the settings', async () => {
    const prover = await createProver(world, 'RECOVERY_CODE', named());
    const at = await visit(prover.userId, { action: 'demanding' });
    expect((await confirm(at, prover)).view).toMatchObject({ page: 'enroll', optional: true });
    expect((await act(at, { do: 'skip' })).view.page).toBe('settings');
  });
});

describe('it goes on', () => {
  it('for five minutes, then asks for a fresh proof, and nothing is done until then', async () => {
    const at = await atSettings();
    world.pass(299_000);
    expect((await look(at)).page).toBe('settings');
    world.pass(1_000);
    expect((await look(at)).page).toBe('choose');
    const before = await user(at.userId);
    expect(await act(at, { do: 'new-codes' })).toMatchObject({ error: 'confirm-again', view: { page: 'choose' } });
    expect(await user(at.userId)).toEqual(before);
    expect((await confirm(at, at.prover)).view.page).toBe('settings');
  });
  it('for an hour at most', async () => {
    const at = await atSettings();
    world.pass(3_600_000);
    expect((await look(at)).page).toBe('leave');
    expect(await refusalOf(act(at, { do: 'new-codes' }))).toMatchObject({ code: 'access_denied' });
  });
  it('not where its page was first opened after the instance was over', async () => {
    const prover = await withApp();
    const answer = await track(world, { userId: prover.userId, action, redirectToSettings: true });
    world.pass(600_000);
    expect((await createBrowser(world).open(answer.url)).view.page).toBe('leave');
  });
  it('until the person is done: the browser leaves as one that succeeded', async () => {
    const at = await atSettings();
    expect((await act(at, { do: 'done' })).view.page).toBe('leave');
    expect(await at.browser.leave(at.url)).toMatchObject({ result: 'succeeded', target: { token: expect.any(String) } });
    expect(await refusalOf(act(at, { do: 'new-codes' }))).toMatchObject({ code: 'access_denied' });
  });
  it('over several proofs without lengthening what the first one is good for', async () => {
    const at = await atSettings({ binding: 'login' });
    world.pass(300_000);
    await confirm(at, at.prover);
    await act(at, { do: 'done' });
    expect((await at.browser.leave(at.url))?.target).not.toHaveProperty('ticket');
    const ref = { userId: at.userId, action, idempotencyKey: at.key };
    expect(await refusalOf(world.stepward.consume(ref, { binding: 'login' }))).toMatchObject({ code: 'challenge_expired' });
  });
  it('cancelled before the proof, it leaves an ALLOW as it was', async () => {
    const prover = await withApp();
    const at = await visit(prover.userId);
    expect((await act(at, { do: 'cancel' })).view.page).toBe('leave');
    expect(await state(at)).toBe('ALLOW');
  });
  it.each<[string, (at: Visit) => Promise<unknown>]>([
    [
      'a factor change elsewhere',
      ({ userId }) => world.stepward.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email: 'new@example.org' }),
    ],
    ['a BLOCK', ({ userId }) => track(world, { userId, action: 'stopped' })],
    [
      'the end of its own device',
      async ({ userId, browser }) => {
        const [device] = await world.stepward.getDevices(userId);
        expect(browser.device).toBeDefined();
        await world.stepward.invalidateDevice(userId, String(device?.deviceId));
      },
    ],
  ])('not over %s: a fresh proof is owed at once', async (_, happens) => {
    const prover = await withApp();
    const browser = createBrowser(world);
    // a first visit makes the browser a device of this user
    const first = await visit(prover.userId, { binding: 'login', action: 'demanding' }, browser);
    await confirm(first, prover);
    await act(first, { do: 'done' });
    const ticket = (await browser.leave(first.url))?.target?.ticket ?? '';
    await world.stepward.consume({ userId: prover.userId, action: 'demanding', idempotencyKey: first.key }, { binding: 'login', ticket });
    const at = await visit(prover.userId, {}, browser);
    expect((await confirm(at, prover)).view.page).toBe('settings');
    world.pass(1_000);
    await happens(at);
    expect((await look(at)).page).toBe('choose');
    expect(await act(at, { do: 'new-codes' })).toMatchObject({ error: 'confirm-again' });
  });
});

describe('on it a person', () => {
  it('sees what he has, without secrets and addresses masked', async () => {
    const prover = await withApp();
    await enrolledByEmail(world, prover.userId);
    const at = await visit(prover.userId);
    const { view } = await confirm(at, prover);
    expect(view).toMatchObject({
      page: 'settings',
      codesLeft: 10,
      authenticators: [
        { method: 'AUTHENTICATOR_APP', canBeRemoved: true, canBeNamed: false, lastUsedAt: world.now() },
        { method: 'EMAIL_OTP', destination: 'p•••@e•••.org' },
      ],
    });
    expect(JSON.stringify(view)).not.toMatch(/secret|hash|salt|@example/);
  });
  it('adds another: proofs and devices of before end, his own visit goes on', async () => {
    const userId = named();
    await enrolledByEmail(world, userId);
    const at = await visit(userId);
    const { challengeId } = await start(at.browser, at.url, 'EMAIL_OTP');
    await act(at, { do: 'answer', challengeId, response: world.codeTo(emailOf(userId)) });
    await events(userId);
    world.pass(200_000);
    const { view } = await addApp(at);
    expect(settingsOf(view).authenticators.map(({ method }) => method)).toEqual(['EMAIL_OTP', 'AUTHENTICATOR_APP']);
    expect((await user(userId)).proofsVoidBefore).toBe(world.now());
    expect(await events(userId)).toMatchObject([
      { type: 'authenticator.created', data: { userId, verificationMethod: 'AUTHENTICATOR_APP', userAuthenticatorId: expect.any(String) } },
    ]);
    // what was just enrolled prolongs nothing
    world.pass(100_000);
    expect((await look(at)).page).toBe('choose');
  });
  it('names a passkey; the name is one visible line of at most 60 characters', async () => {
    const prover = await createProver(world, 'PASSKEY', named());
    const at = await visit(prover.userId);
    await confirm(at, prover);
    await events(at.userId);
    const userAuthenticatorId = await idOf(at.userId, 'PASSKEY');
    const nameOf = async () => (await user(at.userId)).authenticators.find((one) => one.userAuthenticatorId === userAuthenticatorId)?.name;
    const before = await user(at.userId);
    expect(await act(at, { do: 'name', userAuthenticatorId, name: ' \u202eKey\u0000\r\n<b>of</b>  Ana\u200b ' })).toMatchObject({
      changed: true,
    });
    expect(await nameOf()).toBe('Key <b>of</b>  Ana');
    expect((await events(at.userId)).map(({ type, data }) => [type, (data.webauthnCredential as { readonly name: string }).name])).toEqual([
      ['authenticator.updated', 'Key <b>of</b>  Ana'],
    ]);
    expect((await act(at, { do: 'name', userAuthenticatorId, name: 'Key <b>of</b>  Ana' })).changed).toBeUndefined();
    await act(at, { do: 'name', userAuthenticatorId, name: '🙂'.repeat(5000) });
    expect([...((await nameOf()) ?? '')]).toHaveLength(60);
    await act(at, { do: 'name', userAuthenticatorId, name: ' \u200b ' });
    expect(await nameOf()).toBeUndefined();
    expect((await user(at.userId)).proofsVoidBefore).toBe(before.proofsVoidBefore);
  });
  it('cannot name what has no name', async () => {
    const at = await atSettings();
    const userAuthenticatorId = await idOf(at.userId, 'AUTHENTICATOR_APP');
    expect(await refusalOf(act(at, { do: 'name', userAuthenticatorId, name: 'x' }))).toMatchObject({ code: 'invalid_request' });
  });
  it('removes one: his contact is told, with time, place and method', async () => {
    const prover = await withApp();
    const { userId } = prover;
    await world.stepward.updateUser(userId, { email: `told-${emailOf(userId)}`, emailVerified: true });
    await enrolledByEmail(world, userId);
    const at = await visit(userId);
    await confirm(at, prover);
    await events(userId);
    const userAuthenticatorId = await idOf(userId, 'EMAIL_OTP');
    const { view, changed } = await act(at, { do: 'remove', userAuthenticatorId });
    expect(changed).toBe(true);
    expect(settingsOf(view).authenticators.map(({ method }) => method)).toEqual(['AUTHENTICATOR_APP']);
    expect(await events(userId)).toMatchObject([
      { type: 'authenticator.deleted', data: { userAuthenticatorId, verificationMethod: 'EMAIL_OTP' } },
    ]);
    await expect.poll(() => world.mails.findLast(({ to }) => to === `told-${emailOf(userId)}`)?.text).toMatch(/removed from your account/);
    expect(world.mails.findLast(({ to }) => to === `told-${emailOf(userId)}`)?.text).toMatch(/Chrome[\s\S]*\/challenge\/report\?r=/);
    expect(await refusalOf(act(at, { do: 'remove', userAuthenticatorId }))).toMatchObject({ code: 'not_found' });
  });
  it('cannot remove the only one while the action demands one', async () => {
    const at = await atSettings({ action: 'demanding' });
    expect(at.view.authenticators).toMatchObject([{ canBeRemoved: false }]);
    const before = await user(at.userId);
    const userAuthenticatorId = await idOf(at.userId, 'AUTHENTICATOR_APP');
    expect(await refusalOf(act(at, { do: 'remove', userAuthenticatorId }))).toMatchObject({ code: 'last_authenticator' });
    expect(await user(at.userId)).toEqual(before);
  });
  it('can where it does not: the recovery codes go with it', async () => {
    const at = await atSettings();
    await events(at.userId);
    const { view } = await act(at, { do: 'remove', userAuthenticatorId: await idOf(at.userId, 'AUTHENTICATOR_APP') });
    expect(settingsOf(view)).toMatchObject({
      authenticators: [],
      methods: expect.arrayContaining([expect.objectContaining({ method: 'AUTHENTICATOR_APP' })]),
    });
    expect((await user(at.userId)).authenticators).toEqual([]);
    expect((await events(at.userId)).map(({ type, data }) => [type, data.verificationMethod])).toEqual([
      ['authenticator.deleted', 'AUTHENTICATOR_APP'],
      ['authenticator.deleted', 'RECOVERY_CODE'],
    ]);
    world.pass(300_000);
    expect((await look(at)).page).not.toBe('settings');
  });
  it('of two at once, both removing the other one, one stays', async () => {
    const prover = await withApp();
    await enrolledByEmail(world, prover.userId);
    const at = await visit(prover.userId, { action: 'demanding' });
    await confirm(at, prover);
    const ids = await Promise.all(['AUTHENTICATOR_APP', 'EMAIL_OTP'].map((method) => idOf(prover.userId, method)));
    const results = await Promise.allSettled(ids.map((userAuthenticatorId) => act(at, { do: 'remove', userAuthenticatorId })));
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await user(prover.userId)).authenticators.filter((one) => one.verificationMethod !== 'RECOVERY_CODE')).toHaveLength(1);
  });
  it('gets new recovery codes, shown until saved; the old ones no longer work', async () => {
    const at = await atSettings();
    const old = (await user(at.userId)).authenticators.find((one) => one.verificationMethod === 'RECOVERY_CODE');
    await events(at.userId);
    const { view } = await act(at, { do: 'new-codes' });
    expect(view).toMatchObject({ page: 'recovery-codes', codes: { length: 10 } });
    expect((await act(at, { do: 'codes-saved' })).view).toMatchObject({ page: 'settings', codesLeft: 10 });
    const after = (await user(at.userId)).authenticators.filter((one) => one.verificationMethod === 'RECOVERY_CODE');
    expect(after).toHaveLength(1);
    expect(after[0]?.data).not.toEqual(old?.data);
    expect((await events(at.userId)).map(({ type, data }) => [type, data.verificationMethod])).toEqual([
      ['authenticator.deleted', 'RECOVERY_CODE'],
      ['authenticator.created', 'RECOVERY_CODE'],
    ]);
    expect(JSON.stringify(await events(at.userId))).not.toContain('salt');
  });
  it('changes so much and no more in one visit', async () => {
    const at = await atSettings();
    for (let set = 0; set < 40; set++) {
      const refused = await act(at, { do: 'new-codes' }).then(
        () => false,
        () => true,
      );
      if (refused) return expect(set).toBeGreaterThan(10);
      await act(at, { do: 'codes-saved' });
    }
    throw new Error('without end');
  });
  it.each<[string, (id: string) => VisitCommand]>([
    ['removes', (userAuthenticatorId) => ({ do: 'remove', userAuthenticatorId })],
    ['names', (userAuthenticatorId) => ({ do: 'name', userAuthenticatorId, name: 'mine' })],
  ])('%s nothing of another user: his looks like one that is gone', async (_, command) => {
    const other = await createProver(world, 'PASSKEY', named());
    const at = await atSettings();
    const before = await user(other.userId);
    const foreign = await refusalOf(act(at, command(await idOf(other.userId, 'PASSKEY'))));
    expect(foreign).toEqual(await refusalOf(act(at, command('0190aaaa-aaaa-7aaa-8aaa-aaaaaaaaaaaa'))));
    expect(await user(other.userId)).toEqual(before);
  });
});

describe('of the devices a person', () => {
  /** Signs in by the app on two browsers, both remembered; the settings are open on the first. */
  const withTwo = async () => {
    const prover = await withApp();
    await world.configure('sign-in', { defaultUserActionResult: 'CHALLENGE', rememberDevice: { enabled: true, days: 30 } });
    const signIn = async (browser: TestBrowser, deviceId: string) => {
      const at = await visit(prover.userId, { action: 'sign-in', binding: 'login', redirectToSettings: false, deviceId }, browser);
      world.pass(30_000);
      const ceremony = await start(browser, at.url, prover.method);
      await act(at, { do: 'answer', challengeId: ceremony.challengeId, response: prover.right(ceremony), remember: true });
      const ticket = (await browser.leave(at.url))?.target?.ticket ?? '';
      await world.stepward.consume({ userId: prover.userId, action: 'sign-in', idempotencyKey: at.key }, { binding: 'login', ticket });
    };
    const [here, there] = [createBrowser(world), browserElsewhere(world)];
    await signIn(there, 'there');
    await signIn(here, 'here');
    const at = await visit(prover.userId, { deviceId: 'here' }, here);
    const { view } = await confirm(at, prover);
    return { ...at, here, there, prover, view: settingsOf(view), signIn };
  };
  const isAsked = async (userId: string, browser: TestBrowser) =>
    (await visit(userId, { action: 'sign-in', redirectToSettings: false }, browser)).view.page !== 'leave';

  it('sees browser, system, last use, what is remembered, and which is this one', async () => {
    const { view } = await withTwo();
    expect(view.devices).toMatchObject([
      { browser: 'Chrome', os: 'Linux', isThis: true, rememberedUntil: expect.any(Number), lastUsedAt: expect.any(Number) },
      { browser: 'Firefox', os: 'macOS', isThis: false, rememberedUntil: expect.any(Number) },
    ]);
    expect(view.moreDevices).toBe(0);
  });
  it('stops one from being remembered; it stays known', async () => {
    const at = await withTwo();
    const [, there] = at.view.devices;
    const { view, changed } = await act(at, { do: 'stop-remembering', deviceId: there?.deviceId ?? '' });
    expect(changed).toBe(true);
    expect(settingsOf(view).devices[1]).toMatchObject({ deviceId: there?.deviceId, rememberedUntil: undefined });
    expect(await isAsked(at.userId, at.there)).toBe(true);
    expect(await isAsked(at.userId, at.here)).toBe(false);
  });
  it('forgets one', async () => {
    const at = await withTwo();
    const [, there] = at.view.devices;
    const { view } = await act(at, { do: 'forget-device', deviceId: there?.deviceId ?? '' });
    expect(settingsOf(view).devices).toHaveLength(1);
    expect(await isAsked(at.userId, at.there)).toBe(true);
    expect((await events(at.userId)).filter(({ type }) => type === 'device.updated')).toMatchObject([
      { data: { deviceId: there?.deviceId } },
    ]);
    expect(await refusalOf(act(at, { do: 'forget-device', deviceId: there?.deviceId ?? '' }))).toMatchObject({ code: 'not_found' });
  });
  it('forgets all others, not this one', async () => {
    const at = await withTwo();
    const { view } = await act(at, { do: 'forget-others' });
    expect(settingsOf(view).devices).toMatchObject([{ isThis: true }]);
    expect(await isAsked(at.userId, at.there)).toBe(true);
    expect(await isAsked(at.userId, at.here)).toBe(false);
    expect((await act(at, { do: 'forget-others' })).changed).toBeUndefined();
  });
  it('has none of another user’s', async () => {
    const other = await withTwo();
    const at = await atSettings();
    const before = await user(other.userId);
    for (const command of ['forget-device', 'stop-remembering'] as const)
      expect(await refusalOf(act(at, { do: command, deviceId: other.view.devices[0]?.deviceId ?? '' }))).toMatchObject({
        code: 'not_found',
      });
    expect(await user(other.userId)).toEqual(before);
  });
  it('loses none by a change of factors, but no device stays remembered', async () => {
    const at = await withTwo();
    const { view } = await act(at, { do: 'new-codes' });
    expect(view.page).toBe('recovery-codes');
    const shown = settingsOf((await act(at, { do: 'codes-saved' })).view);
    expect(shown.devices.map(({ rememberedUntil }) => rememberedUntil)).toEqual([undefined, undefined]);
    expect(await isAsked(at.userId, at.here)).toBe(true);
  });
});

describe('a visit that is not this browser’s', () => {
  it('changes nothing', async () => {
    const at = await atSettings();
    const before = await user(at.userId);
    const stranger = createBrowser(world, { browser: 'another-browser' });
    for (const command of [{ do: 'new-codes' }, { do: 'forget-others' }, { do: 'done' }] as const)
      expect((await stranger.act(at.url, command)).view.page).toBe('neutral');
    expect(await user(at.userId)).toEqual(before);
    expect((await look(at)).page).toBe('settings');
  });
});
