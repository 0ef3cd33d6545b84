import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { type Served, startServed } from '../support/served.ts';
import { createPerson, type Person } from './challenge-person.ts';

const neutral = 'There is nothing to do here';

describe.skipIf(!hasBrowser)('how a challenge is opened, and how it ends', () => {
  let served: Served;
  let browser: Browser;
  beforeAll(async () => {
    served = await startServed();
    await served.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
    await served.configure('free', { defaultUserActionResult: 'ALLOW' });
    await served.configure('trusted', { defaultUserActionResult: 'TRUST' });
    await served.configure('blocked', { defaultUserActionResult: 'BLOCK' });
    await served.configure('looked-at', { defaultUserActionResult: 'REVIEW' });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
  });

  const enrolled = async (userId: string): Promise<Person> => {
    const person = await createPerson(served, browser, userId);
    await served.api.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email: person.email });
    served.pass(60_000);
    return person;
  };

  it('our own form posts carry our origin, the page violates no policy, and the address shows c, state and lang alone', async () => {
    const person = await enrolled('olga');
    const origins: (string | undefined)[] = [];
    const addresses = new Set<string>();
    person.page.on('request', (request) => {
      if (request.method() === 'POST') origins.push(request.headers().origin);
    });
    person.page.on('framenavigated', (frame) => addresses.add(frame.url()));
    const answer = await person.begin({}, '&state=abc&lang=en');
    await person.proveByMail('Code by e-mail');
    expect(await person.validates(answer, (await person.returned()).get('token'))).toBe(true);
    expect(origins).toEqual([served.url, served.url]);
    for (const address of addresses) {
      if (!address.startsWith(served.url)) continue;
      expect([...new URL(address).searchParams.keys()]).toEqual(['c', 'state', 'lang']);
    }
    expect(person.violations()).toEqual([]);
    const [arrival] = served.app.requests.filter(({ url }) => url?.startsWith('/back'));
    expect(arrival?.headers.referer).toBeUndefined();
    await person.context.close();
  });

  it.each([
    ['cafe%CC%81+%2B%20%26%3D%23', 'café++ &=#'],
    ['%22%3E%3Cscript%3Ehit%3C%2Fscript%3E', '"><script>hit</script>'],
    ['eyJhIjoxfQ==.x~y-z_%c3%a9', 'eyJhIjoxfQ==.x~y-z_é'],
  ])('`state=%s` comes back byte for byte, through every page', async (raw) => {
    const person = await enrolled(`state-${raw.length}`);
    await person.begin({ redirectUrl: `${served.app.origin}/back?own=1%2f2#part` }, `&state=${raw}&force_enrollment=true`);
    await person.proveByMail('Code by e-mail');
    expect(await person.heading()).toBe('Add a way to confirm it’s you');
    await person.press('Not now');
    await person.returned();
    const { search, hash } = new URL(person.page.url());
    expect(search.startsWith('?own=1%2f2&token=')).toBe(true);
    expect(search.endsWith(`&state=${raw}`)).toBe(true);
    expect(hash).toBe('#part');
    await person.context.close();
  });

  it('`force_enrollment` comes after the challenge, never before it', async () => {
    const person = await enrolled('fred');
    const answer = await person.begin({}, '&force_enrollment=true');
    expect(await person.heading()).toBe('Confirm it’s you');
    await person.proveByMail('Code by e-mail');
    expect(await person.page.locator('form button[name=method]').evaluateAll((all) => all.map((one) => one.getAttribute('value')))).toEqual(
      ['PASSKEY', 'SECURITY_KEY', 'AUTHENTICATOR_APP', 'EMAIL_MAGIC_LINK'],
    );
    await person.press('Cancel');
    expect(await person.validates(answer, (await person.returned()).get('token'))).toBe(true);
  });

  it.each([
    ['blocked', 'We stopped this request', 'BLOCK'],
    ['looked-at', 'We are having a look at this first', 'REVIEW_REQUIRED'],
  ])('%s: its own page with a reference, no method and no enrollment, whatever the query says', async (action, heading, state) => {
    const person = await createPerson(served, browser, `at-${action}`);
    const answer = await person.begin({ action, scope: 'add:authenticators' }, '&force_enrollment=true');
    expect(answer.state).toBe(state);
    expect(await person.heading()).toBe(heading);
    expect(await person.page.locator('form, button, input').count()).toBe(0);
    expect(await person.page.locator('dd').innerText()).toMatch(/^[0-9a-f]{8}$/);
    const text = await person.page.locator('main').innerText();
    for (const word of ['rule', 'score', 'risk', action]) expect(text).not.toContain(word);
    await person.page.getByRole('link', { name: /Back to/ }).click();
    const token = (await person.returned()).get('token');
    expect(await served.api.validate({ token: token ?? '' })).toMatchObject({ isValid: false, state });
    expect(await served.api.getUser(person.userId)).toMatchObject({ isEnrolled: false });
  });

  it('lapsed: says so, proves nothing, and cannot be taken up again', async () => {
    const person = await enrolled('luke');
    const answer = await person.begin();
    await person.press('Code by e-mail');
    const code = await served.codeTo(person.email);
    await person.type(code);
    served.pass(600_000);
    await person.press('Continue');
    expect(await person.heading()).toBe('This took too long');
    await person.page.goto(`${answer.url}&force_enrollment=true`);
    expect(await person.page.locator('form').count()).toBe(0);
    await person.page.getByRole('link', { name: /Back to/ }).click();
    const token = (await person.returned()).get('token');
    expect(await person.validates(answer, token)).toBe(false);
    expect(await served.api.getAction({ userId: 'luke', action: 'signIn', idempotencyKey: answer.idempotencyKey })).toMatchObject({
      state: 'CHALLENGE_FAILED',
      failureReason: 'expired',
    });
  });

  it('an ALLOW that is opened: offers a first way, optionally; TRUST asks nothing', async () => {
    const person = await createPerson(served, browser, 'alma');
    await person.begin({ action: 'trusted' }, '&force_enrollment=true');
    expect((await person.returned()).has('token')).toBe(true);
    const answer = await person.begin({ action: 'free', scope: 'add:authenticators' });
    expect(await person.heading()).toBe('Add a way to confirm it’s you');
    await person.press('Not now');
    await person.returned();
    expect(await served.api.getAction({ userId: 'alma', action: 'free', idempotencyKey: answer.idempotencyKey })).toMatchObject({
      state: 'ALLOW',
    });
  });

  it('an unknown c and a foreign one: the same bytes', async () => {
    const person = await enrolled('uma');
    const answer = await person.begin();
    const stranger = await browser.newContext();
    const bodyOf = async (url: string) => {
      const response = await stranger.request.get(url);
      expect(response.status()).toBe(404);
      return response.text();
    };
    const foreign = await bodyOf(answer.url);
    const c = new URL(answer.url).searchParams.get('c') ?? '';
    const unknown = await bodyOf(`${served.url}/challenge?c=${'A'.repeat(c.length)}`);
    expect(foreign.replaceAll(c, '')).toBe(unknown.replaceAll('A'.repeat(c.length), ''));
    expect(foreign).toContain(neutral);
  });
});
