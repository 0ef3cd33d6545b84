import type { AuthenticatorMethod } from '../../core/ports/authenticator.ts';
import { createWebauthn, type WebauthnKind, type WebauthnSettings } from './webauthn.ts';

const passkey: WebauthnKind = {
  method: 'PASSKEY',
  requireUserVerification: true,
  selection: { residentKey: 'required', requireResidentKey: true },
};

/**
 * Creates the method PASSKEY (WebAuthn Level 3): user verification is required, the credential is the user's own, and the
 * signature covers what is approved.
 *
 * @example
 * const passkey = createPasskey({ rpId: 'example.org', origins: ['https://auth.example.org'], random });
 */
export const createPasskey = (settings: WebauthnSettings): AuthenticatorMethod => createWebauthn(passkey, settings);
