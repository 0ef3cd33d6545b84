const maxLength = 254;
/** One address and nothing else: no list, no display name, no quoting, no control character. */
const pattern = /^[^\s@,;:<>()[\]\\"\p{Cc}\p{Cf}]{1,64}@[^\s@,;:<>()[\]\\"\p{Cc}\p{Cf}]+$/u;

/** Reads one e-mail address, normalised (NFKC) before anything looks at it; undefined for anything else. */
export const emailAddress = (text: string): string | undefined => {
  const address = text.normalize('NFKC').trim();
  return address.length <= maxLength && pattern.test(address) ? address : undefined;
};
