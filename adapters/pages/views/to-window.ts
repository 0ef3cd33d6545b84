import { type Html, html } from '../html.ts';
import type { Page } from '../page.ts';
import { visitPath } from '../query.ts';

/**
 * The way out of a frame that gets no passkeys or keeps no cookies: the visit goes on in a window. The script hides it where nothing is
 * missing; it needs neither script nor cookies itself. The window keeps its opener, which it tells the end.
 */
export const toWindow = ({ mode, query, windowKey, words }: Page): Html | undefined =>
  mode === 'frame' && query !== undefined && windowKey !== undefined
    ? html`<form method="post" action="${visitPath('/challenge', query)}" target="stepward" id="to-window" data-opened="${words.plain(
        'frame.opened',
      )}"><input type="hidden" name="do" value="window"><input type="hidden" name="key" value="${windowKey}"><p class="note" role="status">${words.say(
        'frame.window.text',
      )}</p><button class="quiet">${words.say('frame.window')}</button></form>`
    : undefined;
