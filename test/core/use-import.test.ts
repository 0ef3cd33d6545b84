import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../support/stepward.ts';
import { refusalOf } from '../support/use-cases.ts';
import { createSoftwareAuthenticator } from '../support/webauthn.ts';

describe('importPasskeys: passkeys that an application made elsewhere', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.end());

  const entry = (userId: unknown, more: Record<string, unknown> = {}) => {
    const made = createSoftwareAuthenticator({ origin: 'http://localhost:8787' });
    return {
      userId,
      verificationMethod: 'PASSKEY',
      credentialId: made.credentialId,
      credentialPublicKey: 'A'.repeat(100),
      name: 'Old phone',
      ...more,
    };
  };
  it('each stands for itself', async () => {
    const userId = 'ann';
    const good = entry(userId);
    const bad = [
      entry('undefined'),
      entry(''),
      entry(7),
      entry(userId, { verificationMethod: 'SMS' }),
      entry(userId, { credentialId: '!' }),
      entry(userId, { credentialPublicKey: '' }),
      null,
      good,
    ];
    const answer = await world.stepward.importPasskeys([good, ...bad]);
    expect(answer).toMatchObject({ total: 9, succeeded: 1, failed: 8 });
    expect(answer.failures.at(-1)).toEqual({
      userId,
      credentialId: good.credentialId,
      errorCode: 'already_exists',
      errorDescription: expect.any(String),
    });
    expect(await world.stepward.getAuthenticators(userId)).toContainEqual(
      expect.objectContaining({
        verificationMethod: 'PASSKEY',
        webauthnCredential: expect.objectContaining({ credentialId: good.credentialId, name: 'Old phone' }),
      }),
    );
  });
  it('none and more than 500 are refused', async () => {
    for (const count of [0, 501])
      expect(await refusalOf(world.stepward.importPasskeys(Array.from({ length: count }, () => entry('x'))))).toEqual({
        code: 'invalid_request',
      });
  });
});
