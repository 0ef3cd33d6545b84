import { describe, expect, it } from 'vitest';
import { createRecoveryCode } from '../../../adapters/authenticators/recovery-code.ts';
import type { Authenticator } from '../../../core/index.ts';
import { ceremony, random, secrets, start, verifiedOf } from './ceremony.ts';

const method = createRecoveryCode({ secrets, random });

const generated = (userId = 'ada') => {
  const { codes, data } = method.generate(start, userId);
  const authenticator: Authenticator = {
    userAuthenticatorId: random.uuid(start),
    verificationMethod: 'RECOVERY_CODE',
    createdAt: start,
    data,
  };
  return { codes, authenticator, hashes: (data as { hashes: readonly string[] }).hashes };
};

const tried = (authenticator: Authenticator, response: unknown, userId = 'ada') =>
  method.verify({ context: ceremony({ userId, authenticators: [authenticator] }), kept: {}, response });

describe('recovery codes', () => {
  it('are ten different codes of 16 unmistakable characters in groups of four', () => {
    const { codes } = generated();
    expect(codes).toHaveLength(10);
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
  });

  it('are stored as salted keyed hashes only', () => {
    const [one, two] = [generated(), generated()];
    const atRest = JSON.stringify(one.authenticator);
    for (const code of one.codes) {
      expect(atRest).not.toContain(code);
      expect(atRest).not.toContain(code.replaceAll('-', ''));
    }
    expect(one.hashes).toHaveLength(10);
    expect(one.hashes.filter((hash) => two.hashes.includes(hash))).toEqual([]);
  });

  it('hash differently for each set, even where a code should repeat', () => {
    const repeating = createRecoveryCode({
      secrets,
      random: { ...random, bytes: (length) => (length === 10 ? new Uint8Array(10) : random.bytes(length)) },
    });
    const [one, two] = [repeating.generate(start, 'ada'), repeating.generate(start, 'ada')];
    expect(one.codes).toEqual(two.codes);
    expect((one.data as { hashes: unknown }).hashes).not.toEqual((two.data as { hashes: unknown }).hashes);
  });

  it('each work once, and the others go on working', async () => {
    const { codes, authenticator } = generated();
    let present = authenticator;
    for (const [index, code] of codes.entries()) {
      const next = method.accept(present, verifiedOf(await tried(present, code)), start);
      if (next === undefined) throw new Error('refused');
      expect((next.data as { hashes: readonly string[] }).hashes).toHaveLength(9 - index);
      expect(await tried(next, code)).toMatchObject({ ok: false });
      present = next;
    }
  });

  it('let one of two parallel requests through', async () => {
    const { codes, authenticator } = generated();
    const both = await Promise.all([tried(authenticator, codes[0]), tried(authenticator, codes[0])]);
    const present = method.accept(authenticator, verifiedOf(both[0]), start);
    if (present === undefined) throw new Error('refused');
    expect(method.accept(present, verifiedOf(both[1]), start)).toBeUndefined();
  });

  it('are read whatever the case, spaces and dashes, with O as 0, I and L as 1', async () => {
    const { codes, authenticator } = generated();
    const [code = ''] = codes;
    const spellings = [
      code.toLowerCase(),
      code.replaceAll('-', ''),
      code.replaceAll('-', ' '),
      ` ${code} `,
      code.replaceAll('0', 'O'),
      code.replaceAll('1', 'l'),
      code.replaceAll('1', 'i'),
    ];
    for (const spelling of spellings) expect(await tried(authenticator, spelling)).toMatchObject({ ok: true });
  });

  it.each(['', 'ABCD', 'U'.repeat(16), '0'.repeat(15), '0'.repeat(17), 'ı'.repeat(16)])('do not read %j', async (response) => {
    expect(await tried(generated().authenticator, response)).toEqual({ ok: false, reason: 'wrong' });
  });

  it('belong to their user even where the stored hashes are copied', async () => {
    const { codes, authenticator } = generated('eve');
    expect(await tried(authenticator, codes[0], 'eve')).toMatchObject({ ok: true });
    expect(await tried(authenticator, codes[0], 'ada')).toMatchObject({ ok: false });
  });

  it('are enrolled apart from ceremonies', () => {
    expect(method.enrollment).toBeUndefined();
  });
});
