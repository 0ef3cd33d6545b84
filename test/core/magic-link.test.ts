import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LinkAnswer, TrackRequest } from '../../core/index.ts';
import { createBrowser, createWorld, type World } from '../support/stepward.ts';
import { ceremonyOf, emailOf, refOf, refusalOf, start, track } from '../support/use-cases.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
  await world.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
});
afterAll(() => world.end());

let count = 0;
/** Somebody whose address is enrolled for links. */
const person = async (): Promise<string> => {
  count += 1;
  const userId = `person-${count}`;
  await world.stepward.enrollVerified(userId, { verificationMethod: 'EMAIL_MAGIC_LINK', email: emailOf(userId) });
  world.pass(60_000);
  return userId;
};

/** A challenge whose link was sent. */
const sent = async (more: Partial<TrackRequest> & { readonly userId?: string } = {}) => {
  const userId = more.userId ?? (await person());
  const browser = createBrowser(world);
  const answer = await track(world, { ...more, userId });
  await browser.open(answer.url);
  const ceremony = await start(browser, answer.url, 'EMAIL_MAGIC_LINK');
  const state = async () => (await world.stepward.getAction(refOf(userId, answer, more.action))).state;
  const type = (code: string) => browser.act(answer.url, { do: 'answer', challengeId: ceremony.challengeId, response: code });
  return { userId, browser, answer, url: answer.url, ceremony, l: world.linkTo(emailOf(userId)), state, type };
};

const codeIn = ({ view }: LinkAnswer): string => {
  if (view.page !== 'link-code') throw new Error(`no code but page \`${view.page}\``);
  return view.code;
};
const otherCode = (code: string): string => (code === '000000' ? '000001' : '000000');

describe('a magic link in the browser of the visit', () => {
  it('says what it is for, and finishes the challenge when its button is pressed', async () => {
    const visit = await sent();
    expect(visit.ceremony).toMatchObject({ method: 'EMAIL_MAGIC_LINK', destination: expect.stringContaining('•••') });
    const opened = await visit.browser.follow(visit.l);
    expect(opened.view).toMatchObject({
      page: 'link',
      finishesHere: true,
      subject: { action: 'signIn', asked: { browser: 'Chrome', at: expect.any(Number) } },
    });
    expect(await visit.state()).toBe('CHALLENGE_REQUIRED');
    expect(await visit.browser.waiting(visit.url, visit.ceremony.challengeId)).toBe('waiting');

    const pressed = await visit.browser.press(visit.l);
    expect(pressed.view).toEqual({ page: 'link-done' });
    expect(pressed.setDevice).toEqual(expect.any(String));
    expect(await visit.state()).toBe('CHALLENGE_SUCCEEDED');
    expect(await visit.browser.waiting(visit.url, visit.ceremony.challengeId)).toBe('over');
    expect((await visit.browser.open(visit.url)).view.page).toBe('leave');
    expect(await world.stepward.getAction(refOf(visit.userId, visit.answer))).toMatchObject({
      verificationMethod: 'EMAIL_MAGIC_LINK',
      acr: 'urn:stepward:aal1',
      amr: [],
    });
  });

  it('is pressed once', async () => {
    const visit = await sent();
    await visit.browser.press(visit.l);
    expect((await visit.browser.press(visit.l)).view.page).toBe('neutral');
    expect((await visit.browser.follow(visit.l)).view.page).toBe('neutral');
    expect((await createBrowser(world).press(visit.l)).view.page).toBe('neutral');
  });

  it('works while the page shows the other ways, which spend nothing', async () => {
    const visit = await sent();
    await visit.browser.act(visit.url, { do: 'back' });
    expect((await visit.browser.press(visit.l)).view.page).toBe('link-done');
    expect(await visit.state()).toBe('CHALLENGE_SUCCEEDED');
  });

  it('remembers the device where the box is ticked and the action has one', async () => {
    await world.configure('remembering', { defaultUserActionResult: 'CHALLENGE', rememberDevice: { enabled: true, days: 3 } });
    const visit = await sent({ action: 'remembering' });
    expect((await visit.browser.follow(visit.l)).view).toMatchObject({ canRemember: true });
    await visit.browser.press(visit.l, true);
    const ref = refOf(visit.userId, visit.answer, 'remembering');
    const token = (await visit.browser.leave(visit.url))?.target?.token ?? '';
    expect(await world.stepward.validate({ token, idempotencyKey: ref.idempotencyKey })).toMatchObject({ isValid: true });
    expect(await world.stepward.getDevices(visit.userId)).toEqual([expect.objectContaining({ rememberedUntil: expect.any(String) })]);
  });
});

