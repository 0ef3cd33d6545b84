/// <reference lib="dom" />
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBase32, totpAt } from '../adapters/authenticators/rfc6238.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { type Served, startServed } from '../support/served.ts';
import { addAuthenticator, createPerson } from './challenge-person.ts';

const most = 40;

/** Goes on with Tab until what has the focus is called so. */
const tabTo = async (page: Page, name: RegExp): Promise<void> => {
  const focused = () =>
    page.evaluate(() => {
      const element = document.activeElement as HTMLInputElement | null;
      return element?.labels?.[0]?.textContent ?? element?.textContent ?? '';
    });
  for (let step = 0; step < most; step++) {
    await page.keyboard.press('Tab');
    if (name.test(await focused())) return;
  }
  throw new Error(`Tab does not lead to ${name}`);
};

/** Presses a button or follows a link, and waits for the page that comes. */
const enter = async (page: Page, name: RegExp): Promise<void> => {
  await tabTo(page, name);
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
};

/** Types into the field of this name, and sends it with Enter. */
const typeInto = async (page: Page, name: RegExp, text: string): Promise<void> => {
  await tabTo(page, name);
  await page.keyboard.type(text);
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
};

describe.skipIf(!hasBrowser)('with the keyboard alone, against the running product', () => {
  let served: Served;
  let browser: Browser;
  beforeAll(async () => {
    served = await startServed();
    await served.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
    await served.configure('app-only', { defaultUserActionResult: 'CHALLENGE', verificationMethods: ['AUTHENTICATOR_APP'] });
    await served.configure('passkey-only', { defaultUserActionResult: 'CHALLENGE', verificationMethods: ['PASSKEY'] });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
  });

  it('an app is set up, a code signs in, another way is tried, and a recovery code is used', async () => {
    const person = await createPerson(served, browser, 'kay');
    const { page } = person;
    let answer = await person.begin({ action: 'app-only' });
    await enter(page, /Send the code/);
    await typeInto(page, /^Code$/, await served.codeTo(person.email));
    await enter(page, /Set up an authenticator app/);
    const secret = fromBase32((await page.locator('code.secret').innerText()).replaceAll(' ', ''));
    const appCode = () => totpAt(secret, served.now() / 1000);
    await typeInto(page, /6-digit code/, appCode());
    const [recoveryCode = ''] = await page.locator('.codes li').allInnerTexts();
    await enter(page, /I have saved them/);
    expect(await person.validates(answer, (await person.returned()).get('token'))).toBe(true);

    served.pass(60_000);
    answer = await person.begin({ action: 'app-only' });
    await enter(page, /Recovery code/);
    await enter(page, /Try another way/);
    await enter(page, /Code from your authenticator app/);
    await typeInto(page, /6-digit code/, '000000');
    expect(await page.title()).toMatch(/^Error: /);
    await typeInto(page, /6-digit code/, appCode());
    expect(await person.validates(answer, (await person.returned()).get('token'))).toBe(true);

    answer = await person.begin({ action: 'app-only' });
    await enter(page, /Recovery code/);
    await typeInto(page, /Recovery code/, recoveryCode);
    await enter(page, /Not now/);
    expect(await person.validates(answer, (await person.returned()).get('token'))).toBe(true);
  });

  it('a passkey is made and used; a challenge is cancelled', async () => {
    const person = await createPerson(served, browser, 'kim');
    const { page } = person;
    await addAuthenticator(page);
    let answer = await person.begin({ action: 'passkey-only' });
    await enter(page, /Send the code/);
    await typeInto(page, /^Code$/, await served.codeTo(person.email));
    await enter(page, /Create a passkey/);
    await enter(page, /Create passkey/);
    await enter(page, /I have saved them/);
    expect(await person.validates(answer, (await person.returned()).get('token'))).toBe(true);

    served.pass(60_000);
    answer = await person.begin({ action: 'passkey-only' });
    // picked, the passkey asks by itself
    await enter(page, /Use your passkey/);
    expect(await person.validates(answer, (await person.returned()).get('token'))).toBe(true);

    served.pass(60_000);
    answer = await person.begin({ action: 'passkey-only' });
    await enter(page, /^Cancel$/);
    expect(await person.validates(answer, (await person.returned()).get('token'))).toBe(false);
  });
});
