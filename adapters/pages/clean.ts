import { type Html, html } from './html.ts';

const blanks = /[\p{Cc}\u2028\u2029]+/gu;

/** What nobody sees, and what turns the direction of the text after it. Joiners stay: Persian and emoji need them. */
const invisible = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;

const limits = { name: 60, label: 60, account: 120, value: 240 } as const;

/** What a string from outside stands for; it says how long it may be on screen. */
export type TextKind = keyof typeof limits;

/** Strips control and bidi characters from a string from outside and cuts it, visibly, to its kind's length. */
export const clean = (text: string, kind: TextKind): string => {
  const characters = Array.from(text.normalize('NFC').replace(blanks, ' ').replace(invisible, '').trim());
  return characters.length <= limits[kind] ? characters.join('') : `${characters.slice(0, limits[kind] - 1).join('')}…`;
};

/** A string from outside, cleaned and kept from changing the direction of the text around it. */
export const isolated = (text: string, kind: TextKind): Html => html`<bdi>${clean(text, kind)}</bdi>`;

/** The same for what reads left to right in every language: addresses, numbers, codes, references. */
export const leftToRight = (text: string, kind: TextKind = 'account'): Html => html`<bdi dir="ltr">${clean(text, kind)}</bdi>`;
