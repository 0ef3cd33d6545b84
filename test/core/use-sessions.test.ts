import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { StepwardError } from '../../core/index.ts';
import { claimsIn, sessionsOf } from '../support/sessions.ts';
import { createBrowser, createWorld, type World } from '../support/stepward.ts';
import { passByEmail, refOf, refusalOf, track } from '../support/use-cases.ts';

const invalid = { code: 'invalid_token' };
describe('sessions: how they are opened', () => {
  let world: World;
  let people: Awaited<ReturnType<typeof sessionsOf>>;
  beforeAll(async () => {
    world = await createWorld();
    people = await sessionsOf(world);
  });
  afterAll(() => world.end());

  const { create, validate } = {
    create: (token: string, more: { readonly action?: string; readonly clientId?: string } = {}) =>
      world.stepward.createSession({ clientId: 'web', token, ...more }),
    validate: (accessToken: string) => world.stepward.validateSession({ accessToken }),
  };

  describe('are opened', () => {
    it('with a return token: an access token as RFC 9068 has it, and whose session it is', async () => {
      const userId = await people.person();
      await world.stepward.updateUser(userId, { displayName: 'Ann', custom: { plan: 'gold' } });
      const { token } = await people.passed(userId);
      const { accessToken, refreshToken } = await create(token, { action: 'signIn' });
      const seconds = Math.floor(world.now() / 1000);
      expect(JSON.parse(Buffer.from(accessToken.split('.')[0] ?? '', 'base64url').toString())).toEqual({
        alg: 'EdDSA',
        typ: 'at+jwt',
        kid: expect.any(String),
      });
      expect(claimsIn(accessToken)).toEqual({
        iss: 'http://localhost:8787',
        sub: userId,
        aud: 'web',
        client_id: 'web',
        sid: expect.any(String),
        jti: expect.any(String),
        iat: seconds,
        exp: seconds + 600,
        epoch: expect.any(Number),
        acr: 'urn:stepward:aal1',
        amr: ['otp'],
        auth_time: seconds,
      });
      expect(refreshToken).toMatch(/^[\w-]{22}\.[\w-]{43}$/);
      expect(await validate(accessToken)).toEqual({
        user: { userId, emailVerified: false, phoneNumberVerified: false, displayName: 'Ann', custom: { plan: 'gold' } },
        expiresAt: seconds + 600,
        verificationMethod: 'EMAIL_OTP',
      });
    });
    it('with a proof token', async () => {
      const { proof } = await people.passed(await people.person());
      expect(await validate((await create(proof)).accessToken)).toMatchObject({ verificationMethod: 'EMAIL_OTP' });
    });
    it('with the track token of an ALLOW: no proof is claimed', async () => {
      const { token } = await track(world, { userId: 'nobody-yet', action: 'free' });
      const { accessToken } = await create(token);
      for (const claim of ['acr', 'amr', 'auth_time']) expect(claimsIn(accessToken)).not.toHaveProperty(claim);
      expect(await validate(accessToken)).toEqual({
        user: expect.objectContaining({ userId: 'nobody-yet' }),
        expiresAt: expect.any(Number),
      });
    });
    it('and the database holds neither token', async () => {
      const { accessToken, refreshToken } = await people.opened();
      const record = JSON.stringify(await world.store.record(`session:${claimsIn(accessToken).sid}`));
      expect(record).toContain('refreshHash');
      for (const secret of [accessToken, refreshToken, refreshToken.split('.')[1] ?? '']) expect(record).not.toContain(secret);
    });
  });

  describe('once per token, which stands for its one use', () => {
    it('a second session is refused, whatever token of the instance asks', async () => {
      const { token, proof } = await people.passed(await people.person());
      await create(token);
      for (const again of [token, proof]) expect(await refusalOf(create(again))).toEqual(invalid);
    });
    it('an ALLOW too', async () => {
      const { token } = await track(world, { userId: 'allowed', action: 'free' });
      await create(token);
      expect(await refusalOf(create(token))).toEqual(invalid);
    });
    it('a database that fails after the proof was spent costs a login, and never opens a session by halves', async () => {
      const { token, ref } = await people.passed(await people.person());
      const { transactRecord } = world.store;
      const written = vi.spyOn(world.store, 'transactRecord').mockRejectedValueOnce(new StepwardError('unavailable', 'no database'));
      expect(await refusalOf(create(token))).toEqual({ code: 'unavailable' });
      written.mockRestore();
      expect(world.store.transactRecord).toBe(transactRecord);
      expect(await refusalOf(create(token))).toEqual(invalid);
      expect(await refusalOf(world.stepward.consume(ref, { token }))).toMatchObject({ code: 'already_consumed' });
    });
    it('what was validated or consumed opens none, and the reverse', async () => {
      const validated = await people.passed(await people.person());
      await world.stepward.validate({ token: validated.token });
      expect(await refusalOf(create(validated.token))).toEqual(invalid);
      const consumed = await people.passed(await people.person());
      await world.stepward.consume(consumed.ref, { token: consumed.token });
      expect(await refusalOf(create(consumed.token))).toEqual(invalid);
      const opened = await people.opened();
      expect(await world.stepward.validate({ token: opened.token })).toEqual({ isValid: false, error: 'consumed' });
      expect(await refusalOf(world.stepward.consume(opened.ref, { token: opened.token }))).toMatchObject({ code: 'already_consumed' });
    });
  });

  describe('are refused, and nothing is spent, for', () => {
    it.each(['BLOCK', 'REVIEW', 'CHALLENGE'])('the track token of a %s', async (outcome) => {
      await world.configure(`is-${outcome}`, { defaultUserActionResult: outcome });
      const { token } = await track(world, { userId: 'stopped', action: `is-${outcome}` });
      expect(await refusalOf(create(token))).toEqual(invalid);
    });
    it('the track token of a challenge that was met: only the finishing browser has what proves it', async () => {
      const { answer, token } = await people.passed(await people.person());
      expect(await refusalOf(create(answer.token))).toEqual(invalid);
      await create(token);
    });
    it('an approved review, by its track token', async () => {
      const answer = await track(world, { userId: 'reviewed', action: 'is-REVIEW' });
      await world.stepward.updateAction(refOf('reviewed', answer, 'is-REVIEW'), { state: 'REVIEW_SUCCEEDED' });
      expect(await refusalOf(create(answer.token))).toEqual(invalid);
    });
    it('an instance with binding: its binding would be compared by nobody', async () => {
      const { ref, proof } = await people.passed(await people.person(), { binding: 'b' });
      expect(await refusalOf(create(proof))).toEqual(invalid);
      expect(await world.stepward.consume(ref, { binding: 'b', token: proof })).toMatchObject({ consumed: true });
      const allowed = await track(world, { userId: 'bound', action: 'free', binding: 'b' });
      expect(await refusalOf(create(allowed.token))).toEqual(invalid);
    });
    it('another action than the one named', async () => {
      const { token } = await people.passed(await people.person());
      expect(await refusalOf(create(token, { action: 'free' }))).toEqual(invalid);
      await create(token, { action: 'signIn' });
    });
    it('an app client that is not registered', async () => {
      const { token } = await people.passed(await people.person());
      expect(await refusalOf(create(token, { clientId: 'other' }))).toEqual({ code: 'invalid_request' });
      await create(token);
    });
    it('a token or an instance that is too old', async () => {
      const one = await people.passed(await people.person());
      world.pass(120_000);
      expect(await refusalOf(create(one.token))).toEqual(invalid);
      await create(one.proof);
      const late = await people.passed(await people.person());
      world.pass(300_000);
      expect(await refusalOf(create(late.proof))).toEqual(invalid);
    });
    it('what was blocked, or sent to review, after the challenge', async () => {
      for (const state of ['BLOCK', 'REVIEW_REQUIRED'] as const) {
        const { ref, token } = await people.passed(await people.person());
        await world.stepward.updateAction(ref, { state });
        expect(await refusalOf(create(token))).toEqual(invalid);
      }
    });
    it('what proved a challenge that is owed again, once another has met it', async () => {
      const userId = await people.person();
      const first = await people.passed(userId);
      for (const state of ['REVIEW_REQUIRED', 'REVIEW_SUCCEEDED'] as const) await world.stepward.updateAction(first.ref, { state });
      expect(await world.stepward.getAction(first.ref)).toMatchObject({ state: 'CHALLENGE_REQUIRED' });
      world.pass(31_000);
      const again = createBrowser(world);
      const { browserHash: _, ...visit } = (await world.store.instance(first.ref))?.visit ?? {};
      await world.store.transact({
        userId,
        load: { instance: first.ref },
        run: ({ instance }) => ({ answer: undefined, ...(instance && { changes: { instances: [{ ...instance, visit }] } }) }),
      });
      await passByEmail(world, again, first.answer.url, `${userId}@example.org`);
      const { token } = (await again.leave(first.answer.url))?.target ?? {};
      for (const old of [first.token, first.proof]) {
        expect(await refusalOf(create(old))).toEqual(invalid);
        expect(await world.stepward.validate({ token: old })).toEqual({ isValid: false, error: 'invalid_token' });
        expect(await refusalOf(world.stepward.consume(first.ref, { token: old }))).toMatchObject({ code: 'ticket_mismatch' });
      }
      await create(token ?? '');
    });
    it('what is no token', async () => {
      const { accessToken, refreshToken } = await people.opened();
      for (const token of ['', 'x', 'a.b.c', accessToken, refreshToken]) expect(await refusalOf(create(token))).toEqual(invalid);
    });
  });
});
