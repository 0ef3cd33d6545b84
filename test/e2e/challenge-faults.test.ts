import { createServer, type Socket } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { StepwardError } from '../../core/index.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { type Served, startServed } from '../support/served.ts';
import { createPerson, type Person } from './challenge-person.ts';

describe.skipIf(!hasBrowser)('a challenge while something is down', () => {
  let browser: Browser;
  let served: Served;
  let recoveryCode: string;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  afterEach(() => served?.end());

  const begin = async (userId: string, variables: Readonly<Record<string, string>> = {}): Promise<Person> => {
    served = await startServed(variables);
    await served.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
    const person = await createPerson(served, browser, userId);
    const enrolled = await served.api.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email: person.email });
    recoveryCode = (enrolled as { readonly recoveryCodes?: readonly string[] }).recoveryCodes?.[0] ?? '';
    return person;
  };
  const stateOf = async (userId: string, idempotencyKey: string) =>
    (await served.api.getAction({ userId, action: 'signIn', idempotencyKey })).state;

  it('a mail server that hangs: the page comes while the message still waits', async () => {
    const waiting: Socket[] = [];
    const hanging = createServer((socket) => waiting.push(socket.on('error', () => undefined)));
    await new Promise<void>((done) => hanging.listen(0, '127.0.0.1', done));
    const address = hanging.address();
    const person = await begin('hana', { STEPWARD_SMTP_URL: `smtp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}` });
    await person.begin();
    await person.press('Code by e-mail');
    expect(await person.heading()).toBe('Enter the code we sent');
    await expect.poll(() => waiting.length).toBe(1);
    expect(waiting[0]?.destroyed).toBe(false);
    await person.press('Try another way');
    expect(await person.heading()).toBe('Confirm it’s you');
    for (const socket of waiting) socket.destroy();
    hanging.close();
  });

  it('a mail server that refuses: the page says that the code could not be sent, and the other ways work', async () => {
    const person = await begin('rosa', { STEPWARD_SMTP_URL: 'smtp://127.0.0.1:1' });
    const answer = await person.begin();
    await person.press('Code by e-mail');
    await expect
      .poll(async () => {
        await person.page.reload();
        return person.page.getByRole('alert').allInnerTexts();
      })
      .toEqual(['The code could not be sent. Try again later or try another way.']);
    await person.press('Try another way');
    await person.press('Recovery code');
    await person.type(recoveryCode);
    await person.press('Continue');
    await person.press('Not now');
    expect(await person.validates(answer, (await person.returned()).get('token'))).toBe(true);
  });

  it('the store fails in mid-visit: the page says so, a right code succeeds at nothing, and later it does', async () => {
    const person = await begin('sara');
    const answer = await person.begin();
    await person.press('Code by e-mail');
    const code = await served.codeTo(person.email);
    const { store } = served.composed.ports;
    const { transact, locate } = store;
    const fails = async (): Promise<never> => {
      throw new StepwardError('unavailable', 'the database is gone');
    };
    for (const broken of [{ transact: fails }, { locate: fails }]) {
      Object.assign(store, broken);
      await person.type(code);
      await person.press('Continue');
      expect(await person.heading()).toBe('This did not work just now');
      expect(await person.page.title()).toMatch(/^Error: /);
      const response = await person.page.request.get(`${served.url}/challenge/done${new URL(answer.url).search}`);
      expect(response.status()).not.toBe(200);
      Object.assign(store, { transact, locate });
      expect(await stateOf('sara', answer.idempotencyKey)).toBe('CHALLENGE_REQUIRED');
      await person.page.getByRole('link', { name: 'Try again' }).click();
      expect(await person.heading()).toBe('Enter the code we sent');
    }
    await person.type(code);
    await person.press('Continue');
    expect(await person.validates(answer, (await person.returned()).get('token'))).toBe(true);
  });

  it('the server stops and comes back: the visit goes on where it was', async () => {
    const person = await begin('tina');
    const answer = await person.begin();
    await person.press('Code by e-mail');
    const code = await served.codeTo(person.email);
    await person.type(code);
    await served.stop();
    await person.page.getByRole('button', { name: 'Continue' }).click();
    // the browser's own page for a server that is not there
    await person.page.waitForURL('chrome-error://chromewebdata/');
    await served.restart();
    expect(await stateOf('tina', answer.idempotencyKey)).toBe('CHALLENGE_REQUIRED');
    await person.page.goto(answer.url);
    await person.type(code);
    await person.press('Continue');
    expect(await person.validates(answer, (await person.returned()).get('token'))).toBe(true);
  });

  it('it goes down before the application asks: nothing proceeds, and the same return works once it is back', async () => {
    const person = await begin('wilma');
    const answer = await person.begin();
    await person.proveByMail('Code by e-mail');
    const token = (await person.returned()).get('token');
    await served.stop();
    await expect(person.validates(answer, token)).rejects.toMatchObject({ code: 'unavailable' });
    await served.restart();
    expect(await person.validates(answer, token)).toBe(true);
  });
});
