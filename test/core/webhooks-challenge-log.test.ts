import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBrowser, createWorld, type World } from '../support/stepward.ts';
import { emailOf, enrolledByEmail, start, track } from '../support/use-cases.ts';

let world: World;
afterEach(async () => {
  await world.end();
});

describe('the log of challenges', () => {
  const steps = async () =>
    (await world.store.drainOutbox(500, () => ({ ruleDays: [] })))
      .filter(({ type }) => type === 'challenge.log_created')
      .map(({ data }) => data as { readonly type: string; readonly record: Readonly<Record<string, unknown>> });
  beforeEach(async () => {
    world = await createWorld();
    await enrolledByEmail(world, 'ann');
  });
  const run = async () => {
    const { url } = await track(world, { userId: 'ann', binding: 'b' });
    const browser = createBrowser(world);
    await browser.open(url);
    const { challengeId } = await start(browser, url, 'EMAIL_OTP');
    const code = world.codeTo(emailOf('ann'));
    await browser.act(url, { do: 'answer', challengeId, response: code === '000000' ? '000001' : '000000' });
    await browser.act(url, { do: 'answer', challengeId, response: code });
    const other = await track(world, { userId: 'ann', binding: 'b' });
    await createBrowser(world).open(other.url);
    const second = createBrowser(world);
    const third = await track(world, { userId: 'ann', binding: 'b' });
    await second.open(third.url);
    await second.act(third.url, { do: 'cancel' });
    world.pass(60_000);
    const challenge = await world.stepward.challenge({ userId: 'ann', email: emailOf('ann') });
    await world.stepward.verify({ challengeId: challenge.challengeId, verificationCode: world.codeTo(emailOf('ann')) });
    return code;
  };

  it('is written where a webhook wants it: each step, with the decision, without a code', async () => {
    await world.management.createWebhook('test', { url: 'https://hooks.example/', events: ['challenge.log_created'] });
    const code = await run();
    const written = await steps();
    expect(written.map(({ type, record: { state } }) => [type, state])).toEqual([
      ['EMAIL_OTP_SENT', 'CHALLENGE_REQUIRED'],
      ['EMAIL_OTP_FAILED', 'CHALLENGE_REQUIRED'],
      ['EMAIL_OTP_VERIFIED', 'CHALLENGE_SUCCEEDED'],
      ['CHALLENGE_CANCELLED', 'CHALLENGE_FAILED'],
      ['EMAIL_OTP_SENT', undefined],
      ['EMAIL_OTP_VERIFIED', undefined],
    ]);
    expect(written[0]?.record).toMatchObject({
      userId: 'ann',
      actionCode: 'signIn',
      outcome: 'CHALLENGE',
      rules: [],
      verificationMethod: 'EMAIL_OTP',
    });
    expect(JSON.stringify(written)).not.toContain(code);
  });

  it('is not written where none does', async () => {
    await run();
    expect(await steps()).toEqual([]);
  });
});