describe('a scanner of mail', () => {
  it('spends nothing by opening the link, however often', async () => {
    const visit = await sent();
    for (const _ of [1, 2, 3]) {
      const { view } = await createBrowser(world).follow(visit.l);
      expect(view).toMatchObject({ page: 'link', finishesHere: false });
    }
    expect((await visit.browser.press(visit.l)).view.page).toBe('link-done');
  });
});

describe('a magic link in another browser', () => {
  it('never completes the visit: it shows a code, which the first page takes', async () => {
    const visit = await sent();
    const other = createBrowser(world);
    const code = codeIn(await other.press(visit.l));
    expect(code).toMatch(/^\d{6}$/);
    expect(await visit.state()).toBe('CHALLENGE_REQUIRED');
    expect(await visit.browser.waiting(visit.url, visit.ceremony.challengeId)).toBe('pressed-elsewhere');
    expect(ceremonyOf(await visit.browser.open(visit.url))).toMatchObject({ pressedElsewhere: true });
    await visit.type(code);
    expect(await world.stepward.getAction(refOf(visit.userId, visit.answer))).toMatchObject({
      state: 'CHALLENGE_SUCCEEDED',
      verificationMethod: 'EMAIL_MAGIC_LINK',
    });
  });

  it('shows the same code again to that browser, and to no other', async () => {
    const visit = await sent();
    const other = createBrowser(world);
    const code = codeIn(await other.press(visit.l));
    expect(codeIn(await other.follow(visit.l))).toBe(code);
    expect((await other.press(visit.l)).view.page).toBe('neutral');
    for (const stranger of [visit.browser, createBrowser(world)]) {
      expect((await stranger.follow(visit.l)).view.page).toBe('neutral');
      expect((await stranger.press(visit.l)).view.page).toBe('neutral');
    }
    expect(await visit.state()).toBe('CHALLENGE_REQUIRED');
    expect(ceremonyOf(await visit.browser.open(visit.url)).triesLeft).toBe(5);
  });

  it('gives nothing to guess before it was pressed', async () => {
    const visit = await sent();
    for (const code of ['000000', '123456', '999999']) expect((await visit.type(code)).error).toBe('wrong');
    expect(codeIn(await createBrowser(world).press(visit.l))).toMatch(/^\d{6}$/);
  });

  it('lends its code to no other challenge', async () => {
    const [one, two] = [await sent(), await sent()];
    const code = codeIn(await createBrowser(world).press(one.l));
    const hers = codeIn(await createBrowser(world).press(two.l));
    if (code !== hers) expect((await two.type(code)).error).toBe('wrong');
    await two.type(hers);
    expect(await two.state()).toBe('CHALLENGE_SUCCEEDED');
  });

  it('is taken as wrong as any code: five tries, in the budget of the method', async () => {
    const visit = await sent();
    const code = codeIn(await createBrowser(world).press(visit.l));
    for (const _ of [1, 2, 3, 4]) expect((await visit.type(otherCode(code))).error).toBe('wrong');
    expect((await visit.type(otherCode(code))).error).toBe('spent');
    expect((await visit.type(code)).error).toBe('late');
    expect((await world.store.user(visit.userId))?.guesses['EMAIL_MAGIC_LINK:other']).toMatchObject({ consecutive: 5 });
    expect(await visit.state()).toBe('CHALLENGE_REQUIRED');
  });

  it('a visit in a frame is another browser to the tab that opens the link', async () => {
    const userId = await person();
    const { url } = await track(world, { userId });
    const framed = createBrowser(world, { mode: 'frame' });
    await framed.open(url);
    await start(framed, url, 'EMAIL_MAGIC_LINK');
    expect((await framed.press(world.linkTo(emailOf(userId)))).view.page).toBe('link-code');
  });
});

