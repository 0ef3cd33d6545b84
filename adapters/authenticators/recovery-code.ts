import type { AuthenticatorMethod, RecoveryCodes } from '../../core/ports/authenticator.ts';
import type { Random } from '../../core/ports/random.ts';
import type { Secrets } from '../../core/ports/secrets.ts';
import { crockfordAlphabet, encodeBase32 } from './base32.ts';
import { typedCode } from './code.ts';
import { membersOf, textOf } from './members.ts';

const codeCount = 10;
/** 80 bits: 16 characters. */
const codeBytes = 10;
const saltBytes = 16;
const lifeMs = 5 * 60_000;

type Data = { readonly salt: string; readonly hashes: readonly string[] };

const dataOf = (value: unknown): Data | undefined => {
  const { salt, hashes } = membersOf(value);
  return typeof salt === 'string' && Array.isArray(hashes)
    ? { salt, hashes: hashes.filter((hash) => typeof hash === 'string') }
    : undefined;
};

/** Crockford's reading: case does not count, O is 0, I and L are 1. */
const readCode = (response: unknown): string | undefined => {
  const code = typedCode(response)?.toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1');
  return code !== undefined && /^[0-9A-HJKMNP-TV-Z]{16}$/.test(code) ? code : undefined;
};

/**
 * Creates the method RECOVERY_CODE: ten codes shown once, stored as salted keyed hashes, each good for one use.
 *
 * @example
 * const { codes, data } = createRecoveryCode({ secrets, random }).generate(now, 'u1');
 */
export const createRecoveryCode = (settings: {
  readonly secrets: Secrets;
  readonly random: Random;
}): AuthenticatorMethod & RecoveryCodes => {
  const { secrets, random } = settings;
  const hashOf = (salt: string, userId: string, code: string): string => secrets.hash('recovery-code', `${salt}|${code}|${userId}`);

  return {
    method: 'RECOVERY_CODE',
    needsScript: false,

    generate: (_now, userId) => {
      const plain = Array.from({ length: codeCount }, () => encodeBase32(random.bytes(codeBytes), crockfordAlphabet));
      const salt = Buffer.from(random.bytes(saltBytes)).toString('base64url');
      return {
        codes: plain.map((code) => code.replace(/.{4}(?=.)/g, '$&-')),
        data: { salt, hashes: plain.map((code) => hashOf(salt, userId, code)) } satisfies Data,
      };
    },

    left: (data) => dataOf(data)?.hashes.length ?? 0,

    challenge: async ({ now }) => ({ kept: {}, expiresAt: now + lifeMs }),

    verify: async ({ context, response }) => {
      const code = readCode(response);
      if (code === undefined) return { ok: false, reason: 'wrong' };
      for (const { userAuthenticatorId, data } of context.authenticators) {
        const stored = dataOf(data);
        if (stored === undefined) continue;
        const hash = hashOf(stored.salt, context.user.userId, code);
        // Every hash is compared, so that the time tells nothing of the place.
        const matches = stored.hashes.filter((one) => secrets.equal(one, hash));
        if (matches.length > 0) return { ok: true, userAuthenticatorId, evidence: { hash } };
      }
      return { ok: false, reason: 'wrong' };
    },

    accept: (present, { evidence }, now) => {
      const used = textOf(membersOf(evidence).hash);
      const stored = dataOf(present.data);
      if (used === undefined || stored === undefined) return undefined;
      const hashes = stored.hashes.filter((hash) => !secrets.equal(hash, used));
      if (hashes.length === stored.hashes.length) return undefined;
      return { ...present, lastVerifiedAt: now, data: { ...stored, hashes } };
    },
  };
};
