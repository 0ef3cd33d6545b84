import type { DisplayItem } from '../../core/index.ts';
import { plainText } from './plain-text.ts';

/** The locale to format in: the given one, or English when it names none that exists. */
export const formattingLocale = (locale: string | undefined): string => {
  try {
    return (locale === undefined ? undefined : Intl.getCanonicalLocales(locale)[0]) ?? 'en';
  } catch {
    return 'en';
  }
};

const money = (minor: number, currency: string, locale: string): string => {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency });
  // As a decimal text: a division would round large amounts.
  return format.format(`${minor}e-${format.resolvedOptions().maximumFractionDigits ?? 0}` as `${number}`);
};

/** Writes what the person is approving, item by item, as label and value. */
export const displayText = (items: readonly DisplayItem[], locale: string): readonly { readonly label: string; readonly value: string }[] =>
  items.map((item) => ({
    label: plainText(item.label),
    value: item.type === 'money' ? money(item.value.minor, item.value.currency, locale) : plainText(item.value),
  }));
