import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createPasskey } from '../../../adapters/authenticators/passkey.ts';
import { createSoftwareAuthenticator } from '../../support/webauthn.ts';
import { ceremony, enrollmentOf, random } from './ceremony.ts';

const asked = vi.hoisted(() => vi.fn());

vi.mock('@simplewebauthn/server', async (original) => {
  const library = await original<typeof import('@simplewebauthn/server')>();
  asked.mockImplementation(library.verifyRegistrationResponse);
  return { ...library, verifyRegistrationResponse: asked };
});

const origin = 'https://auth.example.org';
const method = createPasskey({ rpId: 'auth.example.org', origins: [origin], random });

const registered = async (fmt: string) => {
  const device = createSoftwareAuthenticator({ origin });
  const context = ceremony();
  const begun = await enrollmentOf(method).start(context);
  const response = device.create(begun.shown as Parameters<typeof device.create>[0], { fmt });
  return enrollmentOf(method).finish({ context, kept: begun.kept, response });
};

describe('an attestation that carries certificates of its own choice', () => {
  beforeEach(() => {
    asked.mockClear();
  });

  it.each(['android-key', 'android-safetynet', 'apple', 'tpm', 'fido-u2f'])(
    '(%s) is refused before anything looks them up',
    async (fmt) => {
      expect(await registered(fmt)).toMatchObject({ ok: false });
      expect(asked).not.toHaveBeenCalled();
    },
  );

  it('none is looked at', async () => {
    expect(await registered('none')).toMatchObject({ ok: true });
    expect(asked).toHaveBeenCalledOnce();
  });
});
