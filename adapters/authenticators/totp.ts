import { createHmac, createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto';

/** otplib's own HMAC is JavaScript; Node's takes a tenth of the time, and a fifth of that where its key is an object. */
const crypto = {
  name: 'node',
  algorithms: ['sha1'],
  hmac: (algorithm: string, key: Uint8Array, data: Uint8Array) => createHmac(algorithm, createSecretKey(key)).update(data).digest(),
  randomBytes,
  constantTimeEqual: (a: string | Uint8Array, b: string | Uint8Array) => {
    const [left, right] = [Buffer.from(a as Uint8Array), Buffer.from(b as Uint8Array)];
    return left.length === right.length && timingSafeEqual(left, right);
  },
} as const;

/** Loaded with the first code. */
let library: Promise<typeof import('otplib/functional')> | undefined;

const periodSeconds = 30;
const codePattern = /^\d{6}$/;

/** What one try of a code is checked against: a base 32 secret, the time in milliseconds, and the last step that was used. */
type Attempt = {
  readonly secret: string;
  readonly code: string;
  readonly now: number;
  readonly lastStep: number;
  /** Whether the step before the present one counts, too; true unless said. */
  readonly previous?: boolean;
};

/** Finds the step whose code this is, among the previous and the present one and after the last used; undefined for none. */
export const matchedStep = async ({ secret, code, now, lastStep, previous = true }: Attempt): Promise<number | undefined> => {
  const epoch = Math.floor(now / 1000);
  // After a clock step back every step in reach may lie behind the last used one.
  if (!codePattern.test(code) || Math.floor(epoch / periodSeconds) <= lastStep) return undefined;
  library ??= import('otplib/functional');
  const { verify } = await library;
  const result = await verify({
    crypto,
    secret,
    token: code,
    epoch,
    period: periodSeconds,
    epochTolerance: [previous ? periodSeconds : 0, 0],
    afterTimeStep: lastStep,
  });
  return result.valid && 'timeStep' in result ? result.timeStep : undefined;
};

/** A colon separates issuer and account in the label, so neither may have one. */
const part = (text: string): string => encodeURIComponent(text.toWellFormed().replaceAll(':', ' ').trim());

/** Writes the key URI that authenticator apps read from a QR code. */
export const otpauthUri = ({
  issuer,
  account,
  secret,
}: {
  readonly issuer: string;
  readonly account: string;
  readonly secret: string;
}): string =>
  `otpauth://totp/${part(issuer)}:${part(account)}?secret=${secret}&issuer=${part(issuer)}&algorithm=SHA1&digits=6&period=${periodSeconds}`;
