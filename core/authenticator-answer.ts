import { isWebauthn } from './policy/methods.ts';
import type { Authenticator } from './user.ts';

const iso = (at: number | undefined): string | undefined => (at === undefined ? undefined : new Date(at).toISOString());

/** An authenticator as the wire shows it, without its secrets. */
export const authenticatorAnswer = (userId: string, one: Authenticator): Record<string, unknown> => {
  const data = (one.data ?? {}) as {
    readonly credentialId?: string;
    readonly aaguid?: string;
    readonly backedUp?: boolean;
    readonly deviceType?: string;
  };
  return {
    userId,
    userAuthenticatorId: one.userAuthenticatorId,
    verificationMethod: one.verificationMethod,
    createdAt: iso(one.createdAt),
    verifiedAt: iso(one.verifiedAt),
    lastVerifiedAt: iso(one.lastVerifiedAt),
    isDefault: one.isDefault ?? false,
    email: one.email,
    phoneNumber: one.phoneNumber,
    ...(isWebauthn(one.verificationMethod) && {
      webauthnCredential: {
        credentialId: data.credentialId,
        deviceId: one.userAuthenticatorId,
        name: one.name ?? (one.verificationMethod === 'PASSKEY' ? 'Passkey' : 'Security key'),
        aaguid: data.aaguid,
        credentialBackedUp: data.backedUp,
        credentialDeviceType: data.deviceType,
      },
    }),
  };
};