describe('a link that is over', () => {
  it('after ten minutes', async () => {
    const visit = await sent({ action: 'long' });
    await world.configure('long', { defaultUserActionResult: 'CHALLENGE', challengeExpiresIn: 3600 });
    const long = await sent({ userId: await person(), action: 'long' });
    world.pass(10 * 60_000 - 1);
    expect((await long.browser.follow(long.l)).view.page).toBe('link');
    world.pass(1);
    for (const browser of [long.browser, createBrowser(world)]) {
      expect((await browser.follow(long.l)).view.page).toBe('neutral');
      expect((await browser.press(long.l)).view.page).toBe('neutral');
    }
    expect(await long.browser.waiting(long.url, long.ceremony.challengeId)).toBe('over');
    expect((await visit.browser.press(visit.l)).view.page).toBe('neutral');
  });

  it('so is its code', async () => {
    await world.configure('long', { defaultUserActionResult: 'CHALLENGE', challengeExpiresIn: 3600 });
    const visit = await sent({ action: 'long' });
    const other = createBrowser(world);
    const code = codeIn(await other.press(visit.l));
    world.pass(10 * 60_000);
    expect((await visit.type(code)).error).toBe('late');
    expect((await other.follow(visit.l)).view.page).toBe('neutral');
    expect(await visit.state()).toBe('CHALLENGE_REQUIRED');
  });

  it('once a newer one was sent, and so is its code', async () => {
    const visit = await sent();
    const code = codeIn(await createBrowser(world).press(visit.l));
    world.pass(31_000);
    await visit.browser.act(visit.url, { do: 'resend' });
    const newer = world.linkTo(emailOf(visit.userId));
    expect(newer).not.toBe(visit.l);
    expect((await visit.browser.press(visit.l)).view.page).toBe('neutral');
    expect((await visit.type(code)).error).toBe('wrong');
    expect((await visit.browser.press(newer)).view.page).toBe('link-done');
  });

  it('once the challenge was cancelled, blocked or met otherwise', async () => {
    const cancelled = await sent();
    await cancelled.browser.act(cancelled.url, { do: 'cancel' });
    const blocked = await sent();
    await world.stepward.updateAction(refOf(blocked.userId, blocked.answer), { state: 'BLOCK' });
    for (const visit of [cancelled, blocked]) {
      expect((await visit.browser.follow(visit.l)).view.page).toBe('neutral');
      expect((await visit.browser.press(visit.l)).view.page).toBe('neutral');
      expect((await createBrowser(world).press(visit.l)).view.page).toBe('neutral');
    }
  });

  it('once the authenticator is gone', async () => {
    const visit = await sent();
    const [one] = await world.stepward.getAuthenticators(visit.userId);
    await world.stepward.deleteAuthenticator(visit.userId, String(one?.userAuthenticatorId));
    expect((await visit.browser.press(visit.l)).view.page).toBe('neutral');
    expect(await visit.state()).toBe('CHALLENGE_REQUIRED');
  });

  it.each(['', 'x', 'A'.repeat(44), 'A'.repeat(4096), '../../challenge', '%00'])('or never was: `%s`', async (l) => {
    expect((await createBrowser(world).follow(l)).view.page).toBe('neutral');
    expect((await createBrowser(world).press(l)).view.page).toBe('neutral');
  });

  it('or carries the token of another', async () => {
    const [one, two] = [await sent(), await sent()];
    expect((await one.browser.press(one.l.slice(0, 22) + two.l.slice(22))).view.page).toBe('neutral');
    expect((await two.browser.press(two.l)).view.page).toBe('link-done');
  });
});

