import type { LinkView } from '../../../core/index.ts';
import { timeOfDay } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { Page, Screen } from '../page.ts';
import type { Words } from '../words.ts';
import { aboutLine, approval, askedSentence, isTransaction } from './about.ts';
import { rememberBox } from './code.ts';
import { badge } from './ends.ts';
import { isError, noticeBox } from './notices.ts';
import { transactionData } from './transaction-data.ts';

type Opened = Extract<LinkView, { page: 'link' }>;
type Pressed = Extract<LinkView, { page: 'link-code' }>;

const seen = (asked: Opened['subject']['asked'], words: Words): Html =>
  html`<p class="seen">${askedSentence(asked, words)} ${words.say('landing.unexpected')}</p>`;

/** What a mailed link opens: opening it does nothing, its button does. */
export const linkScreen =
  (view: Opened, l: string) =>
  (page: Page): Screen => {
    const { words } = page;
    const { subject, finishesHere } = view;
    const approves = isTransaction(subject);
    const heading = approves ? approval(subject, words) : { text: words.say('choose.heading'), title: words.plain('choose.heading') };
    const label = finishesHere ? (approves ? 'code.approve' : 'landing.confirm') : 'landing.show-code';
    return {
      title: heading.title,
      applicationName: subject.applicationName,
      isError: isError(page),
      isTransaction: approves,
      body: html`${noticeBox(view, page)}<h1>${heading.text}</h1>${aboutLine(subject, words)}
${transactionData(subject, words)}
<p>${words.say(finishesHere ? 'landing.text' : 'landing.text.elsewhere')}</p>
<form method="post" action="/challenge/link" data-once><input type="hidden" name="l" value="${l}">${rememberBox(view, page)}<button>${words.say(label)}</button></form>
${seen(subject.asked, words)}`,
    };
  };

const inHalves = (code: string): string => (code.match(/.{1,3}/g) ?? []).join(' ');

/** The link was pressed in another browser than the visit's: the code for the first page. */
export const linkCodeScreen =
  ({ subject, code, expiresAt }: Pressed) =>
  ({ words }: Page): Screen => ({
    title: words.plain('landing.code.heading'),
    applicationName: subject.applicationName,
    isTransaction: isTransaction(subject),
    body: html`<h1>${words.say('landing.code.heading')}</h1>${aboutLine(subject, words)}
${transactionData(subject, words)}
<code class="secret large" dir="ltr">${inHalves(code)}</code>
<p class="muted">${words.say('landing.code.text', { time: timeOfDay(words.locale.tag, expiresAt) })}</p>
${seen(subject.asked, words)}`,
  });

/** The link was pressed in the visit's own browser. */
export const linkDoneScreen = ({ words }: Page): Screen => ({
  title: words.plain('leave.heading.succeeded'),
  body: html`${badge('check', 'good')}<h1>${words.say('leave.heading.succeeded')}</h1><p class="muted">${words.say('landing.done.text')}</p>`,
});
