import { html } from '../html.ts';
import type { Page } from '../page.ts';
import { visitPath } from '../query.ts';
import type { Asked } from './ceremony.ts';

/** Waits for another device; asking again is a GET, which changes nothing. */
export const otherDeviceAsked = (page: Page): Asked => {
  const { words, query } = page;
  return {
    title: words.plain('code.heading.waiting'),
    lead: html`<p class="muted" role="status">${words.say('code.waiting')}</p>`,
    form: html`${query !== undefined && html`<a class="button" href="${visitPath('/challenge', query)}">${words.say('code.check')}</a>`}`,
  };
};
