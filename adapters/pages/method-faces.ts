import type { VerificationMethod } from '../../core/index.ts';
import type { IconName } from './icons.ts';

/** How a method looks and what its page asks for. */
export type MethodFace = {
  readonly icon: IconName;
  readonly asks: 'credential' | 'sent-code' | 'sent-link' | 'app-code' | 'recovery-code' | 'other-device';
};

/** A new method is one line here and its texts in the catalogues. */
export const methodFaces = {
  PASSKEY: { icon: 'key', asks: 'credential' },
  SECURITY_KEY: { icon: 'usb', asks: 'credential' },
  AUTHENTICATOR_APP: { icon: 'phone', asks: 'app-code' },
  EMAIL_OTP: { icon: 'mail', asks: 'sent-code' },
  EMAIL_MAGIC_LINK: { icon: 'link', asks: 'sent-link' },
  SMS: { icon: 'message', asks: 'sent-code' },
  WHATSAPP: { icon: 'message', asks: 'sent-code' },
  PUSH: { icon: 'phone', asks: 'other-device' },
  QR_CODE: { icon: 'phone', asks: 'other-device' },
  RECOVERY_CODE: { icon: 'ring', asks: 'recovery-code' },
} as const satisfies Record<VerificationMethod, MethodFace>;
