import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBrowser, createWorld, type World } from '../../support/stepward.ts';
import {
  type Asked,
  appCode,
  ask,
  begin,
  ceremonyOf,
  enrolled,
  enrolledPasskey,
  otherCode,
  type Person,
  withEmail,
} from '../support/people.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
  await world.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
});
afterAll(() => world.end());

/** One wrong code in a new transaction, in a new browser, from another address. */
const guess = async (person: Person, nth: number): Promise<string | undefined> => {
  const browser = createBrowser(world, { ipAddress: `198.51.100.${nth % 250}`, userAgent: `Browser/${nth}` });
  const asked = await ask(world, person.userId, { ipAddress: `198.51.100.${nth % 250}`, deviceId: `device-of-guess-${nth}` }, browser);
  const challengeId = await begin(asked, 'AUTHENTICATOR_APP');
  const response = otherCode(appCode(person.secret, world.now()), 7 + nth);
  return (await browser.act(asked.url, { do: 'answer', challengeId, response })).error;
};

const rightCode = async (person: Person, browser = createBrowser(world)) => {
  const asked = await ask(world, person.userId, {}, browser);
  const challengeId = await begin(asked, 'AUTHENTICATOR_APP');
  return { asked, answer: await browser.act(asked.url, { do: 'answer', challengeId, response: appCode(person.secret, world.now()) }) };
};

/** A browser on which this person succeeded: its device is proven. */
const ownBrowser = async (person: Person) => {
  const browser = createBrowser(world);
  const { asked } = await rightCode(person, browser);
  const token = (await browser.leave(asked.url))?.target?.token ?? '';
  await world.stepward.validate({ token, idempotencyKey: asked.idempotencyKey });
  world.pass(60_000);
  return browser;
};

describe('pryv #128: five tries per pending session, and a new sign-in gave five more', () => {
  // fails without: admitGuess in answerCeremony (the budget belongs to user and method)
  it('new transactions, browsers, addresses and devices buy nothing: ten in all', async () => {
    const ann = await enrolled(world, 'pryv-128');
    const answers: (string | undefined)[] = [];
    for (let nth = 0; nth < 14; nth++) answers.push(await guess(ann, nth));
    expect(answers.slice(0, 10)).toEqual(Array(10).fill('wrong'));
    expect(answers.slice(10)).toEqual(Array(4).fill('wait'));
    expect((await rightCode(ann)).answer.error).toBe('wait');
  });

  // fails without: hardStop in admitGuess
  it('whoever waits as long as told gets fifty and no more', async () => {
    const ann = await enrolled(world, 'pryv-128-patient');
    let taken = 0;
    for (let nth = 0; nth < 70; nth++) {
      if ((await guess(ann, nth)) === 'wrong') taken++;
      world.pass(3_600_001);
    }
    expect(taken).toBe(50);
    world.pass(30 * 86_400_000);
    expect((await rightCode(ann)).answer.error).toBe('wait');
  });
});

describe('Keycloak TOTP guessing, Jan 2026; usd-2021-0016: the lock doubled as denial of service', () => {
  // fails without: two budgets (budgetOwner)
  it('a stranger who used up his guesses does not lock the person out of his own device', async () => {
    const ann = await enrolled(world, 'usd-2021-0016');
    const own = await ownBrowser(ann);
    for (let nth = 0; nth < 12; nth++) await guess(ann, nth);
    expect((await rightCode(ann)).answer.error).toBe('wait');
    expect((await rightCode(ann, own)).answer).toMatchObject({ view: { page: 'leave' }, error: undefined });
  });

  // fails without: a device being recorded only when it was consumed, and `lastSuccessAt` in budgetOwner (each alone suffices)
  it('a proven device on which he never succeeded is no device of his', async () => {
    const ann = await enrolled(world, 'usd-2021-0016-fresh');
    for (let nth = 0; nth < 10; nth++) await guess(ann, nth);
    const fresh = createBrowser(world);
    await ask(world, ann.userId, {}, fresh);
    expect((await rightCode(ann, fresh)).answer.error).toBe('wait');
  });

  // fails without: PASSKEY left out of `guessable`
  it('failures with codes and with forged signatures, however many, never stop a passkey', async () => {
    const passkey = await enrolledPasskey(world, 'usd-2021-0016-passkey');
    const userId = 'usd-2021-0016-passkey';
    for (let nth = 0; nth < 60; nth++) {
      const asked = await ask(world, userId);
      const challengeId = await begin(asked, 'RECOVERY_CODE');
      for (let tries = 0; tries < 4; tries++)
        await asked.browser.act(asked.url, { do: 'answer', challengeId, response: 'AAAA-BBBB-CCCC-DDDD' });
      world.pass(3_600_001);
    }
    const choose = async (asked: Asked) => {
      const { challengeId, shown } = ceremonyOf(await asked.browser.act(asked.url, { do: 'choose', method: 'PASSKEY' }));
      return { challengeId, options: shown as Parameters<typeof passkey.get>[0] };
    };
    for (let nth = 0; nth < 60; nth++) {
      const forged = await ask(world, userId);
      const { challengeId, options } = await choose(forged);
      const response = passkey.get(options, { signature: (signature) => Buffer.from(signature).fill(0, 8) });
      expect((await forged.browser.act(forged.url, { do: 'answer', challengeId, response })).error).toBe('wrong');
    }
    const asked = await ask(world, userId);
    const { challengeId, options } = await choose(asked);
    const response = passkey.get(options);
    expect(await asked.browser.act(asked.url, { do: 'answer', challengeId, response })).toMatchObject({
      error: undefined,
      view: { page: 'leave' },
    });
  });
});

