import type { View } from '../../../core/index.ts';
import { html } from '../html.ts';
import type { Page, Screen } from '../page.ts';
import { askedLine } from './about.ts';
import { commandForm, moreButton, moreForm } from './form.ts';
import { methodButton } from './method-button.ts';
import { isError, noticeBox } from './notices.ts';

/** Which authenticator to add. */
export const enrollScreen = (view: Extract<View, { page: 'enroll' }>, page: Page): Screen => {
  const { words } = page;
  const { subject, methods, optional } = view;
  return {
    title: words.plain('enroll.heading'),
    applicationName: subject.applicationName,
    isError: isError(page),
    body: html`${noticeBox({}, page)}<h1>${words.say('enroll.heading')}</h1><p class="muted">${words.say('enroll.text')}</p>
${commandForm(
  page,
  'enroll',
  html`<div class="stack">${methods.map((choice, index) => methodButton(choice, 'enroll', index === 0, words))}${
    optional && moreButton('skip', 'quiet', words.say('enroll.skip'))
  }</div>`,
)}
${moreForm(page)}${askedLine(subject, page)}`,
  };
};
