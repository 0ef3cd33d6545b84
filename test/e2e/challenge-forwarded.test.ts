import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { type Served, startServed } from '../support/served.ts';
import { createPerson, type Person } from './challenge-person.ts';

const neutral = 'There is nothing to do here';

describe.skipIf(!hasBrowser)('a challenge link in a second browser', () => {
  let served: Served;
  let browser: Browser;
  beforeAll(async () => {
    served = await startServed();
    const newDevice = { type: 'CHALLENGE', conditions: { '==': [{ var: 'device.isNew' }, true] } };
    await served.configure('signIn', { defaultUserActionResult: 'ALLOW' }, [newDevice]);
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
  });

  /** A user with his own browser, and somebody who knows his password and sits elsewhere. */
  const victimAndAttacker = async (userId: string): Promise<{ readonly victim: Person; readonly attacker: Person }> => {
    const victim = await createPerson(served, browser, userId);
    await served.api.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email: victim.email });
    served.pass(60_000);
    const attacker = await createPerson(served, browser, userId);
    return { victim, attacker };
  };
  const attackers = { ipAddress: '198.51.100.66', userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };

  it('after the first: a neutral page; the first is not disturbed', async () => {
    const { victim, attacker } = await victimAndAttacker('ines');
    const answer = await victim.begin();
    await victim.press('Code by e-mail');
    await attacker.page.goto(answer.url);
    expect(await attacker.heading()).toBe(neutral);
    expect(await attacker.page.content()).not.toContain('ines');
    await attacker.page.goto(`${served.url}/challenge/done${new URL(answer.url).search}`);
    expect(await attacker.heading()).toBe(neutral);
    await victim.type(await served.codeTo(victim.email));
    await victim.press('Continue');
    expect(await victim.validates(answer, (await victim.returned()).get('token'))).toBe(true);
    await attacker.page.goto(answer.url);
    expect(await attacker.heading()).toBe(neutral);
  });

  it('before the first: the first browser is the one that opened it; the later one spends and reveals nothing', async () => {
    const { victim, attacker } = await victimAndAttacker('jana');
    const answer = await victim.track();
    await attacker.page.goto(answer.url);
    expect(await attacker.heading()).toBe('Confirm it’s you');
    await victim.page.goto(answer.url);
    expect(await victim.heading()).toBe(neutral);
    // who begins again is not kept out by it
    const again = await victim.begin();
    await victim.proveByMail('Code by e-mail');
    expect(await victim.validates(again, (await victim.returned()).get('token'))).toBe(true);
  });

  it('neither HEAD nor a prefetch takes the place of the first browser', async () => {
    const { victim, attacker } = await victimAndAttacker('kira');
    const answer = await victim.track();
    await attacker.context.request.head(answer.url);
    await attacker.context.request.get(answer.url, { headers: { 'sec-purpose': 'prefetch' } });
    await victim.page.goto(answer.url);
    expect(await victim.heading()).toBe('Confirm it’s you');
  });

  it('a posted form of the other browser is refused and spends no try', async () => {
    const { victim, attacker } = await victimAndAttacker('lena');
    const answer = await victim.begin();
    await victim.press('Code by e-mail');
    const field = async (name: string) => (await victim.page.locator(`[name=${name}]`).first().getAttribute('value')) ?? '';
    const form = { csrf: await field('csrf'), challengeId: await field('challengeId'), do: 'answer', code: '000000' };
    await attacker.page.goto(answer.url);
    const foreign = await attacker.context.request.post(answer.url, { form, headers: { origin: served.url }, maxRedirects: 0 });
    expect(foreign.status()).toBe(403);
    const crossSite = await victim.context.request.post(answer.url, { form, headers: { origin: 'https://evil.example' }, maxRedirects: 0 });
    expect(crossSite.status()).toBe(403);
    const forged = await victim.context.request.post(answer.url, {
      form: { ...form, csrf: 'x'.repeat(43) },
      headers: { origin: served.url },
      maxRedirects: 0,
    });
    expect(forged.status()).toBe(403);
    await victim.type((await served.codeTo(victim.email)) === '999999' ? '999998' : '999999');
    await victim.press('Continue');
    expect(await victim.page.getByRole('alert').innerText()).toContain('4 tries left');
  });

  it('the victim opens the attacker’s link first and finishes it: the sender gains nothing, in this login or the next', async () => {
    const { victim, attacker } = await victimAndAttacker('mona');
    const answer = await attacker.track({ ...attackers, binding: 'the-attackers-login', deviceId: 'attackers-device' });
    const unbound = await attacker.track({ ...attackers, deviceId: 'attackers-device', redirectUrl: `${served.app.origin}/unbound` });

    await victim.page.goto(answer.url);
    // the page says who asks, and from where
    expect(await victim.page.locator('main').innerText()).toContain('Firefox on Linux');
    await victim.proveByMail('Code by e-mail');
    expect((await victim.returned()).get('stepward_ticket')).toMatch(/^[\w-]{22,}$/);
    served.pass(60_000);
    await victim.page.goto(unbound.url);
    await victim.proveByMail('Code by e-mail');
    expect((await victim.returned()).get('token')).not.toBeNull();

    const ref = { userId: 'mona', action: 'signIn', idempotencyKey: answer.idempotencyKey };
    const refused = (consume: Promise<unknown>) =>
      consume.then(
        () => 'proceeds',
        (error: { readonly code: string }) => error.code,
      );
    for (const proof of [{}, { token: answer.token }, { ticket: 'A'.repeat(22) }])
      expect(await refused(served.api.consume(ref, { binding: 'the-attackers-login', ...proof }))).toMatch(
        /^(?:ticket_mismatch|invalid_token)$/,
      );
    expect(await attacker.validates(answer, answer.token)).toBe(false);
    expect(await served.api.validate({ token: unbound.token, userId: 'mona' })).toMatchObject({ isValid: false, error: 'proof_required' });
    for (const url of [answer.url, unbound.url]) {
      await attacker.page.goto(url);
      expect(await attacker.heading()).toBe(neutral);
      await attacker.page.goto(`${served.url}/challenge/done${new URL(url).search}`);
      expect(await attacker.heading()).toBe(neutral);
    }
    expect(await attacker.track({ ...attackers, deviceId: 'attackers-device' })).toMatchObject({ state: 'CHALLENGE_REQUIRED' });
    expect(await served.api.getDevices('mona')).toEqual([]);
  });

  it('a stolen ticket of another login opens none', async () => {
    const { victim, attacker } = await victimAndAttacker('nina');
    const his = await victim.begin({ binding: 'his' });
    await victim.proveByMail('Code by e-mail');
    const ticket = (await victim.returned()).get('stepward_ticket') ?? '';
    const theirs = await attacker.track({ ...attackers, binding: 'theirs' });
    const ref = (idempotencyKey: string) => ({ userId: 'nina', action: 'signIn', idempotencyKey });
    await expect(served.api.consume(ref(theirs.idempotencyKey), { binding: 'theirs', ticket })).rejects.toMatchObject({
      code: 'challenge_pending',
    });
    await expect(served.api.consume(ref(his.idempotencyKey), { binding: 'theirs', ticket })).rejects.toMatchObject({
      code: 'binding_mismatch',
    });
    expect(await served.api.consume(ref(his.idempotencyKey), { binding: 'his', ticket })).toMatchObject({ consumed: true });
  });
});
