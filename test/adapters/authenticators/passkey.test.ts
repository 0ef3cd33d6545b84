import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createPasskey } from '../../../adapters/authenticators/passkey.ts';
import type { WebauthnData } from '../../../adapters/authenticators/webauthn-data.ts';
import type { Authenticator } from '../../../core/index.ts';
import type { CeremonyContext, Started } from '../../../core/ports/authenticator.ts';
import { createSoftwareAuthenticator, type Tweaks } from '../../support/webauthn.ts';
import { ceremony, displayHash, enrollmentOf, random, start, stored, verifiedOf } from './ceremony.ts';
import { assertionNegatives, attestationNegatives } from './webauthn-negatives.ts';

const rpId = 'example.org';
const origin = 'https://auth.example.org';
const embedder = 'https://bank.example.com';
const settings = { rpId, origins: [origin], random };
const method = createPasskey(settings);
const framed = createPasskey({ ...settings, isEmbedder: (top) => top === embedder });

type Device = ReturnType<typeof createSoftwareAuthenticator>;
type Creation = Parameters<Device['create']>[0] & Readonly<Record<string, unknown>>;
type Request = Parameters<Device['get']>[0] & { readonly allowCredentials?: readonly { readonly id: string }[] };

const creationOf = ({ shown }: Started) => shown as Creation;
const requestOf = ({ shown }: Started) => shown as Request;
const dataOf = ({ data }: Authenticator) => data as WebauthnData;

type Kind = Partial<Parameters<typeof createSoftwareAuthenticator>[0]>;

const enrolled = async (kind: Kind = {}, userId = 'ada') => {
  const device = createSoftwareAuthenticator({ origin, ...kind });
  const context = ceremony({ userId });
  const begun = await enrollmentOf(method).start(context);
  const answer = await enrollmentOf(method).finish({ context, kept: begun.kept, response: device.create(creationOf(begun)) });
  return { device, authenticator: stored(answer), answer };
};

const challenged = async (changes: Partial<CeremonyContext> = {}, kind: Kind = {}, by = method) => {
  const { device, authenticator } = await enrolled(kind);
  const context = ceremony({ authenticators: [authenticator], ...changes });
  const started = await by.challenge(context);
  return { device, authenticator, context, started, kept: started.kept };
};

/** A ceremony that passes but for what `tweaks` bends. */
const answered = async (tweaks: Tweaks, kind: Kind = {}, by = method, inFrame = false) => {
  const { device, context, started, kept } = await challenged({}, kind, by);
  return by.verify({ context: { ...context, inFrame }, kept, response: device.get(requestOf(started), tweaks) });
};

const registered = async (tweaks: Tweaks, kind: Kind = {}, by = method, inFrame = false) => {
  const device = createSoftwareAuthenticator({ origin, ...kind });
  const context = ceremony({ inFrame });
  const begun = await enrollmentOf(by).start(context);
  return enrollmentOf(by).finish({ context, kept: begun.kept, response: device.create(creationOf(begun), tweaks) });
};

const invalid = { ok: false, reason: 'invalid_credential' };

describe('the options of a registration', () => {
  it('ask for a discoverable credential with user verification and no attestation', async () => {
    const options = creationOf(await enrollmentOf(method).start(ceremony()));
    expect(options).toMatchObject({
      rp: { id: rpId, name: 'Example Bank' },
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
      attestation: 'none',
      excludeCredentials: [],
      timeout: 300_000,
    });
  });

  it('say nothing of the user but the masked account', async () => {
    const context = ceremony({ userId: 'ada-4711' });
    const options = creationOf(await enrollmentOf(method).start(context));
    expect(options.user).toEqual({ id: context.user.webauthnUserId, name: 'a•••@e•••.org', displayName: 'a•••@e•••.org' });
    expect(JSON.stringify(options)).not.toContain('ada-4711');
  });

  it('exclude what the user already has', async () => {
    const { authenticator } = await enrolled();
    const options = creationOf(await enrollmentOf(method).start(ceremony({ authenticators: [authenticator] })));
    expect(options.excludeCredentials).toEqual([{ id: dataOf(authenticator).credentialId, type: 'public-key', transports: ['internal'] }]);
  });

  it('are the same again on reload', async () => {
    const context = ceremony();
    const begun = await enrollmentOf(method).start(context);
    expect(enrollmentOf(method).show?.(context, begun.kept)).toEqual(begun.shown);
  });
});

