import ar from './locales/ar.json' with { type: 'json' };
import de from './locales/de.json' with { type: 'json' };
import en from './locales/en.json' with { type: 'json' };
import es from './locales/es.json' with { type: 'json' };
import fr from './locales/fr.json' with { type: 'json' };
import he from './locales/he.json' with { type: 'json' };
import italian from './locales/it.json' with { type: 'json' };
import ja from './locales/ja.json' with { type: 'json' };
import nl from './locales/nl.json' with { type: 'json' };
import brazilian from './locales/pt-BR.json' with { type: 'json' };

/** Every text that a person reads on a page or in a mail has one of these keys. */
export type MessageKey = keyof typeof en;

/** A text, or one for each plural category that its language has. */
export type MessageText = string | { readonly [category in Intl.LDMLPluralRule]?: string };

/** Every text in one language. */
export type Catalogue = Readonly<Record<MessageKey, MessageText>>;

/** The languages that pages and mails speak: a catalogue each, and nothing else to add. */
export const catalogues = {
  en,
  de,
  fr,
  es,
  it: italian,
  nl,
  'pt-BR': brazilian,
  ja,
  ar,
  he,
} as const satisfies Readonly<Record<string, Catalogue>>;

export type Language = keyof typeof catalogues;

export const defaultLanguage: Language = 'en';

export const languages = Object.keys(catalogues) as readonly Language[];
