const maxCharacters = 200;
/** Control, format and direction characters, line and paragraph separators: what could hide, reorder or break a line. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;
/** What mail programs turn into links by themselves: `scheme://`, `www.`, `name.tld`, `name@`. */
const linkable = /(?<=[:@])(?=\/\/)|(?<=[\p{L}\p{N}])(?=@)|(?<=\p{L}\.|\p{N}\.)(?=\p{L}{2})/gu;
const wordJoiner = '\u2060';

/** Makes text from outside safe to stand in a message: one line, bounded, and never a link. */
export const plainText = (text: string): string => {
  const characters = [...text.normalize('NFC').replace(unprintable, ' ').trim()];
  const bounded = characters.length > maxCharacters ? `${characters.slice(0, maxCharacters - 1).join('')}…` : characters.join('');
  return bounded.replace(linkable, wordJoiner);
};

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Escapes text for HTML, between tags and inside quoted attributes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