describe('the challenge', () => {
  it('is 16 random bytes and the hash of what is approved, new each time, for five minutes', async () => {
    const context = ceremony({ displayHash: displayHash('100 EUR to Bob') });
    const made = await Promise.all([method.challenge(context), method.challenge(context)]);
    const [one, two] = made.map((started) => Buffer.from(requestOf(started).challenge, 'base64url'));
    expect(one?.length).toBe(48);
    expect(one?.subarray(16).toString('base64url')).toBe(context.displayHash);
    expect(one?.subarray(0, 16)).not.toEqual(two?.subarray(0, 16));
    expect(made[0]?.expiresAt).toBe(start + 300_000);
  });

  it('has the hash of nothing where nothing is approved', async () => {
    const challenge = Buffer.from(requestOf(await method.challenge(ceremony())).challenge, 'base64url');
    expect(challenge.subarray(16)).toEqual(createHash('sha256').update('').digest());
  });

  it("allows the user's credentials and no others, and requires user verification", async () => {
    const { authenticator, started } = await challenged();
    expect(requestOf(started)).toMatchObject({
      rpId,
      userVerification: 'required',
      allowCredentials: [{ id: dataOf(authenticator).credentialId, type: 'public-key', transports: ['internal'] }],
    });
    expect(requestOf(await method.challenge(ceremony()))).not.toHaveProperty('allowCredentials');
  });
});

describe('a passing ceremony', () => {
  it('stores key, counter, transports, kind and flags', async () => {
    const { authenticator, device } = await enrolled({ transports: ['internal', 'hybrid', 'evil', 'internal'] });
    expect(authenticator).toMatchObject({ verificationMethod: 'PASSKEY', verifiedAt: start });
    expect(dataOf(authenticator)).toEqual({
      credentialId: device.credentialId,
      publicKey: expect.stringMatching(/^[A-Za-z0-9_-]{100,}$/),
      counter: 1,
      transports: ['internal', 'hybrid'],
      deviceType: 'singleDevice',
      backedUp: false,
      aaguid: '00000000-0000-0000-0000-000000000000',
      userVerified: true,
      userHandle: ceremony().user.webauthnUserId,
    });
  });

  it('takes a self attestation, which browsers leave in', async () => {
    expect(await registered({ selfAttested: true })).toMatchObject({ ok: true });
  });

  it('moves the counter, and only at the last look', async () => {
    const { device, authenticator, context, started, kept } = await challenged();
    const verified = verifiedOf(await method.verify({ context, kept, response: device.get(requestOf(started)) }));
    expect(dataOf(authenticator).counter).toBe(1);
    const present = method.accept(authenticator, verified, start + 5);
    expect(present).toMatchObject({ lastVerifiedAt: start + 5, data: { ...dataOf(authenticator), counter: 2 } });
  });

  it('takes the answer as the text of its JSON too', async () => {
    const { device, context, started, kept } = await challenged();
    const response = JSON.stringify(device.get(requestOf(started)));
    expect(await method.verify({ context, kept, response })).toMatchObject({ ok: true });
  });

  it('strips a byte order mark before the client data', async () => {
    const { device, context, started, kept } = await challenged();
    const { challenge } = requestOf(started);
    const rawClientData = Buffer.from(`\ufeff${JSON.stringify({ type: 'webauthn.get', challenge, origin, crossOrigin: false })}`);
    expect(await method.verify({ context, kept, response: device.get(requestOf(started), { rawClientData }) })).toMatchObject({ ok: true });
  });

  it('takes an answer without user handle', async () => {
    expect(await answered({ userHandle: null })).toMatchObject({ ok: true });
  });

  it('whose challenge named nobody needs the user handle', async () => {
    const { device, authenticator } = await enrolled();
    const context = ceremony();
    const started = await method.challenge(context);
    const found = { ...context, authenticators: [authenticator] };
    const response = (userHandle?: null) => device.get(requestOf(started), { userHandle });
    expect(await method.verify({ context: found, kept: started.kept, response: response(null) })).toMatchObject(invalid);
    expect(await method.verify({ context: found, kept: started.kept, response: response() })).toMatchObject({ ok: true });
  });

  it.each([
    ['device-bound', { be: false, bs: false }, ['hwk', 'user', 'mfa']],
    ['synced', { be: true, bs: true }, ['swk', 'user', 'mfa']],
    ['syncable, not yet synced', { be: true, bs: false }, ['swk', 'user', 'mfa']],
  ])('names the amr of a %s key', async (_, kind, amr) => {
    expect((await enrolled(kind)).answer).toMatchObject({ amr });
    expect(await answered({}, kind)).toMatchObject({ ok: true, amr });
  });
});

