const longest = 60;
// control and format characters, line and paragraph separators: a name is one visible line
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** A name that somebody gave an authenticator, as one line of at most 60 characters; undefined for an empty one. */
export const authenticatorName = (text: string): string | undefined =>
  [...text.slice(0, 1024).normalize('NFC').replace(unseen, ' ').trim()].slice(0, longest).join('').trim() || undefined;
