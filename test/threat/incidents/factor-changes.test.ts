import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBrowser, createWorld, usual, type World } from '../../support/stepward.ts';
import { appCode, ask, begin, enrolled, type Person, refusal, withEmail } from '../support/people.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

const shown = (page: { readonly view: { readonly page: string } }) => page.view.page;

describe('CVE-2026-3429: below the second factor an authenticator was deleted and another enrolled', () => {
  let mallory: Person;
  beforeAll(async () => {
    mallory = await enrolled(world, 'cve-3429');
    await withEmail(world, mallory);
    world.pass(600_000);
    await world.configure('signIn', { defaultUserActionResult: 'CHALLENGE', enrollment: 'allow' });
  });

  // fails without: `own.length === 0` before `newcomer` in standing (owed)
  it('a person with an authenticator is asked to prove it, whatever the enrollment policy', async () => {
    const { browser, url } = await ask(world, mallory.userId);
    expect(shown(await browser.open(url))).toBe('choose');
    expect(await refusal(browser.act(url, { do: 'enroll', method: 'PASSKEY' }))).toBe('method_not_permitted');
    const { view } = await browser.act(url, { do: 'enroll', method: 'AUTHENTICATOR_APP' });
    expect(view).toMatchObject({ page: 'ceremony', ceremony: { purpose: 'verify', shown: undefined } });
  });

  // fails without: the comparison of levels in mayChangeFactors
  it('an e-mail code (aal1) does not let a person who has an app (aal2) enroll a passkey', async () => {
    const { browser, url } = await ask(world, mallory.userId);
    expect(shown(await browser.open(url, { forceEnrollment: true }))).toBe('choose');
    const challengeId = await begin({ browser, url }, 'EMAIL_OTP');
    const code = world.codeTo(mallory.email);
    const done = await browser.act(url, { do: 'answer', challengeId, response: code }, { forceEnrollment: true });
    expect(shown(done)).toBe('leave');
    expect(await refusal(browser.act(url, { do: 'enroll', method: 'PASSKEY' }, { forceEnrollment: true }))).toBe('method_not_permitted');
  });

  it('the app itself does', async () => {
    const { browser, url } = await ask(world, mallory.userId);
    const challengeId = await begin({ browser, url }, 'AUTHENTICATOR_APP');
    const done = await browser.act(
      url,
      { do: 'answer', challengeId, response: appCode(mallory.secret, world.now()) },
      { forceEnrollment: true },
    );
    expect(shown(done)).toBe('enroll');
  });

  // fails without: `add:authenticators` looked at only where the user has nothing (standing, allowed)
  it('`add:authenticators` of track changes nothing for a person who has an authenticator', async () => {
    await world.configure('open', { defaultUserActionResult: 'ALLOW', enrollment: 'allow' });
    const { browser, url } = await ask(world, mallory.userId, { action: 'open', scope: 'add:authenticators' });
    expect(shown(await browser.open(url))).toBe('leave');
    expect(await refusal(browser.act(url, { do: 'enroll', method: 'PASSKEY' }))).toBe('method_not_permitted');
  });
});

describe('supabase/auth #1615: a new factor could be enrolled at any time of an elevated session', () => {
  // fails without: `freshFor` in mayChangeFactors
  it('a proof older than five minutes lets nothing be enrolled', async () => {
    const ann = await enrolled(world, 'supabase-1615');
    await world.configure('signIn', { defaultUserActionResult: 'CHALLENGE', consumeWithin: 3600, challengeExpiresIn: 3600 });
    const { browser, url } = await ask(world, ann.userId);
    const challengeId = await begin({ browser, url }, 'AUTHENTICATOR_APP');
    await browser.act(url, { do: 'answer', challengeId, response: appCode(ann.secret, world.now()) });
    world.pass(299_000);
    expect(shown(await browser.open(url, { forceEnrollment: true }))).toBe('enroll');
    world.pass(2_000);
    expect(shown(await browser.open(url, { forceEnrollment: true }))).toBe('leave');
    expect(await refusal(browser.act(url, { do: 'enroll', method: 'PASSKEY' }, { forceEnrollment: true }))).toBe('method_not_permitted');
  });
});