describe('an assertion is refused (WebAuthn L3 §7.2)', () => {
  it.each<[string, Tweaks]>([...assertionNegatives(origin, embedder), ['a user who is not verified', { uv: false }]])(
    'for %s',
    async (_, tweaks) => {
      expect(await answered({})).toMatchObject({ ok: true });
      expect(await answered(tweaks)).toEqual(expect.objectContaining(invalid));
    },
  );

  it('for the wrong type of response', async () => {
    const { device, context, started, kept } = await challenged();
    const response = device.get(requestOf(started));
    expect(await method.verify({ context, kept, response: { ...response, type: 'password' } })).toMatchObject(invalid);
    expect(await method.verify({ context, kept, response: { ...response, rawId: 'x' } })).toMatchObject(invalid);
    expect(
      await method.verify({
        context,
        kept,
        response: device.create({ challenge: requestOf(started).challenge, rp: {}, user: { id: 'x' } }),
      }),
    ).toMatchObject(invalid);
    expect(await method.verify({ context, kept, response })).toMatchObject({ ok: true });
  });

  it('for an id outside the allowed ones: unknown here, whether or not another has it', async () => {
    expect(await answered({ credentialId: Buffer.alloc(32).toString('base64url') })).toEqual({ ok: false, reason: 'unknown_credential' });
  });

  it("for another user's credential", async () => {
    const eve = await enrolled({}, 'eve');
    const { context, started, kept } = await challenged();
    expect(await method.verify({ context, kept, response: eve.device.get(requestOf(started)) })).toEqual({
      ok: false,
      reason: 'unknown_credential',
    });
  });

  it("for another user's key under the user's credential id", async () => {
    const eve = await enrolled({}, 'eve');
    const { context, started, kept, device, authenticator } = await challenged();
    const tweaks = { credentialId: dataOf(authenticator).credentialId, userHandle: null };
    expect(await method.verify({ context, kept, response: eve.device.get(requestOf(started), tweaks) })).toMatchObject(invalid);
    expect(await method.verify({ context, kept, response: device.get(requestOf(started), tweaks) })).toMatchObject({ ok: true });
  });

  it('for a challenge that was used before', async () => {
    const { device, authenticator, context, started, kept } = await challenged({}, { counting: false });
    const verified = verifiedOf(await method.verify({ context, kept, response: device.get(requestOf(started)) }));
    const again = verifiedOf(await method.verify({ context, kept, response: device.get(requestOf(started)) }));
    const present = method.accept(authenticator, verified, start);
    if (present === undefined) throw new Error('refused');
    expect(method.accept(present, again, start)).toBeUndefined();
  });

  it('for a challenge of other data, though the browser answers to it', async () => {
    const { device, context, kept, started } = await challenged({ displayHash: displayHash('100 EUR to Bob') });
    const response = device.get(requestOf(started));
    expect(await method.verify({ context: { ...context, displayHash: displayHash('900 EUR') }, kept, response })).toMatchObject(invalid);
    expect(await method.verify({ context, kept, response })).toMatchObject({ ok: true });
  });
});

