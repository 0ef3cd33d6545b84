import { catalogues, type Language, type MessageKey, type MessageText } from './catalogues.ts';
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

/** Texts that an operator put in place of ours: by language, by key. */
export type MessageOverrides = { readonly [language in Language]?: { readonly [key in MessageKey]?: string } };

/** Binds the catalogue of a locale, with what is put in place of its texts. */
export const wordsIn = (locale: Locale, overrides: MessageOverrides = {}): Words => {
  const catalogue: Readonly<Record<MessageKey, MessageText>> = catalogues[locale.language];
  const own = overrides[locale.language] ?? {};
  const pieces = (key: MessageKey, count = 0): readonly string[] => pick(own[key] ?? catalogue[key], locale, count).split(/\{(\w+)\}/);
  return {
    locale,
    pieces,
    text: (key, values = {}) =>
      pieces(key, values.count)
        .map((piece, index) => (index % 2 === 0 ? piece : (values[piece] ?? '')))
        .join(''),
  };
};

/** What a tenant has set of its texts. */
export type TextSettings = { readonly tenant: { readonly defaultLocale: string }; readonly messageOverrides: MessageOverrides };

/** The texts in the locale that the wishes lead to, as the tenant has them. */
export const wordsFor = ({ tenant, messageOverrides }: TextSettings, wishes: Omit<LocaleWishes, 'tenant'>): Words =>
  wordsIn(chooseLocale({ ...wishes, tenant: tenant.defaultLocale }), messageOverrides);
