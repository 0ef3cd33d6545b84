import { html } from '../html.ts';
import type { Page } from '../page.ts';
import { visitPath, waitingPath } from '../query.ts';
import { isTransaction } from './about.ts';
import type { Asked, Ceremony } from './ceremony.ts';
import { codeForm, sentLead } from './code.ts';
import { isError } from './notices.ts';

/**
 * A link that was sent: the script asks whether it was pressed, and says so only when something has changed. Without script a button
 * asks, which is a GET and changes nothing. The field is for the code that another browser shows.
 */
export const linkAsked = (view: Ceremony, page: Page): Asked => {
  const { words, query, mode, now } = page;
  const { challengeId, expiresAt, pressedElsewhere, resendAt } = view.ceremony;
  const waits = query !== undefined && expiresAt > now;
  return {
    title: words.plain('link.heading'),
    lead: html`${sentLead(view, page, 'link.to.transaction')}${
      pressedElsewhere ? html`<p class="note">${words.say('link.pressed')}</p>` : html`<p>${words.say('link.wait')}</p>`
    }`,
    form: html`${
      waits &&
      html`<p class="note" role="status" data-wait="${waitingPath(query, challengeId, mode)}"${
        !pressedElsewhere && html` data-pressed="${words.plain('link.pressed')}"`
      }></p><noscript><a class="button" href="${visitPath('/challenge', query)}">${words.say('code.check')}</a></noscript>`
    }<details${(pressedElsewhere || isError(page)) && html` open`}><summary>${words.say('link.elsewhere')}</summary><p class="muted">${words.say(
      'link.code.text',
    )}</p>${codeForm(view, page, isTransaction(view.subject) ? 'code.approve' : 'code.continue')}</details>`,
    ...(resendAt !== undefined && { resend: 'link.resend' as const }),
  };
};