describe('the signature counter', () => {
  it.each([
    ['the same', 5, 5],
    ['lower', 5, 4],
    ['back to zero', 5, 0],
  ])('%s: refused, with an event', async (_, before, counter) => {
    const { device, authenticator, context, started, kept } = await challenged();
    const counted = { ...authenticator, data: { ...dataOf(authenticator), counter: before } };
    const input = { context: { ...context, authenticators: [counted] }, kept };
    expect(await method.verify({ ...input, response: device.get(requestOf(started), { counter }) })).toEqual({
      ...invalid,
      events: ['authn_counter_regression'],
    });
    expect(await method.verify({ ...input, response: device.get(requestOf(started), { counter: before + 1 }) })).toMatchObject({
      ok: true,
    });
  });

  it('raises no event for an answer that the key did not sign', async () => {
    const { device, authenticator, context, started, kept } = await challenged();
    const counted = { ...authenticator, data: { ...dataOf(authenticator), counter: 5 } };
    const response = device.get(requestOf(started), { counter: 1, signature: (made) => made.subarray(1) });
    const answer = await method.verify({ context: { ...context, authenticators: [counted] }, kept, response });
    expect(answer).toEqual({ ...invalid, events: undefined });
  });

  it('is compared with the present authenticator at the last look', async () => {
    const { device, authenticator, context, started, kept } = await challenged();
    const verified = verifiedOf(await method.verify({ context, kept, response: device.get(requestOf(started), { counter: 7 }) }));
    const meanwhile = (counter: number) => ({ ...authenticator, data: { ...dataOf(authenticator), counter } });
    expect(method.accept(meanwhile(7), verified, start)).toBeUndefined();
    expect(method.accept(meanwhile(9), verified, start)).toBeUndefined();
    expect(method.accept(meanwhile(6), verified, start)).toBeDefined();
  });

  it('may stay at zero where the authenticator does not count', async () => {
    expect(await answered({ counter: 0 }, { counting: false })).toMatchObject({ ok: true });
  });
});

describe('the flag "backed up"', () => {
  it('changed is an event, and is stored', async () => {
    const { device, authenticator, context, started, kept } = await challenged({}, { be: true, bs: false });
    const verified = verifiedOf(await method.verify({ context, kept, response: device.get(requestOf(started), { bs: true }) }));
    expect(verified.events).toEqual(['authn_backup_state_changed']);
    expect(method.accept(authenticator, verified, start)).toMatchObject({ data: { backedUp: true, deviceType: 'multiDevice' } });
  });

  it('unchanged is none', async () => {
    expect(await answered({}, { be: true, bs: true })).not.toHaveProperty('events');
  });
});

