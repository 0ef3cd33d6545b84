import type { View } from '../../../core/index.ts';
import { clean } from '../clean.ts';
import { html } from '../html.ts';
import type { Page, Screen } from '../page.ts';
import { commandForm } from './form.ts';

/** The codes, shown until the person says that they are saved. Print and download are the script's. */
export const recoveryCodesScreen = (view: Extract<View, { page: 'recovery-codes' }>, page: Page): Screen => {
  const { words } = page;
  return {
    title: words.plain('recovery.heading'),
    applicationName: view.subject.applicationName,
    body: html`<h1>${words.say('recovery.heading')}</h1><p class="muted">${words.say('recovery.text')}</p>
<ul class="codes" dir="ltr">${view.codes.map((code) => html`<li>${clean(code, 'label')}</li>`)}</ul>
<div class="stack">${commandForm(page, 'codes-saved', html`<button>${words.say('recovery.saved')}</button>`)}<button type="button" class="quiet" id="download" hidden>${words.say(
      'recovery.download',
    )}</button><button type="button" class="quiet" id="print" hidden>${words.say('recovery.print')}</button></div>`,
  };
};