describe('futrx #112 (2): success of factor one cleared failures of factor two', () => {
  // fails without: the key METHOD:owner of a budget
  it('an e-mail code proven rightly leaves the count of the app as it was', async () => {
    const ann = await enrolled(world, 'futrx-112');
    await withEmail(world, ann);
    for (let nth = 0; nth < 10; nth++) await guess(ann, nth);
    const asked = await ask(world, ann.userId);
    const challengeId = await begin(asked, 'EMAIL_OTP');
    expect((await asked.browser.act(asked.url, { do: 'answer', challengeId, response: world.codeTo(ann.email) })).error).toBeUndefined();
    expect(await guess(ann, 11)).toBe('wait');
  });

  // fails without: chargeGuess in verifyServerChallenge
  it('the server API is no way around: its guesses are charged to the same budget', async () => {
    const ann = await enrolled(world, 'futrx-112-server');
    await withEmail(world, ann);
    let refused = 0;
    for (let nth = 0; nth < 4; nth++) {
      world.pass(31_000);
      const { challengeId } = await world.stepward.challenge({ userId: ann.userId, verificationMethod: 'EMAIL_OTP' });
      for (let tries = 0; tries < 5; tries++) {
        const verificationCode = otherCode(world.codeTo(ann.email), 1 + tries);
        if ((await world.stepward.verify({ challengeId, verificationCode })).failureReason === 'MAX_ATTEMPTS_EXCEEDED') refused++;
      }
    }
    expect(refused).toBeGreaterThanOrEqual(8);
    expect((await world.store.user(ann.userId))?.guesses['EMAIL_OTP:other']?.consecutive).toBeGreaterThanOrEqual(10);
  });

  // fails without: the budget kept with the address
  it('a challenge by address alone, without a user, buys no more than fifty guesses in a row', async () => {
    const email = 'anybody@futrx-112.example.org';
    let taken = 0;
    for (let nth = 0; nth < 120; nth++) {
      world.pass(3_600_001);
      const { challengeId } = await world.stepward.challenge({ email });
      for (let tries = 0; tries < 4; tries++) {
        const { failureReason } = await world.stepward.verify({ challengeId, verificationCode: otherCode(world.codeTo(email), 1 + tries) });
        if (failureReason === 'CODE_INVALID_OR_EXPIRED') taken++;
      }
    }
    expect(taken).toBe(50);
  });

  // fails without: isAddressOf before the budget starts anew
  it("a code sent to a stranger's own mailbox clears nothing", async () => {
    const ann = await enrolled(world, 'futrx-112-mailbox');
    await withEmail(world, ann);
    for (let nth = 0; nth < 2; nth++) {
      const asked = await ask(world, ann.userId);
      world.pass(31_000);
      const challengeId = await begin(asked, 'EMAIL_OTP');
      for (let tries = 0; tries < 5; tries++)
        await asked.browser.act(asked.url, { do: 'answer', challengeId, response: otherCode(world.codeTo(ann.email), 1 + tries) });
    }
    world.pass(31_000);
    const { challengeId } = await world.stepward.challenge({ userId: ann.userId, email: 'mallory@elsewhere.example' });
    await world.stepward.verify({ challengeId, verificationCode: world.codeTo('mallory@elsewhere.example') });
    const budget = (await world.store.user(ann.userId))?.guesses['EMAIL_OTP:other'];
    expect(budget?.consecutive).toBeGreaterThanOrEqual(10);
  });
});
