import { catalogues, type MessageKey, type MessageText } from './catalogues.ts';
import { chooseLocale, type Locale, type LocaleWishes } from './locale.ts';

/** What stands in the placeholders of a text; `count` also picks its plural form. */
export type Values<T = string | number> = Readonly<Record<string, T>> & { readonly count?: number };

/** The texts of one locale. */
export type Words = {
  readonly locale: Locale;
  /** A text cut at its placeholders: every second piece is the name of what belongs there. */
  readonly pieces: (key: MessageKey, count?: number) => readonly string[];
  /** A text with its values. Nothing is filled in from the values themselves. */
  readonly text: (key: MessageKey, values?: Values) => string;
};

const pick = (message: MessageText, { tag }: Locale, count: number): string => {
  if (typeof message === 'string') return message;
  return message[new Intl.PluralRules(tag).select(count)] ?? message.other ?? '';
};

/** Binds the catalogue of a locale. */
export const wordsIn = (locale: Locale): Words => {
  const catalogue: Readonly<Record<MessageKey, MessageText>> = catalogues[locale.language];
  const pieces = (key: MessageKey, count = 0): readonly string[] => pick(catalogue[key], locale, count).split(/\{(\w+)\}/);
  return {
    locale,
    pieces,
    text: (key, values = {}) =>
      pieces(key, values.count)
        .map((piece, index) => (index % 2 === 0 ? piece : (values[piece] ?? '')))
        .join(''),
  };
};

/** The texts in the locale that the wishes lead to. */
export const wordsFor = (wishes: LocaleWishes): Words => wordsIn(chooseLocale(wishes));
