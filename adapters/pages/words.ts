import {
  type Words as CoreWords,
  wordsIn as coreWordsIn,
  type Locale,
  type MessageKey,
  type MessageOverrides,
  type Values,
} from '../../core/index.ts';
import { type Html, html, type Part } from './html.ts';

/** The texts of one locale. */
export type Words = {
  readonly locale: Locale;
  /** A text as markup; what is filled in may be markup too. */
  readonly say: (key: MessageKey, values?: Values<Part>) => Html;
  /** A text alone, for titles and attributes. */
  readonly plain: CoreWords['text'];
};

/** Binds the catalogue of a locale to templates. */
export const wordsIn = (locale: Locale, overrides?: MessageOverrides): Words => {
  const { pieces, text } = coreWordsIn(locale, overrides);
  return {
    locale,
    say: (key, values = {}) => html`${pieces(key, values.count).map((piece, index) => (index % 2 === 0 ? piece : values[piece]))}`,
    plain: text,
  };
};
