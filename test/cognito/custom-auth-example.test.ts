import { readFileSync } from 'node:fs';
import type { Browser, Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emailOf, people } from '../../examples/cognito-custom-auth/policy.ts';
import { type Places, settingsFor, startExample } from '../../examples/cognito-custom-auth/start.ts';
import { type RunningStepward, startStepward } from '../../examples/express-login/stepward.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { freePort } from '../support/free-port.ts';
import { patched } from '../support/patched.ts';
import { hasPackages } from './support/packages.ts';

const folder = `${import.meta.dirname}/../../examples/cognito-custom-auth`;
const text = (name: string): string => readFileSync(`${folder}/${name}`, 'utf8');
const [alice, bob, carol, dan, erin, fay] = people.names;

describe.each(['identity-js', 'amplify'])('the diff that makes a page step up: %s', (library) => {
  it('is all that there is between the page as it was and the page with it', () => {
    const [before, after, diff] = [text(`${library}/app.js`), text(`${library}/app.step-up.js`), text(`${library}/step-up.diff`)];
    expect(patched(before, diff)).toBe(after);
    expect(before).not.toMatch(/stepward/i);
  });

  it('adds about thirty lines, and takes nothing away that it does not put back', () => {
    const lines = text(`${library}/step-up.diff`).split('\n').slice(2);
    expect(lines.filter((line) => line.startsWith('+')).length).toBeLessThanOrEqual(35);
    expect(lines.filter((line) => line.startsWith('-')).length).toBeLessThanOrEqual(5);
  });
});

describe.skipIf(!hasBrowser || !hasPackages())('pages that sign in at a user pool by its libraries', () => {
  const lines: string[] = [];
  let places: Places;
  let stepward: RunningStepward;
  let example: Awaited<ReturnType<typeof startExample>>;
  let browser: Browser;
  beforeAll(async () => {
    const at = async (): Promise<string> => `http://127.0.0.1:${await freePort('127.0.0.1')}`;
    places = { identityJs: await at(), identityJsBefore: await at(), amplify: await at(), amplifyBefore: await at() };
    const port = await freePort('localhost');
    [stepward, browser] = await Promise.all([startStepward(port, (line) => lines.push(line), settingsFor(places)), launchBrowser()]);
    example = await startExample(places, stepward);
  });
  afterAll(async () => {
    await browser?.close();
    await example?.stop();
    await stepward?.stop();
  });

  const visitor = async (): Promise<Page> => {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(30_000);
    return page;
  };
  const signIn = async (page: Page, name: string, password: string = people.password): Promise<void> => {
    await page.getByLabel('User name').fill(name);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  const said = (page: Page, words: string | RegExp): Promise<void> => page.getByRole('status').filter({ hasText: words }).waitFor();
  const signedIn = async (page: Page, name: string): Promise<void> => {
    await said(page, /^You are signed in$/);
    expect(await page.locator('.claims').innerText()).toContain(emailOf(name));
    expect(await page.getByRole('button').allInnerTexts()).toEqual(['Sign out']);
  };
  const signOut = async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await said(page, 'You are not signed in');
  };
  const codeAfter = async (seen: number): Promise<string> => {
    for (let tries = 0; tries < 200; tries++) {
      const code = /\b(\d{6})\b/.exec(lines.slice(seen).find((line) => /\|.*\b\d{6}\b/.test(line)) ?? '')?.[1];
      if (code) return code;
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error('no code was mailed');
  };
  /** The first further proof, on the hosted page: it brings recovery codes. */
  const stepUp = async (shown: Page | Frame): Promise<void> => {
    const seen = lines.length;
    await shown
      .getByRole('button', { name: /send the code|code by e-mail/i })
      .first()
      .click();
    await shown.locator('#code').fill(await codeAfter(seen));
    await shown.getByRole('button', { name: 'Continue' }).click();
    await shown.getByRole('button', { name: 'I have saved them' }).click();
  };
  const framed = async (page: Page): Promise<Frame> => {
    const frame = await (await page.waitForSelector('dialog iframe')).contentFrame();
    if (!frame) throw new Error('no frame');
    return frame;
  };

  // one mail in thirty seconds to an address: a person for each challenge
  describe.each([
    ['amazon-cognito-identity-js', 'identityJs', 'identityJsBefore', dan, erin],
    ['aws-amplify', 'amplify', 'amplifyBefore', fay, alice],
  ] as const)('%s', (_, after, before, first, second) => {
    it('as it was: the password is all', async () => {
      const page = await visitor();
      await page.goto(places[before]);
      await signIn(page, alice, 'Wrong-horse-1');
      await said(page, 'Incorrect username or password.');
      await signIn(page, alice);
      await signedIn(page, alice);
      await page.reload();
      await signedIn(page, alice);
      await page.context().close();
    });

    it('asked over the page on a new device, and not again on it', async () => {
      const page = await visitor();
      await page.goto(places[after]);
      await signIn(page, first);
      await stepUp(await framed(page));
      await signedIn(page, first);
      expect(await page.locator('dialog').count()).toBe(0);

      await signOut(page);
      await signIn(page, first);
      await signedIn(page, first);
      await page.context().close();
    });

    it('asked on Stepward’s own page, and back', async () => {
      const page = await visitor();
      await page.goto(`${places[after]}/?mode=redirect`);
      await signIn(page, second);
      await page.waitForURL((at) => at.origin === stepward.url);
      const [arrival] = await Promise.all([page.waitForRequest((asked) => asked.url().startsWith(`${places[after]}/?`)), stepUp(page)]);
      await signedIn(page, second);
      expect(page.url()).toBe(`${places[after]}/`);

      // the answer served once
      await signOut(page);
      await page.goto(arrival.url());
      await said(page, 'this browser tab began no sign-in');
      await page.context().close();
    });

    it('cancelled, by redirect and over the page: not signed in', async () => {
      const page = await visitor();
      await page.goto(`${places[after]}/?mode=redirect`);
      await signIn(page, alice);
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.waitForURL((at) => at.origin === places[after]);
      await said(page, 'ended without a proof');
      await page.reload();
      await said(page, 'You are not signed in');

      await page.goto(places[after]);
      await signIn(page, alice);
      await (await framed(page)).getByRole('button', { name: 'Cancel' }).click();
      await said(page, 'ended without a proof');
      await page.context().close();
    });

    it('refused, held, a wrong password and a stranger: words for each, and nobody is signed in', async () => {
      const page = await visitor();
      await page.goto(places[after]);
      for (const [name, password, words] of [
        [bob, people.password, 'You cannot sign in now.'],
        [carol, people.password, 'We are having a look at this sign-in first.'],
        [alice, 'Wrong-horse-1', 'Incorrect username or password.'],
        ['mallory', people.password, 'Incorrect username or password.'],
      ] as const) {
        await signIn(page, name, password);
        await said(page, words);
        await page.reload();
        await said(page, 'You are not signed in');
      }
      await page.context().close();
    });
  });
});
