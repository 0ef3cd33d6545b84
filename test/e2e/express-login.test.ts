import type { Server } from 'node:http';
import { Authsignal, VerificationMethod } from '@authsignal/node';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccounts } from '../../examples/express-login/accounts.ts';
import { createApp } from '../../examples/express-login/app.ts';
import { configure } from '../../examples/express-login/seed.ts';
import { type RunningStepward, startStepward } from '../../examples/express-login/stepward.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { freePort } from '../support/free-port.ts';

describe.skipIf(!hasBrowser)('an Express application with the SDK, in a browser', () => {
  let stepward: RunningStepward;
  let app: Server;
  let browser: Browser;
  let url: string;
  let authsignal: Authsignal;
  const lines: string[] = [];
  const password = 'correct horse';
  /** Of a browser that people use: a headless one says so, and is taken for the robot that it is. */
  const userAgent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';

  beforeAll(async () => {
    stepward = await startStepward(await freePort(), (line) => lines.push(line));
    await configure({ url: stepward.url, key: stepward.managementKey });
    const port = await freePort();
    url = `http://localhost:${port}`;
    authsignal = new Authsignal({ apiSecretKey: stepward.serverKey, apiUrl: `${stepward.url}/v1` });
    app = createApp({ authsignal, url, accounts: createAccounts() }).listen(port, 'localhost');
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    app?.closeAllConnections();
    app?.close();
    await stepward?.stop();
  });

  const person = async (email: string): Promise<Page> => {
    const page = await (await browser.newContext({ userAgent })).newPage();
    page.setDefaultTimeout(15_000);
    await page.goto(`${url}/sign-up`);
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Open an account' }).click();
    await page.waitForURL(`${url}/sign-in`);
    return page;
  };

  const signIn = async (page: Page, email: string, place = 'office'): Promise<void> => {
    await page.goto(`${url}/sign-in`);
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.getByLabel('Pretend to come from').selectOption(place);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };

  /** Enrolls the address as the application may, and gives one of the recovery codes that come with it. */
  const enrolled = async (email: string): Promise<string> => {
    const [user] = (await authsignal.queryUsers({ email })).users;
    const attributes = { verificationMethod: VerificationMethod.EMAIL_OTP, email };
    const { recoveryCodes = [] } = await authsignal.enrollVerifiedAuthenticator({ userId: user?.userId ?? '', attributes });
    return recoveryCodes[0] ?? '';
  };

  const onChallenge = (page: Page): Promise<void> => page.waitForURL((at) => at.pathname.startsWith('/challenge'));

  /** Gives the code that was mailed last, once `act` has had one sent. */
  const mailedCode = async (act: () => Promise<unknown>): Promise<string> => {
    const before = lines.length;
    await act();
    for (let tries = 0; tries < 100; tries++) {
      const code =
        lines.slice(before).find((line) => /^ {2}\|\s*\d{3} ?\d{3}\s*$/.test(line)) ??
        lines.slice(before).find((line) => /\|.*\b\d{6}\b/.test(line));
      if (code) return code.replace(/\D/g, '').slice(0, 6);
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error('no code was mailed');
  };

  const prove = async (page: Page, button: string | RegExp): Promise<void> => {
    const code = await mailedCode(() => page.getByRole('button', { name: button }).click());
    await page.getByRole('textbox').fill(code);
    await page.getByRole('button', { name: /^(?:Continue|Approve)$/ }).click();
  };

  it('signs up, steps up on a new device, and is known there from then on', async () => {
    const page = await person('ada@example.com');
    await signIn(page, 'ada@example.com');
    await onChallenge(page);
    await prove(page, 'Send the code');
    await page.getByRole('button', { name: 'I have saved them' }).click();
    await page.waitForURL(`${url}/`);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Your account');

    await page.getByRole('button', { name: 'Sign out' }).click();
    await signIn(page, 'ada@example.com');
    await page.waitForURL(`${url}/`);

    await page.getByRole('button', { name: 'Sign out' }).click();
    await signIn(page, 'ada@example.com', 'tor');
    await onChallenge(page);
  });

  it('asks for a large amount, shows what is approved, and does it once', async () => {
    const page = await person('grace@example.com');
    const recoveryCode = await enrolled('grace@example.com');
    await signIn(page, 'grace@example.com');
    await onChallenge(page);
    await page.getByRole('button', { name: /Recovery code/ }).click();
    await page.getByRole('textbox').fill(recoveryCode);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Not now' }).click();
    await page.waitForURL(`${url}/`);

    const withdraw = async (amount: string): Promise<void> => {
      await page.getByLabel('Amount in euros').fill(amount);
      await page.getByLabel('To', { exact: true }).fill('Bob & Sons');
      await page.getByRole('button', { name: 'Withdraw' }).click();
    };
    await withdraw('100');
    await page.getByText('100.00 euros are on the way to Bob & Sons.').waitFor();

    await withdraw('2500.50');
    await onChallenge(page);
    const shown = await page.locator('main').innerText();
    expect(shown).toMatch(/2,500\.50/);
    expect(shown).toContain('Bob & Sons');
    await prove(page, /e-mail/);
    await page.waitForURL(`${url}/`);
    await page.getByText('2500.50 euros are on the way').waitFor();
    expect(await page.locator('.balance').innerText()).toContain('9,399.50');
  });

  it('does nothing after a cancel, and nothing in a browser that began nothing', async () => {
    const page = await person('mary@example.com');
    await signIn(page, 'mary@example.com');
    await onChallenge(page);
    const link = page.url();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.waitForURL((at) => at.pathname === '/return');
    expect(await page.locator('main').innerText()).toContain('Nothing was done');
    await page.goto(`${url}/`);
    expect(new URL(page.url()).pathname).toBe('/sign-in');

    const other = await (await browser.newContext()).newPage();
    await other.goto(link);
    expect(await other.locator('main').innerText()).not.toContain('mary');
    const answer = await other.goto(`${url}/return?token=anything`);
    expect(answer?.status()).toBe(403);
  });
});
