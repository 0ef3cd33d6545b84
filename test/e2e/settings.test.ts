/// <reference lib="dom" />
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBase32, totpAt } from '../adapters/authenticators/rfc6238.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { type Served, startServed } from '../support/served.ts';
import { addAuthenticator, createPerson, type Person } from './challenge-person.ts';

const heading = 'How you confirm it’s you';
const day = 86_400_000;

describe.skipIf(!hasBrowser).each([
  ['with script', true],
  ['without script', false],
])('the settings page, %s', (_, javaScriptEnabled) => {
  let served: Served;
  let browser: Browser;
  let person: Person;
  let secret: Buffer;
  beforeAll(async () => {
    served = await startServed();
    await served.configure('account', { defaultUserActionResult: 'ALLOW' });
    await served.configure('signIn', { defaultUserActionResult: 'CHALLENGE', rememberDevice: { enabled: true, days: 30 } });
    browser = await launchBrowser();
    person = await createPerson(served, browser, 'sami', { javaScriptEnabled });
    await served.api.enrollVerified('sami', { verificationMethod: 'EMAIL_OTP', email: person.email });
    served.pass(60_000);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
  });

  const toSettings = async (more = {}) => person.begin({ action: 'account', redirectToSettings: true, ...more });
  const row = (name: string | RegExp) => person.page.locator('.rows > li').filter({ hasText: name });
  const open = (name: string | RegExp) => row(name).locator('summary').click();
  const rows = async () =>
    (await person.page.locator('.rows').first().locator('summary').allInnerTexts()).map((text) => text.split('\n')[0]);
  const said = () => person.page.locator('.note.good').innerText();
  const byApp = async () => {
    served.pass(30_000);
    await person.press('Code from your authenticator app');
    await person.type(totpAt(secret, served.now() / 1000));
    await person.press('Continue');
  };

  it('asks who is there, then shows what there is', async () => {
    await toSettings();
    expect(await person.heading()).toBe('Confirm it’s you');
    await person.proveByMail('Code by e-mail');
    expect(await person.heading()).toBe(heading);
    expect(await rows()).toEqual(['Code by e-mail', 'Recovery codes']);
    expect(await person.page.locator('main').innerText()).toContain('Set up for s•••@e•••.org.');
    expect(await person.page.locator('main').innerText()).not.toContain(person.email);
  });

  it('adds an authenticator app', async () => {
    await person.press(/Set up an authenticator app/);
    secret = fromBase32((await person.page.locator('code.secret').innerText()).replaceAll(' ', ''));
    await person.type(totpAt(secret, served.now() / 1000));
    await person.press('Turn on');
    expect(await person.heading()).toBe(heading);
    expect(await rows()).toEqual(['Code by e-mail', 'Authenticator app', 'Recovery codes']);
  });

  it('gives new recovery codes, once; the old ones no longer work', async () => {
    await open('Recovery codes');
    await person.press('Get new codes');
    expect(await person.heading()).toBe('Keep these codes safe');
    const codes = await person.page.locator('.codes li').allInnerTexts();
    expect(codes).toHaveLength(10);
    await person.press('I have saved them');
    expect(await person.heading()).toBe(heading);
    expect(await person.page.locator('main').innerText()).not.toContain(codes[0]);
    await served.noticeTo(person.email, 'New recovery codes were made');
  });

  it('asks for a fresh proof when five minutes are over, and goes on', async () => {
    served.pass(300_000);
    await open('Code by e-mail');
    await row('Code by e-mail').getByRole('button', { name: 'Remove' }).click();
    await person.page.waitForLoadState();
    expect(await person.page.getByRole('alert').innerText()).toBe('To change something, confirm once more that it’s you.');
    expect(await person.heading()).toBe('Confirm it’s you');
    await byApp();
    expect(await rows()).toEqual(['Code by e-mail', 'Authenticator app', 'Recovery codes']);
  });

  it('removes one, says so, and mails about it', async () => {
    await open('Code by e-mail');
    await row('Code by e-mail').getByRole('button', { name: 'Remove' }).click();
    await person.page.waitForLoadState();
    expect(await said()).toBe('That was changed.');
    expect(await rows()).toEqual(['Authenticator app', 'Recovery codes']);
    await served.noticeTo(person.email, 'was removed from your account');
    await person.page.reload();
    expect(await person.page.locator('.note.good').count()).toBe(0);
  });

  it('is left with Done, and does not come back', async () => {
    const address = person.page.url();
    await person.press('Done');
    await person.returned();
    await person.page.goto(address);
    await person.returned();
  });

  it('does not remove the only one where the action needs one, and says why', async () => {
    await person.begin({ action: 'signIn', redirectToSettings: true });
    await byApp();
    await open('Authenticator app');
    expect(await row('Authenticator app').innerText()).toContain('This is the only way that you have');
    expect(await row('Authenticator app').getByRole('button').count()).toBe(0);
    await person.press('Done');
    await person.returned();
  });

  it('shows devices, forgets one, and stops remembering this one', async () => {
    for (const deviceId of ['desk', 'train']) {
      const there = await createPerson(served, browser, 'sami', { javaScriptEnabled });
      const who = deviceId === 'desk' ? person : there;
      const answer = await who.begin({ action: 'signIn', binding: 'login', deviceId });
      served.pass(30_000);
      await who.press('Code from your authenticator app');
      await who.page.getByRole('checkbox').check();
      await who.type(totpAt(secret, served.now() / 1000));
      await who.press('Continue');
      const ticket = (await who.returned()).get('stepward_ticket') ?? '';
      await served.api.consume({ userId: 'sami', action: 'signIn', idempotencyKey: answer.idempotencyKey }, { binding: 'login', ticket });
      await there.context.close();
    }
    await toSettings();
    await byApp();
    const devices = person.page.locator('.rows').nth(1).locator('li');
    expect(await devices.count()).toBe(3);
    const here = devices.filter({ hasText: /This device/ });
    const until = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' }).format(served.now() - 60_000 + 30 * day);
    expect(await here.innerText()).toContain(`Not asked again until ${until}`);
    await here.locator('summary').click();
    await here.getByRole('button', { name: 'Ask again on this device' }).click();
    await person.page.waitForLoadState();
    expect(await said()).toBe('That was changed.');
    expect(await here.innerText()).not.toContain('Not asked again');
    await person.press('Forget all other devices');
    expect(await devices.count()).toBe(1);
    expect(await person.page.getByRole('button', { name: 'Forget all other devices' }).count()).toBe(0);
    await person.press('Done');
  });

  it('breaks no policy', () => {
    expect(person.violations()).toEqual([]);
  });
});

