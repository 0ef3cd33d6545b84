import type { Random } from '../../core/ports/random.ts';

const words = 2 ** 32;
const maxTyped = 64;

/** Draws a code in which every number of `digits` digits is equally likely: draws beyond the last whole multiple are repeated. */
export const randomDigits = (random: Random, digits: number): string => {
  const span = 10 ** digits;
  const limit = words - (words % span);
  for (;;) {
    const [a = 0, b = 0, c = 0, d = 0] = random.bytes(4);
    const drawn = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    if (drawn < limit) return String(drawn % span).padStart(digits, '0');
  }
};

/** Reads what a person typed as a code: spaces and dashes go, full-width characters become plain; undefined for anything but text. */
export const typedCode = (response: unknown): string | undefined => {
  if (typeof response !== 'string' || response.length > maxTyped) return undefined;
  const code = response.normalize('NFKC').replace(/[\s\p{Pd}]/gu, '');
  return code === '' ? undefined : code;
};
