import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { people } from '../../examples/express-login/seed.ts';
import { type RunningStepward, startStepward } from '../../examples/express-login/stepward.ts';
import type { Places } from '../../examples/oidc-broker/places.ts';
import { startExample } from '../../examples/oidc-broker/start.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { freePort } from '../support/free-port.ts';
import { patched } from '../support/patched.ts';

const folder = `${import.meta.dirname}/../../examples/oidc-broker`;
const text = (name: string): string => readFileSync(`${folder}/${name}`, 'utf8');

describe('the diff that makes an application step up', () => {
  it.each([
    ['shop/step-up.diff', 'shop/app.env', 'shop/app.step-up.env', ['ISSUER_BASE_URL', 'CLIENT_ID', 'CLIENT_SECRET'], parseEnv],
    ['page/step-up.diff', 'page/settings.json', 'page/settings.step-up.json', ['authority', 'client_id'], JSON.parse],
  ] as const)('%s is all that there is between %s and %s', (diff, before, after, changed, read) => {
    expect(patched(text(before), text(diff))).toBe(text(after));
    const [was, is] = [read(text(before)) as Record<string, string>, read(text(after)) as Record<string, string>];
    expect(
      Object.keys(is)
        .filter((name) => was[name] !== is[name])
        .sort(),
    ).toEqual([...changed].sort());
    expect(Object.keys(was).sort()).toEqual(Object.keys(is).sort());
  });
});

describe.skipIf(!hasBrowser)('an application with an identity provider, and Stepward between them', () => {
  const lines: string[] = [];
  const [alice, bob] = people.emails;
  let places: Places;
  let stepward: RunningStepward;
  let example: Awaited<ReturnType<typeof startExample>>;
  let browser: Browser;
  beforeAll(async () => {
    const [identityProvider, stepwardPort, shop, shopBefore, page, pageBefore] = await Promise.all(
      (['127.0.0.1', 'localhost', 'localhost', '127.0.0.1', 'localhost', '127.0.0.1'] as const).map(async (host) => [
        host,
        await freePort(host),
      ]),
    );
    const at = (place: readonly unknown[] = []): string => `http://${place[0]}:${place[1]}`;
    places = {
      identityProvider: at(identityProvider),
      stepward: at(stepwardPort),
      shop: at(shop),
      shopBefore: at(shopBefore),
      page: at(page),
      pageBefore: at(pageBefore),
    };
    [stepward, browser] = await Promise.all([startStepward(Number(stepwardPort?.[1]), (line) => lines.push(line)), launchBrowser()]);
    example = await startExample(places, { url: stepward.url, key: stepward.managementKey });
  });
  afterAll(async () => {
    await browser?.close();
    example?.stop();
    await stepward?.stop();
  });

  const visitor = async (): Promise<Page> => {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(20_000);
    return page;
  };
  /** At the page of the identity provider. */
  const logIn = async (page: Page, email: string): Promise<void> => {
    await page.waitForURL((at) => at.origin === places.identityProvider);
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill(people.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  const codeAfter = async (seen: number): Promise<string> => {
    for (let tries = 0; tries < 200; tries++) {
      const code = /\b(\d{6})\b/.exec(lines.slice(seen).find((line) => /\|.*\b\d{6}\b/.test(line)) ?? '')?.[1];
      if (code) return code;
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error('no code was mailed');
  };
  /** The further proof, on the hosted page. */
  const stepUp = async (page: Page): Promise<void> => {
    await page.waitForURL((at) => at.origin === places.stepward && at.pathname.startsWith('/challenge'));
    const seen = lines.length;
    await page
      .getByRole('button', { name: /send the code|e-mail/i })
      .first()
      .click();
    await page.locator('#code').fill(await codeAfter(seen));
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'I have saved them' }).click();
  };
  const claims = async (page: Page): Promise<Readonly<Record<string, unknown>>> => {
    const names = await page.locator('.claims dt').allInnerTexts();
    const values = await page.locator('.claims dd').allInnerTexts();
    return Object.fromEntries(names.map((name, index) => [name, values[index]]));
  };

  it('as it was, the shop signs in at the identity provider, and a password is all', async () => {
    const page = await visitor();
    await page.goto(places.shopBefore);
    await page.getByRole('link', { name: 'Sign in' }).click();
    await logIn(page, alice);
    await page.getByRole('link', { name: 'Your orders' }).click();
    expect(await page.locator('main').innerText()).toContain('Signed in as Alice');
    expect(await claims(page)).toMatchObject({ iss: `"${places.identityProvider}"`, acr: 'not told' });
    await page.context().close();
  });

  it('with the diff the shop steps up: challenged on a new browser, known from then on, and signed out everywhere', async () => {
    const page = await visitor();
    const signIn = async () => {
      await page.goto(places.shop);
      await page.getByRole('link', { name: 'Sign in' }).click();
      await logIn(page, alice);
    };
    await signIn();
    await stepUp(page);
    await page.waitForURL(`${places.shop}/`);
    await page.getByRole('link', { name: 'Your orders' }).click();
    expect(await page.locator('main').innerText()).toContain('Signed in as Alice');
    expect(await claims(page)).toMatchObject({
      iss: `"${places.stepward}/oidc"`,
      acr: '"urn:stepward:aal1"',
      amr: '["otp"]',
      auth_time: expect.stringMatching(/^\d+$/),
    });

    await page.getByRole('link', { name: 'Sign out' }).click();
    await page.waitForURL((at) => at.origin === places.stepward);
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.waitForURL((at) => at.origin === places.identityProvider);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${places.shop}/`);

    await signIn();
    await page.waitForURL(`${places.shop}/`);
    await page.getByRole('link', { name: 'Your orders' }).waitFor();
    await page.context().close();
  });

  it('who is refused is not signed in, and the shop is told in the words of the standard', async () => {
    const page = await visitor();
    await page.goto(`${places.shop}/orders`);
    await logIn(page, bob);
    await page.waitForURL((at) => at.origin === places.shop);
    expect(await page.getByRole('alert').innerText()).toBe('You were not signed in: access_denied.');
    await page.goto(places.shop);
    expect(await page.getByRole('link', { name: 'Sign in' }).isVisible()).toBe(true);
    await page.context().close();
  });

  it('the page too, as it was and with the diff', async () => {
    const page = await visitor();
    await page.goto(places.pageBefore);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await logIn(page, alice);
    await page.getByText('Signed in as Alice').waitFor();
    expect(await claims(page)).toMatchObject({ iss: `"${places.identityProvider}"`, acr: 'not told' });

    await page.goto(places.page);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL((at) => at.pathname.startsWith('/challenge'));
    await page.context().close();
  });
});
