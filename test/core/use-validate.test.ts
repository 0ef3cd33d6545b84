import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ValidateAnswer } from '../../core/index.ts';
import { createBrowser, createWorld, type World } from '../support/stepward.ts';
import { browserElsewhere, enrolledByEmail, passByEmail, refOf, refusalOf, track } from '../support/use-cases.ts';

const nothingElse = (error: ValidateAnswer['error']) => ({ isValid: false, error });

describe('validate: what a token is worth', () => {
  let world: World;
  let email: string;
  beforeAll(async () => {
    world = await createWorld();
    email = await enrolledByEmail(world, 'ann');
    await world.configure('free', { defaultUserActionResult: 'ALLOW' });
    await world.configure('blocked', { defaultUserActionResult: 'BLOCK' });
    await world.configure('looked-at', { defaultUserActionResult: 'REVIEW' });
  });
  afterAll(() => world.end());

  const owed = async (about: { readonly binding?: string; readonly action?: string } = {}) => {
    world.pass(900_000);
    const answer = await track(world, { userId: 'ann', ...about });
    return { answer, ref: refOf('ann', answer, about.action) };
  };
  const passed = async (about: { readonly binding?: string } = {}) => {
    const { answer, ref } = await owed(about);
    const browser = createBrowser(world);
    await passByEmail(world, browser, answer.url, email);
    return { answer, ref, browser, token: (await browser.leave(answer.url))?.target?.token ?? '' };
  };

  it('a return token of a finished challenge is valid, and all fields are there, the action under both names', async () => {
    const { token, ref } = await passed();
    expect(await world.stepward.validate({ token, ...ref })).toEqual({
      isValid: true,
      state: 'CHALLENGE_SUCCEEDED',
      stateUpdatedAt: new Date(world.now()).toISOString(),
      ...ref,
      actionCode: 'signIn',
      verificationMethod: 'EMAIL_OTP',
      acr: 'urn:stepward:aal1',
      amr: ['otp'],
    });
  });

  describe('the first `isValid: true` consumes an instance without binding', () => {
    it('and the same call repeats for `proofReuseSeconds`', async () => {
      const { token, ref } = await passed();
      const call = { token, action: 'signIn' };
      const first = await world.stepward.validate(call);
      expect(await world.stepward.getAction(ref)).toMatchObject({ consumedAt: expect.any(String) });
      world.pass(9_999);
      expect(await world.stepward.validate(call)).toEqual(first);
      world.pass(1);
      expect(await world.stepward.validate(call)).toEqual(nothingElse('consumed'));
    });
    it('another call is too late at once', async () => {
      const { token, browser, answer } = await passed();
      await world.stepward.validate({ token });
      expect(await world.stepward.validate({ token, action: 'signIn' })).toEqual(nothingElse('consumed'));
      const again = (await browser.leave(answer.url))?.target?.token ?? '';
      expect(again).not.toBe('');
      expect(await world.stepward.validate({ token: again })).toEqual(nothingElse('consumed'));
    });
    it('so that consume comes too late, and the reverse', async () => {
      const first = await passed();
      await world.stepward.validate({ token: first.token });
      expect(await refusalOf(world.stepward.consume(first.ref, { token: first.token }))).toMatchObject({ code: 'already_consumed' });
      const second = await passed();
      await world.stepward.consume(second.ref, { token: second.token });
      expect(await world.stepward.validate({ token: second.token })).toEqual(nothingElse('consumed'));
    });
    it('once among 100 with different calls', async () => {
      const { token } = await passed();
      const calls = Array.from({ length: 100 }, (_, index) => ({
        token,
        ...(index % 2 && { action: 'signIn' }),
        ...(index % 3 && { userId: 'ann' }),
      }));
      const answers = await Promise.all(calls.map((call) => world.stepward.validate(call)));
      const valid = new Set(answers.flatMap(({ isValid }, index) => (isValid ? [JSON.stringify(calls[index])] : [])));
      expect(valid.size).toBe(1);
    });
  });

  it('with binding there is no return token, only a ticket', async () => {
    const { token, browser, answer } = await passed({ binding: 'b' });
    expect(token).toBe('');
    expect((await browser.leave(answer.url))?.target).toMatchObject({ ticket: expect.any(String) });
  });

  describe('any other state is told with all fields and never valid', () => {
    it.each([
      ['ALLOW', 'free'],
      ['BLOCK', 'blocked'],
      ['REVIEW_REQUIRED', 'looked-at'],
      ['CHALLENGE_REQUIRED', 'signIn'],
    ])('%s', async (state, action) => {
      const { answer, ref } = await owed({ action });
      expect(await world.stepward.validate({ token: answer.token })).toMatchObject({ isValid: false, state, ...ref, actionCode: action });
    });
    it('CHALLENGE_FAILED: the token of the way back, with the reason', async () => {
      const { answer } = await owed();
      const browser = createBrowser(world);
      await browser.open(answer.url);
      await browser.act(answer.url, { do: 'cancel' });
      const token = (await browser.leave(answer.url))?.target?.token ?? '';
      expect(await world.stepward.validate({ token })).toMatchObject({
        isValid: false,
        state: 'CHALLENGE_FAILED',
        failureReason: 'cancelled',
      });
    });
    it('a challenge that lapsed reads as failed', async () => {
      await world.configure('signIn', { challengeExpiresIn: 60 });
      const { answer, ref } = await owed();
      world.pass(59_999);
      expect(await world.stepward.validate({ token: answer.token })).toMatchObject({ isValid: false, state: 'CHALLENGE_REQUIRED' });
      world.pass(1);
      expect(await world.stepward.validate({ token: answer.token })).toMatchObject({
        isValid: false,
        state: 'CHALLENGE_FAILED',
        failureReason: 'expired',
      });
      expect(await world.stepward.getAction(ref)).toMatchObject({ state: 'CHALLENGE_FAILED', failureReason: 'expired' });
      await world.configure('signIn', { challengeExpiresIn: 600 });
    });
    it('REVIEW_SUCCEEDED, REVIEW_FAILED', async () => {
      const { answer, ref } = await owed({ action: 'looked-at' });
      await world.stepward.updateAction(ref, { state: 'REVIEW_SUCCEEDED' });
      expect(await world.stepward.validate({ token: answer.token })).toMatchObject({ isValid: false, state: 'REVIEW_SUCCEEDED' });
    });
  });

  it('the track token of a succeeded instance proves nothing: whoever forwarded the link has it', async () => {
    const { answer } = await passed();
    expect(await world.stepward.validate({ token: answer.token })).toEqual(nothingElse('proof_required'));
  });

  it('a token of a cancelled try is worth nothing after the challenge was owed again and passed', async () => {
    const { answer, ref } = await owed();
    const browser = createBrowser(world);
    await browser.open(answer.url);
    await browser.act(answer.url, { do: 'cancel' });
    const early = (await browser.leave(answer.url))?.target?.token ?? '';
    await world.stepward.updateAction(ref, { state: 'REVIEW_REQUIRED' });
    await world.stepward.updateAction(ref, { state: 'REVIEW_SUCCEEDED' });
    await passByEmail(world, browser, answer.url, email);
    expect(await world.stepward.validate({ token: early })).toEqual(nothingElse('invalid_token'));
  });

  describe('a refusal says one word and nothing else', () => {
    it('mismatch of action, user or key, and nothing is spent', async () => {
      const { token } = await passed();
      for (const wrong of [{ action: 'free' }, { userId: 'bob' }, { idempotencyKey: 'another' }])
        expect(await world.stepward.validate({ token, ...wrong })).toEqual(nothingElse('mismatch'));
      expect(await world.stepward.validate({ token })).toMatchObject({ isValid: true });
    });
    it('expired: a return token after two minutes', async () => {
      const { token } = await passed();
      world.pass(120_000);
      expect(await world.stepward.validate({ token })).toEqual(nothingElse('expired_token'));
    });
    it('expired: the success after `consumeWithin`, the token still good', async () => {
      await world.configure('signIn', { consumeWithin: 60 });
      const { token } = await passed();
      world.pass(60_000);
      expect(await world.stepward.validate({ token })).toEqual(nothingElse('expired_token'));
      await world.configure('signIn', { consumeWithin: 300 });
    });
    it('forged: tampered, cut, foreign, empty', async () => {
      const { token } = await passed();
      const [head = '', body = '', signature = ''] = token.split('.');
      const other = await createWorld({ encryptionKeys: [{ id: 'x', key: new Uint8Array(32).fill(9) }] });
      const foreign = (await track(other, { userId: 'ann' })).token;
      await other.end();
      const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
      const bent = Buffer.from(JSON.stringify({ ...claims, sub: 'bob' })).toString('base64url');
      const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'stepward-return+jwt' })).toString('base64url');
      for (const forged of [`${head}.${bent}.${signature}`, `${head}.${body}`, `${none}.${body}.`, foreign, 'x', '..', `${token}=`])
        expect(await world.stepward.validate({ token: forged })).toEqual(nothingElse('invalid_token'));
    });
    it('of a user who was erased', async () => {
      await world.stepward.updateUser('gone', { email: 'gone@example.org' });
      const { token } = await track(world, { userId: 'gone' });
      await world.stepward.deleteUser('gone');
      expect(await world.stepward.validate({ token })).toEqual(nothingElse('invalid_token'));
    });
  });

  it('INVARIANT: `isValid: false` never comes with CHALLENGE_SUCCEEDED, whatever happened to the instance', async () => {
    const binding = 'b';
    const steps: readonly ((one: Awaited<ReturnType<typeof passed>>) => Promise<unknown>)[] = [
      async () => undefined,
      async ({ token }) => world.stepward.validate({ token }),
      async ({ ref, token }) => world.stepward.consume(ref, { token }).catch(() => undefined),
      async () => world.pass(119_000),
      async () => world.pass(301_000),
      async ({ ref }) => world.stepward.updateAction(ref, { state: 'BLOCK' }),
      async ({ ref }) => world.stepward.updateAction(ref, { state: 'REVIEW_REQUIRED' }),
    ];
    for (const about of [{}, { binding }])
      for (const step of steps) {
        const one = await passed(about);
        await step(one);
        for (const token of [one.token, one.answer.token].filter(Boolean)) {
          const answer = await world.stepward.validate({ token });
          expect(answer.isValid).toBe(answer.state === 'CHALLENGE_SUCCEEDED');
        }
      }
  });

  it('a browser that was handed the link gets the proof; its sender gets none', async () => {
    const { answer } = await owed();
    const victim = browserElsewhere(world);
    await passByEmail(world, victim, answer.url, email);
    const attacker = createBrowser(world);
    expect((await attacker.open(answer.url)).view.page).toBe('neutral');
    expect(await attacker.leave(answer.url)).toBeUndefined();
    expect(await world.stepward.validate({ token: answer.token })).toEqual(nothingElse('proof_required'));
  });
});
