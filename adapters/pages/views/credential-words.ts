import type { MessageKey, VerificationMethod } from '../../../core/index.ts';

type CredentialWords = {
  readonly text: MessageKey;
  readonly createText: MessageKey;
  readonly create: MessageKey;
  readonly wrong: MessageKey;
  readonly cancelled: MessageKey;
  readonly unsupported: MessageKey;
  readonly noScript: MessageKey;
  readonly noScriptAlone: MessageKey;
};

const words = {
  PASSKEY: {
    text: 'passkey.text',
    createText: 'passkey.create.text',
    create: 'passkey.create',
    wrong: 'error.wrong.passkey',
    cancelled: 'passkey.cancelled',
    unsupported: 'passkey.unsupported',
    noScript: 'passkey.no-script',
    noScriptAlone: 'passkey.no-script.none',
  },
  SECURITY_KEY: {
    text: 'security-key.text',
    createText: 'security-key.create.text',
    create: 'security-key.create',
    wrong: 'error.wrong.security-key',
    cancelled: 'security-key.cancelled',
    unsupported: 'security-key.unsupported',
    noScript: 'security-key.no-script',
    noScriptAlone: 'security-key.no-script.none',
  },
} as const satisfies Record<string, CredentialWords>;

/** What the page of a passkey, or of a security key, says. */
export const credentialWords = (method: VerificationMethod | undefined): CredentialWords =>
  method === 'SECURITY_KEY' ? words.SECURITY_KEY : words.PASSKEY;
