import type { HostScreen } from '../../../core/index.ts';
import { clean, isolated, leftToRight } from '../clean.ts';
import { type Html, html, type Part } from '../html.ts';
import type { Page, Screen } from '../page.ts';
import { consentScreen } from './consent.ts';
import { badge } from './ends.ts';
import { hidden } from './form.ts';
import { errorScreen } from './host-error.ts';

type Of<S extends HostScreen['screen']> = Extract<HostScreen, { screen: S }>;

const text = (words: Html): Html => html`<p class="muted">${words}</p>`;
const link = (href: string, look: '' | ' quiet', label: Part): Html =>
  html`<a class="button${look}" href="${href}"><span>${label}</span></a>`;

const beginAgain = ({ words }: Page): Screen => ({
  title: words.plain('begin-again.heading'),
  body: html`${badge('clock')}<h1>${words.say('begin-again.heading')}</h1>${text(words.say('begin-again.text'))}`,
});

const pending = ({ href, cancelHref }: Of<'pending'>, { words }: Page): Screen => ({
  title: words.plain('pending.heading'),
  body: html`${badge('clock')}<h1>${words.say('pending.heading')}</h1>${text(words.say('pending.text'))}
<div class="stack">${link(href, '', words.say('leave.continue'))}${link(cancelHref, ' quiet', words.say('cancel'))}</div>`,
});

const underReview = ({ reference, href, client }: Of<'under-review'>, { words, organisation }: Page): Screen => ({
  title: words.plain('review.heading'),
  body: html`${badge('clock')}<h1>${words.say('review.heading')}</h1>${text(
    words.say('review.text', { application: isolated(organisation, 'name') }),
  )}
<dl><dt>${words.say('reference')}</dt><dd>${leftToRight(reference)}</dd></dl>
${link(href, ' quiet', words.say('back-to', { application: isolated(client ?? organisation, 'name') }))}`,
});

/**
 * Says the same of every address of one domain: who has an account is not told. Its answer leads to a sign-in elsewhere and grants nothing;
 * it goes on with the interaction whose cookie this browser has.
 */
const address = ({ action, fields, isUnknown }: Of<'address'>, { words }: Page): Screen => ({
  title: words.plain('address.heading'),
  isError: isUnknown,
  body: html`${isUnknown && html`<div class="error" role="alert" tabindex="-1" autofocus>${words.say('address.unknown')}</div>`}<h1>${words.say(
    'address.heading',
  )}</h1>${text(words.say('address.text'))}
<form method="post" action="${action}">${hidden(fields)}<label for="address">${words.say('address.label')}</label>
<input type="email" class="plain" id="address" name="address" dir="ltr" required autocomplete="email" maxlength="254" spellcheck="false"${
    isUnknown && html` aria-invalid="true"`
  } aria-describedby="hint"><p class="hint" id="hint">${words.say('address.hint')}</p>
<button>${words.say('code.continue')}</button></form>`,
});

/** The library takes the form only with the `xsrf` that it keeps in this browser's session: `fields` carries it. */
const signOut = ({ action, fields, client }: Of<'sign-out'>, { words }: Page): Screen => ({
  title: words.plain('sign-out.heading'),
  body: html`${badge('question')}<h1>${words.say('sign-out.heading')}</h1>${text(
    client === undefined ? words.say('sign-out.text') : words.say('sign-out.text.client', { client: isolated(client, 'name') }),
  )}
<form method="post" action="${action}" data-once>${hidden(fields)}<div class="stack"><button name="logout" value="yes">${words.say(
    'sign-out.yes',
  )}</button><button class="quiet">${words.say('sign-out.no')}</button></div></form>`,
});

const signedOut = ({ client }: Of<'signed-out'>, { words }: Page): Screen => ({
  title:
    client === undefined ? words.plain('signed-out.heading') : words.plain('signed-out.heading.client', { client: clean(client, 'name') }),
  body: html`${badge('check', 'good')}<h1>${
    client === undefined ? words.say('signed-out.heading') : words.say('signed-out.heading.client', { client: isolated(client, 'name') })
  }</h1>${text(words.say('leave.close'))}`,
});

const screenOf = (view: HostScreen, page: Page): Screen => {
  switch (view.screen) {
    case 'host-error':
      return errorScreen(view, page);
    case 'begin-again':
      return beginAgain(page);
    case 'pending':
      return pending(view, page);
    case 'under-review':
      return underReview(view, page);
    case 'address':
      return address(view, page);
    case 'consent':
      return consentScreen(view, page);
    case 'sign-out':
      return signOut(view, page);
    case 'signed-out':
      return signedOut(view, page);
  }
};

/** The screen of a host's own page, under the name of whoever runs this. */
export const hostScreen =
  (view: HostScreen) =>
  (page: Page): Screen => ({ applicationName: page.organisation, ...screenOf(view, page) });

/** Goes on by itself, by GET: what follows may end on another origin, so it may not hang on a form post. */
export const goingScreen =
  (href: string) =>
  ({ words, organisation }: Page): Screen => ({
    title: words.plain('leave.post'),
    applicationName: organisation,
    refreshTo: href,
    body: html`<h1>${words.say('leave.post')}</h1>${text(words.say('leave.post.text'))}<a class="button" href="${href}">${words.say('leave.continue')}</a>`,
  });
