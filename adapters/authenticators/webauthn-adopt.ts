import { createPublicKey, type JsonWebKeyInput } from 'node:crypto';
import type { Elsewhere } from '../../core/ports/authenticator.ts';
import type { WebauthnData } from './webauthn-data.ts';

const maxCredentialIdBytes = 1023;
/** COSE (RFC 9053): labels of a key's parameters, and what JOSE calls its curve. */
const curves: Readonly<Record<string, { readonly kty: string; readonly crv: string }>> = {
  '1/6': { kty: 'OKP', crv: 'Ed25519' },
  '2/1': { kty: 'EC', crv: 'P-256' },
};

const bytes = (value: unknown): string | undefined => (value instanceof Uint8Array ? Buffer.from(value).toString('base64url') : undefined);

const jwkOf = (cose: ReadonlyMap<number, unknown>): JsonWebKeyInput['key'] | undefined => {
  const [kty, algorithm] = [cose.get(1), cose.get(3)];
  if (kty === 3 && algorithm === -257) return { kty: 'RSA', n: bytes(cose.get(-1)), e: bytes(cose.get(-2)) };
  const curve = curves[`${String(kty)}/${String(cose.get(-1))}`];
  const fits = (kty === 2 && algorithm === -7) || (kty === 1 && algorithm === -8);
  return curve && fits ? { ...curve, x: bytes(cose.get(-2)), ...(kty === 2 && { y: bytes(cose.get(-3)) }) } : undefined;
};

const decoded = (text: string): Buffer | undefined => {
  const raw = Buffer.from(text, 'base64url');
  return raw.toString('base64url') === text ? raw : undefined;
};

/** Whether these are the bytes of one COSE public key that a passkey here can have, and nothing else. */
const isKey = async (publicKey: Buffer): Promise<boolean> => {
  const { decodeCredentialPublicKey, isoCBOR } = await import('@simplewebauthn/server/helpers');
  try {
    const cose = decodeCredentialPublicKey(new Uint8Array(publicKey)) as unknown as ReadonlyMap<number, unknown>;
    const key = jwkOf(cose);
    if (!key || isoCBOR.encode(cose as Parameters<typeof isoCBOR.encode>[0]).length !== publicKey.length) return false;
    createPublicKey({ key, format: 'jwk' });
    return true;
  } catch {
    // not CBOR, not a map, a point that is on no curve
    return false;
  }
};

/** What a passkey that was made elsewhere is kept as; undefined: it could never be used here. Its kind is a guess until its first use. */
export const adoptedPasskey = async (given: Elsewhere): Promise<WebauthnData | undefined> => {
  const [id, publicKey] = [decoded(given.credentialId), decoded(given.credentialPublicKey)];
  if (!id || id.length < 1 || id.length > maxCredentialIdBytes || !publicKey || !(await isKey(publicKey))) return undefined;
  return {
    credentialId: given.credentialId,
    publicKey: given.credentialPublicKey,
    counter: 0,
    transports: given.transports,
    deviceType: 'multiDevice',
    backedUp: true,
    aaguid: given.aaguid ?? '00000000-0000-0000-0000-000000000000',
    userVerified: true,
  };
};
