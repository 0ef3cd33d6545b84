import { AuthScope, VerificationFailureReason, VerificationMethod } from '@authsignal/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { usual } from '../support/stepward.ts';
import { code, type SdkServer, startForSdk } from './sdk-server.ts';

const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/);

describe('challenge, verify and claim of the unpatched @authsignal/node', () => {
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
  it('challenge, getChallenge, verify, claimChallenge', async () => {
    const userId = person();
    await server.authsignal.updateUser({ userId, attributes: { email: emailOf(userId), emailVerified: true } });
    const started = await server.authsignal.challenge({
      verificationMethod: 'EMAIL_OTP',
      action: 'signIn',
      userId,
      email: emailOf(userId),
      locale: 'en',
      deviceId: usual.deviceId,
      ipAddress: usual.ipAddress,
      userAgent: usual.userAgent,
      custom: { amount: 1 },
      scope: AuthScope.readAuthenticators,
    });
    expect(started).toEqual({ challengeId: expect.any(String), idempotencyKey: uuid, expiresAt: expect.any(Number) });
    expect(started.expiresAt).toBeLessThan(2 ** 31);
    const open = {
      challengeId: started.challengeId,
      expiresAt: started.expiresAt,
      verificationMethod: 'EMAIL_OTP',
      email: emailOf(userId),
      action: 'signIn',
    };
    expect(await server.authsignal.getChallenge({ challengeId: started.challengeId })).toEqual(open);
    expect(await server.authsignal.getChallenge({ userId, action: 'signIn', verificationMethod: VerificationMethod.EMAIL_OTP })).toEqual(
      open,
    );
    expect(await server.authsignal.getChallenge({ challengeId: 'none' })).toEqual({});
    expect(await code(server.authsignal.claimChallenge({ challengeId: started.challengeId, userId }))).toEqual([
      409,
      'challenge_not_verified',
    ]);
    const right = server.codeTo(emailOf(userId));
    const wrong = right === '000000' ? '000001' : '000000';
    expect(await server.authsignal.verify({ challengeId: started.challengeId, verificationCode: wrong })).toEqual({
      isVerified: false,
      failureReason: VerificationFailureReason.CODE_INVALID_OR_EXPIRED,
    });
    expect(await server.authsignal.verify({ challengeId: started.challengeId, verificationCode: right })).toEqual({
      isVerified: true,
      email: emailOf(userId),
      verificationMethod: 'EMAIL_OTP',
    });
    expect(await code(server.authsignal.claimChallenge({ challengeId: started.challengeId, userId: await enrolled() }))).toEqual([
      404,
      'not_found',
    ]);
    const claimed = await server.authsignal.claimChallenge({ challengeId: started.challengeId, userId });
    expect(claimed).toEqual({ token: expect.any(String), verificationMethod: VerificationMethod.EMAIL_OTP });
    expect(await server.authsignal.validateChallenge({ token: claimed.token })).toMatchObject({
      isValid: true,
      idempotencyKey: started.idempotencyKey,
    });
    expect(await code(server.authsignal.claimChallenge({ challengeId: started.challengeId, userId }))).toEqual([404, 'not_found']);
  });
  it('challenge: sends too close together are 429 with Retry-After', async () => {
    const userId = person();
    await server.authsignal.challenge({ userId, email: emailOf(userId) });
    server.pass(15_000);
    expect(await code(server.authsignal.challenge({ userId, email: emailOf(userId) }))).toEqual([429, 'too_many_requests']);
    const response = await server.call('POST', '/challenge', { userId, email: emailOf(userId) });
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await code(server.authsignal.challenge({}))).toEqual([400, 'invalid_request']);
  });
});