describe('a passkey that the application registered elsewhere', () => {
  /** As imported: key and id are known, kind and user handle are not. */
  const imported = async (kind: Kind) => {
    const { device, authenticator } = await enrolled(kind);
    const guessed = { ...dataOf(authenticator), deviceType: 'multiDevice', backedUp: true, counter: 0, userHandle: undefined };
    return { device, authenticator: { ...authenticator, data: guessed } };
  };
  const foreign = { userHandle: Buffer.from('app-user-17').toString('base64url') };

  const answer = async (device: Device, authenticator: Authenticator, tweaks: Tweaks) => {
    const context = ceremony({ authenticators: [authenticator] });
    const started = await method.challenge(context);
    return method.verify({ context, kept: started.kept, response: device.get(requestOf(started), tweaks) });
  };

  it('is taken with its own user handle and kind, which are its own from then on', async () => {
    const { device, authenticator } = await imported({ be: false });
    const first = verifiedOf(await answer(device, authenticator, foreign));
    expect(first).toMatchObject({ amr: ['hwk', 'user', 'mfa'] });
    expect(first).not.toHaveProperty('events');
    const learnt = method.accept(authenticator, first, start);
    if (learnt === undefined) throw new Error('refused');
    expect(learnt.data).toMatchObject({ deviceType: 'singleDevice', backedUp: false, ...foreign });
    expect(await answer(device, learnt, { ...foreign, be: true })).toMatchObject(invalid);
    expect(await answer(device, learnt, { userHandle: Buffer.from('app-user-18').toString('base64url') })).toMatchObject(invalid);
    expect(await answer(device, learnt, foreign)).toMatchObject({ ok: true });
  });

  it('keeps its kind from the first use, though it never shows a handle', async () => {
    const { device, authenticator } = await imported({ be: false });
    const learnt = method.accept(authenticator, verifiedOf(await answer(device, authenticator, { userHandle: null })), start);
    if (learnt === undefined) throw new Error('refused');
    expect(await answer(device, learnt, { userHandle: null, be: true })).toMatchObject(invalid);
    expect(await answer(device, learnt, { userHandle: null })).toMatchObject({ ok: true });
  });

  it('still needs a right signature', async () => {
    const { device, authenticator } = await imported({});
    expect(await answer(device, authenticator, { ...foreign, signature: (made) => made.subarray(1) })).toMatchObject(invalid);
  });
});

describe('a frame', () => {
  it('of a configured embedder may run both ceremonies', async () => {
    const clientData = { crossOrigin: true, topOrigin: embedder };
    expect(await answered({ clientData }, {}, framed, true)).toMatchObject({ ok: true });
    expect(await registered({ clientData }, {}, framed, true)).toMatchObject({ ok: true });
  });

  it('of a stranger may not, though another embedder is configured', async () => {
    const clientData = { crossOrigin: true, topOrigin: 'https://evil.example' };
    expect(await answered({ clientData }, {}, framed, true)).toMatchObject(invalid);
    expect(await registered({ clientData }, {}, framed, true)).toMatchObject(invalid);
  });

  it('may not where the visit is shown in a tab', async () => {
    const clientData = { crossOrigin: true, topOrigin: embedder };
    expect(await answered({ clientData }, {}, framed)).toMatchObject(invalid);
    expect(await registered({ clientData }, {}, framed)).toMatchObject(invalid);
  });

  it('is believed without a name where an embedder is configured: Safari gives none', async () => {
    expect(await answered({ clientData: { crossOrigin: true } }, {}, framed, true)).toMatchObject({ ok: true });
  });
});

describe('a registration is refused (WebAuthn L3 §7.1)', () => {
  it.each<[string, Tweaks]>([...attestationNegatives, ['a user who is not verified', { uv: false }]])('for %s', async (_, tweaks) => {
    expect(await registered({})).toMatchObject({ ok: true });
    expect(await registered(tweaks)).toEqual(invalid);
  });

  it('for a credential that the user already has, by whichever method', async () => {
    const { device, authenticator } = await enrolled();
    const bare = ceremony();
    const held = { ...authenticator, verificationMethod: 'SECURITY_KEY' as const };
    const context = { ...bare, user: { ...bare.user, authenticators: [held] } };
    const begun = await enrollmentOf(method).start(context);
    expect(await enrollmentOf(method).finish({ context, kept: begun.kept, response: device.create(creationOf(begun)) })).toEqual(invalid);
  });

  it.each(
    [undefined, null, '', 'x', 7, [], {}, { id: 'x' }, '{"id":"x","rawId":"x","type":"public-key","response":{}}'].map((response) => ({
      response,
    })),
  )('for $response', async ({ response }) => {
    const context = ceremony();
    const begun = await enrollmentOf(method).start(context);
    expect(await enrollmentOf(method).finish({ context, kept: begun.kept, response })).toEqual(invalid);
  });
});
