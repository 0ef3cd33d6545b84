import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBrowser, createWorld, usual, type World } from '../support/stepward.ts';

describe('a user without authenticators is challenged', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.end());

  it('proves the vouched address, is let in once, and is known afterwards', async () => {
    await world.configure('signIn', { defaultUserActionResult: 'ALLOW' }, [{ conditions: { '==': [{ var: 'device.isNew' }, true] } }]);
    await world.stepward.updateUser('ann', { email: 'ann@example.org', emailVerified: true });
    const { answer } = await world.stepward.track({ ...usual, userId: 'ann' });
    expect(answer).toMatchObject({ state: 'CHALLENGE_REQUIRED', isEnrolled: false, canEnroll: true });

    const browser = createBrowser(world);
    expect((await browser.open(answer.url)).view).toMatchObject({ page: 'prove-contact', destination: 'a•••@e•••.org' });
    const sent = await browser.act(answer.url, { do: 'choose', method: 'EMAIL_OTP' });
    expect(sent.view).toMatchObject({ page: 'ceremony', ceremony: { method: 'EMAIL_OTP', purpose: 'prove-contact', triesLeft: 5 } });
    const challengeId = sent.view.page === 'ceremony' ? sent.view.ceremony.challengeId : '';

    const wrong = await browser.act(answer.url, {
      do: 'answer',
      challengeId,
      response: world.codeTo('ann@example.org') === '000000' ? '000001' : '000000',
    });
    expect(wrong).toMatchObject({ error: 'wrong', view: { page: 'ceremony', ceremony: { triesLeft: 4 } } });
    const right = await browser.act(answer.url, { do: 'answer', challengeId, response: world.codeTo('ann@example.org') });
    expect(right.view.page).toBe('recovery-codes');
    expect((await browser.act(answer.url, { do: 'codes-saved' })).view.page).toBe('leave');

    const left = await browser.leave(answer.url);
    expect(left).toMatchObject({ result: 'succeeded', target: { url: usual.redirectUrl } });
    const token = left?.target?.token ?? '';
    const checked = await world.stepward.validate({ token, action: 'signIn', idempotencyKey: answer.idempotencyKey });
    expect(checked).toMatchObject({
      isValid: true,
      state: 'CHALLENGE_SUCCEEDED',
      userId: 'ann',
      verificationMethod: 'EMAIL_OTP',
      acr: 'urn:stepward:aal1',
    });
    world.pass(11_000);
    expect(await world.stepward.validate({ token })).toEqual({ isValid: false, error: 'consumed' });

    const second = await world.stepward.track({ ...usual, userId: 'ann' });
    expect(second.answer).toMatchObject({ state: 'ALLOW', isEnrolled: true });
  });
});
