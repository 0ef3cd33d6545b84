/// <reference lib="dom" />
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { type Served, startServed } from '../support/served.ts';
import { addAuthenticator, createPerson, type Person } from './challenge-person.ts';

const newDevice = { type: 'CHALLENGE', conditions: { '==': [{ var: 'device.isNew' }, true] } };

describe.skipIf(!hasBrowser)('sign-in with a passkey, where passkey and authenticator app alone are permitted', () => {
  let served: Served;
  let browser: Browser;
  let person: Person;
  let authenticator: Awaited<ReturnType<typeof addAuthenticator>>;
  beforeAll(async () => {
    served = await startServed();
    await served.configure('signIn', { defaultUserActionResult: 'ALLOW', verificationMethods: ['PASSKEY', 'AUTHENTICATOR_APP'] }, [
      newDevice,
    ]);
    await served.configure('always', { defaultUserActionResult: 'CHALLENGE', verificationMethods: ['PASSKEY', 'AUTHENTICATOR_APP'] });
    browser = await launchBrowser();
    person = await createPerson(served, browser, 'ada');
    authenticator = await addAuthenticator(person.page);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
  });
  afterEach(() => {
    expect(person.violations()).toEqual([]);
  });

  it('a new device: the vouched address is proven, a passkey made, recovery codes kept, and the next sign-in is let in', async () => {
    const answer = await person.begin();
    expect(answer).toMatchObject({ state: 'CHALLENGE_REQUIRED', isEnrolled: false, canEnroll: true });
    expect(await person.heading()).toBe('First, is this address yours?');
    await person.proveByMail('Send the code');

    expect(await person.heading()).toBe('Add a way to confirm it’s you');
    expect(await person.page.locator('form button[name=method]').evaluateAll((all) => all.map((one) => one.getAttribute('value')))).toEqual(
      ['PASSKEY', 'AUTHENTICATOR_APP'],
    );
    expect(await served.api.getUser('ada')).toMatchObject({ isEnrolled: false });
    await person.press(/Create a passkey/);
    await person.press('Create passkey');
    await person.page.locator('.codes').waitFor();
    const codes = await person.page.locator('.codes li').allInnerTexts();
    expect(new Set(codes).size).toBe(10);
    await person.press('I have saved them');

    const token = (await person.returned()).get('token');
    expect(await served.api.validate({ token: token ?? '', userId: 'ada', idempotencyKey: answer.idempotencyKey })).toMatchObject({
      isValid: true,
      state: 'CHALLENGE_SUCCEEDED',
      verificationMethod: 'PASSKEY',
    });
    expect(await served.api.getUser('ada')).toMatchObject({ isEnrolled: true, enrolledVerificationMethods: ['PASSKEY', 'RECOVERY_CODE'] });
    expect((await served.noticeTo(person.email, 'added to your account: Passkey')).text).toContain('Chrome on Linux');

    expect(await person.track()).toMatchObject({ state: 'ALLOW', isEnrolled: true });
    expect(await person.track({ deviceId: 'somewhere-else' })).toMatchObject({ state: 'CHALLENGE_REQUIRED' });
  });

  it('the codes are not shown again', async () => {
    for (const _ of [1, 2, 3]) {
      await person.page.goBack();
      expect(await person.page.content()).not.toMatch(/class="codes"/);
    }
    // what is over has no page: the browser notes that
    expect(person.violations().every((line) => line.includes('404'))).toBe(true);
  });

  it('later, the passkey opens by itself once it is picked', async () => {
    const answer = await person.begin({ action: 'always' });
    expect(await person.heading()).toBe('Confirm it’s you');
    await person.press('Use your passkey');
    const token = (await person.returned()).get('token');
    expect(await person.validates(answer, token)).toBe(true);
  });

  it('a user who is not verified is refused in the browser; after a retry it works', async () => {
    await authenticator.verifiesUser(false);
    const answer = await person.begin({ action: 'always' });
    await person.press('Use your passkey');
    const alert = person.page.getByRole('alert').filter({ visible: true });
    await expect.poll(() => alert.innerText()).toBe('The passkey was not used. Try again, or choose another way.');
    expect(await served.api.getAction({ userId: 'ada', action: 'always', idempotencyKey: answer.idempotencyKey })).toMatchObject({
      state: 'CHALLENGE_REQUIRED',
    });
    await authenticator.verifiesUser(true);
    await person.press('Use your passkey');
    expect(await person.validates(answer, (await person.returned()).get('token'))).toBe(true);
  });

  it('a credential without user verification, however it came, is refused by the server', async () => {
    const answer = await person.begin({ action: 'always' });
    await authenticator.verifiesUser(false);
    const careless = await person.context.newPage();
    await careless.addInitScript(() => {
      const get = navigator.credentials.get.bind(navigator.credentials);
      navigator.credentials.get = (asked) => {
        if (asked?.publicKey) asked.publicKey.userVerification = 'discouraged';
        return get(asked);
      };
    });
    const other = await addAuthenticator(careless);
    await other.take(await authenticator.credentials());
    await other.verifiesUser(false);
    await careless.goto(answer.url);
    await careless.getByRole('button', { name: 'Use your passkey' }).click();
    await expect.poll(() => careless.getByRole('alert').first().innerText()).toBe('That passkey could not be accepted.');
    await careless.close();
    await authenticator.verifiesUser(true);
    expect(await served.api.getAction({ userId: 'ada', action: 'always', idempotencyKey: answer.idempotencyKey })).toMatchObject({
      state: 'CHALLENGE_REQUIRED',
    });
    // the ceremony is still open: in this tab the passkey is asked for at once
    await person.page.goto(answer.url);
    expect(await person.validates(answer, (await person.returned()).get('token'))).toBe(true);
  });

  it('a passkey that is gone: one wording, and the other ways are at hand', async () => {
    await authenticator.clear();
    await person.begin({ action: 'always' });
    await person.press('Use your passkey');
    await person.page.getByRole('button', { name: 'Try another way' }).waitFor();
    await person.press('Try another way');
    expect(await person.page.getByRole('button', { name: 'Recovery code' }).count()).toBe(1);
  });
});
