import { clean, isolated } from './clean.ts';
import { type Html, html } from './html.ts';

const clock = (tag: string, at: number): string =>
  new Intl.DateTimeFormat(tag, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'UTC', timeZoneName: 'short' }).format(at);

/** A time of day: UTC as sent, the browser's own zone once the script has run. */
export const timeOfDay = (tag: string, at: number): Html =>
  html`<time data-clock datetime="${new Date(at).toISOString()}">${clock(tag, at)}</time>`;

/** Seconds up to a minute and a half, minutes up to that in hours, then hours; rounded up, never zero. */
export const duration = (tag: string, milliseconds: number): string => {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
  const [value, unit] =
    seconds <= 90 ? [seconds, 'second'] : seconds <= 5400 ? [Math.ceil(seconds / 60), 'minute'] : [Math.ceil(seconds / 3600), 'hour'];
  return new Intl.NumberFormat(tag, { style: 'unit', unit, unitDisplay: 'long' }).format(value);
};

const decimal = (minor: number, digits: number): `${number}` => {
  const figures = Math.abs(minor)
    .toFixed(0)
    .padStart(digits + 1, '0');
  const whole = digits === 0 ? figures : `${figures.slice(0, -digits)}.${figures.slice(-digits)}`;
  return `${minor < 0 ? '-' : ''}${whole}` as `${number}`;
};

/** An amount in the currency's minor unit (ISO 4217), written as the locale writes it and without rounding. */
export const money = (tag: string, value: { readonly minor: number; readonly currency: string }): Html => {
  if (!Number.isSafeInteger(value.minor) || !/^[A-Za-z]{3}$/.test(value.currency)) {
    return isolated(`${value.minor} ${value.currency}`, 'value');
  }
  const format = new Intl.NumberFormat(tag, { style: 'currency', currency: value.currency });
  return isolated(format.format(decimal(value.minor, format.resolvedOptions().maximumFractionDigits ?? 0)), 'value');
};

const isoDate = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** A date (ISO 8601) as the locale writes it, in UTC; anything else as it stands. */
export const date = (tag: string, text: string): Html => {
  const [, time] = isoDate.exec(text) ?? [];
  const at = isoDate.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) return isolated(text, 'value');
  const style = time === undefined ? { dateStyle: 'long' as const } : { dateStyle: 'long' as const, timeStyle: 'long' as const };
  return isolated(new Intl.DateTimeFormat(tag, { ...style, timeZone: 'UTC' }).format(at), 'value');
};

/** The name of a country given by its code (ISO 3166-1); anything else as it stands. */
export const country = (tag: string, text: string): string => {
  if (!/^[A-Z]{2}$/.test(text)) return clean(text, 'name');
  return new Intl.DisplayNames(tag, { type: 'region', fallback: 'code' }).of(text) ?? text;
};

/** An action code as words: `withdraw-funds` is "Withdraw funds". */
export const humanised = (action: string): string => {
  const words = clean(action, 'label')
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replace(/[-_.:\s]+/g, ' ')
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
};
