import type { AuthenticatorMethod } from '../../core/ports/authenticator.ts';
import { createWebauthn, type WebauthnKind, type WebauthnSettings } from './webauthn.ts';

const securityKey: WebauthnKind = {
  method: 'SECURITY_KEY',
  requireUserVerification: false,
  selection: { authenticatorAttachment: 'cross-platform', residentKey: 'discouraged', requireResidentKey: false },
  hints: ['security-key'],
};

/**
 * Creates the method SECURITY_KEY (WebAuthn Level 3): a key that is carried, touched to prove that somebody has it. One factor; a
 * second one only where the key says that it verified its user.
 *
 * @example
 * const securityKey = createSecurityKey({ rpId: 'example.org', origins: ['https://auth.example.org'], random });
 */
export const createSecurityKey = (settings: WebauthnSettings): AuthenticatorMethod => createWebauthn(securityKey, settings);
