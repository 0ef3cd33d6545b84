import { describe, expect, it } from 'vitest';
import { createSecurityKey } from '../../../adapters/authenticators/security-key.ts';
import type { WebauthnData } from '../../../adapters/authenticators/webauthn-data.ts';
import type { CeremonyContext, Started } from '../../../core/ports/authenticator.ts';
import { createSoftwareAuthenticator, type Tweaks } from '../../support/webauthn.ts';
import { ceremony, displayHash, enrollmentOf, random, start, stored, verifiedOf } from './ceremony.ts';
import { assertionNegatives, attestationNegatives } from './webauthn-negatives.ts';

const rpId = 'example.org';
const origin = 'https://auth.example.org';
const embedder = 'https://bank.example.com';
const method = createSecurityKey({ rpId, origins: [origin], random });

type Device = ReturnType<typeof createSoftwareAuthenticator>;
type Creation = Parameters<Device['create']>[0] & Readonly<Record<string, unknown>>;
type Request = Parameters<Device['get']>[0];

/** As most keys answer: touched, nobody verified, nobody named. */
const touched = { uv: false, userHandle: null } satisfies Tweaks;
const creationOf = ({ shown }: Started) => shown as Creation;
const requestOf = ({ shown }: Started) => shown as Request;
const invalid = { ok: false, reason: 'invalid_credential' };

const registered = async (tweaks: Tweaks = {}, kind: { readonly be?: boolean; readonly bs?: boolean } = {}) => {
  const device = createSoftwareAuthenticator({ origin, transports: ['usb', 'nfc'], ...kind });
  const context = ceremony();
  const begun = await enrollmentOf(method).start(context);
  const response = device.create(creationOf(begun), { ...touched, ...tweaks });
  return { device, begun, answer: await enrollmentOf(method).finish({ context, kept: begun.kept, response }) };
};

const challenged = async (changes: Partial<CeremonyContext> = {}) => {
  const { device, answer } = await registered();
  const authenticator = stored(answer);
  const context = ceremony({ authenticators: [authenticator], ...changes });
  const started = await method.challenge(context);
  return { device, authenticator, context, started, kept: started.kept };
};

const answered = async (tweaks: Tweaks = {}) => {
  const { device, context, started, kept } = await challenged();
  return method.verify({ context, kept, response: device.get(requestOf(started), { ...touched, ...tweaks }) });
};

describe('what is asked of the browser', () => {
  it('to register: a key that is carried, nothing kept on it, nobody verified', async () => {
    const context = ceremony();
    const begun = await enrollmentOf(method).start(context);
    expect(creationOf(begun)).toMatchObject({
      rp: { id: rpId, name: 'Example Bank' },
      user: { id: context.user.webauthnUserId, name: 'a•••@e•••.org' },
      hints: ['security-key'],
      authenticatorSelection: {
        authenticatorAttachment: 'cross-platform',
        residentKey: 'discouraged',
        requireResidentKey: false,
        userVerification: 'discouraged',
      },
      attestation: 'none',
    });
    expect(enrollmentOf(method).show?.(context, begun.kept)).toEqual(begun.shown);
  });

  it('to register: none of the keys that the user has', async () => {
    const { authenticator } = await challenged();
    const { credentialId } = authenticator.data as WebauthnData;
    const options = creationOf(await enrollmentOf(method).start(ceremony({ authenticators: [authenticator] })));
    expect(options.excludeCredentials).toEqual([{ id: credentialId, type: 'public-key', transports: ['usb', 'nfc'] }]);
  });

  it("to prove: one of the user's keys, touched", async () => {
    const { started, authenticator, context, kept } = await challenged();
    const { credentialId } = authenticator.data as WebauthnData;
    expect(started.shown).toMatchObject({
      rpId,
      userVerification: 'discouraged',
      hints: ['security-key'],
      allowCredentials: [{ id: credentialId, type: 'public-key', transports: ['usb', 'nfc'] }],
    });
    expect(method.show?.(context, kept)).toEqual(started.shown);
  });
});

describe('what a touch proves', () => {
  it('one factor: the key is had, and it is bound to hardware', async () => {
    expect((await registered()).answer).toMatchObject({ ok: true, amr: ['hwk', 'user'] });
    expect((await answered()) as object).toMatchObject({ ok: true, amr: ['hwk', 'user'] });
  });

  it('a second one only where the key says that it verified its user', async () => {
    expect((await registered({ uv: true })).answer).toMatchObject({ amr: ['hwk', 'user', 'mfa'] });
    expect(await answered({ uv: true })).toMatchObject({ ok: true, amr: ['hwk', 'user', 'mfa'] });
  });

  it('no hardware where what answered is a synced credential', async () => {
    expect((await registered({}, { be: true, bs: true })).answer).toMatchObject({ amr: ['swk', 'user'] });
  });

  it('stored is that nobody was verified', async () => {
    const { authenticator } = await challenged();
    expect(authenticator).toMatchObject({ verificationMethod: 'SECURITY_KEY', verifiedAt: start, data: { userVerified: false } });
  });
});

describe('an assertion is refused (WebAuthn L3 §7.2)', () => {
  it.each<[string, Tweaks]>([...assertionNegatives(origin, embedder)])('for %s', async (_, tweaks) => {
    expect(await answered()).toMatchObject({ ok: true });
    expect(await answered(tweaks)).toEqual(expect.objectContaining(invalid));
  });

  it('for a signature counter that did not move on, with an event', async () => {
    const { device, authenticator, context, started, kept } = await challenged();
    const { counter } = authenticator.data as WebauthnData;
    const response = device.get(requestOf(started), { ...touched, counter });
    expect(await method.verify({ context, kept, response })).toEqual({ ...invalid, events: ['authn_counter_regression'] });
    const right = device.get(requestOf(started), { ...touched, counter: counter + 1 });
    expect(await method.verify({ context, kept, response: right })).toMatchObject({ ok: true });
  });

  it('for a challenge that was used before', async () => {
    const { device, authenticator, context, started, kept } = await challenged();
    const verify = async (counter: number) =>
      verifiedOf(await method.verify({ context, kept, response: device.get(requestOf(started), { ...touched, counter }) }));
    const [first, second] = [await verify(2), await verify(3)];
    const present = method.accept(authenticator, first, start);
    if (present === undefined) throw new Error('refused');
    expect(method.accept(present, second, start)).toBeUndefined();
  });

  it('for a challenge of other data', async () => {
    const { device, context, kept, started } = await challenged({ displayHash: displayHash('100 EUR to Bob') });
    const response = device.get(requestOf(started), touched);
    expect(await method.verify({ context: { ...context, displayHash: displayHash('900 EUR') }, kept, response })).toMatchObject(invalid);
    expect(await method.verify({ context, kept, response })).toMatchObject({ ok: true });
  });
});

describe('a registration is refused (WebAuthn L3 §7.1)', () => {
  it.each<[string, Tweaks]>([...attestationNegatives])('for %s', async (_, tweaks) => {
    expect((await registered()).answer).toMatchObject({ ok: true });
    expect((await registered(tweaks)).answer).toEqual(invalid);
  });

  it("for a credential that is the user's passkey already", async () => {
    const { device, answer } = await registered();
    const bare = ceremony();
    const passkey = { ...stored(answer), verificationMethod: 'PASSKEY' as const };
    const context = { ...bare, user: { ...bare.user, authenticators: [passkey] } };
    const begun = await enrollmentOf(method).start(context);
    const response = device.create(creationOf(begun), touched);
    expect(await enrollmentOf(method).finish({ context, kept: begun.kept, response })).toEqual(invalid);
  });
});
