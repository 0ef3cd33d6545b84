import { catalogues, type Message, type MessageKey } from './catalogues.ts';
import { type Html, html, type Part } from './html.ts';
import type { Locale } from './locale.ts';

type Values<T> = Readonly<Record<string, T>> & { readonly count?: number };

const pick = (message: Message, locale: Locale, count: number): string => {
  if (typeof message === 'string') return message;
  return message[new Intl.PluralRules(locale.tag).select(count)] ?? message.other ?? '';
};

const pieces = (text: string): readonly string[] => text.split(/\{(\w+)\}/);

/** The texts of one locale. */
export type Words = {
  readonly locale: Locale;
  /** A text as markup; what is filled in may be markup too. */
  readonly say: (key: MessageKey, values?: Values<Part>) => Html;
  /** A text alone, for titles and attributes. */
  readonly plain: (key: MessageKey, values?: Values<string | number>) => string;
};

/** Binds the catalogue of a locale. */
export const wordsIn = (locale: Locale): Words => {
  const catalogue: Readonly<Record<MessageKey, Message>> = catalogues[locale.language];
  const textOf = (key: MessageKey, count: number | undefined) => pieces(pick(catalogue[key], locale, count ?? 0));
  return {
    locale,
    say: (key, values = {}) => html`${textOf(key, values.count).map((piece, index) => (index % 2 === 0 ? piece : values[piece]))}`,
    plain: (key, values = {}) =>
      textOf(key, values.count)
        .map((piece, index) => (index % 2 === 0 ? piece : (values[piece] ?? '')))
        .join(''),
  };
};
