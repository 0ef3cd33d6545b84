import ar from './locales/ar.json' with { type: 'json' };
import de from './locales/de.json' with { type: 'json' };
import en from './locales/en.json' with { type: 'json' };

/** Every text that a person reads on a page or in a mail has one of these keys. */
export type MessageKey = keyof typeof en;

/** A text, or one for each plural category that its language has. */
export type MessageText = string | { readonly [category in Intl.LDMLPluralRule]?: string };

/** Every text in one language. */
export type Catalogue = Readonly<Record<MessageKey, MessageText>>;

/** The languages that pages and mails speak: a catalogue each, and nothing else to add. */
export const catalogues = { en, de, ar } as const satisfies Readonly<Record<string, Catalogue>>;

export type Language = keyof typeof catalogues;

export const defaultLanguage: Language = 'en';

export const languages = Object.keys(catalogues) as readonly Language[];
