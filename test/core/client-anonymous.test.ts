import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ClientAnswer } from '../../core/index.ts';
import { codeOf, createKey, enrolledBy, type Key } from '../support/client-api.ts';
import { createWorld, usual, type World } from '../support/stepward.ts';
import { secondNode } from '../support/use-cases.ts';

const from = { ipAddress: usual.ipAddress, userAgent: usual.userAgent };

describe('a passkey that says who it is', () => {
  let world: World;
  let userId: string;
  let key: Key;
  let count = 0;
  beforeAll(async () => {
    world = await createWorld();
    await world.configure('signIn', { defaultUserActionResult: 'CHALLENGE' });
    await world.configure('open', { defaultUserActionResult: 'ALLOW', clientStart: true });
    await world.configure('pay', { defaultUserActionResult: 'ALLOW' });
    await world.configure('codes', { defaultUserActionResult: 'CHALLENGE', clientStart: true, verificationMethods: ['EMAIL_OTP'] });
    for (const [action, outcome] of [
      ['blocked', 'BLOCK'],
      ['looked-at', 'REVIEW'],
    ])
      await world.configure(action ?? '', { defaultUserActionResult: outcome, clientStart: true });
  });
  afterAll(() => world.end());
  beforeEach(async () => {
    world.pass(86_400_000);
    count += 1;
    userId = `user-${count}`;
    key = await enrolledBy.PASSKEY(world, userId);
  });

  const client = () => world.stepward.client;
  const asked = async (action?: string, more: Parameters<World['stepward']['client']['anonymousOptions']>[0] = {}) => {
    const start = action === undefined ? undefined : await client().startChallenge({ action });
    return client().anonymousOptions({ challengeId: start && String(start.challengeId), ...more });
  };
  const shown = ({ options }: ClientAnswer, tweaks = {}) => key.get(options as Parameters<Key['get']>[0], tweaks);
  const answer = (begun: ClientAnswer, credential: unknown = shown(begun), more = {}) =>
    client().verifyAnonymous({ credential, challengeId: String(begun.challengeId), deviceId: usual.deviceId, ...more }, from);
  const lastOf = async (action: string) => (await world.store.instances({ userId, action, order: 'newest', limit: 1 }))[0];

  it('signs in: found by its credential, decided in full, told as started by a browser', async () => {
    const begun = await asked('signIn');
    expect(begun.options).not.toHaveProperty('allowCredentials');
    const verified = await answer(begun);
    expect(verified).toMatchObject({ isVerified: true, userId, accessToken: expect.any(String), userAuthenticatorId: expect.any(String) });
    const instance = await lastOf('signIn');
    expect(instance).toMatchObject({ state: 'CHALLENGE_SUCCEEDED', origin: 'client', ...from });
    expect(instance?.claimedDeviceHash).toBeDefined();
    const ref = { userId, action: 'signIn', idempotencyKey: instance?.idempotencyKey ?? '' };
    expect(await world.stepward.getAction(ref)).toMatchObject({ origin: 'client' });
    expect(await world.stepward.explain(ref)).toMatchObject({ origin: 'client' });
    expect(await world.stepward.validate({ token: String(verified.accessToken) })).toMatchObject({
      isValid: true,
      userId,
      action: 'signIn',
      origin: 'client',
      verificationMethod: 'PASSKEY',
    });
  });
  it('names no action: signIn', async () => {
    await answer(await asked());
    expect((await lastOf('signIn'))?.state).toBe('CHALLENGE_SUCCEEDED');
  });
  it('an ALLOW becomes CHALLENGE_SUCCEEDED', async () => {
    await answer(await asked('open'));
    expect(await lastOf('open')).toMatchObject({ firstState: 'ALLOW', state: 'CHALLENGE_SUCCEEDED' });
  });
  it.each(['blocked', 'looked-at'])('%s comes first: access_denied, and on record', async (action) => {
    expect(await codeOf(answer(await asked(action)))).toBe('access_denied');
    expect((await lastOf(action))?.state).toBe(action === 'blocked' ? 'BLOCK' : 'REVIEW_REQUIRED');
  });
  it('an action that no browser may start is refused, and none is made', async () => {
    expect(await codeOf(client().startChallenge({ action: 'pay' }))).toBe('access_denied');
    expect(await codeOf(client().startChallenge({ action: 'never-heard-of' }))).toBe('access_denied');
    expect((await world.policies.fresh()).actions.has('never-heard-of')).toBe(false);
  });
  it('an action closed meanwhile is refused at the answer too', async () => {
    await world.configure('soon', { defaultUserActionResult: 'ALLOW', clientStart: true });
    const begun = await asked('soon');
    await world.configure('soon', { clientStart: false });
    expect(await codeOf(answer(begun))).toBe('access_denied');
    expect(await lastOf('soon')).toBeUndefined();
  });
  it('a passkey does not meet an action that wants another method', async () => {
    expect(await codeOf(answer(await asked('codes')))).toBe('method_not_permitted');
    expect((await lastOf('codes'))?.state).toBe('CHALLENGE_REQUIRED');
  });
  it('an idempotency key is new, to browsers and to its user', async () => {
    const named = { action: 'signIn', idempotencyKey: `key-${count}` };
    const { challengeId } = await client().startChallenge(named);
    expect(await codeOf(client().startChallenge(named))).toBe('idempotency_conflict');
    await answer(await client().anonymousOptions({ challengeId: String(challengeId) }));
    expect((await lastOf('signIn'))?.idempotencyKey).toBe(named.idempotencyKey);
    await world.stepward.track({ userId, action: 'signIn', idempotencyKey: `tracked-${count}`, ...from, deviceId: usual.deviceId });
    const late = await client().startChallenge({ action: 'signIn', idempotencyKey: `tracked-${count}` });
    const begun = await client().anonymousOptions({ challengeId: String(late.challengeId) });
    expect(await codeOf(answer(begun))).toBe('idempotency_conflict');
  });
  it('nobody’s credential is unknown; a bad signature, another user’s handle, an old or used challenge are invalid', async () => {
    const begun = await asked('signIn');
    expect(await codeOf(answer(begun, shown(begun, { credentialId: 'bm9ib2R5cw' })))).toBe('unknown_credential');
    expect(await codeOf(answer(begun, createKey().get(begun.options as never)))).toBe('unknown_credential');
    expect(await codeOf(answer(begun, shown(begun, { signature: (bytes: Buffer) => bytes.reverse() })))).toBe('invalid_credential');
    expect(await codeOf(answer(begun, shown(begun, { uv: false })))).toBe('invalid_credential');
    expect(await codeOf(answer(begun, shown(begun, { userHandle: 'c29tZWJvZHkgZWxzZQ' })))).toBe('invalid_credential');
    expect(await codeOf(answer(begun, shown(begun, { origin: 'https://evil.example' })))).toBe('invalid_credential');
    expect(await codeOf(answer(begun, shown(begun), { challengeId: 'another' }))).toBe('invalid_credential');
    const credential = shown(begun);
    await answer(begun, credential);
    expect(await codeOf(answer(begun, credential))).toBe('invalid_credential');
    const old = await asked('signIn');
    world.pass(5 * 60_000);
    expect(await codeOf(answer(old))).toBe('invalid_credential');
  });
  it('of fifty answers at once on two nodes one signs in', async () => {
    const other = await secondNode(world);
    const begun = await asked('open');
    const credential = shown(begun);
    const given = { credential, challengeId: String(begun.challengeId) };
    const settled = await Promise.allSettled(
      Array.from({ length: 50 }, (_, nth) => (nth % 2 ? other.stepward : world.stepward).client.verifyAnonymous(given, from)),
    );
    await other.close();
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await world.store.instances({ userId, action: 'open', order: 'newest', limit: 10 })).toHaveLength(1);
  });
  it('tied to a browser by a cookie, no other goes on with it', async () => {
    const { challengeId } = await client().startChallenge({ action: 'signIn', browser: 'the-one' });
    expect(await codeOf(client().anonymousOptions({ challengeId: String(challengeId) }))).toBe('not_found');
    expect(await codeOf(client().anonymousOptions({ challengeId: String(challengeId), answeredFrom: 'another' }))).toBe('not_found');
    const begun = await client().anonymousOptions({ challengeId: String(challengeId), answeredFrom: 'the-one' });
    expect(await codeOf(answer(begun))).toBe('invalid_credential');
    expect(await codeOf(answer(begun, shown(begun), { browser: 'another' }))).toBe('invalid_credential');
    expect(await answer(begun, shown(begun), { browser: 'the-one' })).toMatchObject({ isVerified: true });
  });
  it('tells whether a passkey is enrolled, to whoever knows its id', async () => {
    expect(await client().findPasskey(['bm9ib2R5cw', key.credentialId])).toEqual({
      credentialId: key.credentialId,
      verifiedAt: expect.stringMatching(/^2026-/),
    });
    expect(await codeOf(client().findPasskey(['bm9ib2R5cw']))).toBe('not_found');
    await world.stepward.deleteUser(userId);
    expect(await codeOf(client().findPasskey([key.credentialId]))).toBe('not_found');
    const begun = await asked('signIn');
    expect(await codeOf(answer(begun))).toBe('unknown_credential');
  });
});
