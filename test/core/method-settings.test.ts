import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromBase32, totpAt } from '../adapters/authenticators/rfc6238.ts';
import { createBrowser, createWorld, type World } from '../support/stepward.ts';
import { ceremonyOf, enrolledByEmail, passByEmail, secondNode, start, track } from '../support/use-cases.ts';
import { createProver } from './visit-prover.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld({ publicUrl: new URL('http://login.stepward.localhost:8787') });
  await world.configure('signIn', { defaultUserActionResult: 'CHALLENGE', enrollment: 'allow' });
});
afterEach(() => world.end());

const set = (method: string, settings: Record<string, unknown>) =>
  world.management.updateAuthenticatorConfiguration('test', method, settings);

/** Opens the page and begins a ceremony. */
const begun = async (
  userId: string,
  method: 'EMAIL_OTP' | 'AUTHENTICATOR_APP' | 'PASSKEY' | 'SECURITY_KEY',
  on: Pick<World, 'stepward'> = world,
) => {
  const { url } = await track(on, { userId });
  const browser = createBrowser(on);
  const { view } = await browser.open(url);
  const ceremony =
    view.page === 'enroll' ? ceremonyOf(await browser.act(url, { do: 'enroll', method })) : await start(browser, url, method);
  return { url, browser, ceremony };
};

describe('settings of a method', () => {
  it('EMAIL_OTP: eight digits on the pages, six for whoever calls the API; at once, on every node', async () => {
    const node = await secondNode(world);
    const email = await enrolledByEmail(world, 'ann');
    await set('EMAIL_OTP', { digits: 8 });
    const { url, browser, ceremony } = await begun('ann', 'EMAIL_OTP', node);
    const code = /\b(\d{8})\b/.exec(world.mails.findLast(({ to }) => to === email)?.text ?? '')?.[1];
    const answered = await browser.act(url, { do: 'answer', challengeId: ceremony.challengeId, response: code });
    expect(answered.view.page).toBe('leave');
    world.pass(60_000);
    const { challengeId } = await world.stepward.challenge({ userId: 'ann', email });
    expect(await world.stepward.verify({ challengeId, verificationCode: world.codeTo(email) })).toMatchObject({ isVerified: true });
    await node.close();
  });

  it('AUTHENTICATOR_APP: the name in the app, and whether the code before still counts', async () => {
    await set('AUTHENTICATOR_APP', { issuer: 'Northwind' });
    const { ceremony } = await begun('new', 'AUTHENTICATOR_APP');
    expect((ceremony.shown as { readonly uri: string }).uri).toMatch(/^otpauth:\/\/totp\/Northwind:/);
    const setUp = async (userId: string) => {
      const { url, browser, ceremony: shown } = await begun(userId, 'AUTHENTICATOR_APP');
      const key = fromBase32((shown.shown as { readonly secret: string }).secret);
      const before = totpAt(key, world.now() / 1000 - 30);
      return (await browser.act(url, { do: 'answer', challengeId: shown.challengeId, response: before })).error;
    };
    expect(await setUp('bea')).toBeUndefined();
    await set('AUTHENTICATOR_APP', { acceptsPreviousCode: false });
    expect(await setUp('cleo')).toBe('wrong');
    await set('AUTHENTICATOR_APP', { acceptsPreviousCode: null });
    expect(await setUp('dora')).toBeUndefined();
  });

  it('the name beside a new passkey and in a new app is that of the tenant, or of its theme; changed at once, on every node', async () => {
    const node = await secondNode(world);
    const names = async (userId: string) => {
      const passkey = (await begun(`${userId}-1`, 'PASSKEY', node)).ceremony.shown as { readonly rp: { readonly name: string } };
      const app = (await begun(`${userId}-2`, 'AUTHENTICATOR_APP', node)).ceremony.shown as { readonly uri: string };
      return [passkey.rp.name, new URL(app.uri).searchParams.get('issuer')];
    };
    await world.management.updateTenant('test', { name: 'Northwind' });
    expect(await names('ann')).toEqual(['Northwind', 'Northwind']);
    await world.management.updateTenant('test', { name: 'Northwind & Sons' });
    expect(await names('bea')).toEqual(['Northwind & Sons', 'Northwind & Sons']);
    await world.management.updateTheme('test', { productName: 'Northwind Pay' });
    expect(await names('cleo')).toEqual(['Northwind Pay', 'Northwind Pay']);
    await node.close();
  });

  it.each(['PASSKEY', 'SECURITY_KEY'] as const)('%s: the RP id is the public host, or a domain above it that is set', async (method) => {
    const rpOf = async (userId: string) => ((await begun(userId, method)).ceremony.shown as { readonly rp: { readonly id: string } }).rp.id;
    expect(await rpOf('ann')).toBe('login.stepward.localhost');
    await set(method, { rpId: 'stepward.localhost' });
    expect(await rpOf('bea')).toBe('stepward.localhost');
  });

  it('a method that was switched off neither challenges nor enrolls, and no page offers it; switched on again, all is as it was', async () => {
    const email = await enrolledByEmail(world, 'ann');
    await set('EMAIL_OTP', { isActive: false });
    const { url } = await track(world, { userId: 'ann' });
    const { view } = await createBrowser(world).open(url);
    expect(JSON.stringify(view)).not.toContain('EMAIL_OTP');
    expect(view.page).toBe('enroll');
    await set('EMAIL_OTP', { isActive: true });
    const again = await track(world, { userId: 'ann' });
    expect((await passByEmail(world, createBrowser(world), again.url, email)).view.page).toBe('leave');
  });

  it('a passkey keeps working where only the other settings change', async () => {
    await world.end();
    world = await createWorld();
    await world.configure('signIn', { defaultUserActionResult: 'CHALLENGE', enrollment: 'allow' });
    const prover = await createProver(world, 'PASSKEY', 'ann');
    await set('PASSKEY', { relatedOrigins: ['https://shop.example'] });
    const { url, browser, ceremony } = await begun('ann', 'PASSKEY');
    const answered = await browser.act(url, { do: 'answer', challengeId: ceremony.challengeId, response: prover.right(ceremony) });
    expect(answered.view.page).toBe('leave');
  });
});
