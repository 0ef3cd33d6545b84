import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { codeOf, createPage, enrolledBy, type Page, pageOf, prove } from '../support/client-api.ts';
import { createWorld, type World } from '../support/stepward.ts';
import { emailOf, refOf } from '../support/use-cases.ts';

const method = 'EMAIL_MAGIC_LINK';

describe('a mailed link that an application’s page waits for', () => {
  let world: World;
  let userId: string;
  let count = 0;
  const crossBrowser = (allowed: boolean) => world.management.updateAuthenticatorConfiguration('test', method, { crossBrowser: allowed });
  beforeAll(async () => {
    world = await createWorld();
    await world.configure('pay', { defaultUserActionResult: 'CHALLENGE' });
    await world.configure('strong', { defaultUserActionResult: 'CHALLENGE', minimumAssurance: 'aal2' });
    await world.configure('free', { defaultUserActionResult: 'ALLOW' });
  });
  afterAll(() => world.end());
  beforeEach(async () => {
    world.pass(86_400_000);
    count += 1;
    userId = `user-${count}`;
    await crossBrowser(true);
  });

  const enrolled = () => world.stepward.enrollVerified(userId, { verificationMethod: method, email: emailOf(userId) });
  const linkTo = (address: string): string => {
    const text = world.mails.findLast(({ to, text: all }) => to === address && all.includes('link?l='))?.text ?? '';
    return /link\?l=(\S+)/.exec(text)?.[1] ?? '';
  };
  const press = async (l: string) => (await world.stepward.links.press({ l }, false)).view.page;
  const waits = async (page: Page) => expect(await page.finalizeLink()).toEqual({ isVerified: false });

  it('is pressed wherever the mail is read; the page that waits gets the proof', async () => {
    await enrolled();
    const { answer, page } = await pageOf(world, { userId, action: 'pay' });
    await waits(page);
    expect(await page.sendEmail(method)).toEqual({ challengeId: expect.any(String) });
    const l = linkTo(emailOf(userId));
    expect((await world.stepward.links.open({ l })).view.page).toBe('link');
    await waits(page);
    expect(await press(l)).toBe('link-done');
    const first = page.token;
    expect(await page.finalizeLink()).toEqual({ isVerified: true, accessToken: expect.any(String) });
    expect(await world.stepward.getAction(refOf(userId, answer, 'pay'))).toMatchObject({
      state: 'CHALLENGE_SUCCEEDED',
      verificationMethod: method,
    });
    expect(await createPage(world, first).finalizeLink()).toMatchObject({ isVerified: true });
    expect(await world.stepward.validate({ token: page.token })).toMatchObject({ isValid: true, verificationMethod: method });
    expect(await press(l)).toBe('neutral');
  });
  it('only where the tenant lets another browser finish it', async () => {
    await enrolled();
    const open = await pageOf(world, { userId, action: 'pay' });
    await open.page.sendEmail(method);
    const l = linkTo(emailOf(userId));
    await crossBrowser(false);
    expect(await press(l)).toBe('neutral');
    await waits(open.page);
    world.pass(31_000);
    const { page } = await pageOf(world, { userId, action: 'pay', scope: 'add:authenticators' });
    expect(await codeOf(page.sendEmail(method))).toBe('method_not_permitted');
    expect(
      await codeOf(
        (await pageOf(world, { userId: 'new', action: 'free', scope: 'add:authenticators' })).page.enrollEmail(method, 'x@example.org'),
      ),
    ).toBe('method_not_permitted');
    expect((await page.init()).challengeOptions).toMatchObject({ verificationMethods: ['RECOVERY_CODE'] });
  });
  it('is for the token that it was begun with: another of the same instance waits for nothing', async () => {
    await enrolled();
    const first = await pageOf(world, { userId, action: 'pay', idempotencyKey: `key-${count}` });
    const second = await pageOf(world, { userId, action: 'pay', idempotencyKey: `key-${count}` });
    expect(second.page.token).not.toBe(first.page.token);
    await first.page.sendEmail(method);
    await press(linkTo(emailOf(userId)));
    await waits(second.page);
    expect(await first.page.finalizeLink()).toMatchObject({ isVerified: true });
  });
  it('a link of the hosted page gives no token', async () => {
    await enrolled();
    const { answer, page } = await pageOf(world, { userId, action: 'pay' });
    const c = new URL(answer.url).searchParams.get('c') ?? '';
    const browser = { c, mode: 'redirect', forceEnrollment: false } as const;
    const { setBrowser } = await world.stepward.visits.open(browser, true);
    await world.stepward.visits.act({ ...browser, browser: setBrowser }, { do: 'choose', method });
    await world.stepward.links.press({ l: linkTo(emailOf(userId)), browser: setBrowser }, false);
    expect((await world.stepward.getAction(refOf(userId, answer, 'pay'))).state).toBe('CHALLENGE_SUCCEEDED');
    await waits(page);
  });
  it('enrolls an address', async () => {
    const { page } = await pageOf(world, { userId, action: 'free', scope: 'add:authenticators' });
    expect(await page.enrollEmail(method, 'new@example.org')).toEqual({ userAuthenticatorId: expect.any(String), userId });
    await press(linkTo('new@example.org'));
    expect(await page.finalizeLink()).toMatchObject({
      isVerified: true,
      userAuthenticator: { verificationMethod: method, email: 'new@example.org' },
    });
  });
  it('proves a contact that is not permitted here, which lets one method be enrolled by the answered token', async () => {
    await world.stepward.updateUser(userId, { email: emailOf(userId), emailVerified: true });
    const { answer, page } = await pageOf(world, { userId, action: 'strong' });
    await page.sendEmail(method);
    await press(linkTo(emailOf(userId)));
    expect(await codeOf(page.enrollApp())).toBe('enrollment_not_allowed');
    expect(await page.finalizeLink()).toMatchObject({ isVerified: true, accessToken: expect.any(String) });
    expect((await world.stepward.getAction(refOf(userId, answer, 'strong'))).state).toBe('CHALLENGE_REQUIRED');
    expect(await page.enrollApp()).toMatchObject({ secret: expect.any(String) });
  });
  it('a proof that grew old before the link was pressed enrolls nothing', async () => {
    const key = await enrolledBy.PASSKEY(world, userId);
    const { page } = await pageOf(world, { userId, action: 'pay' });
    await prove(page, key);
    await page.enrollEmail(method, 'late@example.org');
    world.pass(300_000);
    expect(await press(linkTo('late@example.org'))).toBe('neutral');
    await waits(page);
  });
  it('waits until its token ends, then hears that it has expired; a BLOCK is told at once', async () => {
    await enrolled();
    const { answer, page } = await pageOf(world, { userId, action: 'pay' });
    await page.sendEmail(method);
    world.pass(599_000);
    await waits(page);
    world.pass(1_000);
    expect(await codeOf(page.finalizeLink())).toBe('expired_token');
    const other = await pageOf(world, { userId, action: 'pay' });
    await world.stepward.updateAction(refOf(userId, other.answer, 'pay'), { state: 'BLOCK' });
    expect(await codeOf(other.page.finalizeLink())).toBe('access_denied');
    expect(answer.state).toBe('CHALLENGE_REQUIRED');
  });
});
