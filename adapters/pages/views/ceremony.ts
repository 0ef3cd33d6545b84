import type { MessageKey, View } from '../../../core/index.ts';
import { type Html, html } from '../html.ts';
import { methodFaces } from '../method-faces.ts';
import type { Page, Screen } from '../page.ts';
import { approval, askedLine, isTransaction } from './about.ts';
import { appSetupAsked } from './authenticator-app.ts';
import { codeAsked } from './code.ts';
import { credentialAsked } from './credential.ts';
import { moreButton, moreForm } from './form.ts';
import { linkAsked } from './link.ts';
import { isError, noticeBox } from './notices.ts';
import { otherDeviceAsked } from './other-device.ts';
import { transactionData } from './transaction-data.ts';

/** The page of an open ceremony. */
export type Ceremony = Extract<View, { page: 'ceremony' }>;

/** What a kind of ceremony puts on the page. */
export type Asked = {
  readonly title: string;
  readonly lead: Html;
  readonly form: Html;
  /** A message was sent, and another one can be. */
  readonly resend?: MessageKey;
};

const asked = (view: Ceremony, page: Page): Asked => {
  const { method, purpose } = view.ceremony;
  switch (methodFaces[method].asks) {
    case 'credential':
      return credentialAsked(view, page);
    case 'other-device':
      return otherDeviceAsked(page);
    case 'sent-link':
      return linkAsked(view, page);
    case 'app-code':
      return purpose === 'enroll' ? appSetupAsked(view, page) : codeAsked(view, page);
    default:
      return codeAsked(view, page);
  }
};

/** An open ceremony: what is approved, one question, then the ways around it. */
export const ceremonyScreen = (view: Ceremony, page: Page): Screen => {
  const { words } = page;
  const { subject, others } = view;
  const approves = isTransaction(subject);
  const { title, lead, form, resend } = asked(view, page);
  const heading = approves ? approval(subject, words) : { text: title, title };
  const ways = [
    resend !== undefined && moreButton('resend', 'text', words.say(resend)),
    others.length > 0 && moreButton('back', 'text', words.say('code.other')),
  ];
  return {
    title: heading.title,
    applicationName: subject.applicationName,
    isError: isError(page),
    isTransaction: approves,
    body: html`${noticeBox(view, page)}<h1>${heading.text}</h1>${lead}
${transactionData(subject, words)}
${form}
${moreForm(page)}${approves && html`<p></p>${moreButton('cancel', 'quiet', words.say('not-approve'))}`}${
  ways.some((way) => way !== false && way !== undefined) && html`<div class="row">${ways}</div>`
}${askedLine(subject, page)}`,
  };
};
