import { defaultLanguage, type Language, languages } from './catalogues.ts';

/** A language that the pages speak, with the tag that dates, numbers and money follow. */
export type Locale = { readonly language: Language; readonly tag: string; readonly dir: 'ltr' | 'rtl' };

const rightToLeft: readonly string[] = ['ar', 'fa', 'he', 'ur'];

const base = (tag: string): string => tag.split('-', 1)[0] ?? tag;

/** The locale that a tag asks for; undefined where the pages do not speak it. */
export const localeOf = (tag: string | undefined): Locale | undefined => {
  if (tag === undefined || tag.length > 35) return undefined;
  try {
    const [canonical] = Intl.getCanonicalLocales(tag);
    if (canonical === undefined) return undefined;
    const language = languages.find((known) => known === canonical) ?? languages.find((known) => base(known) === base(canonical));
    if (language === undefined) return undefined;
    return { language, tag: canonical, dir: rightToLeft.includes(base(language)) ? 'rtl' : 'ltr' };
  } catch {
    return undefined;
  }
};

const weighted = (header: string): readonly string[] =>
  header
    .slice(0, 500)
    .split(',')
    .map((entry) => {
      const [tag = '', ...parameters] = entry.split(';').map((piece) => piece.trim());
      const weight = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
      return { tag, weight: Number.isFinite(weight) ? weight : 0 };
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag);

/** What a page is asked in, most deliberate first. */
export type LocaleWishes = {
  /** `lang` of the visit's URL. */
  readonly visit?: string;
  /** `locale` of the track request. */
  readonly track?: string;
  readonly acceptLanguage?: string;
  /** `defaultLocale` of the tenant. */
  readonly tenant?: string;
};

/** The locale of a page or a mail: the visit's, else track's, else the browser's, else the tenant's. */
export const chooseLocale = (wishes: LocaleWishes): Locale => {
  for (const tag of [wishes.visit, wishes.track, ...weighted(wishes.acceptLanguage ?? ''), wishes.tenant]) {
    const locale = localeOf(tag);
    if (locale !== undefined) return locale;
  }
  return { language: defaultLanguage, tag: defaultLanguage, dir: 'ltr' };
};
