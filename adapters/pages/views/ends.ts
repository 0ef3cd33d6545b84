import type { MessageKey, View } from '../../../core/index.ts';
import { isolated, leftToRight } from '../clean.ts';
import { dayAndTime } from '../format.ts';
import { type Html, html } from '../html.ts';
import { type IconName, icon } from '../icons.ts';
import type { Page, Screen } from '../page.ts';
import { visitPath } from '../query.ts';
import { moreButton, moreForm } from './form.ts';

/** A coloured disc that says at a glance what the heading says in words. */
export const badge = (name: IconName, tone: '' | 'stop' | 'good' = ''): Html =>
  html`<div class="${`state ${tone}`.trim()}">${icon(name)}</div>`;

const text = (words: Html): Html => html`<p class="muted">${words}</p>`;

type End = { readonly icon: IconName; readonly tone: '' | 'stop'; readonly heading: MessageKey; readonly text: MessageKey };

const ends = {
  blocked: { icon: 'stop', tone: 'stop', heading: 'blocked.heading', text: 'blocked.text' },
  review: { icon: 'clock', tone: '', heading: 'review.heading', text: 'review.text' },
  expired: { icon: 'clock', tone: '', heading: 'expired.heading', text: 'expired.text' },
} as const satisfies Record<string, End>;

/** Stopped, held or over: nothing to do but leave. No reason is told and nothing can be enrolled from here. */
export const endScreen = (view: Extract<View, { page: keyof typeof ends }>, page: Page): Screen => {
  const { words, query } = page;
  const end = ends[view.page];
  const application = isolated(view.applicationName, 'name');
  return {
    title: words.plain(end.heading),
    applicationName: view.applicationName,
    body: html`${badge(end.icon, end.tone)}<h1>${words.say(end.heading)}</h1>${text(words.say(end.text, { application }))}
${'reference' in view && html`<dl><dt>${words.say('reference')}</dt><dd>${leftToRight(view.reference)}</dd></dl>`}
${
  view.canLeave &&
  query !== undefined &&
  html`<a class="button quiet" href="${visitPath('/challenge/done', query)}"><span>${words.say('back-to', { application })}</span></a>`
}`,
  };
};

/** Nothing that is enrolled, or can be, is enough. */
export const noWayScreen = (view: Extract<View, { page: 'no-way' }>, page: Page): Screen => {
  const { words } = page;
  const application = isolated(view.subject.applicationName, 'name');
  return {
    title: words.plain('no-way.heading'),
    applicationName: view.subject.applicationName,
    body: html`${badge('question')}<h1>${words.say('no-way.heading')}</h1>${text(words.say('no-way.text', { application }))}
${moreButton('cancel', 'quiet', html`<span>${words.say('back-to', { application })}</span>`)}${moreForm(page)}`,
  };
};

/** A user who was reset: when he can set up how he confirms anew. */
export const waitingScreen = (view: Extract<View, { page: 'waiting' }>, page: Page): Screen => {
  const { words } = page;
  const application = isolated(view.subject.applicationName, 'name');
  return {
    title: words.plain('waiting.heading'),
    applicationName: view.subject.applicationName,
    body: html`${badge('clock')}<h1>${words.say('waiting.heading')}</h1>${text(
      words.say('waiting.text', { application, time: dayAndTime(words.locale.tag, view.until) }),
    )}
${moreButton('cancel', 'quiet', html`<span>${words.say('back-to', { application })}</span>`)}${moreForm(page)}`,
  };
};

/** The same page for unknown, foreign and dead visits, refused posts and broken links: it tells nothing. */
export const neutralScreen = ({ words }: Page): Screen => ({
  title: words.plain('neutral.heading'),
  body: html`${badge('question')}<h1>${words.say('neutral.heading')}</h1>${text(words.say('neutral.text'))}`,
});

/** Too many requests: says so, keeps everything, offers the same page again. */
export const busyScreen = ({ words, query }: Page): Screen => ({
  title: words.plain('busy.heading'),
  isError: true,
  body: html`${badge('clock')}<h1>${words.say('busy.heading')}</h1>${text(words.say('busy.text'))}${
    query !== undefined && html`<a class="button" href="${visitPath('/challenge', query)}">${words.say('trouble.retry')}</a>`
  }`,
});

/** The decision point cannot answer just now: says so, keeps everything, offers the same page again. */
export const troubleScreen = ({ words, query }: Page): Screen => ({
  title: words.plain('trouble.heading'),
  isError: true,
  body: html`${badge('clock')}<h1>${words.say('trouble.heading')}</h1>${text(words.say('trouble.text'))}${
    query !== undefined && html`<a class="button" href="${visitPath('/challenge', query)}">${words.say('trouble.retry')}</a>`
  }`,
});
