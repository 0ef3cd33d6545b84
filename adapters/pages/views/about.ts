import type { Subject } from '../../../core/index.ts';
import { isolated, leftToRight } from '../clean.ts';
import { country, humanised, timeOfDay } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { Page } from '../page.ts';
import type { Words } from '../words.ts';
import { moreButton } from './form.ts';

/** A transaction shows data to approve; every other visit proves who is there. */
export const isTransaction = (subject: Subject): boolean => subject.display.length > 0;

const actionName = (subject: Subject, words: Words): string =>
  subject.action === 'signIn' ? words.plain('action.signIn') : humanised(subject.action);

/** The heading over everything that is approved: it names the action, on every page of it. */
export const approval = (subject: Subject, words: Words): { readonly text: Html; readonly title: string } => {
  const action = actionName(subject, words);
  return {
    text: words.say('choose.heading.transaction', { action: html`<bdi>${action}</bdi>` }),
    title: words.plain('choose.heading.transaction', { action }),
  };
};

/** The line under the heading: which action, which account. */
export const aboutLine = (subject: Subject, words: Words): Html => {
  const kind = isTransaction(subject) ? 'about.transaction' : subject.action === 'signIn' ? 'about.signIn' : 'about.action';
  const action = html`<bdi>${actionName(subject, words)}</bdi>`;
  const text =
    subject.account === undefined
      ? words.say(kind, { action })
      : words.say(`${kind}.account`, { action, account: leftToRight(subject.account) });
  return html`<p class="muted">${text}</p>`;
};

const device = ({ browser, os }: Subject['asked'], words: Words): Html | undefined => {
  if (browser === undefined && os === undefined) return undefined;
  if (browser === undefined || os === undefined) return isolated(browser ?? os ?? '', 'name');
  return words.say('asked.browser.os', { browser: isolated(browser, 'name'), os: isolated(os, 'name') });
};

const place = ({ city, country: code }: Subject['asked'], words: Words): Html | undefined => {
  const land = code === undefined ? undefined : country(words.locale.tag, code);
  if (city === undefined && land === undefined) return undefined;
  if (city === undefined || land === undefined) return isolated(city ?? land ?? '', 'name');
  return words.say('asked.city.country', { city: isolated(city, 'name'), country: isolated(land, 'name') });
};

/** From where a request came, and when. */
export const askedSentence = (asked: Subject['asked'], words: Words): Html => {
  const time = timeOfDay(words.locale.tag, asked.at);
  const from = device(asked, words);
  const near = place(asked, words);
  if (from !== undefined && near !== undefined) return words.say('asked.device.place', { device: from, place: near, time });
  if (from !== undefined) return words.say('asked.device', { device: from, time });
  if (near !== undefined) return words.say('asked.place', { place: near, time });
  return words.say('asked.time', { time });
};

const minute = 60_000;

/** Says aloud, a minute ahead, that the visit ends; empty until then. */
const expiryWarning = (subject: Subject, page: Page): Html | undefined => {
  const left = subject.expiresAt - page.now - minute;
  return left > 0 && left < 24 * 60 * minute
    ? html`<p class="note" data-warn-in="${left}" data-warning="${page.words.plain('expiry.warning')}"></p>`
    : undefined;
};

/** The end of every page of a visit: from where it was asked, and the way out. A transaction has its own button for that. */
export const askedLine = (subject: Subject, page: Page): Html => {
  const { words } = page;
  const cancel = html` ${words.say('asked.cancel')} ${moreButton('cancel', 'link', words.say('cancel'))}`;
  return html`<p class="seen">${askedSentence(subject.asked, words)}${!isTransaction(subject) && cancel}</p>${expiryWarning(subject, page)}`;
};
