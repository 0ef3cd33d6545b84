/** Seconds up to a minute and a half, minutes up to that in hours, then hours; rounded up, never zero. */
export const duration = (tag: string, milliseconds: number): string => {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
  const [value, unit] =
    seconds <= 90 ? [seconds, 'second'] : seconds <= 5400 ? [Math.ceil(seconds / 60), 'minute'] : [Math.ceil(seconds / 3600), 'hour'];
  return new Intl.NumberFormat(tag, { style: 'unit', unit, unitDisplay: 'long' }).format(value);
};

/** As a decimal text: a division would round large amounts. */
const decimal = (minor: number, digits: number): `${number}` => {
  const figures = Math.abs(minor)
    .toFixed(0)
    .padStart(digits + 1, '0');
  const whole = digits === 0 ? figures : `${figures.slice(0, -digits)}.${figures.slice(-digits)}`;
  return `${minor < 0 ? '-' : ''}${whole}` as `${number}`;
};

/** An amount in the currency's minor unit (ISO 4217), as the locale writes it; what is no amount, as it stands. */
export const moneyText = (tag: string, value: { readonly minor: number; readonly currency: string }): string => {
  if (!Number.isSafeInteger(value.minor) || !/^[A-Za-z]{3}$/.test(value.currency)) return `${value.minor} ${value.currency}`;
  const format = new Intl.NumberFormat(tag, { style: 'currency', currency: value.currency });
  return format.format(decimal(value.minor, format.resolvedOptions().maximumFractionDigits ?? 0));
};

const isoDate = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** A date (ISO 8601) as the locale writes it, in UTC; anything else as it stands. */
export const dateText = (tag: string, text: string): string => {
  const [, time] = isoDate.exec(text) ?? [];
  const at = isoDate.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) return text;
  return time === undefined ? new Intl.DateTimeFormat(tag, { dateStyle: 'long', timeZone: 'UTC' }).format(at) : timeText(tag, at);
};

/** A moment as the locale writes it, in UTC, which it names. */
export const timeText = (tag: string, at: number): string =>
  new Intl.DateTimeFormat(tag, { dateStyle: 'long', timeStyle: 'long', timeZone: 'UTC' }).format(at);

/** The name of a country given by its code (ISO 3166-1); anything else as it stands. */
export const countryText = (tag: string, text: string): string =>
  /^[A-Z]{2}$/.test(text) ? (new Intl.DisplayNames(tag, { type: 'region', fallback: 'code' }).of(text) ?? text) : text;

/** An action code as words: `withdraw-funds` is "Withdraw funds". */
export const humanised = (action: string): string => {
  const words = action
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replace(/[-_.:\s]+/g, ' ')
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
};
