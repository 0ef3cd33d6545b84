import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { appCode, createPage, enrolledBy, otherCode, pageOf, settle } from '../support/client-api.ts';
import { createWorld, type World } from '../support/stepward.ts';
import { emailOf, secondNode } from '../support/use-cases.ts';

describe('a hundred calls of the client API at once, on two nodes', () => {
  let world: World;
  let other: Awaited<ReturnType<typeof secondNode>>;
  let userId: string;
  let count = 0;
  beforeAll(async () => {
    world = await createWorld();
    await world.configure('pay', { defaultUserActionResult: 'CHALLENGE' });
    other = await secondNode(world);
  });
  afterAll(async () => {
    await other.close();
    await world.end();
  });
  beforeEach(() => {
    world.pass(86_400_000);
    count += 1;
    userId = `user-${count}`;
  });
  /** The same call by pages of both nodes that hold one token. */
  const together = <T>(token: string, call: (page: ReturnType<typeof createPage>) => Promise<T>) =>
    Promise.allSettled(Array.from({ length: 100 }, (_, nth) => call(createPage(nth % 2 ? other : world, token))));
  const successes = (settled: readonly PromiseSettledResult<{ readonly isVerified?: unknown }>[]) =>
    settled.filter((one) => one.status === 'fulfilled' && one.value.isVerified === true);

  it('one right e-mail code is one success', async () => {
    await enrolledBy.EMAIL_OTP(world, userId);
    const { page } = await pageOf(world, { userId, action: 'pay' });
    await page.sendEmail('EMAIL_OTP');
    const code = world.codeTo(emailOf(userId));
    expect(successes(await together(page.token, (one) => one.verifyCode('EMAIL_OTP', code)))).toHaveLength(1);
  });
  it("one right app's code is one success, though nothing was begun for it", async () => {
    const secret = await enrolledBy.AUTHENTICATOR_APP(world, userId);
    const { page } = await pageOf(world, { userId, action: 'pay' });
    const code = appCode(world, secret);
    expect(successes(await together(page.token, (one) => one.verifyCode('AUTHENTICATOR_APP', code)))).toHaveLength(1);
  });
  it('wrong codes count one by one: the tries of a challenge are not passed by asking at once', async () => {
    const secret = await enrolledBy.AUTHENTICATOR_APP(world, userId);
    const { page } = await pageOf(world, { userId, action: 'pay' });
    const wrong = otherCode(appCode(world, secret));
    expect(successes(await together(page.token, (one) => one.verifyCode('AUTHENTICATOR_APP', wrong)))).toHaveLength(0);
    const user = await world.store.user(userId);
    expect(user?.guesses['AUTHENTICATOR_APP:other']?.consecutive).toBeLessThanOrEqual(10);
    expect(await page.verifyCode('AUTHENTICATOR_APP', appCode(world, secret)).catch(({ code }) => code)).not.toMatchObject({
      isVerified: true,
    });
  });
  it('are one message', async () => {
    await enrolledBy.EMAIL_OTP(world, userId);
    const { page } = await pageOf(world, { userId, action: 'pay' });
    const before = world.mails.length;
    const settled = await together(page.token, (one) => one.sendEmail('EMAIL_OTP'));
    await settle();
    expect(world.mails.length - before).toBe(1);
    const ids = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value.challengeId] : []));
    expect(new Set(ids).size).toBe(1);
  });
});
