import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBase32, totpAt } from '../adapters/authenticators/rfc6238.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { type Served, startServed } from '../support/served.ts';
import { createPerson, type Person } from './challenge-person.ts';

describe.skipIf(!hasBrowser)('without JavaScript, against the running product', () => {
  let served: Served;
  let browser: Browser;
  let person: Person;
  let secret: Buffer;
  let codes: readonly string[];
  beforeAll(async () => {
    served = await startServed();
    await served.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
    await served.configure('app-only', { defaultUserActionResult: 'CHALLENGE', verificationMethods: ['AUTHENTICATOR_APP'] });
    browser = await launchBrowser();
    person = await createPerson(served, browser, 'tess', { javaScriptEnabled: false });
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
  });

  const appCode = (): string => totpAt(secret, served.now() / 1000);
  const wrongAppCode = (): string => String((Number(appCode()) + 500_000) % 1_000_000).padStart(6, '0');

  it('an authenticator app is set up through the proven address, and signs in', async () => {
    const answer = await person.begin({ action: 'app-only' });
    await person.proveByMail('Send the code');
    await person.press(/Set up an authenticator app/);
    expect(await person.page.getByRole('img', { name: /QR code/ }).count()).toBe(1);
    const shown = (await person.page.locator('code.secret').innerText()).replaceAll(' ', '');
    secret = fromBase32(shown);
    expect(secret).toHaveLength(20);
    await person.type(wrongAppCode());
    await person.press('Turn on');
    expect(await person.page.getByRole('alert').innerText()).toBe('That code is not right. You have 4 tries left.');
    expect((await person.page.locator('code.secret').innerText()).replaceAll(' ', '')).toBe(shown);
    await person.type(appCode());
    await person.press('Turn on');
    codes = await person.page.locator('.codes li').allInnerTexts();
    expect(codes).toHaveLength(10);
    await person.press('I have saved them');
    const token = (await person.returned()).get('token');
    expect(await person.validates(answer, token)).toBe(true);
    await served.noticeTo(person.email, 'added to your account: Authenticator app');
  });

  it('the code of the app: used once, so that the next step is needed', async () => {
    const answer = await person.begin({ action: 'app-only' });
    await person.press('Code from your authenticator app');
    await person.type(appCode());
    await person.press('Continue');
    expect(await person.page.getByRole('alert').innerText()).toContain('That code is not right');
    served.pass(30_000);
    await person.type(appCode().replace(/^.../, '$& '));
    await person.press('Continue');
    expect(await person.validates(answer, (await person.returned()).get('token'))).toBe(true);
  });

  it('a page that lay open for long: says so once, and the next code counts', async () => {
    served.pass(30_000);
    const answer = await person.begin({ action: 'app-only' });
    await person.press('Code from your authenticator app');
    served.pass(300_000);
    await person.type(appCode());
    await person.press('Continue');
    expect(await person.page.getByRole('alert').innerText()).toBe('That took too long. Try again.');
    await person.type(appCode());
    await person.press('Continue');
    expect(await person.validates(answer, (await person.returned()).get('token'))).toBe(true);
  });

  it('a recovery code, typed as people type: used once, told by mail, then a new way is offered', async () => {
    const [code = ''] = codes;
    const answer = await person.begin();
    await person.press('Recovery code');
    await person.type(` ${code.toLowerCase().replaceAll('-', ' ')} `);
    await person.press('Continue');
    expect(await person.heading()).toBe('Add a way to confirm it’s you');
    await served.noticeTo(person.email, 'A recovery code was used');
    await person.press('Not now');
    expect(await person.validates(answer, (await person.returned()).get('token'))).toBe(true);

    await person.begin();
    await person.press('Recovery code');
    await person.type(code);
    await person.press('Continue');
    expect(await person.page.getByRole('alert').innerText()).toContain('That code is not right');
  });

  it('a code by mail: too early for a second one, then the new one replaces the old', async () => {
    const other = await createPerson(served, browser, 'mila', { javaScriptEnabled: false });
    await served.api.enrollVerified('mila', { verificationMethod: 'EMAIL_OTP', email: other.email });
    const answer = await other.begin();
    await other.press('Code by e-mail');
    const first = await served.codeTo(other.email);
    const before = served.mails.length;
    await other.press('Send a new code');
    expect(await other.page.getByRole('alert').innerText()).toMatch(/too quick|Too many|Wait/);
    served.pass(31_000);
    await other.press('Send a new code');
    expect(await other.page.getByRole('status').first().innerText()).toContain('on its way');
    const second = await served.codeTo(other.email, before);
    expect(second).not.toBe(first);
    await other.type(first);
    await other.press('Continue');
    expect(await other.page.getByRole('alert').innerText()).toContain('That code is not right');
    await other.type(second);
    await other.press('Continue');
    expect(await other.validates(answer, (await other.returned()).get('token'))).toBe(true);
    await other.context.close();
  });

  it.each([
    ['the choice', async () => undefined],
    ['an open ceremony', () => person.press('Code from your authenticator app')],
  ])('cancel on %s: back at the application, nothing proven', async (_, go) => {
    const answer = await person.begin();
    await go();
    await person.press('Cancel');
    const query = await person.returned();
    expect(await served.api.validate({ token: query.get('token') ?? '', userId: 'tess' })).toMatchObject({
      isValid: false,
      state: 'CHALLENGE_FAILED',
      failureReason: 'cancelled',
    });
    expect(await served.api.getAction({ userId: 'tess', action: 'signIn', idempotencyKey: answer.idempotencyKey })).toMatchObject({
      state: 'CHALLENGE_FAILED',
    });
  });

  it('with a binding it leaves with a ticket and no token; cancelled, with neither', async () => {
    const bound = await person.begin({ binding: 'login-1' });
    served.pass(30_000);
    await person.press('Code from your authenticator app');
    await person.type(appCode());
    await person.press('Continue');
    const query = await person.returned();
    expect([...query.keys()]).toEqual(['stepward_ticket']);
    const ref = { userId: 'tess', action: 'signIn', idempotencyKey: bound.idempotencyKey };
    expect(await served.api.consume(ref, { binding: 'login-1', ticket: query.get('stepward_ticket') ?? '' })).toMatchObject({
      consumed: true,
    });
    await person.begin({ binding: 'login-2' });
    await person.press('Cancel');
    expect([...(await person.returned()).keys()]).toEqual([]);
  });
});
