import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBase32, totpAt } from '../adapters/authenticators/rfc6238.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { type Served, startServed } from '../support/served.ts';
import { createPerson, type Person } from './challenge-person.ts';

const headings = {
  contact: 'First, is this address yours?',
  code: 'Enter the code we sent',
  enroll: 'Add a way to confirm it’s you',
  app: 'Set up your authenticator app',
  codes: 'Keep these codes safe',
} as const;

describe.skipIf(!hasBrowser)('reload, back, forward, double click and a second tab: nothing repeated, nothing skipped', () => {
  let served: Served;
  let browser: Browser;
  beforeAll(async () => {
    served = await startServed();
    await served.configure('app-only', { defaultUserActionResult: 'CHALLENGE', verificationMethods: ['AUTHENTICATOR_APP'] });
    await served.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
  });

  const headingOf = (page: Page) => page.locator('h1').innerText();
  const stateOf = async (person: Person, action: string, idempotencyKey: string) =>
    (await served.api.getAction({ userId: person.userId, action, idempotencyKey })).state;

  it('at every state of an enrollment', async () => {
    const person = await createPerson(served, browser, 'nora');
    const { page } = person;
    const answer = await person.begin({ action: 'app-only' });
    const tab = await person.context.newPage();

    /** Moves about, and still stands where it stood: in this tab and in another. */
    const staysAt = async (heading: string, shown: string | undefined = undefined) => {
      const mails = served.mails.length;
      const check = async (where: Page) => {
        expect(await headingOf(where)).toBe(heading);
        if (shown) expect(await where.locator('main').innerText()).toContain(shown);
      };
      await page.reload();
      await check(page);
      await page.goBack();
      await page.goForward();
      await check(page);
      await tab.goto(answer.url);
      await check(tab);
      await page.goto(`${served.url}/challenge/done${new URL(answer.url).search}`);
      expect(await headingOf(page)).toBe('There is nothing to do here');
      await page.goto(answer.url);
      await check(page);
      expect(served.mails).toHaveLength(mails);
      expect(await stateOf(person, 'app-only', answer.idempotencyKey)).toBe(
        heading === headings.codes ? 'CHALLENGE_SUCCEEDED' : 'CHALLENGE_REQUIRED',
      );
    };

    await staysAt(headings.contact);
    await person.press('Send the code');
    const code = await served.codeTo(person.email);
    await staysAt(headings.code);
    await person.type('000000' === code ? '000001' : '000000');
    await person.press('Continue');
    expect(await page.getByRole('alert').innerText()).toContain('4 tries left');
    await page.reload();
    expect(await page.getByRole('alert').count()).toBe(0);
    await staysAt(headings.code);
    await person.type(code);
    await person.press('Continue');
    await staysAt(headings.enroll);
    await person.press(/authenticator app/);
    const grouped = await page.locator('code.secret').innerText();
    await staysAt(headings.app, grouped);
    await person.type(totpAt(fromBase32(grouped.replaceAll(' ', '')), served.now() / 1000));
    await person.press('Turn on');
    const codes = await page.locator('.codes li').allInnerTexts();
    await page.reload();
    expect(await page.locator('.codes li').allInnerTexts()).toEqual(codes);
    await tab.goto(answer.url);
    expect(await tab.locator('.codes li').allInnerTexts()).toEqual(codes);

    // the other tab still shows the codes after this one said they are saved: its button says so again, and leaves too
    await person.press('I have saved them');
    const token = (await person.returned()).get('token');
    await tab.getByRole('button', { name: 'I have saved them' }).click();
    await tab.waitForURL((at) => at.origin === served.app.origin);
    expect(await person.validates(answer, token)).toBe(true);
    served.pass(11_000);
    expect(await person.validates(answer, new URL(tab.url()).searchParams.get('token'))).toBe(false);
    await tab.goto(answer.url);
    expect(await headingOf(tab)).toBe('There is nothing to do here');
  });

  it('a form posted twenty times at once does one thing', async () => {
    const person = await createPerson(served, browser, 'dora');
    const { page } = person;
    const answer = await person.begin();
    const together = async (fields: Readonly<Record<string, string>>) => {
      const csrf = (await page.locator('[name=csrf]').first().getAttribute('value')) ?? '';
      const post = () =>
        person.context.request.post(answer.url, { form: { csrf, ...fields }, headers: { origin: served.url }, maxRedirects: 0 });
      const answers = await Promise.all(Array.from({ length: 20 }, post));
      expect(answers.map((one) => one.status())).toEqual(Array(20).fill(303));
      await page.goto(answer.url).catch(() => undefined);
    };
    await together({ do: 'choose', method: 'EMAIL_OTP' });
    expect(await headingOf(page)).toBe(headings.code);
    const code = await served.codeTo(person.email);
    expect(served.mails.filter(({ to }) => to.includes(person.email))).toHaveLength(1);
    const challengeId = (await page.locator('[name=challengeId]').getAttribute('value')) ?? '';
    await together({ do: 'answer', challengeId, code });
    expect(await headingOf(page)).toBe(headings.codes);
    expect(await served.api.getAuthenticators('dora')).toMatchObject([
      { verificationMethod: 'EMAIL_OTP' },
      { verificationMethod: 'RECOVERY_CODE' },
    ]);
  });

  it('a double click on a button sends one mail', async () => {
    const person = await createPerson(served, browser, 'dina');
    await person.begin();
    await person.page.getByRole('button', { name: 'Send the code' }).dblclick();
    await person.page.locator('#code').waitFor();
    await served.codeTo(person.email);
    expect(served.mails.filter(({ to }) => to.includes(person.email))).toHaveLength(1);
  });

  it('a tab left behind at another method goes on with what is open now; its old answer spends nothing', async () => {
    const person = await createPerson(served, browser, 'tara');
    await served.api.enrollVerified('tara', { verificationMethod: 'EMAIL_OTP', email: person.email });
    const answer = await person.begin();
    await person.press('Code by e-mail');
    const tab = await person.context.newPage();
    await tab.goto(answer.url);
    await tab.getByRole('button', { name: 'Try another way' }).click();
    await tab.getByRole('button', { name: 'Recovery code' }).click();
    expect(await headingOf(tab)).toBe('Enter a recovery code');
    await person.type(await served.codeTo(person.email));
    await person.press('Continue');
    expect(await person.heading()).toBe('Enter a recovery code');
    expect(await person.page.getByRole('alert').innerText()).toContain('took too long');
    // the mailed code still works where its form is shown
    await person.press('Try another way');
    await person.press('Code by e-mail');
    expect(served.mails.filter(({ to }) => to.includes(person.email))).toHaveLength(1);
    await person.type(await served.codeTo(person.email));
    await person.press('Continue');
    expect(await person.validates(answer, (await person.returned()).get('token'))).toBe(true);
  });

  it('a button of a page that is out of date shows how things stand now, and does nothing else', async () => {
    const person = await createPerson(served, browser, 'otto');
    const answer = await person.begin({ action: 'app-only' });
    const [early, later] = [await person.context.newPage(), await person.context.newPage()];
    await early.goto(answer.url);
    await person.proveByMail('Send the code');
    await later.goto(answer.url);
    await early.getByRole('button', { name: 'Send the code' }).click();
    expect(await headingOf(early)).toBe(headings.enroll);
    await person.press(/authenticator app/);
    const secret = fromBase32((await person.page.locator('code.secret').innerText()).replaceAll(' ', ''));
    await person.type(totpAt(secret, served.now() / 1000));
    await person.press('Turn on');
    await person.press('I have saved them');
    const token = (await person.returned()).get('token');
    await later.getByRole('button', { name: /authenticator app/ }).click();
    await later.waitForURL((at) => at.origin === served.app.origin);
    expect(await person.validates(answer, token)).toBe(true);
    expect(await served.api.getAuthenticators('otto')).toHaveLength(2);
    expect(served.mails.filter(({ to, text }) => to.includes(person.email) && text.includes('Your code'))).toHaveLength(1);
  });

  it('a restarted login keeps its requirement: two transactions, both owed, each for itself', async () => {
    const person = await createPerson(served, browser, 'vera');
    await served.api.enrollVerified('vera', { verificationMethod: 'EMAIL_OTP', email: person.email });
    served.pass(60_000);
    const first = await person.begin();
    await person.press('Code by e-mail');
    const code = await served.codeTo(person.email);
    const second = await person.begin();
    expect(await person.heading()).toBe('Confirm it’s you');
    served.pass(60_000);
    const before = served.mails.length;
    await person.press('Code by e-mail');
    await served.codeTo(person.email, before);
    await person.type(code);
    await person.press('Continue');
    expect(await person.page.getByRole('alert').innerText()).toContain('That code is not right');
    await person.page.goto(first.url);
    await person.type(code);
    await person.press('Continue');
    const token = (await person.returned()).get('token');
    expect(await person.validates(second, token)).toBe(false);
    expect(await person.validates(first, token)).toBe(true);
    expect(await stateOf(person, 'signIn', second.idempotencyKey)).toBe('CHALLENGE_REQUIRED');
  });
});
