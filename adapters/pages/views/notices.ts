import { type CeremonyView, duration } from '../../../core/index.ts';
import { timeOfDay } from '../format.ts';
import { type Html, html } from '../html.ts';
import { methodFaces } from '../method-faces.ts';
import type { Page } from '../page.ts';
import { credentialWords } from './credential-words.ts';

type Noticed = { readonly ceremony?: CeremonyView; readonly waitUntil?: number };

const waiting = (until: number | undefined, page: Page): Html => {
  const { words, now } = page;
  const { tag } = words.locale;
  return until === undefined || until <= now
    ? words.say('error.wait.soon')
    : words.say('error.wait', { duration: duration(tag, until - now), time: timeOfDay(tag, until) });
};

const isLink = ({ ceremony }: Noticed): boolean => ceremony !== undefined && methodFaces[ceremony.method].asks === 'sent-link';

const errorText = (noticed: Noticed, page: Page): Html | undefined => {
  const { words, notice } = page;
  const { ceremony, waitUntil } = noticed;
  const isCredential = ceremony !== undefined && methodFaces[ceremony.method].asks === 'credential';
  switch (notice) {
    case 'wrong':
      if (isCredential) return words.say(credentialWords(ceremony.method).wrong);
      return ceremony === undefined || ceremony.triesLeft < 1
        ? words.say('error.wrong.last')
        : words.say('error.wrong', { count: ceremony.triesLeft });
    case 'late':
      if (isLink(noticed)) return words.say('error.late.link');
      // only what was sent can be sent anew
      return words.say(ceremony === undefined || methodFaces[ceremony.method].asks === 'sent-code' ? 'error.late' : 'error.late.passkey');
    case 'spent':
      return words.say(isCredential ? 'error.spent.passkey' : 'error.spent');
    case 'wait':
      return waiting(waitUntil ?? ceremony?.resendAt, page);
    case 'not-sent':
      return words.say(isLink(noticed) ? 'error.not-sent.link' : 'error.not-sent');
    case 'unconfirmed':
      return words.say('error.unconfirmed');
    case 'cancelled-by-browser':
      return words.say(credentialWords(ceremony?.method).cancelled);
    case 'confirm-again':
      return words.say('error.confirm-again');
    case 'last-authenticator':
      return words.say('error.last-authenticator');
    default:
      return undefined;
  }
};

/** Whether this page says that something went wrong: its title then says so too. */
export const isError = ({ notice }: Page): boolean => notice !== undefined && notice !== 'sent' && notice !== 'changed';

/** The top of a page after a form post. An error takes the focus, so that it is heard first; good news is announced. */
export const noticeBox = (noticed: Noticed, page: Page): Html | undefined => {
  const { words, now, notice } = page;
  const { tag } = words.locale;
  const error = errorText(noticed, page);
  if (error !== undefined) return html`<div class="error" role="alert" tabindex="-1" autofocus>${error}</div>`;
  if (notice === 'changed') return html`<p class="note good" role="status">${words.say('settings.changed')}</p>`;
  if (notice === 'sent') return html`<p class="note good" role="status">${words.say(isLink(noticed) ? 'link.sent' : 'code.sent')}</p>`;
  const { waitUntil } = noticed;
  return waitUntil === undefined || waitUntil <= now
    ? undefined
    : html`<p class="note" role="status">${words.say('wait.note', { duration: duration(tag, waitUntil - now), time: timeOfDay(tag, waitUntil) })}</p>`;
};
