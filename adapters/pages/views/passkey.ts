import { type Html, html } from '../html.ts';
import { icon } from '../icons.ts';
import type { Page } from '../page.ts';
import { isTransaction } from './about.ts';
import type { Asked, Ceremony } from './ceremony.ts';
import { rememberBox } from './code.ts';
import { commandForm } from './form.ts';
import { isError } from './notices.ts';

const withoutScript = ({ others }: Ceremony, { words }: Page): Html => {
  const left = others.filter(({ needsScript }) => !needsScript);
  return left.length === 0
    ? html`<noscript><p class="note">${words.say('passkey.no-script.none')}</p></noscript>`
    : html`<noscript><div class="note">${words.say('passkey.no-script')}<ul>${left.map(
        ({ method }) => html`<li>${words.say(`use.${method}`)}</li>`,
      )}</ul></div></noscript>`;
};

/**
 * A passkey, asked for or made. The browser's own dialogue opens by itself only after the person has picked the passkey and where
 * there is nothing to read first: neither an error nor data to approve.
 */
export const passkeyAsked = (view: Ceremony, page: Page): Asked => {
  const { words } = page;
  const { ceremony, subject } = view;
  const creates = ceremony.purpose === 'enroll';
  const approves = isTransaction(subject);
  const opensItself = !creates && !approves && !isError(page);
  const label = creates ? 'passkey.create' : approves ? 'approve.PASSKEY' : (`use.${ceremony.method}` as const);
  const title = words.plain(creates ? `enroll.${ceremony.method}` : approves ? 'approve.PASSKEY' : `use.${ceremony.method}`);
  const attributes = html` data-passkey="${creates ? 'create' : 'get'}" data-options="${JSON.stringify(ceremony.shown ?? null)}" data-cancelled="${words.plain(
    'passkey.cancelled',
  )}" data-unsupported="${words.plain('passkey.unsupported')}"${opensItself && html` data-auto`}`;
  return {
    title,
    lead: html`<p class="muted">${words.say(creates ? 'passkey.create.text' : 'passkey.text')}</p>`,
    form: commandForm(
      page,
      'answer',
      html`<input type="hidden" name="challengeId" value="${ceremony.challengeId}"><input type="hidden" name="credential">
<div class="error" id="problem" role="alert" hidden></div>${withoutScript(view, page)}${rememberBox(view, page)}
<button type="button" id="passkey" hidden>${icon('key')}${words.say(label)}</button>`,
      attributes,
    ),
  };
};
