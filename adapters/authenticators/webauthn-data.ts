import type { Authenticator } from '../../core/index.ts';
import { membersOf } from './members.ts';

/** What a WebAuthn credential keeps in `Authenticator.data`; ids and keys in base64url. */
export type WebauthnData = {
  readonly credentialId: string;
  /** COSE key. */
  readonly publicKey: string;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly deviceType: 'singleDevice' | 'multiDevice';
  readonly backedUp: boolean;
  readonly aaguid: string;
  readonly userVerified: boolean;
  /** Given to the authenticator at registration; absent for a credential registered elsewhere, until it first shows its own. */
  readonly userHandle?: string;
  /** The challenge that it last met: synced credentials do not count, so the counter alone would take one answer twice. */
  readonly lastChallengeId?: string;
};

/** Reads the data of a stored WebAuthn credential; undefined where it is none. */
export const webauthnData = ({ data }: Authenticator): WebauthnData | undefined => {
  const { credentialId, publicKey, counter } = membersOf(data);
  const stored = typeof credentialId === 'string' && typeof publicKey === 'string' && typeof counter === 'number';
  return stored ? (data as WebauthnData) : undefined;
};

/** Whether the kind on record is the credential's own: of one registered elsewhere it is a guess until its first use. */
export const isKindKnown = ({ userHandle, lastChallengeId }: WebauthnData): boolean => (userHandle ?? lastChallengeId) !== undefined;

/** Whether a signature counter moved on (WebAuthn L3 §6.1.1): authenticators that do not count stay at zero. */
export const counterAdvances = (stored: number, next: number): boolean => (stored === 0 && next === 0) || next > stored;

/** RFC 8176: only a key that cannot leave its device is bound to hardware; two factors only where the user was verified. */
export const webauthnAmr = ({ deviceType, userVerified }: Pick<WebauthnData, 'deviceType' | 'userVerified'>): readonly string[] => [
  deviceType === 'singleDevice' ? 'hwk' : 'swk',
  'user',
  ...(userVerified ? ['mfa'] : []),
];
