/** RFC 4648 §6, as authenticator apps expect it. */
export const base32Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** Crockford's alphabet: no I, L, O or U, so that nobody mistakes a character when typing from paper. */
export const crockfordAlphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Writes bytes in base 32 without padding; the length must be a multiple of five bytes. */
export const encodeBase32 = (bytes: Uint8Array, alphabet: string): string => {
  if (bytes.length % 5 !== 0) throw new TypeError('base 32 without padding needs a multiple of five bytes');
  let text = '';
  let bits = 0;
  let pending = 0;
  for (const byte of bytes) {
    pending = (pending << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(pending >>> bits) & 31];
    }
    pending &= 31;
  }
  return text;
};
