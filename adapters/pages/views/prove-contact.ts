import type { View } from '../../../core/index.ts';
import { leftToRight } from '../clean.ts';
import { html } from '../html.ts';
import { icon } from '../icons.ts';
import { methodFaces } from '../method-faces.ts';
import type { Page, Screen } from '../page.ts';
import { askedLine } from './about.ts';
import { commandForm, moreForm } from './form.ts';
import { isError, noticeBox } from './notices.ts';

/** Before a first authenticator: a code or a link to the address that the identity provider vouches for. */
export const proveContactScreen = (view: Extract<View, { page: 'prove-contact' }>, page: Page): Screen => {
  const { words } = page;
  const { subject, method, destination } = view;
  const isLink = methodFaces[method].asks === 'sent-link';
  return {
    title: words.plain('contact.heading'),
    applicationName: subject.applicationName,
    isError: isError(page),
    body: html`${noticeBox({}, page)}<h1>${words.say('contact.heading')}</h1><p class="muted">${words.say(
      isLink ? 'contact.text.link' : 'contact.text',
      {
        destination: leftToRight(destination),
      },
    )}</p>
${commandForm(
  page,
  'choose',
  html`<button name="method" value="${method}">${icon(methodFaces[method].icon)}${words.say(isLink ? 'contact.send.link' : 'contact.send')}</button>`,
)}
${moreForm(page)}${askedLine(subject, page)}`,
  };
};