describe('the first enrollment by a link', () => {
  const newcomer = async (action: string) => {
    count += 1;
    const userId = `newcomer-${count}`;
    await world.stepward.updateUser(userId, { email: emailOf(userId), emailVerified: true });
    const answer = await track(world, { userId, action });
    const browser = createBrowser(world);
    const opened = await browser.open(answer.url);
    return { userId, answer, browser, opened };
  };

  it('is by code where codes are active, and may be asked for by link', async () => {
    const { opened, browser, answer, userId } = await newcomer('signIn');
    expect(opened.view).toMatchObject({ page: 'prove-contact', method: 'EMAIL_OTP' });
    await start(browser, answer.url, 'EMAIL_MAGIC_LINK');
    expect((await browser.press(world.linkTo(emailOf(userId)))).view.page).toBe('link-done');
    expect(await world.stepward.getUser(userId)).toMatchObject({ enrolledVerificationMethods: ['EMAIL_MAGIC_LINK', 'RECOVERY_CODE'] });
    expect((await browser.open(answer.url)).view.page).toBe('recovery-codes');
  });

  it('is by link where the action permits links alone', async () => {
    await world.configure('links', { defaultUserActionResult: 'CHALLENGE', verificationMethods: ['EMAIL_MAGIC_LINK'] });
    const { opened, answer } = await newcomer('links');
    expect(answer.canEnroll).toBe(true);
    expect(opened.view).toMatchObject({ page: 'prove-contact', method: 'EMAIL_MAGIC_LINK' });
  });

  it('is by link where codes are switched off', async () => {
    const off = { kind: 'authenticator-configuration', id: 'EMAIL_OTP' } as const;
    const body = { verificationMethod: 'EMAIL_OTP', isActive: false, settings: {} };
    await world.policies.change(() => ({ answer: undefined, put: [{ ...off, body }] }));
    const { opened, browser, answer } = await newcomer('signIn');
    expect(opened.view).toMatchObject({ page: 'prove-contact', method: 'EMAIL_MAGIC_LINK' });
    expect(await refusalOf(browser.act(answer.url, { do: 'choose', method: 'EMAIL_OTP' }))).toMatchObject({ code: 'method_not_permitted' });
    await world.policies.change(() => ({ answer: undefined, remove: [off] }));
  });

  it('goes to the address that is vouched for, and dies with it', async () => {
    const { browser, answer, userId } = await newcomer('signIn');
    await start(browser, answer.url, 'EMAIL_MAGIC_LINK');
    const l = world.linkTo(emailOf(userId));
    await world.stepward.updateUser(userId, { email: 'other@example.org', emailVerified: true });
    expect((await browser.press(l)).view.page).toBe('neutral');
    expect(await world.stepward.getUser(userId)).toMatchObject({ isEnrolled: false });
  });
});

describe('messages with a link', () => {
  it('are counted with those that carry a code: one in 30 seconds to an address, three for a challenge', async () => {
    const userId = await person();
    await world.stepward.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email: emailOf(userId) });
    const visit = await sent({ userId });
    const before = world.mails.length;
    expect((await visit.browser.act(visit.url, { do: 'choose', method: 'EMAIL_OTP' })).error).toBe('wait');
    world.pass(31_000);
    await visit.browser.act(visit.url, { do: 'choose', method: 'EMAIL_OTP' });
    world.pass(31_000);
    await visit.browser.act(visit.url, { do: 'choose', method: 'EMAIL_MAGIC_LINK' });
    world.pass(31_000);
    expect((await visit.browser.act(visit.url, { do: 'resend' })).error).toBe('spent');
    expect(world.mails.length - before).toBe(2);
  });

  it('name action and data, carry one link of ours and no code, and keep the subject to themselves', async () => {
    const display = [{ label: 'To', value: '<b>Bob</b>\r\nBcc: eve@evil.example' }] as const;
    const userId = await person();
    await sent({ userId, display, action: 'withdraw-funds' });
    const mail = world.mails.findLast(({ to }) => to === emailOf(userId));
    expect(mail?.subject).toBe('Your link to confirm it’s you');
    expect(mail?.text).toContain('Withdraw funds');
    expect(mail?.text).toContain('To: <b>Bob</b> Bcc:');
    expect(mail?.text.match(/https?:\S+/g)).toEqual([`http://localhost:8787/challenge/link?l=${world.linkTo(emailOf(userId))}`]);
    expect(mail?.html).not.toContain('<b>Bob');
    expect(mail?.text).not.toMatch(/\b\d{6}\b/);
  });

  it('a double click sends one', async () => {
    const visit = await sent();
    const before = world.mails.length;
    const again = await start(visit.browser, visit.url, 'EMAIL_MAGIC_LINK');
    expect(again.challengeId).toBe(visit.ceremony.challengeId);
    expect(world.mails.length).toBe(before);
  });
});