describe.skipIf(!hasBrowser)('the settings page', () => {
  let served: Served;
  let browser: Browser;
  let number = 0;
  beforeAll(async () => {
    served = await startServed();
    await served.configure('account', { defaultUserActionResult: 'ALLOW' });
    await served.configure('needed', { defaultUserActionResult: 'CHALLENGE' });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
  });

  const someone = async (): Promise<Person> => {
    number += 1;
    const person = await createPerson(served, browser, `ines-${number}`);
    await served.api.enrollVerified(person.userId, { verificationMethod: 'EMAIL_OTP', email: person.email });
    served.pass(60_000);
    return person;
  };
  const atSettings = async (action = 'account') => {
    const person = await someone();
    const answer = await person.begin({ action, redirectToSettings: true });
    await person.proveByMail('Code by e-mail');
    expect(await person.heading()).toBe(heading);
    return { person, answer };
  };
  const headingOf = (page: Page) => page.locator('h1').innerText();
  const authenticatorsOf = async ({ userId }: Person) =>
    (
      (await served.api.getAuthenticators(userId)) as readonly {
        readonly userAuthenticatorId: string;
        readonly verificationMethod: string;
      }[]
    ).map(({ verificationMethod }) => verificationMethod);

  it('creates a passkey and names it; the name is text and nothing else', async () => {
    const { person } = await atSettings();
    await addAuthenticator(person.page);
    await person.press(/Create a passkey/);
    await person.page.getByRole('button', { name: 'Create passkey' }).click();
    await person.page.waitForURL(/\/challenge\?/);
    await expect.poll(() => person.heading()).toBe(heading);
    await person.page.locator('summary').filter({ hasText: 'Passkey' }).click();
    await person.page.getByLabel('Name').fill('<img src=x onerror=alert(1)> Laptop');
    await person.press('Save name');
    expect(await person.page.locator('summary').filter({ hasText: 'Laptop' }).innerText()).toContain('<img src=x onerror=alert(1)> Laptop');
    expect(person.violations()).toEqual([]);
  });

  it('by keyboard alone: open a row, get new codes, come back, leave', async () => {
    const { person } = await atSettings();
    const { keyboard } = person.page;
    const tabTo = async (text: string | RegExp) => {
      for (let step = 0; step < 30; step++) {
        await keyboard.press('Tab');
        const at = await person.page.evaluate(() => {
          const { outlineStyle } = getComputedStyle(document.activeElement ?? document.body);
          return { text: document.activeElement?.textContent ?? '', outlineStyle };
        });
        if (at.text.match(text)) return expect(at.outlineStyle).not.toBe('none');
      }
      throw new Error(`no ${text}`);
    };
    await tabTo(/Recovery codes/);
    await keyboard.press('Enter');
    await tabTo('Get new codes');
    await keyboard.press('Space');
    await person.page.waitForURL(/\/challenge\?/);
    await expect.poll(() => person.heading()).toBe('Keep these codes safe');
    await tabTo('I have saved them');
    await keyboard.press('Enter');
    await expect.poll(() => person.heading()).toBe(heading);
    await tabTo(/^Done$/);
    await keyboard.press('Enter');
    await person.returned();
  });

  it('reload, back, forward and a second tab repeat nothing and skip nothing', async () => {
    const { person, answer } = await atSettings();
    const { page } = person;
    await page.locator('summary').filter({ hasText: 'Recovery codes' }).click();
    await person.press('Get new codes');
    const codes = await page.locator('.codes').innerText();
    await page.reload();
    expect(await page.locator('.codes').innerText()).toBe(codes);
    const tab = await person.context.newPage();
    await tab.goto(answer.url);
    expect(await tab.locator('.codes').innerText()).toBe(codes);
    await tab.getByRole('button', { name: 'I have saved them' }).click();
    await tab.waitForLoadState();
    expect(await headingOf(tab)).toBe(heading);
    await page.reload();
    expect(await headingOf(page)).toBe(heading);
    await page.goBack();
    expect(await headingOf(page)).toBe(heading);
    await page.goForward();
    expect(await headingOf(page)).toBe(heading);
    // an enrollment half done in one tab is what the other shows; its way back is the settings
    await person.press(/Set up an authenticator app/);
    await tab.reload();
    expect(await headingOf(tab)).toBe('Set up your authenticator app');
    await tab.getByRole('button', { name: 'Try another way' }).click();
    await tab.waitForLoadState();
    expect(await headingOf(tab)).toBe(heading);
    // what one tab has removed is gone in the other: its button shows how things stand
    await page.goto(answer.url);
    await page.locator('summary').filter({ hasText: 'Code by e-mail' }).click();
    await tab.locator('summary').filter({ hasText: 'Code by e-mail' }).click();
    await tab.getByRole('button', { name: 'Remove' }).click();
    await tab.waitForLoadState();
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.waitForLoadState();
    expect(await headingOf(page)).toBe(heading);
    expect(await page.locator('.note.good').count()).toBe(0);
    expect(await authenticatorsOf(person)).toEqual([]);
  });

  it('a form for another user’s authenticator, the only one or a forged post: nothing changes, and the page stands', async () => {
    const other = await someone();
    const { person } = await atSettings('needed');
    const { page } = person;
    const [theirs] = (await served.api.getAuthenticators(other.userId)) as readonly { readonly userAuthenticatorId: string }[];
    const [mine] = (await served.api.getAuthenticators(person.userId)) as readonly { readonly userAuthenticatorId: string }[];
    const send = async (userAuthenticatorId: string, token?: string) => {
      await page.evaluate(
        ({ id, csrf }) => {
          const form = document.querySelector<HTMLFormElement>('form:has([value=done])') as HTMLFormElement;
          (form.querySelector('[name=do]') as HTMLInputElement).value = 'remove';
          if (csrf !== undefined) (form.querySelector('[name=csrf]') as HTMLInputElement).value = csrf;
          const field = Object.assign(document.createElement('input'), { name: 'userAuthenticatorId', value: id });
          form.append(field);
          form.submit();
        },
        { id: userAuthenticatorId, csrf: token },
      );
      await page.waitForLoadState();
    };
    await send(theirs?.userAuthenticatorId ?? '');
    await expect.poll(() => person.heading()).toBe(heading);
    expect(await page.locator('.note').count()).toBe(0);
    await send(mine?.userAuthenticatorId ?? '');
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('the only way that you have');
    expect(await person.heading()).toBe(heading);
    const address = page.url();
    await send(mine?.userAuthenticatorId ?? '', 'forged');
    await expect.poll(() => person.heading()).toBe('There is nothing to do here');
    await page.goto(address);
    expect(await person.heading()).toBe(heading);
    expect([await authenticatorsOf(person), await authenticatorsOf(other)]).toEqual([
      ['EMAIL_OTP', 'RECOVERY_CODE'],
      ['EMAIL_OTP', 'RECOVERY_CODE'],
    ]);
  });

  it('another browser with the address sees nothing and changes nothing', async () => {
    const { person, answer } = await atSettings();
    const stranger = await createPerson(served, browser, person.userId);
    await stranger.page.goto(answer.url);
    expect(await stranger.heading()).toBe('There is nothing to do here');
    expect(await person.heading()).toBe(heading);
  });
});
