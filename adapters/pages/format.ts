import { humanised as actionWords, countryText, dateText, moneyText } from '../../core/index.ts';
import { clean, isolated } from './clean.ts';
import { type Html, html } from './html.ts';

const clock = (tag: string, at: number): string =>
  new Intl.DateTimeFormat(tag, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'UTC', timeZoneName: 'short' }).format(at);

const dayStyle = { day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;

/** A time of day: UTC as sent, the browser's own zone once the script has run. */
export const timeOfDay = (tag: string, at: number): Html =>
  html`<time data-clock datetime="${new Date(at).toISOString()}">${clock(tag, at)}</time>`;

/** A day, in UTC. */
export const day = (tag: string, at: number): Html =>
  html`<time datetime="${new Date(at).toISOString().slice(0, 10)}">${new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeZone: 'UTC' }).format(at)}</time>`;

/** A day and a time of day: UTC as sent, the browser's own zone once the script has run. */
export const dayAndTime = (tag: string, at: number): Html =>
  html`<time data-clock="day" datetime="${new Date(at).toISOString()}">${new Intl.DateTimeFormat(tag, { ...dayStyle, timeZone: 'UTC', timeZoneName: 'short' }).format(at)}</time>`;

/** An amount as the locale writes it and without rounding. */
export const money = (tag: string, value: { readonly minor: number; readonly currency: string }): Html =>
  isolated(moneyText(tag, value), 'value');

/** A date (ISO 8601) as the locale writes it, in UTC; anything else as it stands. */
export const date = (tag: string, text: string): Html => isolated(dateText(tag, text), 'value');

/** The name of a country given by its code (ISO 3166-1); anything else as it stands. */
export const country = (tag: string, text: string): string => clean(countryText(tag, text), 'name');

/** An action code as words: `withdraw-funds` is "Withdraw funds". */
export const humanised = (action: string): string => actionWords(clean(action, 'label'));
