import { createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

/** RFC 3526 group 15, 3072 bits. */
export const N = BigInt(
  `0x${[
    'FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD',
    'EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED',
    'EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F',
    '83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B',
    'E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510',
    '15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7',
    'ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C',
    'BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF',
  ].join('')}`,
);
const g = 2n;

/** Minimal two's-complement bytes: a zero byte stands before a set high bit. */
const pad = (n: bigint): Buffer => {
  const hex = n.toString(16);
  const even = hex.length % 2 ? `0${hex}` : hex;
  return Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, 'hex');
};

const sha256 = (...parts: readonly (Uint8Array | string)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const number = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);
const k = number(sha256(pad(N), pad(g)));

const power = (base: bigint, exponent: bigint): bigint => {
  let result = 1n;
  let square = base % N;
  // bits as text: shifting the exponent itself would copy it for each of them
  for (const bit of [...exponent.toString(2)].reverse()) {
    if (bit === '1') result = (result * square) % N;
    square = (square * square) % N;
  }
  return result;
};

/** What is kept of a password. `group` is the part of the pool's id after `_`; for a device, its group key. */
export type Verifier = { readonly group: string; readonly userId: string; readonly salt: bigint; readonly v: bigint };

export const createVerifier = (group: string, userId: string, password: string): Verifier => {
  const salt = number(randomBytes(16));
  const x = number(sha256(pad(salt), sha256(group, userId, ':', password)));
  return { group, userId, salt, v: power(g, x) };
};

/** Whether the password is the one that was kept. */
export const isPassword = ({ group, userId, salt, v }: Verifier, password: string): boolean =>
  power(g, number(sha256(pad(salt), sha256(group, userId, ':', password)))) === v;

/** The server's half of one handshake. */
export type Handshake = { readonly A: bigint; readonly b: bigint; readonly B: bigint; readonly secretBlock: Buffer };

/** @returns `undefined` for an A that is no number or a multiple of N. */
export const beginHandshake = ({ v }: Verifier, hexA: string): Handshake | undefined => {
  if (!/^[0-9a-f]{1,2048}$/i.test(hexA)) return undefined;
  const A = BigInt(`0x${hexA}`);
  if (A % N === 0n) return undefined;
  const b = number(randomBytes(32));
  return { A, b, B: (k * v + power(g, b)) % N, secretBlock: randomBytes(1024) };
};

export type Proof = { readonly secretBlock: string; readonly timestamp: string; readonly signature: string };

const signatureOf = (S: bigint, u: bigint, signed: readonly (string | Uint8Array)[]): Buffer => {
  const key = Buffer.from(hkdfSync('sha256', pad(S), pad(u), 'Caldera Derived Key', 16));
  const mac = createHmac('sha256', key);
  for (const part of signed) mac.update(part);
  return mac.digest();
};

/** Whether who answers knows the password. */
export const isProven = ({ group, userId, v }: Verifier, { A, b, B, secretBlock }: Handshake, proof: Proof): boolean => {
  const claimed = Buffer.from(proof.secretBlock, 'base64');
  if (claimed.length !== secretBlock.length || !timingSafeEqual(claimed, secretBlock)) return false;
  const u = number(sha256(pad(A), pad(B)));
  const expected = signatureOf(power(A * power(v, u), b), u, [group, userId, secretBlock, proof.timestamp]);
  const signature = Buffer.from(proof.signature, 'base64');
  return u !== 0n && signature.length === expected.length && timingSafeEqual(signature, expected);
};

/** What the server sends, as hexadecimal numbers and base64. */
export type Half = { readonly SRP_B: string; readonly SALT: string; readonly SECRET_BLOCK: string };

/** The client's half of one handshake, for tests that need no client of others. */
export const createProver = () => {
  const a = number(randomBytes(32));
  const A = power(g, a);
  return {
    A: A.toString(16),
    prove: (group: string, userId: string, password: string, { SRP_B, SALT, SECRET_BLOCK }: Half, timestamp: string): Proof => {
      const B = BigInt(`0x${SRP_B}`);
      const u = number(sha256(pad(A), pad(B)));
      const x = number(sha256(pad(BigInt(`0x${SALT}`)), sha256(group, userId, ':', password)));
      const base = (((B - k * power(g, x)) % N) + N) % N;
      const signature = signatureOf(power(base, a + u * x), u, [group, userId, Buffer.from(SECRET_BLOCK, 'base64'), timestamp]);
      return { secretBlock: SECRET_BLOCK, timestamp, signature: signature.toString('base64') };
    },
  };
};
