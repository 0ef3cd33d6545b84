/** Controls, line breaks, and marks that nobody sees or that turn the direction of the text after them. */
const unprintable = /[\p{Cc}\u2028\u2029\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/u;

/** Whether an operator's text may stand on a page and in a mail: one line, no markup, nothing that mail programs make a link of. */
export const plainLine = (text: string): boolean => !unprintable.test(text) && !/[<>]|:\/\/|www\./i.test(text);

const longestLink = 255;

/** Whether this is the address of a page to go to: https, no user name, nothing that a parser would repair. */
export const isHttpsLink = (text: string): boolean => {
  if (text.length > longestLink || !/^https:\/\/[^/\s\\@"'<>`]+(?:[/?#][^\s\\"'<>`]*)?$/i.test(text) || !URL.canParse(text)) return false;
  const { protocol, username, password, hostname } = new URL(text);
  return protocol === 'https:' && username === '' && password === '' && hostname !== '';
};
