import { createHash, timingSafeEqual } from 'node:crypto';
import type { CeremonyContext } from '../../core/ports/authenticator.ts';
import type { Random } from '../../core/ports/random.ts';

const nonceBytes = 16;

/** SHA-256 of the canonical transaction; of nothing where there is none. */
const transactionHash = (displayHash: string): Buffer =>
  displayHash === '' ? createHash('sha256').digest() : Buffer.from(displayHash, 'base64url');

/** Makes a WebAuthn challenge: 16 random bytes, then the hash of what is approved, so that the signature covers it. */
export const webauthnChallenge = (random: Random, { displayHash }: CeremonyContext): string =>
  Buffer.concat([random.bytes(nonceBytes), transactionHash(displayHash)]).toString('base64url');

/** Whether a challenge was made for what is approved now. */
export const coversTransaction = (challenge: string, { displayHash }: CeremonyContext): boolean => {
  const bound = Buffer.from(challenge, 'base64url').subarray(nonceBytes);
  const present = transactionHash(displayHash);
  return bound.length === present.length && timingSafeEqual(bound, present);
};
