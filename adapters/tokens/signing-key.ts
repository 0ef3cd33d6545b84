import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';

/** An Ed25519 private key with the id under which it is published; as JWK or as PKCS #8 PEM. */
export type SigningKey =
  | { readonly kid: string; readonly jwk: JsonWebKey; readonly privateKeyPem?: undefined }
  | { readonly kid: string; readonly privateKeyPem: string; readonly jwk?: undefined };

export type PublicJwk = {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly kid: string;
  readonly alg: 'EdDSA';
  readonly use: 'sig';
};

export type LoadedKey = {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly publicJwk: PublicJwk;
};

const kidPattern = /^[A-Za-z0-9_-]{1,128}$/;

/** Loads a signing key; throws TypeError for anything but an Ed25519 private key with a plain `kid`. */
export const loadSigningKey = (key: SigningKey): LoadedKey => {
  const { kid } = key;
  if (!kidPattern.test(kid)) throw new TypeError(`kid \`${kid}\` may have letters, digits, - and _ only`);
  let privateKey: KeyObject;
  try {
    privateKey = key.jwk === undefined ? createPrivateKey(key.privateKeyPem) : createPrivateKey({ key: key.jwk, format: 'jwk' });
  } catch (cause) {
    throw new TypeError(`key \`${kid}\` is not a readable private key`, { cause });
  }
  if (privateKey.asymmetricKeyType !== 'ed25519') {
    throw new TypeError(`key \`${kid}\` must be Ed25519, got \`${privateKey.asymmetricKeyType}\``);
  }
  const publicKey = createPublicKey(privateKey);
  const { x = '' } = publicKey.export({ format: 'jwk' });
  return { kid, privateKey, publicKey, publicJwk: { kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig' } };
};

/** Generates an Ed25519 key whose `kid` is its thumbprint (RFC 7638, RFC 8037 §2). */
export const generateSigningKey = (): { readonly kid: string; readonly jwk: JsonWebKey } => {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const kid = createHash('sha256').update(`{"crv":"${jwk.crv}","kty":"${jwk.kty}","x":"${jwk.x}"}`).digest('base64url');
  return { kid, jwk };
};