describe('better-auth #2728, PR #7644: a trusted device without expiry, then without a server record', () => {
  const remembered = async (userId: string) => {
    const person = await enrolled(world, userId);
    await world.configure('signIn', { defaultUserActionResult: 'CHALLENGE', rememberDevice: { enabled: true, days: 30 } });
    const browser = createBrowser(world);
    const { url, idempotencyKey } = await ask(world, userId, {}, browser);
    const challengeId = await begin({ browser, url }, 'AUTHENTICATOR_APP');
    await browser.act(url, { do: 'answer', challengeId, response: appCode(person.secret, world.now()), remember: true });
    const token = (await browser.leave(url))?.target?.token ?? '';
    expect(await world.stepward.validate({ token, idempotencyKey })).toMatchObject({ isValid: true });
    return { person, browser };
  };
  const asksAgain = async (userId: string, browser: ReturnType<typeof createBrowser>) => {
    const { answer } = await world.stepward.track({ ...usual, userId });
    return shown(await browser.open(answer.url)) !== 'leave';
  };

  // fails without: `rememberedUntil > now` in freshProof
  it('is dead at an earlier date that an operator gave it', async () => {
    const { person, browser } = await remembered('device-earlier');
    const [device] = await world.stepward.getDevices(person.userId);
    const rememberedUntil = new Date(world.now() + 86_400_000).toISOString();
    await world.stepward.updateDevice(person.userId, String(device?.deviceId), { rememberedUntil });
    expect(await asksAgain(person.userId, browser)).toBe(false);
    world.pass(2 * 86_400_000);
    expect(await asksAgain(person.userId, browser)).toBe(true);
  });

  // fails without: the age of the proof and `rememberedUntil` in freshProof (each alone suffices)
  it('is dead at its date', async () => {
    const { person, browser } = await remembered('device-expiry');
    world.pass(29 * 86_400_000);
    expect(await asksAgain(person.userId, browser)).toBe(false);
    world.pass(2 * 86_400_000);
    expect(await asksAgain(person.userId, browser)).toBe(true);
  });

  // fails without: forgetFactorTrust in addAuthenticator (it forgets the date, and what was proven: each alone suffices)
  it('is dead after a factor change', async () => {
    const { person, browser } = await remembered('device-factor');
    await withEmail(world, person);
    expect(await asksAgain(person.userId, browser)).toBe(true);
  });

  // fails without: `invalidatedAt` in findDevice and in freshProof, and proofs that end with the device (each alone suffices)
  it('is dead after it was invalidated', async () => {
    const { person, browser } = await remembered('device-invalid');
    for (const { deviceId } of await world.stepward.getDevices(person.userId))
      await world.stepward.invalidateDevice(person.userId, String(deviceId));
    expect(await asksAgain(person.userId, browser)).toBe(true);
  });

  // fails without: the rotation in bind, and `rotationGrace` in hasSecret
  it('a copied cookie is worth nothing once the real browser was back', async () => {
    const { person, browser } = await remembered('device-copy');
    const thief = createBrowser(world);
    thief.device = browser.device;
    expect(await asksAgain(person.userId, browser)).toBe(false);
    world.pass(11_000);
    expect(await asksAgain(person.userId, thief)).toBe(true);
    expect(await asksAgain(person.userId, browser)).toBe(false);
  });

  it('an invented cookie is worth nothing', async () => {
    const { person } = await remembered('device-forged');
    const thief = createBrowser(world);
    const tag = world.ports.secrets.hash('device-user', person.userId).slice(0, 8);
    thief.device = `${tag}.${'A'.repeat(32)}`;
    expect(await asksAgain(person.userId, thief)).toBe(true);
  });
});
