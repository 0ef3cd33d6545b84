import type { Leaving } from '../../../core/index.ts';
import { isolated } from '../clean.ts';
import { type Html, html } from '../html.ts';
import type { Page, Screen } from '../page.ts';
import { badge } from './ends.ts';
import { hidden } from './form.ts';

/** Where the browser goes from the leaving page. */
export type Destination =
  | { readonly kind: 'redirect'; readonly url: string }
  | { readonly kind: 'post'; readonly url: string; readonly fields: Readonly<Record<string, string>> }
  /** A frame or a window: its script tells the page that shows it. */
  | { readonly kind: 'message'; readonly token?: string }
  /** No return URL: the window can be closed. */
  | { readonly kind: 'nowhere' }
  /** The return URL is not allowed, or is not any more. */
  | { readonly kind: 'refused' };

const headed = (leaving: Leaving, page: Page, rest: Html): Screen => {
  const heading = `leave.heading.${leaving.result}` as const;
  const isGood = leaving.result === 'succeeded';
  return {
    title: page.words.plain(heading),
    applicationName: leaving.applicationName,
    body: html`${isGood ? badge('check', 'good') : badge('stop')}<h1>${page.words.say(heading)}</h1>${rest}`,
  };
};

const postForm = (url: string, fields: Readonly<Record<string, string>>, label: Html): Html =>
  html`<form method="post" action="${url}" data-submit>${hidden(fields)}<button>${label}</button></form>`;

/** The last page. It goes on by itself; its link or button is for whoever stays. */
export const leavingScreen = (leaving: Leaving, destination: Destination, page: Page): Screen => {
  const { words } = page;
  const application = isolated(leaving.applicationName, 'name');
  switch (destination.kind) {
    case 'redirect':
      return {
        ...headed(
          leaving,
          page,
          html`<p class="muted">${words.say('leave.going', { application })}</p><a class="button" href="${destination.url}">${words.say('leave.continue')}</a>`,
        ),
        refreshTo: destination.url,
      };
    case 'post':
      return {
        title: words.plain('leave.post'),
        body: html`<h1>${words.say('leave.post')}</h1><p class="muted">${words.say('leave.post.text')}</p>${postForm(
          destination.url,
          destination.fields,
          words.say('leave.continue'),
        )}`,
      };
    case 'message':
      return headed(
        leaving,
        page,
        html`<p class="muted" data-close${destination.token !== undefined && html` data-token="${destination.token}"`}>${words.say(
          page.mode === 'frame' ? 'leave.frame' : 'leave.window',
          { application },
        )}</p>`,
      );
    case 'nowhere':
      return headed(leaving, page, html`<p class="muted">${words.say('leave.close')}</p>`);
    case 'refused':
      return headed(leaving, page, html`<p class="muted">${words.say('leave.refused', { application })}</p>`);
  }
};
