import { createDiffieHellman, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hasPackages, requirePackage } from '../support/packages.ts';
import { beginHandshake, createVerifier, isProven, N, type Proof, type Verifier } from './srp.ts';

type Big = { toString(radix: number): string };
type Helper = {
  getLargeAValue(done: (failure: unknown, A: Big) => void): void;
  getPasswordAuthenticationKey(user: string, password: string, B: Big, salt: Big, done: (failure: unknown, key: Uint8Array) => void): void;
};
type BigClass = { new (text: string, radix: number): Big; readonly prototype: { modPow?: unknown } };
const library = hasPackages()
  ? {
      Helper: requirePackage<{ readonly default: new (group: string) => Helper }>('amazon-cognito-identity-js/lib/AuthenticationHelper')
        .default,
      BigInteger: requirePackage<{ readonly default: BigClass }>('amazon-cognito-identity-js/lib/BigInteger').default,
      Sha256: requirePackage<{ readonly Sha256: new (key: Uint8Array) => { update(data: Uint8Array): void; digestSync(): Uint8Array } }>(
        '@aws-crypto/sha256-js',
      ).Sha256,
    }
  : undefined;

const value = <T>(ask: (done: (failure: unknown, value: T) => void) => void): Promise<T> =>
  new Promise((resolve, reject) => ask((failure, answer) => (failure ? reject(failure) : resolve(answer))));

const big = (number: bigint): Big => {
  if (!library) throw new Error('not installed');
  return new library.BigInteger(number.toString(16), 16);
};

const numberOf = (number: Big): bigint => {
  const text = number.toString(16);
  return text.startsWith('-') ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`);
};
const bytesOf = (number: bigint): Buffer => {
  const hex = number.toString(16);
  return Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
};

/** A login as amazon-cognito-identity-js does it, with the check of the server. */
const login = async (verifier: Verifier, password: string, change: (proof: Proof) => Proof = (proof) => proof): Promise<boolean> => {
  if (!library) throw new Error('not installed');
  const { group, userId, salt } = verifier;
  const helper = new library.Helper(group);
  const A = await value<Big>((done) => helper.getLargeAValue(done));
  const handshake = beginHandshake(verifier, A.toString(16));
  if (!handshake) throw new Error('A was refused');
  const key = await value<Uint8Array>((done) => helper.getPasswordAuthenticationKey(userId, password, big(handshake.B), big(salt), done));
  const timestamp = 'Mon Mar 2 09:00:00 UTC 2026';
  const mac = new library.Sha256(key);
  mac.update(Buffer.concat([Buffer.from(group), Buffer.from(userId), handshake.secretBlock, Buffer.from(timestamp)]));
  const signature = Buffer.from(mac.digestSync()).toString('base64');
  return isProven(verifier, handshake, change({ secretBlock: handshake.secretBlock.toString('base64'), signature, timestamp }));
};

const random = (bytes: number): string => randomBytes(bytes).toString('base64');
const flipped = (base64: string): string => {
  const bytes = Buffer.from(base64, 'base64');
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  return bytes.toString('base64');
};

describe.skipIf(!library)('SRP-6a with the AuthenticationHelper of amazon-cognito-identity-js', () => {
  it('random logins pass', async () => {
    for (let n = 0; n < 8; n++) {
      const password = random(12);
      expect(await login(createVerifier(random(6), random(6), password), password)).toBe(true);
    }
  });

  it('300 random logins pass, with the power of OpenSSL in place of the slow one, as React Native replaces it', async () => {
    if (!library) return;
    const slow = library.BigInteger.prototype.modPow;
    const openssl = createDiffieHellman(bytesOf(N), 2);
    library.BigInteger.prototype.modPow = function (
      this: Big,
      exponent: Big,
      _modulus: Big,
      done: (failure: unknown, result: Big) => void,
    ) {
      const base = numberOf(this) % N;
      openssl.setPrivateKey(bytesOf(numberOf(exponent)));
      done(null, big(numberOf({ toString: () => openssl.computeSecret(bytesOf(base < 0n ? base + N : base)).toString('hex') })));
    };
    try {
      for (let n = 0; n < 300; n++) {
        const password = `ñ${random(1 + (n % 40))}`;
        expect(await login(createVerifier(random(6), random(1 + (n % 20)), password), password), String(n)).toBe(true);
      }
    } finally {
      library.BigInteger.prototype.modPow = slow;
    }
  });

  it('a wrong password, a flipped bit in signature or block, another timestamp fail', async () => {
    const verifier = createVerifier('AbCdEf', 'somebody', 'right');
    expect(await login(verifier, 'wrong')).toBe(false);
    expect(await login(verifier, 'right', (proof) => ({ ...proof, signature: flipped(proof.signature) }))).toBe(false);
    expect(await login(verifier, 'right', (proof) => ({ ...proof, secretBlock: flipped(proof.secretBlock) }))).toBe(false);
    expect(await login(verifier, 'right', (proof) => ({ ...proof, timestamp: `${proof.timestamp} ` }))).toBe(false);
    expect(await login(verifier, 'right')).toBe(true);
  });
});

it('an A that is a multiple of N, or no number, begins nothing', () => {
  const verifier = createVerifier('AbCdEf', 'somebody', 'right');
  for (const A of ['0', '', 'xyz', '-1', N.toString(16), (N * 2n).toString(16)]) expect(beginHandshake(verifier, A), A).toBeUndefined();
  expect(beginHandshake(verifier, '2')).toBeDefined();
});
