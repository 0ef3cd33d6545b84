/// <reference lib="dom" />
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { type Served, startServed } from '../support/served.ts';
import { addAuthenticator, createPerson, type Person } from './challenge-person.ts';

describe.skipIf(!hasBrowser)('a security key on USB, which verifies nobody', () => {
  let served: Served;
  let browser: Browser;
  let person: Person;
  let key: Awaited<ReturnType<typeof addAuthenticator>>;
  beforeAll(async () => {
    served = await startServed();
    const methods = { verificationMethods: ['SECURITY_KEY', 'AUTHENTICATOR_APP'] };
    await served.configure('signIn', { defaultUserActionResult: 'CHALLENGE', enrollment: 'allow', ...methods });
    await served.configure('withdraw', { defaultUserActionResult: 'CHALLENGE', minimumAssurance: 'phr', ...methods });
    browser = await launchBrowser();
    person = await createPerson(served, browser, 'ada');
    key = await addAuthenticator(person.page, 'security key');
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
  });
  afterEach(() => {
    expect(person.violations()).toEqual([]);
  });

  it('is enrolled as a first authenticator; nothing is kept on it', async () => {
    const answer = await person.begin();
    await person.press(/Register a security key/);
    expect(await person.heading()).toBe('Register a security key');
    await person.press('Register security key');
    await person.page.locator('.codes').waitFor();
    await person.press('I have saved them');
    expect(await person.validates(answer, (await person.returned()).get('token'))).toBe(true);
    expect(await served.api.getUser('ada')).toMatchObject({ enrolledVerificationMethods: ['SECURITY_KEY', 'RECOVERY_CODE'] });
    expect(await key.credentials()).toEqual([expect.objectContaining({ isResidentCredential: false })]);
    expect((await served.noticeTo(person.email, 'Security key')).text).toContain('Chrome on Linux');
  });

  it('a touch proves it is had, and no more: one factor, on hardware', async () => {
    const answer = await person.begin();
    expect(await person.heading()).toBe('Confirm it’s you');
    await person.press('Use your security key');
    expect(await person.validates(answer, (await person.returned()).get('token'))).toBe(true);
    const { idempotencyKey } = answer;
    expect(await served.api.getAction({ userId: 'ada', action: 'signIn', idempotencyKey })).toMatchObject({
      verificationMethod: 'SECURITY_KEY',
      acr: 'urn:stepward:aal2',
      amr: ['hwk', 'user'],
    });
  });

  it('meets what asks for phishing resistance, and signs what is approved', async () => {
    const display = [{ label: 'Amount', value: { minor: 10_000, currency: 'EUR' }, type: 'money' as const }];
    const answer = await person.begin({ action: 'withdraw', display });
    await person.press('Approve with security key');
    // there is something to read: the browser asks only once the person has pressed
    await person.press('Approve with security key');
    await person.returned();
    const { idempotencyKey } = answer;
    expect(await served.api.getAction({ userId: 'ada', action: 'withdraw', idempotencyKey })).toMatchObject({
      state: 'CHALLENGE_SUCCEEDED',
      verificationMethod: 'SECURITY_KEY',
    });
  });

  it('the same key is not enrolled twice', async () => {
    await person.begin({}, '&force_enrollment=true');
    await person.press('Use your security key');
    await person.page.getByRole('button', { name: /Register a security key/ }).waitFor();
    await person.press(/Register a security key/);
    await person.press('Register security key');
    const alert = person.page.getByRole('alert').filter({ visible: true });
    await expect.poll(() => alert.innerText()).toBe('The security key was not used. Try again, or choose another way.');
    await person.press('Cancel');
    await person.returned();
    expect(await served.api.getAuthenticators('ada')).toHaveLength(2);
  });

  it('a key that is not there: one wording, and the other ways are at hand', async () => {
    await key.clear();
    const answer = await person.begin();
    await person.press('Use your security key');
    await person.press('Try another way');
    expect(await person.page.getByRole('button', { name: 'Recovery code' }).count()).toBe(1);
    expect(await served.api.getAction({ userId: 'ada', action: 'signIn', idempotencyKey: answer.idempotencyKey })).toMatchObject({
      state: 'CHALLENGE_REQUIRED',
    });
  });

  it('without JavaScript it says so and names what works', async () => {
    const other = await createPerson(served, browser, 'ada', { javaScriptEnabled: false });
    await other.begin();
    expect(await other.page.locator('noscript').innerText()).toContain('A passkey or security key needs JavaScript');
    await other.press('Use your security key');
    const note = await other.page.locator('noscript').innerText();
    expect(note).toContain('A security key needs JavaScript');
    expect(note).toContain('Recovery code');
    await other.context.close();
  });
});
