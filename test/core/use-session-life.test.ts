import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportUrl } from '../../core/challenge/report.ts';
import { claimsIn, sessionsOf } from '../support/sessions.ts';
import { createWorld, type World } from '../support/stepward.ts';
import { refOf, refusalOf, track } from '../support/use-cases.ts';

const invalid = { code: 'invalid_token' };
const day = 86_400_000;

describe('sessions: how they live and end', () => {
  let world: World;
  let people: Awaited<ReturnType<typeof sessionsOf>>;
  beforeAll(async () => {
    world = await createWorld();
    people = await sessionsOf(world);
    await world.configure('is-BLOCK', { defaultUserActionResult: 'BLOCK' });
  });
  afterAll(() => world.end());

  const { create, validate, refresh, revoke } = {
    create: (token: string) => world.stepward.createSession({ clientId: 'web', token }),
    validate: (accessToken: string, clientIds?: readonly string[]) =>
      world.stepward.validateSession({ accessToken, ...(clientIds && { clientIds }) }),
    refresh: (refreshToken: string) => world.stepward.refreshSession({ refreshToken }),
    revoke: (accessToken: string) => world.stepward.revokeSession({ accessToken }),
  };

  describe('validate', () => {
    it('an access token that has expired says so', async () => {
      const { accessToken } = await people.opened();
      const { exp } = claimsIn(accessToken) as { readonly exp: number };
      world.pass(exp * 1000 - world.now() - 1);
      await validate(accessToken);
      world.pass(1);
      expect(await refusalOf(validate(accessToken))).toEqual({ code: 'expired_token' });
    });
    it('compares the app clients that the caller names; an empty list names none', async () => {
      const { accessToken } = await people.opened();
      await validate(accessToken, ['other', 'web']);
      for (const clientIds of [['other'], []]) expect(await refusalOf(validate(accessToken, clientIds))).toEqual(invalid);
    });
    it('shows the user as he is now', async () => {
      const { accessToken, userId } = await people.opened();
      await world.stepward.updateUser(userId, { displayName: 'Later' });
      expect((await validate(accessToken)).user).toMatchObject({ displayName: 'Later' });
    });
  });

  describe('refresh', () => {
    it('rotates; the token before works for ten seconds and answers the same new one', async () => {
      const { accessToken, refreshToken } = await people.opened();
      const first = await refresh(refreshToken);
      expect(first.refreshToken).not.toBe(refreshToken);
      expect(claimsIn(first.accessToken).sid).toBe(claimsIn(accessToken).sid);
      world.pass(9_999);
      const again = await refresh(refreshToken);
      expect(again.refreshToken).toBe(first.refreshToken);
      await validate(again.accessToken);
      await refresh(again.refreshToken);
    });
    it('later it ends the session, whichever of its tokens is shown, and the operator hears of it', async () => {
      const { accessToken, refreshToken, userId } = await people.opened();
      const { refreshToken: next } = await refresh(refreshToken);
      world.pass(10_000);
      await world.store.drainOutbox(10_000, () => ({ ruleDays: [] }));
      expect(await refusalOf(refresh(refreshToken))).toEqual(invalid);
      expect(await refusalOf(refresh(next))).toEqual(invalid);
      expect(await refusalOf(validate(accessToken))).toEqual(invalid);
      expect(await world.store.drainOutbox(10_000, () => ({ ruleDays: [] }))).toEqual([
        { type: 'authn_token_reuse', at: world.now(), data: { userId, clientId: 'web' } },
      ]);
    });
    it('one that is older than the one before ends it at once', async () => {
      const { refreshToken } = await people.opened();
      const second = await refresh(refreshToken);
      const third = await refresh(second.refreshToken);
      expect(await refusalOf(refresh(refreshToken))).toEqual(invalid);
      expect(await refusalOf(refresh(third.refreshToken))).toEqual(invalid);
    });
    it('a secret that was never given, under the name of a session, ends it', async () => {
      const { accessToken, refreshToken } = await people.opened();
      expect(await refusalOf(refresh(`${refreshToken.slice(0, 23)}${'A'.repeat(43)}`))).toEqual(invalid);
      expect(await refusalOf(validate(accessToken))).toEqual(invalid);
    });
    it('what is none is refused and ends nothing', async () => {
      const { accessToken, refreshToken } = await people.opened();
      for (const token of ['', 'x', `${refreshToken}A`, refreshToken.slice(1), accessToken, `${'A'.repeat(22)}.${'A'.repeat(43)}`])
        expect(await refusalOf(refresh(token))).toEqual(invalid);
      await validate(accessToken);
    });
    it('does not lengthen a session beyond what its client says', async () => {
      let { refreshToken, accessToken } = await people.opened();
      for (let days = 0; days < 29; days++) {
        world.pass(day);
        ({ refreshToken, accessToken } = await refresh(refreshToken));
      }
      world.pass(day - 60_000);
      ({ refreshToken, accessToken } = await refresh(refreshToken));
      const { exp, iat } = claimsIn(accessToken) as { readonly exp: number; readonly iat: number };
      expect(exp - iat).toBeLessThanOrEqual(60);
      world.pass(60_000);
      expect(await refusalOf(refresh(refreshToken))).toEqual(invalid);
    });
  });

  describe('end', () => {
    const bothDead = async ({ accessToken, refreshToken }: { readonly accessToken: string; readonly refreshToken: string }) => {
      expect(await refusalOf(validate(accessToken))).toEqual(invalid);
      expect(await refusalOf(refresh(refreshToken))).toEqual(invalid);
    };
    it('revoked: that one alone; again, and with a token that has expired, is no error', async () => {
      const one = await people.opened();
      const other = await people.opened(one.userId);
      await revoke(one.accessToken);
      await bothDead(one);
      await validate(other.accessToken);
      world.pass(600_000);
      for (let time = 0; time < 2; time++) await revoke(other.accessToken);
      expect(await refusalOf(refresh(other.refreshToken))).toEqual(invalid);
      expect(await refusalOf(revoke('a.b.c'))).toEqual(invalid);
    });
    it('of a user: all of his, nobody else’s, and a later one lives', async () => {
      const one = await people.opened();
      const two = await people.opened(one.userId);
      const other = await people.opened();
      await world.stepward.revokeUserSessions({ userId: one.userId });
      await bothDead(two);
      await bothDead(one);
      await validate(other.accessToken);
      const later = await people.opened(one.userId);
      await validate(later.accessToken);
      await world.stepward.revokeUserSessions({ userId: 'unknown' });
    });
    it.each<[string, (userId: string) => Promise<unknown>]>([
      [
        'a factor was added',
        (userId) => world.stepward.enrollVerified(userId, { verificationMethod: 'EMAIL_OTP', email: `${userId}@other.example` }),
      ],
      [
        'a factor was removed',
        async (userId) => {
          const [one] = await world.stepward.getAuthenticators(userId);
          await world.stepward.deleteAuthenticator(userId, String(one?.userAuthenticatorId));
        },
      ],
      ['an operator took every factor', (userId) => world.stepward.resetUser(userId, { reason: 'lost', actor: 'test' })],
      [
        'an operator blocked one of his actions',
        async (userId) => {
          const answer = await track(world, { userId, action: 'free' });
          await world.stepward.updateAction(refOf(userId, answer, 'free'), { state: 'BLOCK' });
        },
      ],
      [
        '“this was not me” was pressed',
        (userId) => {
          const r = new URL(reportUrl(world.ports, userId, world.now())).searchParams.get('r') ?? '';
          return world.stepward.reportNotMe(r, true);
        },
      ],
      ['the user was deleted', (userId) => world.stepward.deleteUser(userId)],
      [
        'the user was deleted and tracked again',
        async (userId) => {
          await world.stepward.deleteUser(userId);
          const { token } = await track(world, { userId, action: 'free' });
          await create(token);
        },
      ],
    ])('when %s', async (_, happens) => {
      const session = await people.opened();
      await validate(session.accessToken);
      await happens(session.userId);
      await bothDead(session);
    });
    it('but not when a rule says BLOCK: whoever knows a user id could end his sessions', async () => {
      const { accessToken, userId } = await people.opened();
      expect(await track(world, { userId, action: 'is-BLOCK' })).toMatchObject({ state: 'BLOCK' });
      await validate(accessToken);
    });
    it('when their app client is removed, though one of its name is made again', async () => {
      await world.management.createAppClient('test', { clientId: 'app' });
      const session = await people.opened(undefined, 'app');
      await world.management.deleteAppClient('test', 'app', undefined);
      await bothDead(session);
      await world.management.createAppClient('test', { clientId: 'app' });
      await bothDead(session);
    });
    it('when their app client is given a shorter life', async () => {
      await world.management.createAppClient('test', { clientId: 'short' });
      const session = await people.opened(undefined, 'short');
      await world.management.updateAppClient('test', 'short', { accessTokenSeconds: 60, refreshTokenSeconds: 300 }, undefined);
      world.pass(300_000);
      await bothDead(session);
    });
  });
});
