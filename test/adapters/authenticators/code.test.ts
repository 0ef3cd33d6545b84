import { describe, expect, it } from 'vitest';
import { base32Alphabet, crockfordAlphabet, encodeBase32 } from '../../../adapters/authenticators/base32.ts';
import { randomDigits, typedCode } from '../../../adapters/authenticators/code.ts';
import type { Random } from '../../../core/ports/random.ts';
import { random } from './ceremony.ts';

/** Pearson's statistic against a uniform expectation. */
const chiSquare = (counts: readonly number[]): number => {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
};

const scripted = (...words: readonly number[]): Random => {
  const left = [...words];
  const bytes = () => {
    const word = Buffer.alloc(4);
    word.writeUInt32BE(left.shift() ?? 0);
    return new Uint8Array(word);
  };
  return { bytes, uuid: () => '' };
};

describe('random digits', () => {
  it('has every digit at every place equally often', () => {
    const counts = Array.from({ length: 6 }, () => new Array<number>(10).fill(0));
    for (let round = 0; round < 60_000; round += 1) {
      for (const [place, digit] of [...randomDigits(random, 6)].entries()) {
        const row = counts[place];
        if (row !== undefined) row[Number(digit)] = (row[Number(digit)] ?? 0) + 1;
      }
    }
    // Nine degrees of freedom: 40 is exceeded once in 100,000 fair runs.
    for (const row of counts) expect(chiSquare(row)).toBeLessThan(40);
  });

  it('draws again where the last, incomplete multiple would favour low codes', () => {
    const limit = 2 ** 32 - (2 ** 32 % 1_000_000);
    expect(randomDigits(scripted(limit, 2 ** 32 - 1, 42), 6)).toBe('000042');
    expect(randomDigits(scripted(limit - 1), 6)).toBe('999999');
  });

  it('keeps leading zeros', () => {
    expect(randomDigits(scripted(7), 6)).toBe('000007');
    expect(randomDigits(scripted(7), 8)).toBe('00000007');
  });
});

describe('a typed code', () => {
  it.each([
    ['123456', '123456'],
    [' 123 456 ', '123456'],
    ['123-456', '123456'],
    ['123‐456', '123456'],
    ['１２３４５６', '123456'],
    ['12\u00a034\t56', '123456'],
  ])('reads %j', (typed, code) => {
    expect(typedCode(typed)).toBe(code);
  });

  it.each([undefined, 123456, '', '- -', '1'.repeat(65), ['1']].map((typed) => ({ typed })))('does not read $typed', ({ typed }) => {
    expect(typedCode(typed)).toBeUndefined();
  });
});

describe('base 32', () => {
  it.each([
    ['fooba', base32Alphabet, 'MZXW6YTB'],
    ['fooba', crockfordAlphabet, 'CSQPYRK1'],
    ['', base32Alphabet, ''],
  ])('writes %j', (text, alphabet, encoded) => {
    expect(encodeBase32(Buffer.from(text), alphabet)).toBe(encoded);
  });

  it('refuses a length that would need padding', () => {
    expect(() => encodeBase32(new Uint8Array(4), base32Alphabet)).toThrow(TypeError);
  });
});
