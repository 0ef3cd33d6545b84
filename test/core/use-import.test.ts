import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBrowser, createWorld, type World } from '../support/stepward.ts';
import { refusalOf, start, track } from '../support/use-cases.ts';
import { createSoftwareAuthenticator, encodeCbor } from '../support/webauthn.ts';

const origin = 'http://localhost:8787';

describe('importPasskeys: passkeys that an application made elsewhere', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.end());

  const entry = (userId: unknown, more: Record<string, unknown> = {}) => {
    const made = createSoftwareAuthenticator({ origin });
    return {
      made,
      sent: {
        userId,
        verificationMethod: 'PASSKEY',
        credentialId: made.credentialId,
        credentialPublicKey: made.publicKey,
        name: 'Old phone',
        ...more,
      },
    };
  };
  const imported = async (...entries: readonly unknown[]) => world.stepward.importPasskeys(entries);
  const failureOf = async (one: unknown) =>
    (await imported(one)).failures.map((failure) => (failure as { readonly errorCode: string }).errorCode);
  const cose = (...pairs: readonly (readonly [number, number | Uint8Array])[]) => encodeCbor(new Map(pairs)).toString('base64url');

  it('each stands for itself, and works', async () => {
    const { made, sent } = entry('ann');
    const answer = await imported(entry('undefined').sent, sent, null, sent);
    expect(answer).toMatchObject({ total: 4, succeeded: 1, failed: 3 });
    expect(answer.failures.at(-1)).toEqual({
      userId: 'ann',
      credentialId: sent.credentialId,
      errorCode: 'already_exists',
      errorDescription: expect.any(String),
    });
    expect(await world.stepward.getAuthenticators('ann')).toEqual([
      expect.objectContaining({
        verificationMethod: 'PASSKEY',
        webauthnCredential: expect.objectContaining({ credentialId: sent.credentialId, name: 'Old phone' }),
      }),
    ]);
    const { url } = await track(world, { userId: 'ann' });
    const browser = createBrowser(world);
    await browser.open(url);
    const { challengeId, shown } = await start(browser, url, 'PASSKEY');
    const response = made.get(shown as Parameters<typeof made.get>[0], { userHandle: null });
    expect((await browser.act(url, { do: 'answer', challengeId, response })).view.page).toBe('leave');
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['another method', { verificationMethod: 'SMS' }, 'invalid_request'],
    ['no method', { verificationMethod: undefined }, 'invalid_request'],
    ['an id that is no base64url', { credentialId: 'a+b/c==' }, 'invalid_request'],
    ['an id with spare bits', { credentialId: `${'A'.repeat(21)}B` }, 'invalid_credential'],
    ['an id that is too long', { credentialId: 'A'.repeat(2000) }, 'invalid_request'],
    ['an id that is a number', { credentialId: 7 }, 'invalid_request'],
    ['no key', { credentialPublicKey: '' }, 'invalid_request'],
    ['bytes that are no key', { credentialPublicKey: 'A'.repeat(100) }, 'invalid_credential'],
    [
      'a key of another algorithm',
      { credentialPublicKey: cose([1, 2], [3, -35], [-1, 2], [-2, new Uint8Array(48)], [-3, new Uint8Array(48)]) },
      'invalid_credential',
    ],
    [
      'a point on no curve',
      { credentialPublicKey: cose([1, 2], [3, -7], [-1, 1], [-2, new Uint8Array(32).fill(1)], [-3, new Uint8Array(32).fill(2)]) },
      'invalid_credential',
    ],
    ['half a key', { credentialPublicKey: cose([1, 2], [3, -7], [-1, 1], [-2, new Uint8Array(32).fill(1)]) }, 'invalid_credential'],
    [
      'a kind and an algorithm that do not belong together',
      { credentialPublicKey: cose([1, 1], [3, -7], [-1, 6], [-2, new Uint8Array(32)]) },
      'invalid_credential',
    ],
  ])('takes no entry with %s', async (_, more, code) => {
    expect(await failureOf(entry('bad', more).sent)).toEqual([code]);
    expect(await world.stepward.getAuthenticators('bad')).toEqual([]);
  });

  it('takes no key with something behind it', async () => {
    const { made, sent } = entry('bad');
    expect(
      await failureOf({
        ...sent,
        credentialPublicKey: Buffer.concat([Buffer.from(made.publicKey, 'base64url'), Buffer.from([0])]).toString('base64url'),
      }),
    ).toEqual(['invalid_credential']);
  });

  it.each([['undefined'], [''], ['x'.repeat(256)], ['a\u0000b'], [7], [null]])('takes no entry for the user %j', async (userId) => {
    expect(await failureOf(entry(userId).sent)).toEqual(['invalid_request']);
  });

  it('takes no credential that is another user’s, and leaves it with him', async () => {
    const { sent } = entry('owner');
    await imported(sent);
    expect(await failureOf({ ...sent, userId: 'thief' })).toEqual(['already_exists']);
    expect(await world.store.credentialOwner(sent.credentialId)).toBe('owner');
    expect(await world.stepward.getAuthenticators('thief')).toEqual([]);
  });

  it('makes no recovery codes that nobody would see, and a name of one line', async () => {
    const { sent } = entry('bob', { name: ` Bob’s\u202e\n key ${'x'.repeat(500)}` });
    await imported(sent);
    const [only, ...others] = (await world.store.user('bob'))?.authenticators ?? [];
    expect([others, [...(only?.name ?? '')].length, /^Bob’s +key x/.test(only?.name ?? '')]).toEqual([[], 60, true]);
  });

  it('tells of each by an event', async () => {
    await world.store.drainOutbox(1000, () => ({ ruleDays: [] }));
    const { sent } = entry('cleo');
    await imported(sent);
    const events = await world.store.drainOutbox(1000, () => ({ ruleDays: [] }));
    expect(events).toMatchObject([
      { type: 'authenticator.created', data: { userId: 'cleo', webauthnCredential: { credentialId: sent.credentialId } } },
    ]);
    expect(JSON.stringify(events)).not.toContain(sent.credentialPublicKey);
  });

  it('none and more than 500 are refused, 500 are taken', async () => {
    for (const count of [0, 501])
      expect(await refusalOf(imported(...Array.from({ length: count }, () => null)))).toEqual({ code: 'invalid_request' });
    expect(await imported(...Array.from({ length: 500 }, () => null))).toMatchObject({ total: 500, succeeded: 0, failed: 500 });
  });
});
