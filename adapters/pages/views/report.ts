import { type Html, html } from '../html.ts';
import type { Page, Screen } from '../page.ts';
import { badge } from './ends.ts';

const text = (words: Html): Html => html`<p class="muted">${words}</p>`;

/** What the link of a notice opens: opening it does nothing, its button does. */
export const reportScreen =
  (r: string) =>
  ({ words }: Page): Screen => ({
    title: words.plain('report.heading'),
    body: html`${badge('question')}<h1>${words.say('report.heading')}</h1>${text(words.say('report.text'))}
<form method="post" action="/challenge/report"><input type="hidden" name="r" value="${r}"><button>${words.say('report.button')}</button></form>`,
  });

/** After the report. */
export const reportedScreen = ({ words }: Page): Screen => ({
  title: words.plain('reported.heading'),
  body: html`${badge('clock')}<h1>${words.say('reported.heading')}</h1>${text(words.say('reported.text'))}`,
});
