import { UserActionState, VerificationMethod } from '@authsignal/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBrowser, usual } from '../support/stepward.ts';
import { code, errorOf, type SdkServer, startForSdk } from './sdk-server.ts';

const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/);

describe('every call of the unpatched @authsignal/node', () => {
  let server: SdkServer;
  let count = 0;
  beforeAll(async () => {
    server = await startForSdk();
  });
  afterAll(() => server?.stop());

  const person = () => {
    count += 1;
    return `auth0|person ${count}`;
  };
  const emailOf = (userId: string) => `p${userId.replace(/\D/g, '')}@example.org`;
  const enrolled = async (userId = person()) => {
    await server.authsignal.enrollVerifiedAuthenticator({
      userId,
      attributes: { verificationMethod: VerificationMethod.EMAIL_OTP, email: emailOf(userId) },
    });
    server.pass(60_000);
    return userId;
  };
  /** Passes the challenge on the hosted page and comes back with the token. */
  const pass = async (url: string, email: string): Promise<string> => {
    const browser = createBrowser({ stepward: server.stepward });
    await browser.open(url);
    const { view } = await browser.act(url, { do: 'choose', method: 'EMAIL_OTP' });
    if (view.page !== 'ceremony') throw new Error(view.page);
    await browser.act(url, { do: 'answer', challengeId: view.ceremony.challengeId, response: server.codeTo(email) });
    return (await browser.leave(url))?.target?.token ?? '';
  };

  it('getUser: unknown and known have the same shape', async () => {
    const userId = person();
    const shape = {
      isEnrolled: false,
      emailVerified: false,
      phoneNumberVerified: false,
      custom: {},
      enrolledVerificationMethods: [],
      allowedVerificationMethods: expect.arrayContaining(['PASSKEY', 'EMAIL_OTP']),
    };
    expect(await server.authsignal.getUser({ userId })).toEqual(shape);
    await server.authsignal.updateUser({ userId, attributes: { displayName: 'P' } });
    expect(await server.authsignal.getUser({ userId })).toEqual({ ...shape, displayName: 'P' });
  });
  it('updateUser: answers the attributes; without any it names what to pass', async () => {
    const userId = person();
    const attributes = {
      email: emailOf(userId),
      emailVerified: true,
      phoneNumber: '+12025550143',
      phoneNumberVerified: false,
      username: 'u',
      displayName: 'U',
      locale: 'en',
      custom: { plan: 'gold', age: 3, isStaff: true },
    };
    expect(await server.authsignal.updateUser({ userId, attributes })).toEqual(attributes);
    expect(await server.authsignal.getUser({ userId })).toMatchObject({ ...attributes, isEnrolled: false });
    expect(await errorOf(server.authsignal.updateUser({ userId, attributes: {} }))).toEqual({
      statusCode: 400,
      errorCode: 'invalid_request',
      description: expect.stringContaining('{userId, attributes}'),
    });
  });
  it('queryUsers', async () => {
    const userId = person();
    await server.authsignal.updateUser({ userId, attributes: { email: emailOf(userId), username: 'queried' } });
    const page = await server.authsignal.queryUsers({ username: 'queried' });
    expect(page.users).toEqual([
      expect.objectContaining({ userId, email: emailOf(userId), emailVerified: false, phoneNumberVerified: false, username: 'queried' }),
    ]);
    expect(page.lastEvaluatedUserId).toBeUndefined();
    const first = await server.authsignal.queryUsers({ limit: 1 });
    expect(first).toEqual({ users: [expect.any(Object)], lastEvaluatedUserId: first.users[0]?.userId });
    const second = await server.authsignal.queryUsers({ limit: 1, lastEvaluatedUserId: String(first.lastEvaluatedUserId) });
    expect(second.users[0]?.userId).not.toBe(first.users[0]?.userId);
    expect(await code(server.authsignal.queryUsers({ token: 'x' }))).toEqual([400, 'invalid_request']);
  });
  it('deleteUser: twice, and of an unknown user', async () => {
    const userId = await enrolled();
    for (let time = 0; time < 2; time++) expect(await server.authsignal.deleteUser({ userId })).toBeUndefined();
    expect(await server.authsignal.getUser({ userId })).toMatchObject({ isEnrolled: false });
  });

  it('enrollVerifiedAuthenticator, getAuthenticators, deleteAuthenticator', async () => {
    const userId = person();
    const attributes = { verificationMethod: VerificationMethod.EMAIL_OTP, email: emailOf(userId), isDefault: true };
    const { authenticator, recoveryCodes } = await server.authsignal.enrollVerifiedAuthenticator({ userId, attributes });
    expect(authenticator).toEqual({
      userId,
      userAuthenticatorId: uuid,
      verificationMethod: 'EMAIL_OTP',
      createdAt: iso,
      verifiedAt: iso,
      isDefault: true,
      email: emailOf(userId),
    });
    expect(recoveryCodes).toHaveLength(10);
    expect((await server.authsignal.getAuthenticators({ userId })).map(({ verificationMethod }) => verificationMethod)).toEqual([
      'EMAIL_OTP',
      'RECOVERY_CODE',
    ]);
    for (let time = 0; time < 2; time++)
      expect(
        await server.authsignal.deleteAuthenticator({ userId, userAuthenticatorId: authenticator.userAuthenticatorId }),
      ).toBeUndefined();
    expect(await server.authsignal.getAuthenticators({ userId })).toEqual([]);
    expect(
      await code(server.authsignal.enrollVerifiedAuthenticator({ userId, attributes: { verificationMethod: VerificationMethod.PASSKEY } })),
    ).toEqual([400, 'invalid_request']);
    expect(
      await code(
        server.authsignal.enrollVerifiedAuthenticator({ userId, attributes: { verificationMethod: VerificationMethod.EMAIL_OTP } }),
      ),
    ).toEqual([400, 'invalid_request']);
  });

  it('track: every typed field, with all attributes', async () => {
    const userId = await enrolled();
    const answer = await server.authsignal.track({
      userId,
      action: 'signIn',
      attributes: {
        ...usual,
        idempotencyKey: 'k:1@a~b.c',
        redirectToSettings: false,
        scope: 'read:authenticators add:authenticators',
        email: emailOf(userId),
        phoneNumber: '+12025550143',
        username: 'u',
        custom: { amount: 12, note: 'x', isGift: true },
        locale: 'en',
      },
    });
    expect(answer).toMatchObject({
      idempotencyKey: 'k:1@a~b.c',
      state: UserActionState.CHALLENGE_REQUIRED,
      url: expect.stringContaining('?'),
      token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      isEnrolled: true,
      enrolledVerificationMethods: ['EMAIL_OTP', 'RECOVERY_CODE'],
      allowedVerificationMethods: expect.arrayContaining(['PASSKEY']),
      ruleIds: [],
    });
    expect(answer.url).not.toContain('#');
  });
  it('track: without attributes, and refused', async () => {
    const userId = person();
    expect(await server.authsignal.track({ userId, action: 'signIn' })).toMatchObject({
      state: 'CHALLENGE_REQUIRED',
      idempotencyKey: uuid,
    });
    const attributes = { redirectUrl: 'https://evil.example/' };
    expect(await code(server.authsignal.track({ userId, action: 'signIn', attributes }))).toEqual([400, 'redirect_not_allowed']);
    expect(await code(server.authsignal.track({ userId, action: 'sign in!' }))).toEqual([400, 'invalid_request']);
    expect(await code(server.authsignal.track({ userId, action: 'signIn', attributes: { idempotencyKey: '..' } }))).toEqual([
      400,
      'invalid_request',
    ]);
    await server.authsignal.track({ userId, action: 'signIn', attributes: { idempotencyKey: 'used' } });
    expect(
      await code(server.authsignal.track({ userId, action: 'signIn', attributes: { idempotencyKey: 'used', username: 'other' } })),
    ).toEqual([409, 'idempotency_conflict']);
  });

  it('getAction, queryUserActions, updateAction', async () => {
    const userId = await enrolled();
    const { idempotencyKey, url } = await server.authsignal.track({ userId, action: 'signIn', attributes: usual });
    await pass(url, emailOf(userId));
    const ref = { userId, action: 'signIn', idempotencyKey };
    expect(await server.authsignal.getAction(ref)).toMatchObject({
      state: 'CHALLENGE_SUCCEEDED',
      stateUpdatedAt: iso,
      createdAt: iso,
      verificationMethod: 'EMAIL_OTP',
      rules: [],
    });
    const fromDate = new Date(Date.now() - 3_600_000).toISOString();
    const list = await server.authsignal.queryUserActions({
      userId,
      fromDate,
      actionCodes: ['signIn', 'other'],
      state: UserActionState.CHALLENGE_SUCCEEDED,
    });
    expect(list).toEqual([
      {
        actionCode: 'signIn',
        idempotencyKey,
        createdAt: iso,
        updatedAt: iso,
        state: 'CHALLENGE_SUCCEEDED',
        stateUpdatedAt: iso,
        verificationMethod: 'EMAIL_OTP',
        verifiedByAuthenticatorId: uuid,
        acr: 'urn:stepward:aal1',
        authTime: iso,
      },
    ]);
    expect(await server.authsignal.updateAction({ ...ref, attributes: { state: UserActionState.REVIEW_REQUIRED } })).toMatchObject({
      state: 'REVIEW_REQUIRED',
      stateUpdatedAt: iso,
    });
    expect(await code(server.authsignal.updateAction({ ...ref, attributes: { state: UserActionState.ALLOW } }))).toEqual([
      409,
      'invalid_transition',
    ]);
    expect(await code(server.authsignal.getAction({ ...ref, idempotencyKey: 'none' }))).toEqual([404, 'not_found']);
    expect(
      await code(server.authsignal.updateAction({ ...ref, idempotencyKey: 'none', attributes: { state: UserActionState.BLOCK } })),
    ).toEqual([404, 'not_found']);
    expect(await server.authsignal.queryUserActions({ userId: person() })).toEqual([]);
  });

  it('validateChallenge: valid once, with the action under the name the SDK gives it', async () => {
    const userId = await enrolled();
    const { idempotencyKey, url, token } = await server.authsignal.track({ userId, action: 'signIn', attributes: usual });
    expect(await server.authsignal.validateChallenge({ token })).toMatchObject({
      isValid: false,
      state: 'CHALLENGE_REQUIRED',
      action: 'signIn',
    });
    const proof = await pass(url, emailOf(userId));
    expect(await server.authsignal.validateChallenge({ token: proof, action: 'other' })).toEqual({
      action: undefined,
      isValid: false,
      error: 'mismatch',
    });
    expect(await server.authsignal.validateChallenge({ token: proof, action: 'signIn', userId })).toMatchObject({
      isValid: true,
      state: UserActionState.CHALLENGE_SUCCEEDED,
      stateUpdatedAt: iso,
      userId,
      action: 'signIn',
      idempotencyKey,
      verificationMethod: VerificationMethod.EMAIL_OTP,
    });
    server.pass(11_000);
    expect(await server.authsignal.validateChallenge({ token: proof, action: 'signIn', userId })).toMatchObject({
      isValid: false,
      error: 'consumed',
    });
    expect(await server.authsignal.validateChallenge({ token: 'forged' })).toMatchObject({ isValid: false, error: 'invalid_token' });
    expect(await code(server.authsignal.validateChallenge({ token: '' }))).toEqual([400, 'invalid_request']);
  });

  it("a bad key is 401, in the vendor's words", async () => {
    for (const key of ['wrong', '', `${server.serverKey}x`])
      expect(await errorOf(server.sdk(key).getUser({ userId: 'u' }))).toEqual({
        statusCode: 401,
        errorCode: 'unauthorized',
        description: 'The request is unauthorized. Check that your API key and region base URL are correctly configured.',
      });
  });
  it('a repeated track says so, and makes no other instance', async () => {
    const userId = person();
    const path = `/users/${encodeURIComponent(userId)}/actions/signIn`;
    const [first, again] = [
      await server.call('POST', path, { idempotencyKey: 'k', username: 'u' }),
      await server.call('POST', path, { username: 'u', idempotencyKey: 'k' }),
    ];
    expect([first.headers.get('idempotency-replayed'), again.headers.get('idempotency-replayed')]).toEqual([null, 'true']);
    expect(await server.authsignal.queryUserActions({ userId })).toHaveLength(1);
  });

  describe('sessions', () => {
    beforeAll(() => server.management.createAppClient('test', { clientId: 'web' }));
    const opened = async () => {
      const userId = await enrolled();
      const { url } = await server.authsignal.track({ userId, action: 'signIn', attributes: usual });
      const token = await pass(url, emailOf(userId));
      return { userId, token, ...(await server.authsignal.createSession({ clientId: 'web', token, action: 'signIn' })) };
    };
    const invalid = [401, 'invalid_token'];

    it('createSession once, validateSession with each typed field', async () => {
      const { userId, token, accessToken, refreshToken } = await opened();
      expect([typeof accessToken, typeof refreshToken]).toEqual(['string', 'string']);
      const attributes = {
        email: emailOf(userId),
        emailVerified: true,
        phoneNumber: '+12025550143',
        phoneNumberVerified: false,
        username: 'u',
        displayName: 'U',
        custom: { plan: 'gold' },
      };
      await server.authsignal.updateUser({ userId, attributes });
      expect(await server.authsignal.validateSession({ accessToken, clientIds: ['web'] })).toEqual({
        user: { userId, ...attributes },
        expiresAt: expect.any(Number),
        verificationMethod: VerificationMethod.EMAIL_OTP,
      });
      expect(await code(server.authsignal.createSession({ clientId: 'web', token }))).toEqual(invalid);
      expect(await code(server.authsignal.createSession({ clientId: 'none', token }))).toEqual([400, 'invalid_request']);
      expect(await code(server.authsignal.validateSession({ accessToken, clientIds: ['other'] }))).toEqual(invalid);
      expect(await code(server.authsignal.validateSession({ accessToken: 'forged' }))).toEqual(invalid);
      server.pass(600_000);
      expect(await code(server.authsignal.validateSession({ accessToken }))).toEqual([401, 'expired_token']);
    });

    it('refreshSession: twice within ten seconds, later the session dies', async () => {
      const { refreshToken } = await opened();
      const first = await server.authsignal.refreshSession({ refreshToken });
      const again = await server.authsignal.refreshSession({ refreshToken });
      expect(again.refreshToken).toBe(first.refreshToken);
      await server.authsignal.validateSession({ accessToken: again.accessToken });
      server.pass(11_000);
      expect(await code(server.authsignal.refreshSession({ refreshToken }))).toEqual(invalid);
      expect(await code(server.authsignal.refreshSession({ refreshToken: first.refreshToken }))).toEqual(invalid);
      expect(await code(server.authsignal.validateSession({ accessToken: first.accessToken }))).toEqual(invalid);
    });

    it('revokeSession, revokeUserSessions', async () => {
      const one = await opened();
      for (let time = 0; time < 2; time++) expect(await server.authsignal.revokeSession(one)).toBeUndefined();
      expect(await code(server.authsignal.validateSession(one))).toEqual(invalid);
      const two = await opened();
      for (let time = 0; time < 2; time++) expect(await server.authsignal.revokeUserSessions(two)).toBeUndefined();
      expect(await code(server.authsignal.validateSession({ accessToken: two.accessToken }))).toEqual(invalid);
      expect(await code(server.authsignal.refreshSession({ refreshToken: two.refreshToken }))).toEqual(invalid);
      expect(await server.authsignal.revokeUserSessions({ userId: person() })).toBeUndefined();
      expect(await code(server.authsignal.revokeSession({ accessToken: 'forged' }))).toEqual(invalid);
    });
  });
});
