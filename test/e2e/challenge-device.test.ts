import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TrackAnswer } from '../../core/index.ts';
import { fromBase32, totpAt } from '../adapters/authenticators/rfc6238.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { type Served, startServed } from '../support/served.ts';
import { createPerson, type Person } from './challenge-person.ts';

const day = 86_400_000;
const deviceCookie = '__Host-stepward-device';

describe.skipIf(!hasBrowser)('a remembered device', () => {
  let served: Served;
  let browser: Browser;
  let person: Person;
  let number = 0;
  beforeAll(async () => {
    served = await startServed();
    await served.configure('signIn', { defaultUserActionResult: 'CHALLENGE', rememberDevice: { enabled: true, days: 30 } });
    await served.configure('payout', { defaultUserActionResult: 'CHALLENGE' });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
  });
  beforeEach(async () => {
    number += 1;
    person = await createPerson(served, browser, `rita-${number}`);
    await served.api.enrollVerified(person.userId, { verificationMethod: 'EMAIL_OTP', email: person.email });
    served.pass(60_000);
  });

  const consumed = async (answer: TrackAnswer, action = 'signIn') => {
    const ticket = (await person.returned()).get('stepward_ticket') ?? '';
    const ref = { userId: person.userId, action, idempotencyKey: answer.idempotencyKey };
    return served.api.consume(ref, { binding: 'login', ticket });
  };
  /** Signs in with a code, ticking the box or not. */
  const signIn = async (remember: boolean): Promise<void> => {
    const answer = await person.begin({ binding: 'login' });
    await person.press('Code by e-mail');
    const box = person.page.getByRole('checkbox');
    expect(await box.isChecked()).toBe(false);
    if (remember) await box.check();
    await person.type(await served.codeTo(person.email));
    await person.press('Continue');
    expect(await consumed(answer)).toMatchObject({ verificationMethod: 'EMAIL_OTP' });
    served.pass(60_000);
  };
  const isAsked = async (more: { readonly action?: string } = {}): Promise<boolean> => {
    const answer = await person.begin({ binding: 'login', ...more });
    expect(answer.state).toBe('CHALLENGE_REQUIRED');
    if (new URL(person.page.url()).pathname === '/challenge') return true;
    expect(await consumed(answer, more.action)).toMatchObject({ verificationMethod: 'DEVICE', state: 'CHALLENGE_SUCCEEDED' });
    return false;
  };
  const cookie = async () => (await person.context.cookies(served.url)).find(({ name }) => name === deviceCookie);

  it('without the box it is asked again; with it, not, on this action alone', async () => {
    await signIn(false);
    expect(await isAsked()).toBe(true);
    served.pass(60_000);
    await signIn(true);
    expect(await isAsked()).toBe(false);
    expect(await isAsked({ action: 'payout' })).toBe(true);
  });

  it('its cookie is out of reach of scripts and other hosts', async () => {
    await signIn(true);
    expect(await cookie()).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Lax', path: '/', domain: 'localhost' });
  });

  it('dies at its date, counted from the proof: being used prolongs nothing', async () => {
    await signIn(true);
    for (const days of [10, 10, 9]) {
      served.pass(days * day);
      expect(await isAsked()).toBe(false);
    }
    served.pass(day);
    expect(await isAsked()).toBe(true);
  });

  it('dies with a change of factors', async () => {
    await signIn(true);
    await person.begin({ binding: 'login', action: 'payout' }, '&force_enrollment=true');
    await person.proveByMail('Code by e-mail');
    await person.press(/authenticator app/);
    const secret = fromBase32((await person.page.locator('code.secret').innerText()).replaceAll(' ', ''));
    await person.type(totpAt(secret, served.now() / 1000));
    await person.press('Turn on');
    await person.returned();
    await served.noticeTo(person.email, 'added to your account: Authenticator app');
    expect(await isAsked()).toBe(true);
  });

  it('dies when it is revoked, and when its record is invalidated', async () => {
    await signIn(true);
    const [device] = (await served.api.getDevices(person.userId)) as readonly {
      readonly deviceId: string;
      readonly rememberedUntil?: string;
    }[];
    expect(device?.rememberedUntil).toBe(new Date(served.now() - 60_000 + 30 * day).toISOString());
    await served.api.updateDevice(person.userId, device?.deviceId ?? '', { rememberedUntil: null });
    expect(await isAsked()).toBe(true);
    served.pass(60_000);
    await signIn(true);
    expect(await isAsked()).toBe(false);
    await served.api.invalidateDevice(person.userId, device?.deviceId ?? '');
    expect(await isAsked()).toBe(true);
  });

  it('a copied cookie is worth nothing once the device was used again', async () => {
    await signIn(true);
    const copied = await cookie();
    expect(await isAsked()).toBe(false);
    expect((await cookie())?.value).not.toBe(copied?.value);
    served.pass(11_000);
    const thief = await createPerson(served, browser, person.userId);
    if (copied) await thief.context.addCookies([copied]);
    await thief.begin({ binding: 'login' });
    expect(await thief.heading()).toBe('Confirm it’s you');
    expect(await isAsked()).toBe(false);
  });

  it('the claimed device id alone, or a made-up cookie, is no remembered device', async () => {
    await signIn(true);
    const other = await createPerson(served, browser, person.userId);
    await other.context.addCookies([
      {
        name: deviceCookie,
        value: 'AAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
        domain: 'localhost',
        path: '/',
        secure: true,
        httpOnly: true,
      },
    ]);
    await other.begin({ binding: 'login', deviceId: person.deviceId });
    expect(await other.heading()).toBe('Confirm it’s you');
  });

  it('of one user is none of another’s in the same browser, and both are kept', async () => {
    await signIn(true);
    const userId = `${person.userId}-sister`;
    const email = `${userId}@example.org`;
    await served.api.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email });
    const hers = await person.begin({ userId, binding: 'login' });
    expect(await person.heading()).toBe('Confirm it’s you');
    await person.press('Code by e-mail');
    await person.type(await served.codeTo(email));
    await person.press('Continue');
    const ticket = (await person.returned()).get('stepward_ticket') ?? '';
    await served.api.consume({ userId, action: 'signIn', idempotencyKey: hers.idempotencyKey }, { binding: 'login', ticket });
    expect(await isAsked()).toBe(false);
  });
});
