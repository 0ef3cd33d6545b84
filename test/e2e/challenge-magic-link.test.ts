/// <reference lib="dom" />
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { type Served, startServed } from '../support/served.ts';
import { createPerson, type Person } from './challenge-person.ts';

describe.skipIf(!hasBrowser)('a link by e-mail', () => {
  let served: Served;
  let browser: Browser;
  let people: Person[] = [];
  beforeAll(async () => {
    served = await startServed();
    await served.configure('signIn', { defaultUserActionResult: 'CHALLENGE', verificationMethods: ['EMAIL_MAGIC_LINK'] });
    await served.configure('withdraw', { defaultUserActionResult: 'CHALLENGE', verificationMethods: ['EMAIL_MAGIC_LINK'] });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
  });
  afterEach(async () => {
    for (const person of people) {
      expect(person.violations()).toEqual([]);
      await person.context.close();
    }
    people = [];
  });

  const createdPerson = async (userId: string, options: Parameters<typeof createPerson>[3] = {}): Promise<Person> => {
    const person = await createPerson(served, browser, userId, options);
    people.push(person);
    return person;
  };

  /** Somebody on the page that waits for the link, who got it by mail. */
  const waiting = async (userId: string, options: Parameters<typeof createPerson>[3] = {}, more = {}) => {
    const person = await createdPerson(userId, options);
    await served.api.enrollVerified(userId, { verificationMethod: 'EMAIL_MAGIC_LINK', email: person.email });
    served.pass(60_000);
    const before = served.mails.length;
    const answer = await person.begin(more);
    await person.press(/ink by e-mail/);
    const link = await served.linkTo(person.email, before);
    const state = async () =>
      (
        (await served.api.getAction({ userId, action: 'signIn', idempotencyKey: answer.idempotencyKey })) as {
          readonly state: string;
        }
      ).state;
    return { person, answer, link, state };
  };

  it('pressed in another tab of the same browser: the first goes on by itself', async () => {
    const { person, answer, link, state } = await waiting('ann');
    expect(await person.heading()).toBe('Open the link we sent');
    const tab = await person.context.newPage();
    await tab.goto(link);
    expect(await tab.locator('h1').innerText()).toBe('Confirm it’s you');
    expect(await tab.locator('main').innerText()).toContain('Signing in as');
    expect(await tab.locator('.seen').innerText()).toMatch(/Asked from Chrome on Linux at \d\d:\d\d\. Not you\?/);
    await tab.reload();
    expect(await state()).toBe('CHALLENGE_REQUIRED');
    expect(await person.page.getByRole('status').innerText()).toBe('');

    await tab.getByRole('button', { name: 'Yes, it was me' }).click();
    expect(await tab.locator('h1').innerText()).toBe('Done');
    expect(tab.url()).toBe(`${served.url}/challenge/link?l=done`);
    await person.page.bringToFront();
    expect(await person.validates(answer, (await person.returned()).get('token'))).toBe(true);

    await tab.goBack();
    expect(await tab.locator('h1').innerText()).toBe('There is nothing to do here');
  });

  it('pressed in another browser: it shows a code, which the first page asks for and takes', async () => {
    const { person, answer, link, state } = await waiting('ben');
    const phone = await browser.newContext();
    const page = await phone.newPage();
    await page.goto(link);
    expect(await page.locator('main').innerText()).toContain('You started in another browser.');
    await page.getByRole('button', { name: 'Show the code' }).click();
    expect(await page.locator('h1').innerText()).toBe('Type this code where you started');
    const code = await page.locator('.secret').innerText();
    expect(code).toMatch(/^\d{3} \d{3}$/);
    await page.reload();
    expect(await page.locator('.secret').innerText()).toBe(code);
    expect(await state()).toBe('CHALLENGE_REQUIRED');

    const status = person.page.getByRole('status');
    await expect
      .poll(() => status.innerText(), { timeout: 15_000 })
      .toBe('The link was opened in another browser. Type the code that it shows.');
    await person.type(code);
    await person.press('Continue');
    expect(await person.validates(answer, (await person.returned()).get('token'))).toBe(true);
    await page.reload();
    expect(await page.locator('h1').innerText()).toBe('There is nothing to do here');
    await phone.close();
  });

  it('a scanner that opens it, with GET and HEAD, spends nothing; a second press and a forged one are refused', async () => {
    const { person, answer, link, state } = await waiting('cid');
    for (const method of ['HEAD', 'GET', 'HEAD', 'GET']) {
      const response = await fetch(link, { method, redirect: 'manual', headers: { 'user-agent': 'SafeLinks/1.0' } });
      expect(response.status).toBe(200);
      expect(response.headers.get('set-cookie')).toBeNull();
    }
    expect(await state()).toBe('CHALLENGE_REQUIRED');
    const l = new URL(link).searchParams.get('l') ?? '';
    const post = (headers: Record<string, string>) =>
      fetch(`${served.url}/challenge/link`, { method: 'POST', redirect: 'manual', headers, body: new URLSearchParams({ l }) });
    expect((await post({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await post({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect(await state()).toBe('CHALLENGE_REQUIRED');

    const tab = await person.context.newPage();
    await tab.goto(link);
    await tab.getByRole('button', { name: 'Yes, it was me' }).click();
    await tab.getByText('You can close this one.').waitFor();
    const again = await post({ origin: served.url });
    expect(again.status).toBe(404);
    expect(await again.text()).toContain('There is nothing to do here');
    expect(await person.validates(answer, (await person.returned()).get('token'))).toBe(true);
  });

  it('a double click on the button presses once', async () => {
    const { person, answer, link } = await waiting('dan');
    const tab = await person.context.newPage();
    await tab.goto(link);
    await tab.getByRole('button', { name: 'Yes, it was me' }).dblclick();
    await tab.getByText('You can close this one.').waitFor();
    expect(await person.validates(answer, (await person.returned()).get('token'))).toBe(true);
  });

  it('without JavaScript: a button asks, and asking spends nothing', async () => {
    const { person, answer, link } = await waiting('eve', { javaScriptEnabled: false });
    await person.page.getByRole('link', { name: 'Check now' }).click();
    expect(await person.heading()).toBe('Open the link we sent');
    const tab = await person.context.newPage();
    await tab.goto(link);
    await tab.getByRole('button', { name: 'Yes, it was me' }).click();
    await tab.getByText('You can close this one.').waitFor();
    await person.page.getByRole('link', { name: 'Check now' }).click();
    expect(await person.validates(answer, (await person.returned()).get('token'))).toBe(true);
  });

  it('without JavaScript, in another browser: the page says so when asked, and takes the code', async () => {
    const { person, answer, link } = await waiting('fay', { javaScriptEnabled: false });
    const phone = await browser.newContext({ javaScriptEnabled: false });
    const page = await phone.newPage();
    await page.goto(link);
    await page.getByRole('button', { name: 'Show the code' }).click();
    const code = await page.locator('.secret').innerText();
    await person.page.getByRole('link', { name: 'Check now' }).click();
    expect(await person.page.locator('main').innerText()).toContain('The link was opened in another browser.');
    await person.type(code);
    await person.press('Continue');
    expect(await person.validates(answer, (await person.returned()).get('token'))).toBe(true);
    await phone.close();
  });

  it('a newer link replaces the older one, on every page', async () => {
    const { person, link } = await waiting('gus');
    served.pass(31_000);
    const before = served.mails.length;
    await person.press('Send a new link');
    expect(await person.page.getByRole('status').first().innerText()).toBe('A new link is on its way. Older links no longer work.');
    const newer = await served.linkTo(person.email, before);
    const tab = await person.context.newPage();
    await tab.goto(link);
    expect(await tab.locator('h1').innerText()).toBe('There is nothing to do here');
    await tab.goto(newer);
    await tab.getByRole('button', { name: 'Yes, it was me' }).click();
    await person.returned();
    // what is over has no page: the browser notes that
    expect(person.violations().every((line) => line.includes('404'))).toBe(true);
  });

  it('a transaction is read on the page behind the link, before it is approved', async () => {
    const display = [{ label: 'Amount', type: 'money' as const, value: { minor: 250_050, currency: 'EUR' } }];
    const { person, link } = await waiting('hal', {}, { action: 'withdraw', display });
    const tab = await person.context.newPage();
    await tab.goto(link);
    expect(await tab.locator('h1').innerText()).toBe('Approve “Withdraw”?');
    expect(await tab.locator('dd').innerText()).toBe('€2,500.50');
    await tab.getByRole('button', { name: 'Approve' }).click();
    await person.returned();
  });

  it('the first enrollment goes by link, to the vouched address alone', async () => {
    const person = await createdPerson('ida');
    await person.begin();
    expect(await person.page.locator('main').innerText()).toContain('We send a link to i•••@e•••.org.');
    const before = served.mails.length;
    await person.press('Send the link');
    const tab = await person.context.newPage();
    await tab.goto(await served.linkTo(person.email, before));
    await tab.getByRole('button', { name: 'Yes, it was me' }).click();
    await person.page.bringToFront();
    await person.page.locator('.codes').waitFor();
    await person.press('I have saved them');
    await person.returned();
    expect(await served.api.getUser('ida')).toMatchObject({ enrolledVerificationMethods: ['EMAIL_MAGIC_LINK', 'RECOVERY_CODE'] });
  });
});
