import type { View } from '../../../core/index.ts';
import { html } from '../html.ts';
import type { Page, Screen } from '../page.ts';
import { aboutLine, approval, askedLine, isTransaction } from './about.ts';
import { commandForm, moreButton, moreForm } from './form.ts';
import { methodButton } from './method-button.ts';
import { isError, noticeBox } from './notices.ts';
import { transactionData } from './transaction-data.ts';

/** The default method first, the others below it. */
export const chooseScreen = (view: Extract<View, { page: 'choose' }>, page: Page): Screen => {
  const { words } = page;
  const { subject, methods, defaultMethod } = view;
  const approves = isTransaction(subject);
  const heading = approves ? approval(subject, words) : { text: words.say('choose.heading'), title: words.plain('choose.heading') };
  const main = methods.filter(({ method }) => method === defaultMethod);
  const others = methods.filter(({ method }) => method !== defaultMethod);
  const noScript = methods.every(({ needsScript }) => needsScript) ? 'choose.no-script.none' : 'choose.no-script';
  return {
    title: heading.title,
    applicationName: subject.applicationName,
    isError: isError(page),
    isTransaction: approves,
    body: html`${noticeBox(view, page)}<h1>${heading.text}</h1>${aboutLine(subject, words)}
${transactionData(subject, words)}
${methods.some(({ needsScript }) => needsScript) && html`<noscript><p class="note">${words.say(noScript)}</p></noscript>`}
${commandForm(
  page,
  'choose',
  html`<div class="stack">${main.map((choice) => methodButton(choice, approves ? 'approve' : 'use', true, words))}${
    approves && moreButton('cancel', 'quiet', words.say('not-approve'))
  }</div>${others.length > 0 && html`<h2>${words.say('choose.others')}</h2>`}<div class="stack">${others.map((choice) =>
    methodButton(choice, 'use', false, words),
  )}</div>`,
)}
${moreForm(page)}${askedLine(subject, page)}`,
  };
};
