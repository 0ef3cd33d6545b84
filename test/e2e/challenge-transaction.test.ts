import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DisplayItem, TrackAnswer } from '../../core/index.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { type Served, startServed } from '../support/served.ts';
import { addAuthenticator, createPerson, type Person } from './challenge-person.ts';

const display: readonly DisplayItem[] = [
  { label: 'Amount', type: 'money', value: { minor: 250_050, currency: 'EUR' } },
  { label: 'To', type: 'account', value: 'Café Zoë' },
  { label: 'On', type: 'date', value: '2026-03-05' },
];
const reordered: readonly DisplayItem[] = [
  { value: { currency: 'EUR', minor: 250_050 }, type: 'money', label: 'Amount' },
  { value: 'Café Zoë', label: 'To', type: 'account' },
  { type: 'date', value: '2026-03-05', label: 'On' },
];
const decomposed = reordered.map((item) => (item.type === 'account' ? { ...item, value: item.value.normalize('NFD') } : item));
const action = 'withdraw-funds';

describe.skipIf(!hasBrowser)('dynamic linking: what is approved is what was tracked', () => {
  let served: Served;
  let browser: Browser;
  let person: Person;
  let number = 0;
  beforeAll(async () => {
    served = await startServed();
    await served.configure(action, { defaultUserActionResult: 'CHALLENGE' });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
  });
  beforeEach(async () => {
    number += 1;
    person = await createPerson(served, browser, `paul-${number}`);
    await served.api.enrollVerified(person.userId, { verificationMethod: 'EMAIL_OTP', email: person.email });
    served.pass(60_000);
  });
  const validates = async (answer: TrackAnswer): Promise<unknown> =>
    served.api.validate({
      token: (await person.returned()).get('token') ?? '',
      userId: person.userId,
      idempotencyKey: answer.idempotencyKey,
    });

  it('page and mail show the stored data, before anything is proven', async () => {
    const answer = await person.begin({ action, display });
    const main = () => person.page.locator('main').innerText();
    for (const shown of ['Approve “Withdraw funds”?', '€2,500.50', 'Café Zoë', 'March 5, 2026']) expect(await main()).toContain(shown);
    expect(await person.page.getByRole('button', { name: /Recovery code/ }).count()).toBe(0);
    await person.press(/Approve with code by e-mail/);
    for (const shown of ['€2,500.50', 'Café Zoë']) expect(await main()).toContain(shown);
    const { text, html, subject } = await served.mail(person.email);
    for (const shown of ['€2,500.50', 'Café Zoë']) expect(`${text}${html}`).toContain(shown);
    expect(text).toContain('Café Zoë');
    expect(subject).not.toMatch(/2,500|Zoë|\d{6}/);
    await person.type(await served.codeTo(person.email));
    await person.press('Approve');
    expect(await validates(answer)).toMatchObject({ isValid: true, verificationMethod: 'EMAIL_OTP' });
  });

  it('under one key: another order of members is the same request; another amount, payee, currency or order of items is not', async () => {
    const idempotencyKey = `payment-${number}`;
    const first = await person.track({ action, display, idempotencyKey });
    expect((await person.track({ action, display: reordered, idempotencyKey })).url).toBe(first.url);
    const [amount, payee, on] = display as [DisplayItem, DisplayItem, DisplayItem];
    const changed: readonly (readonly DisplayItem[])[] = [
      [{ label: 'Amount', type: 'money', value: { minor: 250_051, currency: 'EUR' } }, payee, on],
      [{ label: 'Amount', type: 'money', value: { minor: 250_050, currency: 'USD' } }, payee, on],
      [amount, { label: 'To', type: 'account', value: 'Cafe Zoë' }, on],
      [payee, amount, on],
      [amount, payee],
    ];
    for (const other of changed)
      await expect(person.track({ action, display: other, idempotencyKey })).rejects.toMatchObject({ code: 'idempotency_conflict' });
    await person.page.goto(first.url);
    expect(await person.page.locator('dd').allInnerTexts()).toEqual(['€2,500.50', 'Café Zoë', 'March 5, 2026']);
  });

  it('the code of another payment is refused, even of the same amount to the same payee', async () => {
    await person.begin({ action, display });
    await person.press(/Approve with code by e-mail/);
    const code = await served.codeTo(person.email);
    served.pass(31_000);
    const other = await person.begin({ action, display });
    const seen = served.mails.length;
    await person.press(/Approve with code by e-mail/);
    const own = await served.codeTo(person.email, seen);
    await person.type(code === own ? '000000' : code);
    await person.press('Approve');
    expect(await person.page.getByRole('alert').innerText()).toContain('That code is not right');
    await person.type(own);
    await person.press('Approve');
    expect(await validates(other)).toMatchObject({ isValid: true });
  });

  it('"Do not approve" ends it', async () => {
    const answer = await person.begin({ action, display });
    await person.press('Do not approve');
    expect(await validates(answer)).toMatchObject({ isValid: false, state: 'CHALLENGE_FAILED', failureReason: 'cancelled' });
  });

  it('a passkey signs what is shown, in one canonical form; the page waits for the person', async () => {
    const authenticator = await addAuthenticator(person.page);
    await person.begin({ action: 'signIn' }, '&force_enrollment=true');
    await person.proveByMail('Code by e-mail');
    await person.press(/Create a passkey/);
    await person.press('Create passkey');
    await person.returned();
    expect(await authenticator.credentials()).toHaveLength(1);

    const challengeOf = async (more: readonly DisplayItem[]) => {
      const answer = await person.begin({ action, display: more });
      await person.press(/Approve with passkey/);
      const options = JSON.parse((await person.page.locator('[data-credential]').getAttribute('data-options')) ?? '{}');
      return { answer, hash: Buffer.from(options.challenge, 'base64url').subarray(16).toString('base64url') };
    };
    const one = await challengeOf(display);
    const same = await challengeOf(decomposed);
    const other = await challengeOf(display.slice(0, 2));
    expect(one.hash).toHaveLength(43);
    expect(same.hash).toBe(one.hash);
    expect(other.hash).not.toBe(one.hash);
    expect(person.page.url()).toContain('/challenge?');
    await person.press('Approve with passkey');
    expect(await validates(other.answer)).toMatchObject({ isValid: true, verificationMethod: 'PASSKEY' });
  });
});
